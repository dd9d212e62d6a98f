// @ts-check
/** What the view says: names of units for a screen reader, formulas with their numbers. */

import { number, t } from "../texts.js";
import { isKnockedOut, short, terms, unitName } from "./read.js";

/** @typedef {import("./read.js").Stage} Stage */
/** @typedef {import("./read.js").Value} Value */

/**
 * @param {Stage} stage
 * @param {number} unit
 * @returns {string}
 */
export function nameOf(stage, unit) {
  return unitName(stage, unit, t);
}

/**
 * A unit with its layer, such as "dense_1 unit 3".
 * @param {Stage} stage
 * @param {number} unit
 * @returns {string}
 */
export function fullName(stage, unit) {
  if (stage.kind === "inputs") return nameOf(stage, unit);
  return t("network.of", { stage: stage.name, unit: nameOf(stage, unit) });
}

/**
 * What a screen reader says of a unit.
 * @param {Value} value
 * @param {number} place
 * @param {number} unit
 * @returns {string}
 */
export function labelOf(value, place, unit) {
  const stage = value.stages[place];
  const name = nameOf(stage, unit);
  const given = stage.activations && !stage.isPicture ? short(stage.activations.data[unit]) : "";
  if (place === 0 && stage.picture && given === "") return t("network.inputs");
  if (place === 0) return t("network.input_full", { unit: name, value: stage.given[unit] ?? given });
  if (stage.isPicture) {
    return t("network.picture_full", { stage: stage.name, unit: name, rows: stage.shape[1], columns: stage.shape[2] });
  }
  let label = t("network.unit_full", { stage: stage.name, unit: name, value: given });
  if (stage.biases) label = t("network.unit_bias", { label, bias: short(stage.biases.data[unit]) });
  if (isKnockedOut(value.stages[place + 1], unit)) label = t("network.unit_out", { label });
  if (place === value.stages.length - 1 && value.scores.length === stage.count) {
    label = t("network.answer_full", { label, score: scoreOf(value, unit) });
  }
  return label;
}

/**
 * A chance in percent, or a number.
 * @param {Value} value
 * @param {number} unit
 * @returns {string}
 */
export function scoreOf(value, unit) {
  const score = value.scores[value.scores.length - value.stages[value.stages.length - 1].count + unit];
  return value.areChances ? percent(score) : number(score);
}

/**
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  const digits = share > 0.0995 && share < 0.9995 ? 0 : 1;
  if (share < 0.0005) return "0 %";
  return `${(100 * share).toFixed(digits)} %`.replace("100.0", "100");
}

/**
 * A unit's sum with its numbers, so that it comes out by hand: bias and products, the small ones
 * taken together.
 * @param {Value} value
 * @param {number} place
 * @param {number} unit
 * @param {number} [most]
 * @returns {{first: string, parts: {text: string, sign: number, title: string}[], last: string} | null}
 */
export function formula(value, place, unit, most = 5) {
  const [before, stage] = [value.stages[place - 1], value.stages[place]];
  const sum = stage.sums?.data[unit];
  if (!stage.weights || sum === undefined || !before?.activations) return null;
  const all = terms(before, stage, unit);
  const shown = (all.length <= most ? all : all.slice(0, most - 1)).sort((a, b) => a.from - b.from);
  const bias = stage.biases ? stage.biases.data[unit] : 0;
  const parts = shown.map((term) => ({
    text: `${short(Math.abs(term.weight))} · ${term.input < 0 ? `(${short(term.input)})` : short(term.input)}`,
    sign: Math.sign(term.weight) || 1,
    title: t("network.weight_of", { from: nameOf(before, term.from), to: fullName(stage, unit) }),
  }));
  if (all.length > shown.length) {
    const rest = sum - bias - shown.reduce((total, term) => total + term.product, 0);
    parts.push({
      text: `${Math.abs(rest) < 0.0005 ? "0.00" : short(Math.abs(rest))} (${t("network.and_others", { n: all.length - shown.length })})`,
      sign: Math.sign(rest) || 1,
      title: "",
    });
  }
  return { first: short(bias), parts, last: short(sum) };
}
