// @ts-check
/** The truth table: inputs, weighted sum, answer, what is wanted, right or wrong. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { term } from "../terms.js";
import { number, t } from "../texts.js";

const MOST_SUMS = 4;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const body = h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("truth.name") });
  const said = h("p", { class: "small numbers" });
  const root = h("section", { class: "truth", "aria-label": t("truth.name") }, h("div", { class: "panel-head" }, h("h3", {}, t("truth.name"))), body, said);
  host.append(root);

  /** @param {any} value */
  function take(value) {
    if (value.none) {
      fill(body, h("p", { class: "empty quiet" }, t(`truth.none_${value.none}`, { most: value.most ?? 0 })));
      said.textContent = built = "";
      return;
    }
    const rows = value.wanted.data.length;
    const sums = value.sums ? value.sums.shape[1] : 0; // of the last layer
    const name = (/** @type {number} */ place) => (value.classes ? value.classes[place] : number(Number(place.toPrecision(4))));
    const key = JSON.stringify([value.columns, rows, sums, value.classes, [...value.inputs.data]]);
    if (key !== built) {
      built = key;
      build(value, rows, Math.min(sums, MOST_SUMS));
    }
    lines.forEach((line, k) => {
      const right = value.right ? Boolean(value.right.data[k]) : null;
      line.row.className = `${k === value.chosen ? "chosen" : ""} ${right === false ? "is-wrong" : ""}`;
      line.button.setAttribute("aria-pressed", String(k === value.chosen));
      line.button.textContent = k === value.chosen ? "●" : "○";
      line.sums.forEach((cell, j) => { cell.textContent = fixed(value.sums.data[k * sums + j]); });
      line.answer.textContent = name(value.answers.data[k]);
      line.wanted.textContent = name(value.wanted.data[k]);
      line.right.className = right === null ? "" : right ? "right" : "wrong";
      line.right.textContent = right === null ? fixed(value.error.data[k]) : t(right ? "truth.yes" : "truth.no");
    });
    said.textContent = value.right ? t("truth.count", { right: [...value.right.data].filter(Boolean).length, all: rows }) : "";
  }

  /** @type {{row: HTMLElement, button: HTMLElement, sums: HTMLElement[], answer: HTMLElement, wanted: HTMLElement, right: HTMLElement}[]} */
  let lines = [];
  let built = "";
  /** Rows stay while their numbers change, so that a click while it learns finds them. @param {any} value @param {number} rows @param {number} sums */
  function build(value, rows, sums) {
    const column = (/** @type {any} */ words) => h("th", { scope: "col" }, words);
    const head = h("tr", {}, column(h("span", { class: "unseen" }, t("truth.row"))), value.columns.map(column),
      Array.from({ length: sums }, (_, k) => column(sums > 1 ? t("truth.sum_of", { k: value.classes?.length === sums ? value.classes[k] : counted(k) }) : t("truth.sum"))),
      column(term("prediction", true)), column(term("target", true)), column(t(value.classes ? "truth.right" : "truth.error")));
    lines = Array.from({ length: rows }, (_, k) => {
      const button = h("button", { class: "row-button", type: "button", "aria-label": t("truth.choose", { k: counted(k) }), onclick: () => session.tell("ChooseRow", { row: k }) });
      const cells = Array.from({ length: sums }, () => h("td", {}));
      const [answer, wanted, right] = [h("strong", {}), h("td", {}), h("td", {})];
      const row = h("tr", {}, h("td", {}, button), value.columns.map((/** @type {string} */ _x, /** @type {number} */ j) => h("td", {}, number(value.inputs.data[k * value.columns.length + j]))), cells, h("td", {}, answer), wanted, right);
      return { row, button, sums: cells, answer, wanted, right };
    });
    fill(body, h("table", { class: "numbers" }, h("thead", {}, head), h("tbody", {}, lines.map((line) => line.row))));
  }

  const stop = session.watch("truth", take);
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}

/** @param {number} value */
export function fixed(value) {
  const size = Math.abs(value);
  if (size >= 1e5 || (size < 5e-4 && size > 1e-12)) return value.toExponential(1).replace("-", "−");
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3).replace("-", "−");
}
