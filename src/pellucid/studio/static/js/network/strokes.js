// @ts-check
/** The lines of the weights on a canvas, and the numbers that stand on them. */

import { css } from "./colours.js";
import { trace } from "./lines.js";

/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./layout.js").Group} Group */
/** @typedef {import("./lines.js").Lines} Lines */
/** @typedef {import("./colours.js").Colours} Colours */

const LEVELS = 8;
const MANY = 170;
const BOLD = 70;
const FAINT = 0.09;

/**
 * Lines by sign and strength: as many strokes as there are levels, however many lines.
 *
 * Where they are many, all but the strongest are as thin as a canvas draws fastest.
 * @param {CanvasRenderingContext2D} context
 * @param {Lines} lines
 * @param {number} most the strongest weight of the stage
 * @param {boolean} narrow
 * @param {Colours} colours
 * @param {boolean} [lit] stands out among the others
 * @param {number} [share] of the lines, where they are many: the strongest
 */
export function paintLines(context, lines, most, narrow, colours, lit = false, share = 1) {
  const count = lines.from.length;
  const isDense = !lit && count > MANY;
  const [bold, faint] = isDense ? strongerThan(lines.weights, [BOLD, share * count], most) : [0, 0];
  /** @type {Map<number, Path2D>} */
  const paths = new Map();
  for (let at = 0; at < count; at += 1) {
    const weight = lines.weights[at];
    const strength = Math.min(1, Math.abs(weight) / most);
    if (!(strength > (isDense ? Math.max(FAINT, faint) : 0.004))) continue;
    const level = Math.min(LEVELS - 1, Math.floor(strength * LEVELS));
    const kind = level + (weight < 0 ? 0 : LEVELS) + (strength >= bold ? 2 * LEVELS : 0);
    let path = paths.get(kind);
    if (!path) paths.set(kind, (path = new Path2D()));
    trace(path, lines.ends, at, narrow);
  }
  const hair = 1 / context.getTransform().a;
  const thin = lit ? 1 : Math.max(0.3, Math.min(1, Math.sqrt(120 / count)));
  context.lineCap = "butt";
  for (const [kind, path] of [...paths].sort((a, b) => a[0] - b[0])) {
    const strength = ((kind % LEVELS) + 0.5) / LEVELS;
    const isNegative = kind % (2 * LEVELS) < LEVELS;
    const isBold = kind >= 2 * LEVELS;
    const width = isBold ? (0.8 + 3.9 * strength) * Math.max(0.5, thin) : hair;
    const least = lit ? 0.42 : 0.1 * thin;
    const full = lit ? 0.95 : 0.36 + 0.54 * thin;
    context.lineWidth = width;
    const isDashed = isNegative && isBold;
    context.setLineDash(isDashed ? [3 + width * 1.8, 2.5 + width * 1.2] : []);
    const colour = isNegative ? colours.negative : colours.positive;
    context.strokeStyle = css(colour, least + (full - least) * strength ** (lit ? 0.7 : 1.2));
    context.stroke(path);
  }
  context.setLineDash([]);
}

/**
 * How strong the weights at some ranks are, counted from the largest.
 * @param {number[]} weights
 * @param {number[]} ranks
 * @param {number} most
 * @returns {number[]}
 */
function strongerThan(weights, ranks, most) {
  const sizes = Float32Array.from(weights, Math.abs).sort();
  return ranks.map((rank) => (rank >= sizes.length ? 0 : sizes[Math.floor(sizes.length - Math.max(1, rank))] / most));
}

/**
 * Faint lines where there are no single weights: from one picture to the next.
 * @param {CanvasRenderingContext2D} context
 * @param {Layout} whole
 * @param {number} place
 * @param {Colours} colours
 */
export function paintLink(context, whole, place, colours) {
  const [before, after] = [whole.groups[place - 1], whole.groups[place]];
  context.strokeStyle = css(colours.line);
  context.lineWidth = 1.5;
  context.setLineDash([]);
  context.beginPath();
  const ends = ends4(before, after, whole.narrow);
  for (const each of ends) trace(context, each, 0, whole.narrow);
  context.stroke();
}

/**
 * @param {Group} before
 * @param {Group} after
 * @param {boolean} narrow
 * @returns {number[][]}
 */
function ends4(before, after, narrow) {
  const edges = (/** @type {Group} */ group) =>
    narrow ? [group.left + 4, group.left + group.width - 4] : [group.top + 4, group.top + group.height - 4];
  const [a, b] = [edges(before), edges(after)];
  return [0, 1].map((side) =>
    narrow
      ? [a[side], before.top + before.height + 5, b[side], after.top - 30]
      : [before.left + before.width + 6, a[side], after.left - 6, b[side]],
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} ink
 * @param {number} size
 */
export function write(context, text, x, y, ink, size) {
  context.font = `${size}px ui-sans-serif, system-ui, "Segoe UI", "Liberation Sans", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = ink;
  context.fillText(text, x, y + 0.5);
}

/**
 * The weights' own numbers, on the lines, where they are few.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Colours} colours
 * @param {number} value
 */
export function chip(context, text, x, y, colours, value) {
  context.font = "600 11px ui-sans-serif, system-ui, sans-serif";
  const wide = context.measureText(text).width + 10;
  context.beginPath();
  context.roundRect(x - wide / 2, y - 9, wide, 18, 9);
  context.fillStyle = css(colours.sheet, 0.94);
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = css(value < 0 ? colours.negative : colours.positive, 0.7);
  context.stroke();
  write(context, text, x, y, css(colours.ink), 11);
}
