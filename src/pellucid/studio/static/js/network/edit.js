// @ts-check
/** Giving a weight or bias another value: by dragging, by keys, by typing. */

import { largest } from "./read.js";

/** @typedef {import("./read.js").Stage} Stage */

/** So many pixels of a drag are the largest weight of the stage. */
const REACH = 110;
const NOTHING = 0.025;

/**
 * How far a weight or bias of a stage usually goes.
 * @param {Stage} stage
 * @param {"weight" | "bias"} kind
 * @returns {number}
 */
export function spanOf(stage, kind) {
  const data = kind === "weight" ? stage.weights?.data : stage.biases?.data;
  const most = data ? largest(data) : 1;
  return Math.min(1000, Math.max(0.5, most));
}

/**
 * The value after a drag upwards by so many pixels; it rests at 0 on the way past.
 * @param {number} start
 * @param {number} up
 * @param {number} span
 * @param {boolean} [fine] a tenth as far
 * @returns {number}
 */
export function dragged(start, up, span, fine = false) {
  const value = start + (up / REACH) * span * (fine ? 0.1 : 1);
  return Math.abs(value) < NOTHING * span && !fine ? 0 : rounded(value, span);
}

/**
 * How far an arrow key goes.
 * @param {number} span
 * @returns {number}
 */
export function stepOf(span) {
  return 10 ** Math.floor(Math.log10(span / 5));
}

/**
 * The value after a key; nothing for a key that does not change it.
 * @param {number} value
 * @param {string} key
 * @param {number} span
 * @param {boolean} [far] ten times as far
 * @returns {number | null}
 */
export function nudged(value, key, span, far = false) {
  const ways = /** @type {Record<string, number>} */ ({
    ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10,
  });
  if (!(key in ways)) return null;
  return rounded(value + ways[key] * stepOf(span) * (far ? 10 : 1), span);
}

/**
 * A value of as many digits as one sees the effect of.
 * @param {number} value
 * @param {number} span
 * @returns {number}
 */
export function rounded(value, span) {
  const places = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(span))));
  return Number(value.toFixed(places));
}

/**
 * A number that was typed, with a comma or point and any minus sign; nothing for no number.
 * @param {string} text
 * @returns {number | null}
 */
export function typed(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}

/**
 * Edits in flight: one is sent at a time, and of those to the same place only the newest waits.
 * @typedef {{parameter: string, place: number[], value: number, final: boolean, own?: number | null}} Edit
 *   `own`: the gesture that it is of
 * @param {(edit: Edit) => Promise<unknown>} send
 * @returns {(edit: Edit) => void}
 */
export function newestWins(send) {
  let busy = false;
  /** @type {Map<string, Edit>} */
  const waiting = new Map();
  const go = async () => {
    busy = true;
    for (const [key, edit] of waiting) {
      waiting.delete(key);
      await send(edit).catch(() => undefined);
    }
    busy = false;
  };
  return (edit) => {
    waiting.set(`${edit.parameter} ${edit.place}`, edit);
    if (!busy) void go();
  };
}
