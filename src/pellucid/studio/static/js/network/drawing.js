// @ts-check
/** The network on canvases: the lines on one, the units on another, what stands out on a third. */

import { h } from "../dom.js";
import { coloursOf } from "./colours.js";
import { layout } from "./layout.js";
import { linesInto } from "./lines.js";
import { Pace } from "./pace.js";
import { largest } from "./read.js";
import { paintLines, paintLink } from "./strokes.js";
import { Units } from "./units.js";

/** @typedef {import("./read.js").Value} Value */

export class Drawing {
  base = canvas();
  units = canvas();
  lit = canvas();
  painter = new Units();
  /** Where all stands. @type {import("./layout.js").Layout | null} */
  whole = null;
  /** The lines into each stage but the first. @type {import("./lines.js").Lines[]} */
  lines = [];
  /** @type {import("./colours.js").Colours | null} */
  colours = null;

  /** @param {() => void} again draws all once more */
  constructor(again) {
    this.pace = new Pace(again);
  }

  /**
   * Lay out layers anew.
   * @param {Value} value
   * @param {number} width
   * @param {number | undefined} tall
   * @returns {import("./layout.js").Layout}
   */
  place(value, width, tall) {
    this.painter.pictures.forget();
    const whole = layout(value.stages, width, { height: tall, bars: value.areChances });
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    for (const canvas of [this.base, this.units, this.lit]) {
      canvas.width = Math.round(whole.width * ratio);
      canvas.height = Math.round(whole.height * ratio);
      canvas.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.whole = whole;
    return whole;
  }

  /**
   * Draw the numbers.
   * @param {Value} value
   * @param {Element} host whose colours are taken
   */
  paint(value, host) {
    const { whole } = this;
    if (!whole) return;
    this.colours ??= coloursOf(host);
    this.pace.begin();
    const base = this.context(this.base);
    this.lines = [];
    for (let place = 1; place < value.stages.length; place += 1) {
      const lines = linesInto(value.stages, whole, place);
      this.lines.push(lines);
      if (lines.from.length) paintLines(base, lines, this.mostOf(value, place), whole.narrow, this.colours, false, this.pace.share);
      else paintLink(base, whole, place, this.colours);
    }
    this.painter.paint(this.context(this.units), value, whole, this.colours);
  }

  /** Other colours from now on. */
  recolour() {
    this.colours = null;
    this.painter.pictures.forget();
  }

  /**
   * A canvas's pen, on clean paper.
   * @param {HTMLCanvasElement} canvas
   * @returns {CanvasRenderingContext2D}
   */
  context(canvas) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.clearRect(0, 0, this.whole?.width ?? 0, this.whole?.height ?? 0);
    return context;
  }

  /**
   * The largest weight into a stage: the widest line.
   * @param {Value} value
   * @param {number} place
   * @returns {number}
   */
  mostOf(value, place) {
    const stage = value.stages[place];
    return largest(stage.weights?.data ?? stage.strongest?.weights.data ?? [1]);
  }
}

/** @returns {HTMLCanvasElement} */
function canvas() {
  return h("canvas", { class: "nv-canvas", "aria-hidden": "true" });
}
