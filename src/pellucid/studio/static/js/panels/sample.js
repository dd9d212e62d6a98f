// @ts-check
/** The chosen row: its picture or cells, what is so, what the network says, and how sure it is. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { number, percent, t } from "../texts.js";
import { picture } from "./pixels.js";
import { classVariable, mark } from "./palette.js";

const MOST_BARS = 10;
const MOST_CELLS = 12;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const row = h("input", { type: "number", min: 0, step: 1, class: "row-number", "aria-label": t("sample.row"), title: t("data.counted"), onchange: () => session.tell("ChooseRow", { row: Math.max(0, Math.round(Number(row.value))) }) });
  const go = (/** @type {number} */ by) => {
    if (value) session.tell("ChooseRow", { row: (value.row + by + value.rows) % value.rows });
  };
  const body = h("div", { class: "sample-body" });
  const root = h("section", { class: "sample", "aria-label": t("sample.name") },
    h("div", { class: "panel-head" }, h("h3", {}, t("sample.name")),
      h("span", { class: "panel-actions" },
        h("button", { class: "button slim", type: "button", "aria-label": t("sample.before"), title: t("sample.before"), onclick: () => go(-1) }, "‹"),
        row,
        h("button", { class: "button slim", type: "button", "aria-label": t("sample.next"), title: t("sample.next"), onclick: () => go(1) }, "›"))),
    body);
  host.append(root);
  /** @type {any} */
  let value = null;

  /** @param {any} next */
  function take(next) {
    value = next;
    if (next.error && next.row === undefined) {
      fill(body, h("p", { class: "empty quiet" }, next.error));
      return;
    }
    if (document.activeElement !== row) row.value = counted(next.row);
    row.max = counted(next.rows - 1);
    fill(body, h("div", { class: "sample-both" }, next.picture ? picture(next.picture, 84) : cells(next), answer(next)));
  }

  const stop = session.watch("sample", take);
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}

/** @param {any} value */
function cells(value) {
  const shown = value.columns.slice(0, MOST_CELLS);
  return h("div", { class: "sample-cells" },
    h("dl", { class: "cells small numbers" }, shown.map((/** @type {string} */ name, /** @type {number} */ k) => [h("dt", { title: name }, name), h("dd", {}, cell(value.cells[k]))])),
    value.columns.length > MOST_CELLS ? h("p", { class: "small quiet" }, t("sample.more", { n: value.columns.length - MOST_CELLS })) : null);
}

/** @param {any} value */
function answer(value) {
  if (value.none) return h("p", { class: "quiet small" }, t("sample.none"));
  const part = t(value.held ? "sample.held" : "sample.learned");
  if (value.classes === null) {
    return h("div", { class: "sample-answer" },
      h("p", { class: "verdict" }, h("strong", { class: "numbers" }, number(value.answer))),
      h("p", { class: "small numbers quiet" }, t("sample.wanted_number", { wanted: number(value.wanted), error: signed(value.error) })),
      h("p", { class: "small quiet" }, part));
  }
  const order = [...(value.scores?.data ?? [])].map((score, k) => ({ score, k }));
  const shown = order.length > MOST_BARS ? order.sort((a, b) => b.score - a.score).slice(0, MOST_BARS) : order;
  return h("div", { class: "sample-answer" },
    h("p", { class: "verdict" }, h("strong", {}, t("sample.answer", { answer: value.answer })), " ",
      h("span", { class: value.right ? "right" : "wrong" }, t(value.right ? "sample.right" : "sample.wrong", { wanted: value.wanted }))),
    h("ul", { class: "score-bars small numbers" }, shown.map(({ score, k }) =>
      h("li", {}, mark(k), h("span", { class: "score-name" }, value.classes[k]),
        h("span", { class: "score-bar" }, h("span", { style: { width: `${Math.max(0, Math.min(1, score)) * 100}%`, background: `var(${classVariable(k)})` } })),
        h("span", { class: "score-value" }, percent(score))))),
    h("p", { class: "small quiet" }, part));
}

/** @param {any} value */
export function cell(value) {
  if (value === null || value === undefined) return t("sample.missing");
  return typeof value === "number" ? number(value) : String(value);
}

/** @param {number} value */
function signed(value) {
  return `${value > 0 ? "+" : ""}${number(value)}`;
}
