// @ts-check
/** Plotly, fetched when the first chart is drawn; it comes from the installed Python package. */

/** @type {Promise<any> | null} */
let found = null;

/** @returns {Promise<any>} */
export function plotly() {
  found ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/plotly.js";
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => reject(new Error("Plotly did not load"));
    document.head.append(script);
  });
  return found;
}
