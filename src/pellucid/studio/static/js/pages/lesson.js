// @ts-check
/** One lesson: its text, its stages on the real engine, things to try, questions. */

import "../texts/all.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { block, line } from "../lessontext.js";
import { marks } from "../progress.js";
import { Stage } from "../stage.js";
import { stick } from "../stick.js";
import { t } from "../texts.js";

/** Where a stage and its text have no room side by side, what there is to try stands on the stage. */
const NARROW = "(max-width: 1099px)";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{name: string, go: (path: string) => void}} where
 */
export function mount(host, session, where) {
  const page = h("article", { class: "lesson" }, h("p", { class: "quiet" }, t("lessons.opening")));
  host.append(page);
  /** @type {Stage[]} */
  let stages = [];
  /** @type {Map<string, (done: boolean) => void>} */
  const toDo = new Map();
  /** @type {{stage: Stage, box: HTMLElement, slot: HTMLElement}[]} things to try: their stage, and their place in the text */
  let tries = [];
  /** @type {(() => void)[]} */
  let loose = [];
  const narrow = matchMedia(NARROW);
  /** @type {Set<string>} */
  const done = new Set();
  let slug = "";
  let opened = 0; // the lesson's number, once it is open
  let gone = false;

  async function open() {
    const lesson = await session.ask("OpenLesson", { lesson: where.name }).catch(refused);
    if (!lesson || gone) return;
    const before = stages.find((stage) => stage.awake)?.name;
    for (const stage of stages) stage.sleep();
    for (const stop of loose) stop();
    [stages, tries, loose] = [[], [], []];
    [slug, opened] = [lesson.slug, lesson.number];
    for (const name of marks.of(slug)) done.add(String(name));
    const body = scenes(lesson.parts);
    settle();
    fill(
      page,
      h("header", { class: "lesson-head" },
        h("p", { class: "quiet" }, h("a", { href: "/lessons" }, t("lessons.all")), " · ", t("lessons.lesson", { n: lesson.number }), " · ", t("lessons.minutes", { n: lesson.minutes })),
        h("h1", {}, lesson.title),
        h("p", { class: "lead" }, t("lessons.goal", { goal: lesson.goal }))),
      body,
      h("nav", { class: "lesson-foot", "aria-label": t("app.lessons") }),
    );
    document.title = `${lesson.title} · Pellucid`;
    for (const name of done) toDo.get(name)?.(true);
    if (done.size) marks.keep(slug, [...done], toDo.size);
    (stages.find((stage) => stage.name === before) ?? stages[0])?.go();
    neighbours(lesson.number).catch(() => session.emit("problem", t("app.missing")));
  }

  /** It could not be opened: said in its place, where there is none yet. @param {Error} error */
  function refused(error) {
    if (opened || gone) return session.emit("problem", error.message);
    fill(page, h("h1", {}, t("lessons.refused")), h("p", {}, error.message), h("p", {}, h("a", { href: "/lessons" }, t("lessons.all"))));
  }

  /** @param {number} number */
  async function neighbours(number) {
    const all = /** @type {any[]} */ (await (await fetch("/lessons.json")).json());
    const foot = page.querySelector(".lesson-foot");
    if (!foot || gone) return;
    const link = (/** @type {any} */ lesson, /** @type {string} */ name) =>
      lesson ? h("a", { class: name === "next" ? "button main" : "button", href: `/lessons/${lesson.number}` }, name === "previous" ? icon("back") : null, t(`lessons.${name}`, { title: lesson.title }), name === "next" ? icon("next") : null) : null;
    const next = all.find((one) => one.number === number + 1);
    fill(foot, link(all.find((one) => one.number === number - 1), "previous"), next ? link(next, "next") : h("p", {}, t("lessons.end"), " ", h("a", { href: "/workbench" }, t("app.workbench"))));
  }

  /** Each stage beside the text that is about it; what comes before the first stands beside that. @param {any[]} parts */
  function scenes(parts) {
    const before = h("div", { class: "scene-before" });
    let text = before;
    /** @type {HTMLElement[]} */
    const found = [];
    for (const part of parts) {
      if (part.part !== "stage") {
        text.append(drawn(part));
        continue;
      }
      const stage = new Stage(part, session, stages);
      stages.push(stage);
      text = h("div", { class: "scene-text" });
      found.push(h("div", { class: "scene" }, found.length ? null : before, stage.box, text));
      loose.push(stick(stage.box), stick(text));
    }
    return found.length ? found : before;
  }

  /** @param {any} part */
  function drawn(part) {
    if (part.part === "text") return h("section", { class: "prose" }, part.blocks.map(block));
    if (part.part !== "try") return question(part);
    const slot = h("div", { class: "try-slot" });
    tries.push({ stage: stages[stages.length - 1], box: attempt(part), slot });
    return slot;
  }

  /** Put what there is to try where it is seen while it is done. */
  function settle() {
    for (const stage of stages) stage.gather(narrow.matches);
    for (const one of tries) (narrow.matches ? one.stage.tries : one.slot).append(one.box);
  }

  /** @param {any} part */
  function attempt(part) {
    const mark = h("span", { class: "mark", "aria-hidden": "true" });
    const state = h("span", { class: "unseen", role: "status" });
    const box = h("section", { class: "try" },
      mark,
      h("div", {}, h("p", {}, h("strong", {}, t("lessons.try"), ": "), line(part.what)), part.hint?.length ? h("details", {}, h("summary", {}, t("lessons.hint")), h("p", {}, line(part.hint))) : null),
      state);
    const tick = stages[stages.length - 1].tick();
    toDo.set(part.id, (isDone) => {
      tick(isDone);
      box.classList.toggle("done", isDone);
      fill(mark, isDone ? icon("check") : null);
      state.textContent = isDone ? t("lessons.try_done") : "";
    });
    return box;
  }

  /** @param {any} part */
  function question(part) {
    const said = h("p", { class: "said", role: "status", "aria-live": "polite" });
    const name = part.id;
    const choices = part.choices.map((/** @type {any} */ choice, /** @type {number} */ k) =>
      h("label", { class: "choice-line" }, h("input", { type: "radio", name, value: k }), h("span", {}, line(choice))));
    const number = h("input", { type: "text", inputmode: "decimal", class: "numbers", "aria-label": t("lessons.answer"), size: 10 });
    const box = h("section", { class: "question" },
      h("form", { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); check(); } },
        h("fieldset", {}, h("legend", {}, h("strong", {}, t("lessons.question"), ": "), line(part.asks)), choices.length ? choices : h("div", {}, number)),
        h("button", { class: "button" }, t("lessons.check"))),
      said);
    async function check() {
      const chosen = choices.length ? /** @type {HTMLInputElement | null} */ (box.querySelector("input:checked"))?.value : number.value.trim().replace(",", ".").replace("−", "-");
      if (chosen === undefined || chosen === "" || Number.isNaN(Number(chosen))) {
        said.className = "said";
        fill(said, t(choices.length ? "lessons.choose_first" : "lessons.number_first"));
        return /** @type {HTMLElement | null} */ (box.querySelector("input"))?.focus();
      }
      const found = await session.tell("AnswerQuestion", { question: name, answer: Number(chosen) });
      if (!found) return;
      said.className = found.right ? "said right" : "said wrong";
      fill(said, h("strong", {}, t(found.right ? "lessons.right" : "lessons.wrong"), " "), line(found.said));
      box.classList.toggle("done", found.right);
      if (found.right) finished([name]);
    }
    toDo.set(name, (isDone) => box.classList.toggle("done", isDone));
    return box;
  }

  /** @param {string[]} names */
  function finished(names) {
    const fresh = names.filter((name) => !done.has(name));
    for (const name of fresh) {
      done.add(name);
      toDo.get(name)?.(true);
    }
    if (fresh.length) marks.keep(slug, [...done], toDo.size);
  }

  const stops = [
    session.on("status", (status) => {
      if (opened && status.lesson === opened && status.done) finished(status.done);
    }),
    session.on("connected", () => open()),
  ];
  narrow.addEventListener("change", settle);
  if (session.connected) open();
  return {
    destroy() {
      gone = true;
      narrow.removeEventListener("change", settle);
      for (const stop of [...stops, ...loose]) stop();
      for (const stage of stages) stage.sleep();
      stages = [];
    },
  };
}
