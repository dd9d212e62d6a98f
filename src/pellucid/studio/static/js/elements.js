// @ts-check
/** Parts of a page that the engine wrote: lists as `studio/elements.py` gives them, made into elements. */

/** @typedef {string | [string, string | null, ...any[]]} Written */

const MATH = "http://www.w3.org/1998/Math/MathML";
const PLAIN = new Set(["div", "p", "span", "table", "caption", "tbody", "thead", "tr", "td", "th", "section", "h3", "h4"]);
const FORMULA = new Set([
  "math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msub", "msup", "msubsup", "mover", "munder", "msqrt",
]);

/**
 * The nodes of what was written; a tag that is in neither list is left out with what is in it.
 * @param {Written[]} written
 * @returns {Node[]}
 */
export function built(written) {
  return written.flatMap(made);
}

/**
 * @param {Written} one
 * @returns {Node[]}
 */
function made(one) {
  if (typeof one === "string") return [document.createTextNode(one)];
  const [tag, kind, ...inside] = one;
  if (!PLAIN.has(tag) && !FORMULA.has(tag)) return [];
  const element = FORMULA.has(tag) ? document.createElementNS(MATH, tag) : document.createElement(tag);
  if (kind) element.setAttribute("class", kind);
  if (tag === "math") element.setAttribute("displaystyle", "true");
  if (tag === "th") element.setAttribute("scope", "row");
  element.append(...built(inside));
  return [element];
}
