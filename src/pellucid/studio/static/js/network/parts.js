// @ts-check
/** Weights and biases of what the engine told: found, changed, called by name. */

import { t } from "../texts.js";
import { fullName, nameOf } from "./words.js";

/** @typedef {import("./read.js").Value} Value */
/** @typedef {{kind: "weight" | "bias", stage: number, unit: number, from: number}} Part a weight or bias */

/**
 * The array that a weight or bias stands in, and its place there.
 * @param {Value} value
 * @param {Part} part
 */
function found(value, part) {
  const stage = value.stages[part.stage];
  if (part.kind === "bias") return { array: stage?.biases, at: part.unit };
  return { array: stage?.weights, at: part.from * (stage?.weights?.shape[1] ?? 0) + part.unit };
}

/**
 * @param {Value | null} value
 * @param {Part} part
 * @returns {number} NaN where there is none
 */
export function numberOf(value, part) {
  const { array, at } = value ? found(value, part) : { array: null, at: 0 };
  return array ? array.data[at] : NaN;
}

/**
 * @param {Value | null} value
 * @param {Part} part
 * @param {number} number
 */
export function setNumber(value, part, number) {
  const { array, at } = value ? found(value, part) : { array: null, at: 0 };
  if (array) /** @type {any} */ (array.data)[at] = number;
}

/**
 * What a weight or bias is called.
 * @param {Value | null} value
 * @param {Part} part
 * @returns {string}
 */
export function partName(value, part) {
  const stages = value?.stages ?? [];
  const to = fullName(stages[part.stage], part.unit);
  if (part.kind === "bias") return t("network.bias_of", { to });
  return t("network.weight_of", { from: nameOf(stages[part.stage - 1], part.from), to });
}
