// @ts-check
/** Step by step: the chosen row through the network and back, one calculation at a time. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { built } from "../elements.js";
import { icon } from "../icons.js";
import { mountPanel } from "./index.js";
import { number, t } from "../texts.js";

/**
 * What of the network a calculation is about.
 * @typedef {{layer: string, unit: number[] | null, weight: {parameter: string, place: number[]} | null, phase: string}} Light
 * @typedef {Light & {titles: string[], title: string, body: any[], result: string}} Stop
 * @typedef {Light & {title: string, at: number}} Phase
 * @typedef {{row: number, step: number, title: string, notes: string[], total: number, first: number,
 *   layers: {name: string, shape: number[]}[], phases: Phase[], stops: Stop[]}} Told
 */

const PHASES = ["inputs", "forward", "answer", "target", "loss", "backward", "update"];
const HEIGHT = 270; // of the picture, in pixels
const EACH = 2600; // milliseconds a calculation, playing through
const BEFORE = 20; // calculations before the one at hand that are asked for with it
const SETTLED = 250; // milliseconds without a change, before the numbers are worked out anew

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{layer?: string, unit?: number[], picture?: boolean, onLight?: (light: Light | null) => void}} [options]
 *   `picture`: whether a small picture of the network stands here, too; `onLight`: told what of it lights up.
 */
