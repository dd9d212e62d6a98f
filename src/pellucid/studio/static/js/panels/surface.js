// @ts-check
/** The loss over two parameters: a map with lines of equal loss, the network on it, and its way. */

import { fill, h, s } from "../dom.js";
import { gesture } from "../gesture.js";
import { Plane } from "../plane.js";
import { rgb } from "./palette.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const LEVELS = 14;
const STEEP = 25;
const KEY_STEP = 1 / 50;
const scheme = matchMedia("(prefers-color-scheme: dark)");

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{lesson?: boolean, controls?: string[]}} [options]
 */
export function mount(host, session, options = {}) {
  styled("plane");
  const touched = !options.lesson || (options.controls ?? []).includes("weights");
  /** @type {any} */
  let value = null;
  let busy = false;
  /** @type {[number, number] | null} */
  let waiting = null;
  let own = gesture();
  const canvas = h("canvas", { class: "surface-map", "aria-hidden": "true" });
  const across = h("select", { "aria-label": t("surface.across"), onchange: choose });
  const up = h("select", { "aria-label": t("surface.up"), onchange: choose });
  const choices = h("span", { class: "surface-choices", hidden: true }, h("label", {}, "→ ", across), h("label", {}, "↑ ", up));
  const plot = h("div", { class: touched ? "surface-plot touched" : "surface-plot", tabindex: touched ? "0" : null, role: touched ? "group" : null, "aria-label": touched ? t("surface.move") : null, onkeydown: key, onpointerdown: press });
  const says = h("p", { class: "panel-says quiet numbers" });
  const root = h("section", { class: "surface-panel", "aria-label": t("surface.name") },
    h("div", { class: "panel-top" }, h("h3", {}, t("surface.name")), choices), plot,
    h("p", { class: "key" },
      h("span", {}, h("i", { class: "surface-low" }), t("surface.low")),
      h("span", {}, h("i", { class: "surface-now" }), t("surface.here")),
      h("span", {}, h("i", { class: "surface-way" }), t("surface.way")),
      h("span", {}, t("surface.arrow_mark"), " ", t("surface.down"))),
    says);
  host.append(root);
  const plane = new Plane(plot, paint, { label: t("surface.name"), ratio: 0.82, most: 460 });
  plane.box.prepend(canvas);

  /** @param {any} next */
  function take(next) {
    value = next;
    plot.hidden = Boolean(value.none);
    choices.hidden = Boolean(value.none) || value.alone;
    if (value.none) {
      says.textContent = t(`surface.none_${value.none}`);
      return;
    }
    if (!choices.hidden) options_();
    const told = (/** @type {number | null} */ one) => number(one === null ? null : Number(one.toPrecision(4))); // null: beyond all numbers
    const [a, b] = value.axes.map(named);
    says.textContent = t("surface.says", { a, b, x: told(value.dot[0]), y: told(value.dot[1]), loss: told(value.loss) });
    plane.redraw();
  }

  let listed = "";
  function options_() {
    const names = value.choices.join();
    if (names !== listed) {
      listed = names;
      for (const box of [across, up]) fill(box, value.choices.map((/** @type {string} */ name) => h("option", { value: name }, name)));
    }
    across.value = value.axes[0];
    up.value = value.axes[1];
  }

  function choose() {
    session.tell("ChooseAxes", { across: across.value, up: up.value });
  }

  /** A parameter in words, where it is a line's. @param {string} name */
  function named(name) {
    if (!value.alone) return name;
    return t(name.includes("bias") ? "surface.intercept" : "surface.slope");
  }

  /** Move the network to a place of the map. @param {[number, number]} to */
  async function move(to) {
    if (!value || value.none) return;
    if (busy) {
      waiting = to;
      return;
    }
    busy = true;
    for (const k of [0, 1]) {
      const found = /^(.*)\[([\d,]*)\]$/.exec(value.axes[k]);
      if (found) await session.tell("EditWeight", { parameter: found[1], place: found[2].split(",").filter(Boolean).map(Number), value: Number(to[k].toPrecision(4)), gesture: own });
    }
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) move(next);
  }

  /** @param {PointerEvent} event */
  function press(event) {
    if (!touched || event.button !== 0) return;
    const inside = (/** @type {PointerEvent} */ at) => move(plane.at(at.clientX, at.clientY));
    plot.setPointerCapture(event.pointerId);
    own = gesture();
    inside(event);
    const on = (/** @type {PointerEvent} */ at) => inside(at);
    const off = () => {
      plot.removeEventListener("pointermove", on);
      plot.removeEventListener("pointerup", off);
      plot.removeEventListener("pointercancel", off);
    };
    plot.addEventListener("pointermove", on);
    plot.addEventListener("pointerup", off);
    plot.addEventListener("pointercancel", off);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const ways = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] });
    const way = ways[event.key];
    if (!touched || !way || !value || value.none) return;
    event.preventDefault();
    if (!event.repeat) own = gesture();
    const spans = [value.across, value.up].map(([low, high]) => (high - low) * KEY_STEP);
    const to = /** @type {[number, number]} */ ([value.dot[0] + way[0] * spans[0], value.dot[1] + way[1] * spans[1]]);
    value = { ...value, dot: to };
    move(to);
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!value || value.none) return [];
    on.across = value.across;
    on.up = value.up;
    on.names = value.axes.map(named);
    ground(on);
    const { path, dot, down } = value;
    const count = path.shape[0];
    const xs = Array.from({ length: count }, (_, k) => path.data[2 * k]);
    const ys = Array.from({ length: count }, (_, k) => path.data[2 * k + 1]);
    /** @type {SVGElement[]} */
    const found = [on.line(xs, ys, "surface-path under"), on.line(xs, ys, "surface-path")];
    if (count < 80) for (let k = 0; k < count - 1; k += 1) found.push(s("circle", { cx: on.x(xs[k]), cy: on.y(ys[k]), r: 2.4, class: "surface-step" }));
    const [x, y] = [on.x(dot[0]), on.y(dot[1])];
    found.push(...arrow(on, x, y, down), s("circle", { cx: x, cy: y, r: 7, class: "surface-dot" }));
    return found.filter((one) => one);
  }

  /** Which way is down, as an arrow of a length that says little: steep ones are cut. @param {Plane} on @param {number} x @param {number} y @param {number[]} down */
  function arrow(on, x, y, down) {
    const { width, height } = on.inner;
    const dx = (down[0] * width) / (on.across[1] - on.across[0]);
    const dy = (-down[1] * height) / (on.up[1] - on.up[0]);
    const size = Math.hypot(dx, dy);
    const real = Math.hypot(down[0], down[1]);
    if (!(size > 0) || !Number.isFinite(size) || real < 1e-4) return [];
    const length = Math.min(70, 14 + 18 * Math.log10(1 + 10 * real));
    const [ux, uy] = [dx / size, dy / size];
    const [tx, ty] = [x + ux * length, y + uy * length];
    const head = `M${tx} ${ty}L${tx - 9 * ux - 5 * uy} ${ty - 9 * uy + 5 * ux}L${tx - 9 * ux + 5 * uy} ${ty - 9 * uy - 5 * ux}Z`;
    return [s("line", { x1: x, y1: y, x2: tx - 6 * ux, y2: ty - 6 * uy, class: "surface-arrow" }), s("path", { d: head, class: "surface-head" })];
  }

  /** The map itself: colours, and lines of equal loss. @param {Plane} on */
  function ground(on) {
    const { left, top, width, height } = on.inner;
    const scale = devicePixelRatio || 1;
    canvas.style.left = `${left}px`;
    canvas.style.top = `${top}px`;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const heights = levelled(value.values.data);
    const [rows, columns] = value.values.shape;
    const small = document.createElement("canvas");
    small.width = columns;
    small.height = rows;
    const brush = small.getContext("2d");
    if (!brush) return;
    const picture = brush.createImageData(columns, rows);
    const paper = rgb("--sheet");
    const ink = rgb("--positive");
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) {
        const level = heights[(rows - 1 - r) * columns + c];
        const share = Number.isFinite(level) ? 0.78 * (1 - level) ** 1.5 : 0;
        for (let k = 0; k < 3; k += 1) picture.data[4 * (r * columns + c) + k] = Math.round(paper[k] + (ink[k] - paper[k]) * share);
        picture.data[4 * (r * columns + c) + 3] = 255;
      }
    }
    brush.putImageData(picture, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    const [ox, oy] = [canvas.width / (columns - 1), canvas.height / (rows - 1)];
    pen.drawImage(small, -ox / 2, -oy / 2, canvas.width + ox, canvas.height + oy);
    const [r, g, b] = rgb("--ink");
    pen.strokeStyle = `rgb(${r} ${g} ${b} / 0.28)`;
    pen.lineWidth = scale;
    pen.beginPath();
    for (let k = 1; k < LEVELS; k += 1) contour(pen, heights, rows, columns, k / LEVELS, ox, oy);
    pen.stroke();
  }

  const redraw = () => plane.redraw();
  scheme.addEventListener("change", redraw);
  const stop = session.watch("surface", take);
  return {
    destroy() {
      stop();
      scheme.removeEventListener("change", redraw);
      plane.destroy();
      root.remove();
    },
  };
}

