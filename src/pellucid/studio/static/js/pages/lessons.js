// @ts-check
/** The path of lessons. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { marks } from "../progress.js";
import { t } from "../texts.js";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const list = h("ol", { class: "path" });
  const waiting = h("p", { class: "quiet", role: "status" }, t("app.loading"));
  host.append(h("div", { class: "reading" }, h("h1", {}, t("lessons.title")), h("p", { class: "lead" }, t("lessons.lead")), waiting, list));
  fetch("/lessons.json").then((answer) => answer.json()).then((/** @type {any[]} */ found) => {
    waiting.remove();
    for (const lesson of found) {
      const done = marks.done(lesson.slug);
      list.append(
        h("li", {}, h("a", { class: "card stop", href: `/lessons/${lesson.number}` },
          h("span", { class: done ? "count done" : "count" }, done ? icon("check") : lesson.number,
            done ? h("span", { class: "unseen" }, t("lessons.done")) : null),
          h("span", { class: "stop-words" }, h("strong", {}, lesson.title), h("span", { class: "quiet" }, lesson.goal)),
          h("span", { class: "quiet small minutes" }, t("lessons.minutes", { n: lesson.minutes })))),
      );
    }
  }).catch(() => { waiting.textContent = t("app.missing"); });
  return { destroy() {} };
}
