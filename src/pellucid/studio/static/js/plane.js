// @ts-check
/** A plane to draw on: two axes with round numbers, in SVG, as wide as its box. */

import { h, s } from "./dom.js";
import { number } from "./texts.js";

const LEFT = 46;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 40;
const BARE = 16;
const LEAST = 3;
const FINER = 5; // so many give three, wherever the range begins

/**
 * A few round numbers within a range.
 * @param {number} low
 * @param {number} high
 * @param {number} count about how many; three at least
 * @returns {number[]}
 */
export function rounds(low, high, count) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return Number.isFinite(low) ? [low] : [];
  const found = spaced(low, high, count);
  return found.length < LEAST ? spaced(low, high, FINER) : found;
}

/** @param {number} low @param {number} high @param {number} count */
function spaced(low, high, count) {
  const span = high - low;
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, k) => Number((first + k * step).toPrecision(12)));
}

/** @param {number} value */
export function brief(value) {
  return number(Number(value.toPrecision(4)));
}

export class Plane {
  /**
   * @param {HTMLElement} host
   * @param {(plane: Plane) => (SVGElement | null)[]} paint what is drawn in it; called when its size or content changes
   * @param {{label: string, ratio?: number, least?: number, most?: number, bare?: boolean}} options
   */
  constructor(host, paint, options) {
    this.paint = paint;
    this.options = options;
    /** @type {[number, number]} */
    this.across = [0, 1];
    /** @type {[number, number]} */
    this.up = [0, 1];
    this.names = ["", ""];
    this.upLog = false;
    this.width = 0;
    this.height = 0;
    this.due = 0;
    this.svg = s("svg", { class: "plane", role: "img", "aria-label": options.label });
    this.box = h("div", { class: "plane-box" }, this.svg);
    host.append(this.box);
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.box);
  }

  /** The place of the plot inside: left, top, width, height. */
  get inner() {
    const left = this.options.bare ? BARE / 2 : LEFT;
    const bottom = this.options.bare ? BARE / 2 : BOTTOM;
    return { left, top: TOP, width: Math.max(1, this.width - left - RIGHT), height: Math.max(1, this.height - TOP - bottom) };
  }

  /** @param {number} value */
  x(value) {
    const { left, width } = this.inner;
    return left + (width * (value - this.across[0])) / (this.across[1] - this.across[0]);
  }

  /** @param {number} value */
  y(value) {
    const { top, height } = this.inner;
    const [low, high] = this.upLog ? this.up.map(Math.log10) : this.up;
    const at = this.upLog ? Math.log10(Math.max(value, 1e-300)) : value;
    return top + height - (height * (at - low)) / (high - low);
  }

  /** The values at a place of the window, as of a pointer. @param {number} clientX @param {number} clientY @returns {[number, number]} */
  at(clientX, clientY) {
    const box = this.svg.getBoundingClientRect();
    const { left, top, width, height } = this.inner;
    const across = Math.min(1, Math.max(0, (clientX - box.left - left) / width));
    const up = Math.min(1, Math.max(0, 1 - (clientY - box.top - top) / height));
    return [this.across[0] + across * (this.across[1] - this.across[0]), this.up[0] + up * (this.up[1] - this.up[0])];
  }

  /**
   * A line through points; broken where a number is missing.
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {string} look its class
   */
  line(xs, ys, look) {
    let path = "";
    let pen = "M";
    const far = 4 * (this.width + this.height);
    for (let k = 0; k < xs.length; k += 1) {
      const [x, y] = [this.x(xs[k]), this.y(ys[k])];
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        pen = "M";
        continue;
      }
      const held = (/** @type {number} */ one) => Math.min(far, Math.max(-far, one)).toFixed(1);
      path += `${pen}${held(x)} ${held(y)}`;
      pen = "L";
    }
    return s("path", { d: path, class: look });
  }

  redraw() {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.now();
    });
  }

  now() {
    const width = this.box.clientWidth;
    if (!width) return;
    const { ratio = 0.62, least = 150, most = 380 } = this.options;
    this.width = width;
    this.height = Math.round(Math.min(most, Math.max(least, width * ratio)));
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.setAttribute("height", String(this.height));
    const { left, top, width: wide, height: high } = this.inner;
    const clip = s("svg", { x: left, y: top, width: wide, height: high, viewBox: `${left} ${top} ${wide} ${high}`, overflow: "hidden" });
    const inside = this.paint(this).filter((one) => one !== null);
    const over = inside.filter((one) => one.classList.contains("over"));
    clip.append(...inside.filter((one) => !one.classList.contains("over")));
    this.svg.replaceChildren(...this.axes(), clip, ...over);
  }

  /** @returns {SVGElement[]} */
  axes() {
    const { left, top, width, height } = this.inner;
    const frame = s("rect", { x: left, y: top, width, height, class: "plane-frame" });
    if (this.options.bare) return [frame];
    /** @type {SVGElement[]} */
    const found = [];
    for (const value of rounds(this.across[0], this.across[1], Math.max(2, width / 80))) {
      const x = this.x(value);
      found.push(s("line", { x1: x, x2: x, y1: top, y2: top + height, class: value === 0 ? "plane-zero" : "plane-grid" }));
      found.push(s("text", { x: Math.min(Math.max(x, left + 6), left + width - 6), y: top + height + 15, class: "plane-tick", "text-anchor": "middle" }, brief(value)));
    }
    for (const value of this.upTicks(height)) {
      const y = this.y(value);
      found.push(s("line", { x1: left, x2: left + width, y1: y, y2: y, class: value === 0 ? "plane-zero" : "plane-grid" }));
      found.push(s("text", { x: left - 6, y: Math.min(Math.max(y + 4, top + 9), top + height), class: "plane-tick", "text-anchor": "end" }, brief(value)));
    }
    found.push(s("text", { x: left + width / 2, y: top + height + 33, class: "plane-name", "text-anchor": "middle" }, this.names[0]));
    const middle = top + height / 2;
    found.push(s("text", { x: 12, y: middle, class: "plane-name", "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, this.names[1]));
    return [frame, ...found];
  }

  /** @param {number} height */
  upTicks(height) {
    if (!this.upLog) return rounds(this.up[0], this.up[1], Math.max(2, height / 50));
    const [low, high] = this.up.map((one) => Math.log10(one));
    const every = Math.max(1, Math.ceil((high - low) / (height / 40)));
    const found = [];
    for (let power = Math.ceil(low); power <= high; power += every) found.push(10 ** power);
    return found;
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.due);
    this.box.remove();
  }
}
