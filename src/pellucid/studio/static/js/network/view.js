// @ts-check
/**
 * The network, drawn live and touched: one element that is given a new value with each step.
 *
 * Canvases hold the lines and what the units are, a button lies over each unit, so that every one
 * is reached by keys and has a name. The same module works in the studio, a notebook and a report.
 */

import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { Panel } from "./card.js";
import { Drawing } from "./drawing.js";
import { neighbour } from "./layout.js";
import { Lit } from "./lit.js";
import { partName, setNumber } from "./parts.js";
import { revive, short } from "./read.js";
import { refresh, relabel, sentence, sheetOf } from "./sheet.js";
import { tables } from "./tables.js";
import { Touch } from "./touch.js";
import { fullName } from "./words.js";

/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./lines.js").Line} Line */
/** @typedef {{stage: number, unit: number}} Unit */
/** @typedef {import("./parts.js").Part} Part */
/**
 * @typedef {object} Options
 * @property {(parameter: string, place: number[], value: number, how: {final: boolean}) => void} [onEdit]
 * @property {(layer: string, unit: number) => void} [onKnock]
 * @property {(unit: {layer: string, unit: number} | null) => void} [onChoose]
 * @property {number} [height] of the drawing, where it lies from left to right
 * @property {boolean} [compact] only the drawing
 */

const SLOW = 400;

export class NetworkView {
  drawing = new Drawing(() => this.anew());
  over = h("div", { class: "nv-over", role: "group", "aria-label": t("network.name") });
  card = h("div", { class: "nv-card", hidden: true, "aria-hidden": "true" });
  paper = h("div", { class: "nv-paper" });
  scroll = h("div", { class: "nv-sheet" });
  said = h("p", { class: "nv-said" });
  live = h("p", { class: "nv-unseen", role: "status" });
  tablesIn = h("div", { class: "nv-tables" });
  details = h("details", { class: "nv-details" });
  foot = h("div", { class: "nv-foot" });
  saying = 0;
  /** What is talked of beside the drawing: a unit, or one line. @type {Unit | null} */
  told = null;
  /** @type {Line | null} */
  toldLine = null;
  /** Whether there are numbers that are not drawn yet. */
  stale = false;

  /**
   * @param {HTMLElement} host
   * @param {Options} [options]
   */
  constructor(host, options = {}) {
    this.host = host;
    this.options = options;
    /** @type {Value | null} */
    this.value = null;
    /** @type {Unit | null} */
    this.chosen = null;
    /** @type {Unit | null} */
    this.hovered = null;
    /** @type {Line | null} */
    this.line = null;
    /** @type {Unit} */
    this.at = { stage: 0, unit: 0 };
    /** @type {import("./sheet.js").Sheet | null} */
    this.sheet = null;
    this.drawn = "";
    this.frame = 0;
    this.saidAt = -SLOW; // a page may be younger than that
    this.panel = new Panel(this);
    this.root = this.build();
    host.append(this.root);
    this.stands = new Lit(this);
    this.touch = new Touch(this);
    this.watch();
  }

  /** @returns {HTMLElement} */
  build() {
    this.paper.append(this.drawing.base, this.drawing.units, this.drawing.lit, this.over);
    this.details.append(h("summary", {}, t("network.table")), this.tablesIn);
    this.details.addEventListener("toggle", () => {
      this.saidAt = -SLOW;
      if (this.value) this.say(this.value);
    });
    const isTouch = matchMedia("(hover: none)").matches;
    const hint = !this.options.onEdit ? "hint_frozen" : isTouch ? "hint_touch" : "hint";
    this.foot.append(h("p", {}, t(`network.${hint}`)), legend());
    const keys = h("p", { class: "nv-unseen" }, t("network.keys"));
    const rest = this.options.compact ? [] : [this.foot, this.panel.element, this.details];
    this.scroll.append(this.paper);
    return h("div", { class: "nv" }, keys, this.said, this.scroll, ...rest, this.card, this.live);
  }

