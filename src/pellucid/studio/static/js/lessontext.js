// @ts-check
/** A lesson's text as elements. */

import { h } from "./dom.js";

/** @param {any} found */
export function block(found) {
  if (found.kind === "list") return h("ul", {}, found.items.map((/** @type {any} */ item) => h("li", {}, line(item))));
  if (found.kind === "lines") return h("pre", { class: "lines", tabindex: "0" }, found.items.map((/** @type {any} */ item) => item.map((/** @type {any} */ span) => span.text).join("")).join("\n"));
  return h("p", {}, found.items.map((/** @type {any} */ item) => line(item)));
}

/** @param {{kind: string, text: string}[]} spans */
export function line(spans) {
  return spans.map((span) => {
    if (span.kind === "emphasis") return h("em", {}, span.text);
    if (span.kind === "code") return h("code", {}, span.text);
    if (span.kind === "formula") return h("span", { class: "formula" }, span.text);
    return span.text;
  });
}
