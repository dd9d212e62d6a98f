// @ts-check
/** All numbers as tables, for those who do not see the drawing, and for reading off. */

import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { short } from "./read.js";
import { fullName, nameOf } from "./words.js";

/** @typedef {import("./read.js").Value} Value */

const ROWS = 40;
const COLUMNS = 24;

/**
 * @param {HTMLElement} element
 * @param {Value} value
 */
export function tables(element, value) {
  fill(element, value.stages.map((stage, place) => [units(value, place), weights(value, place)]).flat());
}

/**
 * @param {Value} value
 * @param {number} place
 * @returns {HTMLElement | null}
 */
function units(value, place) {
  const stage = value.stages[place];
  if (stage.isPicture || stage.picture || !stage.activations) return null;
  const columns = [t("network.output"), ...(stage.sums ? [t("network.sum")] : []), ...(stage.biases ? [t("network.bias")] : [])];
  const arrays = [stage.activations, stage.sums, stage.biases].filter((each) => each !== null);
  const shown = Math.min(ROWS, stage.count);
  const rows = Array.from({ length: shown }, (_, unit) =>
    h("tr", {}, h("th", { scope: "row" }, nameOf(stage, unit)),
      arrays.map((array) => h("td", { class: "nv-n" }, short(array?.data[unit] ?? NaN, 4)))));
  const name = place === 0 ? t("network.inputs") : t("network.table_units", { stage: stage.name });
  return framed(name, ["", ...columns], rows, "");
}

/**
 * @param {Value} value
 * @param {number} place
 * @returns {HTMLElement | null}
 */
function weights(value, place) {
  const stage = value.stages[place];
  if (!stage.weights || place === 0) return null;
  const { data, shape } = stage.weights;
  const [rows, columns] = [Math.min(ROWS, shape[0]), Math.min(COLUMNS, shape[1])];
  const head = ["", ...Array.from({ length: columns }, (_, unit) => nameOf(stage, unit))];
  const body = Array.from({ length: rows }, (_, from) =>
    h("tr", {}, h("th", { scope: "row" }, fullName(value.stages[place - 1], from)),
      Array.from({ length: columns }, (__, unit) => h("td", { class: "nv-n" }, short(data[from * shape[1] + unit])))));
  const isCut = rows < shape[0] || columns < shape[1];
  const cut = isCut
    ? t("network.table_cut", { rows, all_rows: shape[0], columns, all_columns: shape[1] })
    : "";
  return framed(t("network.table_weights", { stage: stage.name }), head, body, cut);
}

/**
 * @param {string} name
 * @param {string[]} head
 * @param {HTMLElement[]} rows
 * @param {string} cut
 * @returns {HTMLElement}
 */
function framed(name, head, rows, cut) {
  return h("div", { class: "nv-scroll", tabindex: "0", role: "region", "aria-label": name },
    h("table", { class: "nv-table" },
      h("caption", {}, name, cut ? h("span", { class: "nv-faint" }, ` ${cut}`) : null),
      h("thead", {}, h("tr", {}, head.map((word) => (word ? h("th", { scope: "col" }, word) : h("td", {}))))),
      h("tbody", {}, rows)));
}
