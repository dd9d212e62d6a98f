// @ts-check
/** Pointer and keys on the drawing: units, lines, biases; dragging a value up and down. */

import { fill, h } from "../dom.js";
import { dragged, nudged, spanOf, typed } from "./edit.js";
import { along, pick } from "./lines.js";
import { FEW, biasAt } from "./marks.js";
import { numberOf, partName, setNumber } from "./parts.js";
import { short } from "./read.js";

/** @typedef {import("./view.js").NetworkView} NetworkView */
/** @typedef {import("./parts.js").Part} Part */
/** @typedef {import("./lines.js").Line} Line */

const NEAR_MOUSE = 7;
const NEAR_FINGER = 16;
const STILL = 3;

export class Touch {
  /** @param {NetworkView} view */
  constructor(view) {
    this.view = view;
    /** The weight or bias that has its knob. @type {Part | null} */
    this.part = null;
    this.share = 0.5;
    /** @type {{start: number, y: number, moved: boolean, value: number, pointer: number} | null} */
    this.drag = null;
    this.knob = h("div", { class: "nv-knob", role: "slider", tabindex: "0", hidden: true, "aria-orientation": "vertical" },
      h("span", { class: "nv-knob-dot" }), h("span", { class: "nv-knob-value" }));
    this.field = h("input", { class: "nv-number nv-knob-field", hidden: true, inputmode: "decimal" });
    view.paper.append(this.knob, this.field);
    this.listen();
  }

  listen() {
    const { paper } = this.view;
    this.stop = new AbortController();
    const { signal } = this.stop;
    /** @type {(on: HTMLElement, event: string, does: (event: any) => void) => void} */
    const on = (element, event, does) => element.addEventListener(event, does, { signal });
    on(paper, "pointermove", (event) => this.move(event));
    on(paper, "pointerdown", (event) => this.down(event));
    on(paper, "pointerup", (event) => this.up(event));
    on(paper, "pointercancel", (event) => this.up(event));
    on(paper, "pointerleave", () => !this.drag && this.view.point(null));
    on(paper, "click", (event) => this.click(event));
    on(paper, "focusin", (event) => this.focus(event));
    on(paper, "focusout", (event) => this.blur(event));
    on(paper, "keydown", (event) => this.view.key(event));
    on(this.knob, "keydown", (event) => this.key(event));
    on(this.field, "keydown", (event) => this.fieldKey(event));
    on(this.field, "blur", () => (this.field.hidden = true));
  }

  get isBusy() {
    return Boolean(this.drag?.moved);
  }

