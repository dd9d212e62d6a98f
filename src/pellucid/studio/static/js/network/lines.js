// @ts-check
/** The weights as lines: which are drawn, how they run, and which one lies under the pointer. */

import { end } from "./layout.js";

/** @typedef {import("./read.js").Stage} Stage */
/** @typedef {import("./layout.js").Layout} Layout */

/**
 * @typedef {object} Lines the lines into one stage
 * @property {number} stage
 * @property {number[]} from
 * @property {number[]} to
 * @property {number[]} weights
 * @property {number[]} ends x1, y1, x2, y2 of each
 * @typedef {{stage: number, from: number, to: number}} Line one weight
 */

export const MOST_LINES = 2600;

/**
 * The lines into a stage: all of them, or the strongest of each unit where they are too many.
 * @param {Stage[]} stages
 * @param {Layout} whole
 * @param {number} place
 * @returns {Lines}
 */
export function linesInto(stages, whole, place) {
  const stage = stages[place];
  const drawn = whole.groups[place].units.length;
  /** @type {Lines} */
  const found = { stage: place, from: [], to: [], weights: [], ends: [] };
  const put = adder(found, stages, whole);
  if (stage.strongest) {
    const [, lines] = stage.strongest.from.shape;
    const { from, weights } = stage.strongest;
    for (let at = 0; at < drawn * lines; at += 1) put(from.data[at], Math.floor(at / lines), weights.data[at]);
    return found;
  }
  if (!stage.weights) return found;
  const { data } = stage.weights;
  const [inputs, units] = stage.weights.shape;
  const each = Math.floor(MOST_LINES / Math.max(1, drawn));
  if (inputs <= each) {
    for (let from = 0; from < inputs; from += 1) {
      for (let to = 0; to < drawn; to += 1) put(from, to, data[from * units + to]);
    }
    return found;
  }
  const most = Math.max(2, Math.min(12, each));
  for (let to = 0; to < drawn; to += 1) {
    for (const from of strongest(data, units, to, inputs, most)) put(from, to, data[from * units + to]);
  }
  return found;
}

/**
 * The places of a unit's strongest weights.
 * @param {ArrayLike<number>} weights
 * @param {number} units
 * @param {number} unit
 * @param {number} inputs
 * @param {number} most
 * @returns {number[]}
 */
export function strongest(weights, units, unit, inputs, most) {
  /** @type {number[]} */
  const places = [];
  /** @type {number[]} */
  const sizes = [];
  for (let from = 0; from < inputs; from += 1) {
    const size = Math.abs(weights[from * units + unit]);
    if (places.length === most && size <= sizes[most - 1]) continue;
    let at = Math.min(places.length, most - 1);
    while (at > 0 && sizes[at - 1] < size) {
      sizes[at] = sizes[at - 1];
      places[at] = places[at - 1];
      at -= 1;
    }
    sizes[at] = size;
    places[at] = from;
  }
  return places;
}

/**
 * The lines into and out of a unit.
 * @param {Stage[]} stages
 * @param {Layout} whole
 * @param {number} place
 * @param {number} unit
 * @returns {Lines[]}
 */
export function linesOf(stages, whole, place, unit) {
  /** @type {Lines[]} */
  const found = [];
  const stage = stages[place];
  /** @type {(at: number) => Lines} */
  const empty = (at) => ({ stage: at, from: [], to: [], weights: [], ends: [] });
  if (stage.weights) {
    const lines = empty(place);
    const put = adder(lines, stages, whole);
    const [inputs, units] = stage.weights.shape;
    for (let from = 0; from < inputs; from += 1) put(from, unit, stage.weights.data[from * units + unit]);
    found.push(lines);
  } else if (stage.strongest) {
    found.push(only(linesInto(stages, whole, place), (_, to) => to === unit));
  }
  const after = stages[place + 1];
  if (whole.groups[place].form === "sheet") return found;
  if (after?.weights) {
    const lines = empty(place + 1);
    const put = adder(lines, stages, whole);
    const units = after.weights.shape[1];
    for (let to = 0; to < Math.min(units, whole.groups[place + 1].units.length); to += 1) {
      if (unit * units + to < after.weights.data.length) put(unit, to, after.weights.data[unit * units + to]);
    }
    found.push(lines);
  } else if (after?.strongest) found.push(only(linesInto(stages, whole, place + 1), (from) => from === unit));
  return found;
}

/**
 * @param {Lines} lines
 * @param {(from: number, to: number) => boolean} wanted
 * @returns {Lines}
 */
function only(lines, wanted) {
  /** @type {Lines} */
  const found = { stage: lines.stage, from: [], to: [], weights: [], ends: [] };
  lines.from.forEach((from, at) => {
    if (!wanted(from, lines.to[at])) return;
    found.from.push(from);
    found.to.push(lines.to[at]);
    found.weights.push(lines.weights[at]);
    found.ends.push(...lines.ends.slice(4 * at, 4 * at + 4));
  });
  return found;
}