/**
 * Losses as heights from 0, the lowest, to 1: by their logarithm where they differ much.
 * @param {ArrayLike<number>} losses
 */
export function levelled(losses) {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < losses.length; k += 1) {
    if (!Number.isFinite(losses[k])) continue;
    low = Math.min(low, losses[k]);
    high = Math.max(high, losses[k]);
  }
  const shift = Math.max(low, 0) + (high - low) / 400;
  const logs = high - low > STEEP * (Math.abs(low) + 1e-12);
  const read = (/** @type {number} */ one) => (logs ? Math.log(Math.max(one - Math.min(low, 0), 0) + shift) : one);
  const [first, last] = [read(low), read(high)];
  return Float64Array.from({ length: losses.length }, (_, k) => (last > first ? (read(losses[k]) - first) / (last - first) : 0));
}

/**
 * Add a line of equal height to a path: marching squares, row by row.
 * @param {CanvasRenderingContext2D} pen
 * @param {ArrayLike<number>} heights the first row below
 * @param {number} rows
 * @param {number} columns
 * @param {number} level
 * @param {number} ox pixels from one column to the next
 * @param {number} oy
 */
function contour(pen, heights, rows, columns, level, ox, oy) {
  for (let r = 0; r + 1 < rows; r += 1) {
    for (let c = 0; c + 1 < columns; c += 1) {
      const at = (/** @type {number} */ dr, /** @type {number} */ dc) => heights[(r + dr) * columns + c + dc];
      const corners = [[0, 0], [0, 1], [1, 1], [1, 0]];
      /** @type {[number, number][]} */
      const cut = [];
      for (let k = 0; k < 4; k += 1) {
        const [one, two] = [corners[k], corners[(k + 1) % 4]];
        const [a, b] = [at(one[0], one[1]), at(two[0], two[1])];
        if (!Number.isFinite(a) || !Number.isFinite(b) || a < level === b < level) continue;
        const share = (level - a) / (b - a);
        cut.push([(c + one[1] + share * (two[1] - one[1])) * ox, (rows - 1 - r - one[0] - share * (two[0] - one[0])) * oy]);
      }
      for (let k = 0; k + 1 < cut.length; k += 2) {
        pen.moveTo(cut[k][0], cut[k][1]);
        pen.lineTo(cut[k + 1][0], cut[k + 1][1]);
      }
    }
  }
}