export function mount(host, session, options = {}) {
  /** @type {Told | null} */
  let told = null;
  /** @type {Map<number, Stop>} */
  let stops = new Map();
  let at = 0;
  let asked = 0;
  let revision = 0; // of what is told
  /** @type {number | undefined} */
  let playing;
  /** @type {number | undefined} */
  let waiting;
  const chosen = { layer: options.layer ?? "", unit: options.unit ?? /** @type {number[]} */ ([]) };

  const about = h("p", { class: "quiet small steps-about" });
  const stale = h("p", { class: "steps-stale", hidden: true });
  const what = h("select", { id: name("what"), onchange: () => choose(what.value, []) });
  const places = h("div", { class: "steps-places" });
  const part = h("select", { id: name("part"), onchange: () => go(Number(part.value)) });
  const phases = h("div", { class: "steps-phases", role: "group", "aria-label": t("steps.phases") });
  const picture = h("div", { class: "steps-picture", hidden: options.picture === false });
  const card = h("div", { class: "steps-card pellucid-formulas", tabindex: "0", role: "group", "aria-live": "polite" });
  const back = h("button", { class: "button", type: "button", onclick: () => go(at - 1) }, icon("back"), t("steps.previous"));
  const next = h("button", { class: "button main", type: "button", onclick: () => go(at + 1) }, t("steps.next"), icon("next"));
  const play = h("button", { class: "button", type: "button", onclick: () => (playing ? stop() : begin()) });
  const slider = h("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": t("steps.position", { n: "", total: "" }).trim(), oninput: () => go(Number(slider.value)) });
  const place = h("span", { class: "numbers small quiet steps-at" });
  const said = h("p", { class: "small", role: "status" });
  const text = h("textarea", { hidden: true, readonly: true, rows: 8, "aria-label": t("steps.copy") });
  const notes = h("details", { class: "small quiet" });
  const copies = ["markdown", "latex", "text"].map((form) =>
    h("button", { class: "button plain small", type: "button", onclick: () => copy(form) }, t(`steps.${form}`)));

  host.append(
    h("section", { class: "steps", "aria-label": t("steps.title"), onkeydown: keys },
      about,
      stale,
      h("div", { class: "steps-choose" },
        h("div", { class: "field" }, h("label", { for: what.id }, t("steps.what")), what),
        places,
        h("div", { class: "field steps-part" }, h("label", { for: part.id }, t("steps.part")), part)),
      phases,
      picture,
      card,
      h("div", { class: "steps-move" }, back, next, play, h("div", { class: "steps-slide" }, slider, place)),
      h("div", { class: "steps-copy" }, h("span", { class: "small quiet" }, t("steps.copy")), copies),
      said,
      text,
      notes),
  );
  drawPlay();
  fill(card, h("p", { class: "quiet" }, t("steps.loading")));

  /** @param {string} own */
  function name(own) {
    return `steps-${own}-${Math.random().toString(36).slice(2, 8)}`;
  }

  /** The fields of what is asked for. */
  function fields() {
    const whole = chosen.unit.length > 0;
    return { layer: chosen.layer || null, unit: whole ? chosen.unit : null };
  }

  /** Where a page begins that has a calculation, and some before it. @param {number} place */
  const around = (place) => Math.max(0, place - BEFORE);

  /** Ask for the calculations, from the first or from a page further on. */
  async function ask(first = 0, keep = false) {
    const own = ++asked;
    card.classList.add("waiting");
    try {
      const found = /** @type {Told} */ (await session.ask("ExplainStep", { ...fields(), first }));
      if (own !== asked) return;
      if (!keep || found.step !== told?.step) stops = new Map();
      told = found;
      found.stops.forEach((one, k) => stops.set(found.first + k, one));
      at = Math.max(0, Math.min(at, found.total - 1));
      if (found.stops.length === 0 && first > 0) return ask(around(at)); // there are fewer now
      draw();
    } catch (error) {
      if (own !== asked) return;
      told = null;
      light(null);
      fill(card, h("p", { class: "steps-refused" }, /** @type {Error} */ (error).message));
    } finally {
      if (own === asked) card.classList.remove("waiting");
    }
  }

  /** Work all out anew, and stay at the same place where there is one. */
  function again() {
    revision = session.status?.revision;
    stale.hidden = true;
    return ask(around(at));
  }

  /** @param {any} status */
  function heard(status) {
    if (status.kind !== "network" || status.revision === revision) return;
    window.clearTimeout(waiting);
    if (status.playing) {
      stale.hidden = told === null;
      if (told) fill(stale, t("steps.stale", { step: number(told.step) }), " ", h("button", { class: "button small", type: "button", onclick: again }, t("steps.again")));
      return;
    }
    waiting = window.setTimeout(again, SETTLED);
  }

  /**
   * @param {string} layer
   * @param {number[]} unit
   */
  function choose(layer, unit) {
    chosen.layer = layer;
    chosen.unit = unit;
    at = 0;
    ask(0);
  }

  function draw() {
    if (!told) return;
    fill(about, t("steps.about", { row: counted(told.row), step: number(told.step) }));
    const layers = told.layers.map((layer) =>
      h("option", { value: layer.name, selected: layer.name === chosen.layer }, t("steps.layer", { name: layer.name })));
    fill(what, h("option", { value: "", selected: !chosen.layer }, t("steps.whole")), layers);
    drawPlaces();
    fill(part, told.phases.map((one) => h("option", { value: one.at }, one.title || t(`steps.${one.phase}`))));
    const there = PHASES.filter((phase) => told?.phases.some((one) => one.phase === phase));
    fill(phases, there.map((phase) => {
      const first = told?.phases.find((one) => one.phase === phase)?.at ?? 0;
      return h("button", { class: `button small steps-phase ${phase}`, type: "button", "data-phase": phase, title: t(`steps.${phase}_words`), onclick: () => go(first) }, t(`steps.${phase}`));
    }));
    slider.max = String(Math.max(0, told.total - 1));
    fill(notes, h("summary", {}, t("steps.read")), told.notes.map((note) => h("p", {}, note)));
    show();
  }

  /** The fields by which a unit of the chosen layer is named. */
  function drawPlaces() {
    const shape = told?.layers.find((layer) => layer.name === chosen.layer)?.shape ?? [];
    if (places.childElementCount === shape.length && places.dataset.layer === chosen.layer) return;
    places.dataset.layer = chosen.layer;
    const names = shape.length === 3 ? ["channel", "row", "column"] : shape.length === 1 ? ["unit"] : [];
    fill(places, shape.map((size, axis) => {
      const field = h("input", {
        id: name(`place${axis}`), type: "number", min: 0, max: size - 1, step: 1, placeholder: t("steps.all"),
        value: chosen.unit[axis] ?? "", inputmode: "numeric", onchange: () => named(),
      });
      const label = names[axis] ? t(`steps.${names[axis]}`) : t("steps.place", { n: axis });
      return h("div", { class: "field" }, h("label", { for: field.id }, `${label} (0–${size - 1})`), field);
    }));
  }

  /** Take the unit that was typed: of pictures the first places are enough. */
  function named() {
    const typed = [...places.querySelectorAll("input")].map((field) => field.value.trim());
    const empty = typed.indexOf("");
    const given = (empty < 0 ? typed : typed.slice(0, empty)).map(Number);
    if (given.every(Number.isInteger)) choose(chosen.layer, given);
  }

  /** @param {number} to */
  function go(to) {
    if (!told || to < 0 || to >= told.total) return stop();
    at = to;
    if (stops.has(at)) show();
    else ask(around(at), true);
  }

  function show() {
    const stop = stops.get(at);
    back.disabled = at === 0;
    next.disabled = !told || at >= told.total - 1;
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", t("steps.position", { n: number(at + 1), total: number(told?.total) }));
    fill(place, t("steps.place_words", { n: number(at + 1), total: number(told?.total) }));
    if (!stop) {
      fill(card, h("p", { class: "quiet" }, t("steps.nothing")));
      return;
    }
    const titles = [...stop.titles, stop.title].filter(Boolean);
    fill(
      card,
      h("p", { class: "steps-where" },
        h("span", { class: `steps-tag ${stop.phase}` }, t(`steps.${stop.phase}`)),
        h("span", { class: "quiet small" }, t(`steps.${stop.phase}_words`))),
      titles.length > 1 ? h("p", { class: "small quiet steps-trail" }, titles.slice(0, -1).join(" › ")) : null,
      h("h4", {}, titles[titles.length - 1] ?? t(`steps.${stop.phase}`)),
      h("div", { class: "steps-body" }, built(stop.body)),
    );
    for (const box of card.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0"); // to be moved by keys
    }
    const last = told?.phases.reduce((found, one) => (one.at <= at ? one.at : found), 0);
    part.value = String(last ?? 0);
    for (const button of phases.children) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.phase === stop.phase));
    }
    light({ layer: stop.layer, unit: stop.unit, weight: stop.weight, phase: stop.phase });
  }

  /**
   * Have the picture of the network light up what is told of.
   * @param {Light | null} what
   */
  function light(what) {
    session.emit("light", what);
    options.onLight?.(what);
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.target !== card) return;
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: (told?.total ?? 1) - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]);
  }

  function begin() {
    if (told && at >= told.total - 1) go(0);
    playing = window.setInterval(() => go(at + 1), EACH);
    card.setAttribute("aria-live", "off");
    drawPlay();
  }

  function stop() {
    window.clearInterval(playing);
    playing = undefined;
    card.setAttribute("aria-live", "polite");
    drawPlay();
  }

  function drawPlay() {
    fill(play, icon(playing ? "pause" : "play"), playing ? t("steps.pause") : t("steps.play"));
  }

  /** @param {string} form */
  async function copy(form) {
    text.hidden = true;
    const found = await session.tell("WriteExplanation", { ...fields(), form });
    if (!found) return;
    try {
      await navigator.clipboard.writeText(found.text);
      fill(said, t("steps.copied", { n: number(found.text.split("\n").length) }));
    } catch {
      fill(said, t("steps.copy_failed"));
      text.hidden = false;
      text.value = found.text;
      text.select();
    }
  }

  const drawn = options.picture === false ? null : mountPanel(picture, "network", session, { compact: true, readonly: true, height: HEIGHT });
  const stopped = session.on("status", heard);
  again();
  return {
    /** @param {string} layer @param {number[]} unit */
    choose,
    destroy() {
      stopped();
      drawn?.destroy();
      window.clearTimeout(waiting);
      stop();
      light(null);
    },
  };
}
