// @ts-check
/** The panels, by the names that lessons and the workbench know them by; each is loaded when it is shown. */

import { h } from "../dom.js";
import { t } from "../texts.js";

/** @type {Record<string, () => Promise<{mount: (host: HTMLElement, session: any, options?: any) => {destroy(): void}}>>} */
export const PANELS = {
  attribution: () => import("./attribution.js"),
  boundary: () => import("./boundary.js"),
  compare: () => import("./compare.js"),
  confusion: () => import("./confusion.js"),
  curves: () => import("./curves.js"),
  data: () => import("./data.js"),
  digit: () => import("./digit.js"),
  functions: () => import("./functions.js"),
  gradients: () => import("./gradients.js"),
  line: () => import("./line.js"),
  map: () => import("./map.js"),
  maps: () => import("./maps.js"),
  memory: () => import("./memory.js"),
  mistakes: () => import("./mistakes.js"),
  net: () => import("./net.js"),
  network: () => import("./network.js"),
  race: () => import("./race.js"),
  sample: () => import("./sample.js"),
  steps: () => import("./steps.js"),
  surface: () => import("./surface.js"),
  truth: () => import("./truth.js"),
  weights: () => import("./weights.js"),
};

/** Panels whose looks are in css/NAME.css; the rest is in css/app.css. */
const STYLED = new Set([
  "attribution",
  "compare",
  "digit",
  "functions",
  "line",
  "map",
  "maps",
  "memory",
  "net",
  "network",
  "race",
  "steps",
  "surface",
]);

/** The workbench's own panels, whose looks are together in css/workbench.css. */
const OWN = new Set(["boundary", "confusion", "curves", "data", "gradients", "mistakes", "sample", "truth", "weights"]);

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/**
 * The looks of a part of the page, once each.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function styled(name) {
  const found = styles.get(name) ?? new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../../css/${name}.css`, import.meta.url).href;
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
  styles.set(name, found);
  return found;
}

/**
 * The session as a panel hears it: of a view that failed, only this place hears, and says why.
 * @param {HTMLElement} host the panel's, which shows the words instead of the panel
 * @param {import("../session.js").Session} session
 */
function heard(host, session) {
  const words = h("p", { class: "panel-fault quiet", role: "status" });
  /** @type {Map<string, string>} */
  const faults = new Map();
  const draw = () => {
    host.classList.toggle("failed", faults.size > 0);
    words.textContent = [...new Set(faults.values())].join(" ");
    if (!faults.size) words.remove();
    else if (!words.isConnected) host.append(words);
  };
  const watch = (/** @type {string} */ name, /** @type {(value: any) => void} */ listener) =>
    session.watch(name, (value) => {
      const fault = failure(value);
      if (fault !== null) faults.set(name, fault);
      if (fault !== null || faults.delete(name)) draw();
      if (fault === null) listener(value);
    });
  const fail = (/** @type {string} */ fault) => {
    faults.set("", fault); // of the panel as a whole
    draw();
  };
  const get = (/** @type {any} */ own, /** @type {string} */ key) =>
    key === "watch" ? watch : typeof own[key] === "function" ? own[key].bind(own) : own[key];
  const forget = () => {
    faults.clear();
    draw();
  };
  return { session: new Proxy(session, { get }), fail, forget };
}

/** Why a view failed; null for one that did not: an `error` among other things is a number of theirs. @param {any} value @returns {string | null} */
export function failure(value) {
  const alone = value !== null && typeof value === "object" && Object.keys(value).join() === "error";
  return alone && typeof value.error === "string" ? value.error : null;
}

/**
 * Mount a panel in a card of its own; a panel that is not there yet leaves the card out.
 * @param {HTMLElement} host
 * @param {string} name
 * @param {any} session
 * @param {any} [options]
 * @returns {{destroy(): void}}
 */
export function mountPanel(host, name, session, options = {}) {
  /** @type {{destroy(): void} | null} */
  let mounted = null;
  let gone = false;
  const load = PANELS[name];
  if (!load) return { destroy() {} };
  const looks = STYLED.has(name) ? styled(name) : OWN.has(name) ? styled("workbench") : Promise.resolve();
  const own = heard(host, session);
  Promise.all([load(), looks]).then(([panel]) => {
    if (!gone) mounted = panel.mount(host, own.session, options);
  }, (error) => {
    console.error(error);
    if (!gone) own.fail(t("app.missing"));
  });
  return {
    destroy() {
      gone = true;
      mounted?.destroy();
      own.forget();
    },
  };
}
