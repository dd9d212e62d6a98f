// @ts-check
/** The perceptron rule's mistakes, one by one, each with the sum that moved the weights. */

import { fill, h } from "../dom.js";
import { term } from "../terms.js";
import { number, t } from "../texts.js";
import { fixed } from "./truth.js";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const body = h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("mistakes.name") });
  const words = h("p", { class: "small quiet" });
  const root = h("section", { class: "mistakes", "aria-label": t("mistakes.name") }, h("div", { class: "panel-head" }, h("h3", {}, t("mistakes.name"))), words, body);
  host.append(root);
  let shown = "";

  /** @param {any} value */
  function take(value) {
    if (value.none) {
      fill(body, h("p", { class: "empty quiet" }, t(`mistakes.none_${value.none}`)));
      words.textContent = shown = "";
      return;
    }
    const begun = Boolean(session.status?.step);
    const key = `${begun} ${value.noted} ${value.mistakes[0]?.step} ${value.columns}`;
    if (key === shown) return;
    shown = key;
    words.textContent = value.noted ? t("mistakes.rule") : "";
    if (!value.mistakes.length) {
      fill(body, h("p", { class: "empty quiet" }, t(begun ? "mistakes.none_since" : "mistakes.none_yet")));
      return;
    }
    const column = (/** @type {string | HTMLElement} */ name) => h("th", { scope: "col" }, name);
    fill(body, h("table", { class: "numbers" },
      h("thead", {}, h("tr", {}, column(t("mistakes.step")), value.columns.map(column), column(term("target")), column(term("prediction")),
        value.columns.map((/** @type {string} */ name) => column(t("mistakes.weight", { name }))), column(t("mistakes.bias")))),
      h("tbody", {}, value.mistakes.map((/** @type {any} */ one) => line(one)))));
  }

  /** @param {any} one */
  function line(one) {
    const moved = (/** @type {number} */ before, /** @type {number} */ after) => h("td", {}, h("span", { class: "quiet" }, fixed(before)), " → ", h("strong", {}, fixed(after)));
    const unit = Math.max(0, one.wanted.findIndex((/** @type {number} */ want, /** @type {number} */ k) => want !== one.got[k]));
    return h("tr", {},
      h("th", { scope: "row" }, h("button", { class: "link", type: "button", title: t("mistakes.go", { step: number(one.step) }), onclick: () => { session.tell("ChooseRow", { row: one.row }); session.tell("Seek", { step: one.step }); } }, number(one.step))),
      one.inputs.map((/** @type {number} */ x) => h("td", {}, number(Number(x.toPrecision(4))))),
      h("td", {}, number(one.wanted[unit])), h("td", { class: "wrong" }, number(one.got[unit])),
      one.weights_before[unit].map((/** @type {number} */ w, /** @type {number} */ k) => moved(w, one.weights_after[unit][k])),
      one.bias_before ? moved(one.bias_before[unit], one.bias_after[unit]) : h("td", {}, "–"));
  }

  const stop = session.watch("mistakes", take);
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}
