// @ts-check
/** All words that a user sees, in one place: texts/LANGUAGE/SUBJECT.js. */

import first from "./texts/en/first.js";

/** @type {Record<string, any>} */
const texts = { ...first };

/**
 * Know more texts.
 * @param {Record<string, any>} more
 */
export function add(more) {
  Object.assign(texts, more);
}

/**
 * A text by its name, such as "play.pause", with values in braces written in; "{n|row|rows}" is the word that goes with a number.
 * @param {string} name
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(name, values = {}) {
  /** @type {any} */
  let found = texts;
  for (const part of name.split(".")) found = found?.[part];
  if (typeof found !== "string") throw new Error(`no text ${name}`);
  return found.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, key, one, many) =>
    one === undefined ? String(values[key] ?? `{${key}}`) : String(values[key]) === "1" ? one : many);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A very small or large number, such as 7.42 × 10⁻⁴. @param {number} value */
function powered(value) {
  const [digits, power] = value.toExponential(2).split("e");
  const raised = [...power.replace("+", "").replace("-", "⁻")].map((one) => RAISED[Number(one)] ?? one).join("");
  return `${Number(digits)} × 10${raised}`.replace("-", "−");
}

/**
 * A number for reading: four significant digits, large ones with separators.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Number.isSafeInteger(value)) return value.toLocaleString("en").replace("-", "−");
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e6 || (size < 1e-3 && size > 0)) return powered(value);
  return value.toLocaleString("en", { maximumSignificantDigits: 4 }).replace("-", "−");
}

/**
 * A share in percent: what is not all of it is never told as 100 %.
 * @param {number | null | undefined} share null: not a number, as the wire tells it
 * @param {number} [digits] after the point; near 1 there are two
 * @returns {string}
 */
export function percent(share, digits = 1) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  const shown = (100 * share).toFixed(digits);
  const near = share < 1 && Number(shown) === 100;
  return `${near ? (Math.floor(10000 * share + 1e-6) / 100).toFixed(2) : shown} %`;
}
