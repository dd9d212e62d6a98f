// @ts-check
/** A lesson's stage: panels on the real engine, the play bar at its head, what there is to try. */

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { line } from "./lessontext.js";
import { mountPanel } from "./panels/index.js";
import { mount as mountPlaybar } from "./playbar.js";
import { mount as mountControls } from "./stagecontrols.js";
import { t } from "./texts.js";

/** Something to look at and touch. One stage of a lesson is awake; the others wait. */
export class Stage {
  /**
   * @param {any} part
   * @param {import("./session.js").Session} session
   * @param {Stage[]} all
   */
  constructor(part, session, all) {
    this.part = part;
    this.name = part.id;
    this.session = session;
    this.all = all;
    this.awake = false;
    this.isOver = false;
    /** @type {{destroy(): void}[]} */
    this.mounted = [];
    /** @type {boolean[]} whether each thing to try on it is done */
    this.marks = [];
    this.panels = h("div", { class: "stage-panels" });
    this.tries = h("div", { class: "stage-tries" });
    this.ticks = h("span", { class: "stage-ticks small", hidden: true });
    this.todo = h("div", {}, this.ticks);
    this.bar = h("div", { class: "stage-bar" });
    this.fields = h("div", { class: "stage-fields" });
    this.rest = h("div", { class: "stage-rest" },
      h("p", {}, t("lessons.rest", { what: listed(part.shows.map((/** @type {string} */ name) => t(`lessons.shows.${name}`))) })),
      h("button", { class: "button main", type: "button", onclick: () => this.go() }, icon("play"), t("lessons.wake")));
    this.box = h("section", { class: "stage card asleep" }, part.caption?.length ? h("p", { class: "caption quiet" }, line(part.caption)) : null, this.rest, this.bar, this.fields, this.panels);
    this.observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && !this.awake && !this.session.status?.playing) this.go();
    }, { rootMargin: "-30% 0px -45% 0px" });
    this.observer.observe(this.box);
  }

  /**
   * A tick of its own for one more thing to try, in sight while one plays.
   * @returns {(isDone: boolean) => void}
   */
  tick() {
    const place = this.marks.push(false) - 1;
    const draw = () => {
      this.ticks.hidden = false;
      fill(this.ticks, t("lessons.ticks", { done: this.marks.filter(Boolean).length, all: this.marks.length }),
        this.marks.map((isDone) => h("span", { class: isDone ? "tick done" : "tick" }, isDone ? icon("check") : null)));
    };
    draw();
    return (isDone) => {
      this.marks[place] = isDone;
      draw();
    };
  }

  /** Where there is room for one column only, what there is to try is folded under its ticks. @param {boolean} isHere */
  gather(isHere) {
    this.ticks.setAttribute("aria-live", isHere ? "polite" : "off"); // what is folded says nothing itself
    fill(this.todo, isHere && this.marks.length ? h("details", { class: "stage-todo" }, h("summary", {}, t("lessons.todo"), this.ticks), this.tries) : this.ticks);
  }

  /** Play on this stage from now on. */
  async go() {
    if (this.awake) return;
    if ((await this.session.tell("GoOnStage", { stage: this.name })) === undefined) return;
    if (!this.isOver) this.wake();
  }

  wake() {
    if (this.awake) return;
    for (const other of this.all) if (other !== this) other.rested();
    this.awake = true;
    this.box.classList.remove("asleep");
    fill(this.panels);
    fill(this.bar);
    fill(this.fields);
    this.mounted = this.part.shows.map((/** @type {string} */ name) => {
      const host = h("div", { class: `panel panel-${name}` });
      this.panels.append(host);
      return mountPanel(host, name, this.session, { lesson: true, controls: this.part.controls });
    });
    const controls = this.part.controls.length ? this.part.controls : ["play"];
    this.mounted.push(mountControls(this.fields, this.session, controls));
    this.mounted.push(mountPlaybar(this.bar, this.session, { pace: this.part.pace, has: controls }));
    this.bar.append(this.todo);
  }

  /** Another stage is played on: this one keeps what it shows, and follows no more. */
  rested() {
    if (!this.awake) return;
    this.awake = false;
    this.box.classList.add("asleep");
    const seen = still(this.panels);
    for (const one of this.mounted) one.destroy();
    this.mounted = [];
    fill(this.panels, seen);
    fill(this.bar);
    fill(this.fields);
  }

  sleep() {
    this.observer.disconnect();
    this.awake = false;
    this.isOver = true;
    for (const one of this.mounted) one.destroy();
    this.mounted = [];
  }
}

/** Words in a row: "one", "one and two", "one, two and three". @param {string[]} words */
function listed(words) {
  const [last, ...before] = [...words].reverse();
  return before.length ? t("lessons.and", { before: before.reverse().join(", "), last }) : last;
}

/**
 * What panels look like now, as a picture of them that does nothing.
 * @param {HTMLElement} panels
 */
function still(panels) {
  const found = /** @type {HTMLElement[]} */ ([...panels.children].map((child) => child.cloneNode(true)));
  const canvases = panels.querySelectorAll("canvas");
  found.flatMap((one) => [...one.querySelectorAll("canvas")]).forEach((canvas, k) => {
    canvas.width = canvases[k].width;
    canvas.height = canvases[k].height;
    if (canvas.width && canvas.height) canvas.getContext("2d")?.drawImage(canvases[k], 0, 0);
  });
  for (const one of found) {
    one.inert = true;
    for (const marked of one.querySelectorAll("[id]")) marked.removeAttribute("id");
  }
  return found;
}
