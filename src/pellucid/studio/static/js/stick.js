// @ts-check
/** What stays in sight while the page beside it goes on. */

const EDGE = 12;

/**
 * Keep a sticky element in sight: from its top where it fits the window, else from its bottom, once
 * that was seen.
 * @param {HTMLElement} element
 * @returns {() => void} stop
 */
export function stick(element) {
  const place = () => {
    element.style.setProperty("--stick", `${Math.min(EDGE, window.innerHeight - element.offsetHeight - EDGE)}px`);
  };
  const observer = new ResizeObserver(place);
  observer.observe(element);
  window.addEventListener("resize", place);
  return () => {
    observer.disconnect();
    window.removeEventListener("resize", place);
  };
}