/**
 * Puts lines where they belong; where a unit's lines begin and end is found once.
 * @param {Lines} lines
 * @param {Stage[]} stages
 * @param {Layout} whole
 * @returns {(from: number, to: number, weight: number) => void}
 */
function adder(lines, stages, whole) {
  const ends = (/** @type {number} */ place, /** @type {"leaves" | "enters"} */ way) => {
    /** @type {([number, number] | null)[]} */
    const known = [];
    return (/** @type {number} */ at) =>
      (known[at] ??= end(stages[place], whole.groups[place], at, whole.narrow, way));
  };
  const [start, stop] = [ends(lines.stage - 1, "leaves"), ends(lines.stage, "enters")];
  return (from, to, weight) => {
    const [a, b] = [start(from), stop(to)];
    if (!a || !b) return;
    lines.from.push(from);
    lines.to.push(to);
    lines.weights.push(weight);
    lines.ends.push(a[0], a[1], b[0], b[1]);
  };
}

/**
 * Add a line's curve to a path: level where it leaves and where it enters.
 * @param {{moveTo: (x: number, y: number) => void, bezierCurveTo: (a: number, b: number, c: number, d: number, e: number, f: number) => void}} path
 * @param {ArrayLike<number>} ends
 * @param {number} at
 * @param {boolean} narrow
 */
export function trace(path, ends, at, narrow) {
  const [x1, y1, x2, y2] = [ends[4 * at], ends[4 * at + 1], ends[4 * at + 2], ends[4 * at + 3]];
  path.moveTo(x1, y1);
  if (narrow) {
    const middle = (y1 + y2) / 2;
    path.bezierCurveTo(x1, middle, x2, middle, x2, y2);
  } else {
    const middle = (x1 + x2) / 2;
    path.bezierCurveTo(middle, y1, middle, y2, x2, y2);
  }
}

/**
 * A point of a line's curve: share 0 is where it leaves, 1 where it enters.
 * @param {ArrayLike<number>} ends
 * @param {number} at
 * @param {boolean} narrow
 * @param {number} share
 * @returns {[number, number]}
 */
export function along(ends, at, narrow, share) {
  const [x1, y1, x2, y2] = [ends[4 * at], ends[4 * at + 1], ends[4 * at + 2], ends[4 * at + 3]];
  const slow = 3 * share ** 2 - 2 * share ** 3;
  const even = 1.5 * share - 1.5 * share ** 2 + share ** 3;
  const [h, v] = narrow ? [slow, even] : [even, slow];
  return [x1 + (x2 - x1) * h, y1 + (y2 - y1) * v];
}

/**
 * The line nearest to a point, if one is within reach.
 * @param {Lines[]} all
 * @param {number} x
 * @param {number} y
 * @param {boolean} narrow
 * @param {number} [reach]
 * @returns {{line: Line, share: number, far: number} | null}
 */
export function pick(all, x, y, narrow, reach = 6) {
  let best = null;
  let least = reach;
  for (const lines of all) {
    for (let at = 0; at < lines.from.length; at += 1) {
      const [x1, y1, x2, y2] = [0, 1, 2, 3].map((k) => lines.ends[4 * at + k]);
      const [start, stop, point] = narrow ? [y1, y2, y] : [x1, x2, x];
      const way = (point - start) / (stop - start);
      if (!(way > 0.02 && way < 0.98)) continue;
      const cross = narrow ? x : y;
      const [low, high] = narrow ? [Math.min(x1, x2), Math.max(x1, x2)] : [Math.min(y1, y2), Math.max(y1, y2)];
      if (cross < low - reach || cross > high + reach) continue;
      const share = shareOf(way);
      const [px, py] = along(lines.ends, at, narrow, share);
      const rise = (6 * share - 6 * share ** 2) / (1.5 - 3 * share + 3 * share ** 2);
      const [run, climb] = narrow ? [y2 - y1, x2 - x1] : [x2 - x1, y2 - y1];
      const slope = (climb / run) * rise;
      const far = Math.abs(narrow ? px - x : py - y) / Math.sqrt(1 + slope * slope);
      if (far < least) {
        least = far;
        best = { line: { stage: lines.stage, from: lines.from[at], to: lines.to[at] }, share, far };
      }
    }
  }
  return best;
}

/**
 * The share of a curve at which it has gone so far along its main way.
 * @param {number} way
 * @returns {number}
 */
function shareOf(way) {
  let share = way;
  for (let round = 0; round < 4; round += 1) {
    const off = 1.5 * share - 1.5 * share ** 2 + share ** 3 - way;
    share -= off / (1.5 - 3 * share + 3 * share ** 2);
  }
  return Math.min(1, Math.max(0, share));
}