  /** The line that has the knob. @returns {Line | null} */
  get line() {
    const { part } = this;
    return part?.kind === "weight" ? { stage: part.stage, from: part.from, to: part.unit } : null;
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  where(event) {
    const box = this.view.paper.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /**
   * The weight or bias under the pointer.
   * @param {PointerEvent} event
   * @returns {{part: Part, share: number} | null}
   */
  under(event) {
    const { view } = this;
    const [x, y] = this.where(event);
    const element = event.target instanceof Element ? event.target.closest(".nv-unit") : null;
    const near = event.pointerType === "touch" ? NEAR_FINGER : NEAR_MOUSE;
    for (const [stage, group] of (view.whole?.groups ?? []).entries()) {
      if (group.form === "sheet" || !view.canEdit("bias", stage)) continue;
      for (const [unit, place] of group.units.entries()) {
        const isSeen = group.units.length <= FEW || (view.shown?.stage === stage && view.shown.unit === unit);
        const knob = isSeen ? biasAt(place) : null;
        if (knob && Math.hypot(knob.x - x, knob.y - y) <= knob.radius + 3) {
          return { part: { kind: "bias", stage, unit, from: -1 }, share: 0 };
        }
      }
    }
    if (element || !view.whole) return null;
    const found = pick(view.drawing.lines.filter((lines) => lines.from.length), x, y, view.whole.narrow, near);
    if (!found) return null;
    const { line, share } = found;
    return { part: { kind: "weight", stage: line.stage, unit: line.to, from: line.from }, share };
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.drag && this.part) return this.pull(event);
    if (event.pointerType === "touch") return undefined;
    const { view } = this;
    const element = event.target instanceof Element ? event.target.closest(".nv-unit") : null;
    const found = this.under(event);
    const canDrag = found && view.canEdit(found.part.kind, found.part.stage);
    view.paper.classList.toggle("nv-grab", Boolean(canDrag));
    if (found?.part.kind === "weight") {
      view.point({ stage: found.part.stage, from: found.part.from, to: found.part.unit });
    } else if (element instanceof HTMLElement) {
      const unit = { stage: Number(element.dataset.stage), unit: Number(element.dataset.unit) };
      if (view.hovered?.stage !== unit.stage || view.hovered.unit !== unit.unit) view.point(unit);
    } else if (view.hovered || view.line) view.point(null);
    return undefined;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    const onKnob = event.target instanceof Node && this.knob.contains(event.target);
    if (!onKnob) {
      const found = this.under(event);
      if (!found || !this.view.canEdit(found.part.kind, found.part.stage)) {
        if (!(event.target instanceof Element && event.target.closest(".nv-unit, .nv-knob-field"))) this.drop();
        return;
      }
      this.take(found.part, found.share);
      if (event.pointerType === "touch") return; // the knob is there to be pulled
    }
    if (!this.part) return;
    event.preventDefault();
    const value = numberOf(this.view.value, this.part);
    this.drag = { start: value, y: event.clientY, moved: false, value, pointer: event.pointerId };
    this.view.paper.setPointerCapture(event.pointerId);
    this.knob.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  pull(event) {
    const { drag, part, view } = this;
    const stage = part && view.value?.stages[part.stage];
    if (!drag || !part || !stage) return;
    const up = drag.y - event.clientY;
    if (!drag.moved && Math.abs(up) < STILL) return;
    if (!drag.moved) this.span = spanOf(stage, part.kind);
    drag.moved = true;
    drag.value = dragged(drag.start, up, this.span ?? 1, event.shiftKey);
    view.edit(part, drag.value, false);
    this.settle();
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { drag, part } = this;
    if (!drag) return;
    this.view.paper.releasePointerCapture(event.pointerId);
    this.drag = null;
    this.wasDragged = drag.moved;
    if (drag.moved && part) this.view.edit(part, drag.value, true);
    this.settle();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const wasDragged = this.wasDragged;
    this.wasDragged = false;
    const element = event.target instanceof Element ? event.target.closest(".nv-unit") : null;
    if (!(element instanceof HTMLElement) || wasDragged || this.part) return;
    const { view } = this;
    const unit = { stage: Number(element.dataset.stage), unit: Number(element.dataset.unit) };
    const isKept = view.chosen?.stage === unit.stage && view.chosen.unit === unit.unit;
    view.rove(unit, true);
    view.choose(isKept ? null : unit);
  }

  /** @param {FocusEvent} event */
  focus(event) {
    const element = event.target instanceof Element ? event.target.closest(".nv-unit") : null;
    if (!(element instanceof HTMLElement)) return;
    const unit = { stage: Number(element.dataset.stage), unit: Number(element.dataset.unit) };
    this.view.rove(unit, false);
    if (element.matches(":focus-visible")) this.view.point(unit);
    element.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }

  /** @param {FocusEvent} event */
  blur(event) {
    if (event.target instanceof Element && event.target.closest(".nv-unit")) this.view.point(null);
  }

  // --- the knob

  /**
   * Give a weight or bias the knob.
   * @param {Part} part
   * @param {number} share where on the line
   */
  take(part, share) {
    this.part = part;
    this.share = Math.min(0.8, Math.max(0.2, share));
    this.view.point(null);
    this.settle();
    this.view.later();
  }

  /** Take the knob away. */
  drop() {
    if (!this.part) return;
    this.part = null;
    this.drag = null;
    this.knob.hidden = true;
    this.field.hidden = true;
    this.view.later();
  }

  /** Put the knob where its line or bias is, with its value. */
  settle() {
    const { part, view } = this;
    const spot = part && this.spot(part);
    this.knob.hidden = !spot;
    if (!part || !spot) return;
    const value = numberOf(view.value, part);
    this.knob.style.left = this.field.style.left = `${spot[0]}px`;
    this.knob.style.top = this.field.style.top = `${spot[1]}px`;
    this.knob.classList.toggle("nv-below", value < 0);
    fill(/** @type {Element} */ (this.knob.lastElementChild), short(value));
    const stage = view.value?.stages[part.stage];
    const span = stage ? spanOf(stage, part.kind) : 1;
    this.knob.setAttribute("aria-label", partName(view.value, part));
    this.knob.setAttribute("aria-valuenow", String(value));
    this.knob.setAttribute("aria-valuetext", short(value, 4));
    this.knob.setAttribute("aria-valuemin", String(Math.min(-2 * span, value)));
    this.knob.setAttribute("aria-valuemax", String(Math.max(2 * span, value)));
  }

  /**
   * @param {Part} part
   * @returns {[number, number] | null}
   */
  spot(part) {
    const { value, whole } = this.view;
    const unit = whole?.groups[part.stage]?.units[part.unit];
    if (!value || !whole || !unit) return null;
    if (part.kind === "bias") {
      const knob = biasAt(unit);
      return knob && [knob.x, knob.y];
    }
    const line = this.line;
    const found = line && this.view.stands.single(value, line);
    return found?.from.length ? along(found.ends, 0, whole.narrow, this.share) : null;
  }

  /** A value that is being pulled stays as it is pulled, whatever comes in meanwhile. */
  keep() {
    if (this.drag?.moved && this.part) setNumber(this.view.value, this.part, this.drag.value);
    if (this.part) this.settle();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { part, view } = this;
    const stage = part && view.value?.stages[part.stage];
    if (!part || !stage) return;
    if (event.key === "Escape") {
      this.drop();
      view.rove({ stage: part.stage, unit: part.unit }, true);
      return;
    }
    if (/^[0-9.,−-]$/.test(event.key) || event.key === "Enter") {
      event.preventDefault();
      this.type(event.key === "Enter" ? String(Number(numberOf(view.value, part).toPrecision(6))) : event.key);
      return;
    }
    const value = nudged(numberOf(view.value, part), event.key, spanOf(stage, part.kind), event.shiftKey);
    if (value === null) return;
    event.preventDefault();
    view.edit(part, value, true);
    this.settle();
  }

  /** @param {string} text to begin with */
  type(text) {
    if (!this.part) return;
    this.field.hidden = false;
    this.field.setAttribute("aria-label", partName(this.view.value, this.part));
    this.field.value = text;
    this.field.focus();
  }

  /** @param {KeyboardEvent} event */
  fieldKey(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const value = event.key === "Enter" ? typed(this.field.value) : null;
    if (value !== null && this.part) this.view.edit(this.part, value, true);
    this.knob.focus();
    this.field.hidden = true;
    this.settle();
  }

  destroy() {
    this.stop?.abort();
  }
}
