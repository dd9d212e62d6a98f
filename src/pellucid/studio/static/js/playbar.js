// @ts-check
/** Play, pause, single steps, rewind, undo: what moves time. */

import { told } from "./changes.js";
import { h, fill } from "./dom.js";
import { icon } from "./icons.js";
import { term } from "./terms.js";
import { number, percent, t } from "./texts.js";

/** @type {(number | null)[]} */
const PACES = [1, 5, 30, 100, 1000, null];
const SCORES = ["loss", "val_loss", "accuracy", "val_accuracy", "mae", "val_mae"];

/**
 * @param {HTMLElement} host
 * @param {import("./session.js").Session} session
 * @param {{pace?: number | null, has?: string[]}} [options] `has`: the parts of it; without, all
 */
export function mount(host, session, options = {}) {
  const has = (/** @type {string} */ name) => !options.has || options.has.includes(name);
  const moves = ["play", "step", "epoch"].some(has);
  let pace = options.pace === undefined ? null : options.pace;

  const tell = session.tell.bind(session);
  const paces = [...new Set([...PACES, pace])].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const button = (/** @type {string} */ name, /** @type {() => void} */ onclick, /** @type {string} */ shape = "button") =>
    h("button", { class: shape, type: "button", onclick, title: t(`play.${name}`), "aria-label": t(`play.${name}`) }, icon(name));

  const play = h("button", { class: "button main play", type: "button", onclick: () => tell(playing ? "Pause" : "Play", playing ? {} : { pace }) });
  const choose = h(
    "select",
    {
      "aria-label": t("play.pace"),
      title: t("play.pace"),
      onchange: () => {
        pace = paces[choose.selectedIndex];
        if (playing) tell("Play", { pace });
      },
    },
    paces.map((one) => h("option", {}, one === null ? t("play.full") : one === 1 ? t("play.one_a_second") : t("play.a_second", { n: number(one) }))),
  );
  choose.selectedIndex = paces.indexOf(pace);
  const undo = button("undo", () => tell("Undo"), "button plain");
  const redo = button("redo", () => tell("Redo"), "button plain");
  const slider = h("input", {
    type: "range", min: 0, max: 0, step: 1, "aria-label": t("play.rewind"),
    oninput: () => seek(Number(slider.value)),
  });
  const standing = h("span", { class: "standing numbers" });
  const scores = h("span", { class: "scores numbers" });
  const showScores = scoresIn(scores);
  const said = h("span", { class: "unseen", role: "status", "aria-live": "polite" });
  const bar = h(
    "div",
    { class: "playbar", role: "group", "aria-label": t("play.controls") },
    h("div", { class: "playbar-buttons" },
      has("play") ? play : null,
      moves ? button("step", () => tell("TakeSteps", { count: 1 })) : null,
      has("epoch") ? button("epoch", () => tell("TakeEpoch")) : null,
      button("restart", () => tell("Restart")),
      [undo, redo],
      has("play") ? h("span", { class: "playbar-pace" }, choose) : null),
    moves ? h("div", { class: "playbar-time" }, slider, h("div", { class: "playbar-words" }, standing, scores)) : null,
    said,
  );
  host.append(bar);

  let playing = false;
  /** @type {any} the status before */
  let was = null;
  let seeking = false;
  /** @type {number | null} */
  let wanted = null;

  /** Ask for the newest place of the slider only. @param {number} step */
  async function seek(step) {
    wanted = step;
    if (seeking) return;
    seeking = true;
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      await tell("Seek", { step: next });
    }
    seeking = false;
  }

  /** @param {any} status */
  function draw(status) {
    if (!status) return;
    if (status.playing !== playing || !play.firstChild) {
      playing = status.playing;
      const word = t(playing ? "play.pause" : "play.play");
      fill(play, icon(playing ? "pause" : "play"), h("span", {}, word));
    }
    const spoken = playing ? t("play.playing") : t("play.paused", { step: number(status.step) });
    if (said.textContent !== spoken) said.textContent = spoken;
    const words = told(was, status);
    if (words) session.emit("told", words);
    was = status;
    if (document.activeElement !== slider || !seeking) {
      slider.min = status.first ?? 0;
      slider.max = status.last ?? status.step;
      if (wanted === null && !seeking) slider.value = status.step;
    }
    slider.disabled = status.last === undefined || status.last === status.first;
    slider.setAttribute("aria-valuetext", t("play.time", { step: number(status.step), last: number(status.last ?? status.step) }));
    standing.textContent = !moves ? "" : t(status.epoch === undefined || (options.has && !has("epoch")) ? "play.steps" : "play.standing", { step: number(status.step), epoch: number(status.epoch) });
    showScores(status.scores ?? {});
    for (const [element, name, what] of /** @type {[HTMLButtonElement, string, string | null][]} */ ([[undo, "undo", status.undo], [redo, "redo", status.redo]])) {
      element.disabled = !what;
      const words = what ? t(`play.${name}_what`, { what }) : t(`play.nothing_${name}`);
      element.title = words;
      element.setAttribute("aria-label", words);
    }
  }

  const stop = session.on("status", draw);
  draw(session.status);
  return {
    destroy() {
      stop();
      bar.remove();
    },
  };
}

/**
 * Shows scores in an element; their words stay while the numbers change.
 * @param {HTMLElement} host
 */
function scoresIn(host) {
  /** @type {Map<string, HTMLElement>} */
  let values = new Map();
  return (/** @type {Record<string, number | null>} */ scores) => {
    const names = SCORES.filter((name) => name in scores);
    if (names.join() !== [...values.keys()].join()) {
      values = new Map(names.map((name) => [name, h("span", {})]));
      fill(host, [...values].map(([name, value]) => h("span", { class: "score" }, h("span", { class: "quiet" }, term(name)), " ", value)));
    }
    for (const [name, value] of values) {
      value.textContent = name.endsWith("accuracy") ? percent(scores[name]) : number(scores[name]);
    }
  };
}