  watch() {
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.host);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => {
      this.drawing.recolour();
      this.stale = true;
      this.later();
    };
    this.scheme.addEventListener("change", this.recolour);
    this.theme = new MutationObserver(this.recolour);
    this.theme.observe(document.documentElement, { attributes: true });
  }

  resized() {
    const width = this.root.clientWidth;
    if (!this.value || width === this.whole?.width || !width) return;
    this.drawn = "";
    this.later();
  }

  /** @param {any} given what the engine says of the network */
  update(given) {
    if (given?.error || !given?.stages) return;
    const before = this.value?.revision;
    this.value = revive(given);
    if (before !== undefined && before !== this.value.revision) this.forget();
    this.touch.keep();
    this.stale = true;
    this.later();
  }

  /** Let go of what belongs to other layers. */
  forget() {
    this.drawn = "";
    this.hovered = this.line = this.told = this.toldLine = null;
    if (this.chosen && !this.value?.stages[this.chosen.stage]?.name) this.choose(null);
    const chosen = this.chosen;
    if (chosen && chosen.unit >= (this.value?.stages[chosen.stage]?.count ?? 0)) this.choose(null);
    this.touch.drop();
  }

  /** Draw with the next frame. */
  later() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  /** Draw at once all that there is, laid out anew where other layers came meanwhile. */
  anew() {
    cancelAnimationFrame(this.frame);
    this.stale = true;
    this.draw();
  }

  draw() {
    this.frame = 0;
    const { value } = this;
    const width = Math.floor(this.root.clientWidth);
    if (!value || !width) return;
    const structure = `${value.revision} ${width} ${value.stages.map((s) => `${s.count}${Boolean(s.tiles)}`)} ${value.areChances}`;
    if (structure !== this.drawn) this.place(value, width);
    this.drawn = structure;
    if (this.stale) this.drawing.paint(value, this.root);
    this.stands.light(value);
    this.stands.showCard();
    if (!this.stale) return;
    this.stale = false;
    if (this.sheet) refresh(this.sheet, value);
    sentence(this.said, value);
    this.panel.show();
    this.say(value);
  }

  /**
   * Lay everything out anew.
   * @param {Value} value
   * @param {number} width
   */
  place(value, width) {
    const whole = this.drawing.place(value, width, this.options.height);
    const { paper } = this;
    const hadFocus = paper.contains(document.activeElement);
    Object.assign(paper.style, { width: `${whole.width}px`, height: `${whole.height}px` });
    this.sheet = sheetOf(value, whole);
    fill(this.over, this.sheet.elements);
    const group = whole.groups[this.at.stage];
    if (!group?.units[this.at.unit]) this.at = { stage: 0, unit: 0 };
    this.rove(this.at, hadFocus && !this.touch.isBusy);
    relabel(this.sheet, value);
    this.mark();
    this.touch.settle();
    this.stale = true;
  }

  /** Where all stands. @returns {import("./layout.js").Layout | null} */
  get whole() {
    return this.drawing.whole;
  }

  /** The unit that stands out: pointed at, else talked of, else kept. */
  get shown() {
    return this.hovered ?? this.told ?? this.chosen;
  }

  /**
   * Light up what is talked of beside the drawing: a unit of a layer, or a weight into it.
   * @param {{layer: string, unit: number[] | null, weight: {parameter: string, place: number[]} | null} | null} what
   */
  light(what) {
    const stages = this.value?.stages ?? [];
    const stage = what ? stages.findIndex((one) => one.name === what.layer) : -1;
    const unit = what?.unit?.[0];
    const isThere = stage > 0 && unit !== undefined && unit < stages[stage].count;
    const [from, to] = what?.weight?.place ?? [];
    const isLine = isThere && what?.weight?.parameter === stages[stage].weight && to !== undefined;
    this.told = isThere && !isLine ? { stage, unit } : null;
    this.toldLine = isLine ? { stage, from, to } : null;
    this.later();
  }

  /**
   * Names for a screen reader, and the tables: twice a second at most.
   * @param {Value} value
   */
  say(value) {
    const now = performance.now();
    clearTimeout(this.saying);
    if (now - this.saidAt < SLOW) {
      this.saying = window.setTimeout(() => this.value && this.say(this.value), SLOW);
      return;
    }
    this.saidAt = now;
    if (this.sheet) relabel(this.sheet, value);
    if (this.details.open) tables(this.tablesIn, value);
  }

  // --- choosing

  /**
   * Point at a unit, a line, or nothing.
   * @param {Unit | Line | null} what
   */
  point(what) {
    this.hovered = what && "unit" in what ? what : null;
    this.line = what && "from" in what ? what : null;
    this.mark();
    this.later();
  }

  /**
   * Keep a unit, or let it go.
   * @param {Unit | null} unit
   * @param {boolean} [focus] whether the unit gets the focus back
   */
  choose(unit, focus = false) {
    this.chosen = unit;
    this.touch.drop();
    const stage = unit && this.value?.stages[unit.stage];
    this.options.onChoose?.(unit && stage ? { layer: stage.name, unit: unit.unit } : null);
    if (unit && stage) this.tell(t("network.chosen", { unit: fullName(stage, unit.unit) }));
    this.mark();
    this.panel.show();
    if (focus) this.sheet?.units[this.at.stage]?.[this.at.unit]?.focus();
    this.later();
  }

  /** Which buttons are pressed. */
  mark() {
    this.sheet?.units.forEach((units, stage) =>
      units.forEach((element, unit) => {
        const isKept = this.chosen?.stage === stage && this.chosen.unit === unit;
        const pressed = isKept ? "true" : "false";
        if (element.getAttribute("aria-pressed") !== pressed) element.setAttribute("aria-pressed", pressed);
      }),
    );
    this.foot.classList.toggle("nv-quiet", Boolean(this.chosen));
  }

  /**
   * Only one unit is reached by the tab key; arrow keys lead on from it.
   * @param {Unit} to
   * @param {boolean} focus
   */
  rove(to, focus) {
    this.sheet?.units[this.at.stage]?.[this.at.unit]?.setAttribute("tabindex", "-1");
    this.at = to;
    const element = this.sheet?.units[to.stage]?.[to.unit];
    element?.setAttribute("tabindex", "0");
    if (focus) element?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.classList.contains("nv-unit") || !this.whole || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(this.whole, this.at, event.key);
    if (next) {
      event.preventDefault();
      this.rove(next, true);
    } else if (event.key === "Escape" && this.chosen) this.choose(null);
  }

  // --- touching

  /**
   * @param {"weight" | "bias"} kind
   * @param {number} place
   * @returns {boolean}
   */
  canEdit(kind, place) {
    const stage = this.value?.stages[place];
    return Boolean(this.options.onEdit && stage && (kind === "weight" ? stage.weights && stage.weight : stage.bias));
  }

  /**
   * Give a weight or bias a value: on the screen at once, and to whoever is asked.
   * @param {Part} part
   * @param {number} number
   * @param {boolean} final
   */
  edit(part, number, final) {
    const stage = this.value?.stages[part.stage];
    if (!stage || !this.canEdit(part.kind, part.stage)) return;
    setNumber(this.value, part, number);
    this.stale = true;
    const place = part.kind === "weight" ? [part.from, part.unit] : [part.unit];
    this.options.onEdit?.(part.kind === "weight" ? stage.weight : stage.bias, place, number, { final });
    if (final) this.tell(t("network.now", { what: partName(this.value, part), value: short(number, 4) }));
    this.later();
  }

  /** @param {string} words for a screen reader */
  tell(words) {
    this.live.textContent = words;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.saying);
    this.drawing.pace.stop();
    this.observer?.disconnect();
    this.theme?.disconnect();
    if (this.recolour) this.scheme?.removeEventListener("change", this.recolour);
    this.touch.destroy();
    this.root.remove();
  }
}

/** @returns {HTMLElement} */
function legend() {
  return h("ul", { class: "nv-legend" },
    h("li", {}, h("i", { class: "nv-key-positive" }), t("network.positive")),
    h("li", {}, h("i", { class: "nv-key-negative" }), t("network.negative")),
    h("li", {}, t("network.stronger")));
}
