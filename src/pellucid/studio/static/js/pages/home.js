// @ts-check
/** The first page: learn from the beginning, or go to the workbench. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const card = (/** @type {string} */ name, /** @type {string} */ to, /** @type {boolean} */ first) =>
    h("a", { class: "card choice", href: to },
      h("h2", {}, t(`home.${name}`)),
      h("p", { class: "quiet" }, t(`home.${name}_words`)),
      h("span", { class: first ? "button main" : "button" }, t(`home.${name}_go`), icon("next")));
  host.append(
    h("div", { class: "home" },
      h("h1", {}, t("home.title")),
      h("p", { class: "lead" }, t("home.lead")),
      h("div", { class: "choices" }, card("learn", "/lessons/1", true), card("play", "/workbench", false)),
      h("p", { class: "quiet small" }, t("home.local"))),
  );
  return { destroy() {} };
}
