// @ts-check
/**
 * What the engine says of a network, made ready to be drawn: arrays revived, gaps filled.
 *
 * An array comes as the wire gives it ({shape, data: Float32Array}), as plain lists, or, where the
 * numbers are frozen into a page, as {shape, dtype, base64}.
 */

import { counted } from "../counting.js";
import { number } from "../texts.js";

/**
 * @typedef {{shape: number[], data: ArrayLike<number>}} Numbers
 * @typedef {{what: "decision" | "weights" | "map", pixels: Numbers, scale: Numbers}} Tiles
 *   pixels: units x height x width, 0 to 255: a value is (pixel - 128) / 127 times the unit's scale
 * @typedef {{from: Numbers, weights: Numbers}} Strongest
 *   units x lines: the places before it of the strongest weights of each unit, and these weights
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} kind
 * @property {number[]} shape
 * @property {string[]} notes
 * @property {string[]} labels
 * @property {string} link
 * @property {string} activation
 * @property {string} weight the parameter's name, for edits
 * @property {string} bias
 * @property {number[] | null} picture height and width where the numbers are a picture's pixels
 * @property {string[]} given the inputs as the user knows them
 * @property {Numbers | null} shown a picture's pixels from black to white, channel after channel
 * @property {Numbers | null} weights inputs x units
 * @property {Strongest | null} strongest in place of too many weights
 * @property {Numbers | null} biases
 * @property {Numbers | null} sums
 * @property {Numbers | null} activations
 * @property {Numbers | null} gradients
 * @property {Tiles | null} tiles
 * @property {number} count its units; of pictures the channels
 * @property {boolean} isPicture whether each unit is a picture
 * @typedef {object} Value
 * @property {string} revision changes when the layers do
 * @property {number} step
 * @property {Stage[]} stages
 * @property {number[]} scores one an answer, or none
 * @property {boolean} areChances whether the scores are chances
 * @property {string} answer
 * @property {string} target
 * @property {boolean | null} right
 * @property {string} sample
 * @property {number[] | null} at where the sample lies on the plane of two inputs, right and down
 */

/** @type {Record<string, (bytes: ArrayBuffer) => ArrayLike<number>>} */
const KINDS = {
  float32: (bytes) => new Float32Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
};

/**
 * @param {any} given
 * @returns {Numbers | null}
 */
export function numbers(given) {
  if (given === null || given === undefined) return null;
  if (Array.isArray(given)) return { shape: shapeOf(given), data: given.flat(8).map(Number) };
  if (typeof given.base64 === "string") {
    const text = atob(given.base64);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    return { shape: given.shape, data: KINDS[given.dtype](bytes.buffer) };
  }
  return { shape: given.shape, data: given.data };
}

/**
 * @param {any} list
 * @returns {number[]}
 */
function shapeOf(list) {
  return Array.isArray(list) ? [list.length, ...shapeOf(list[0] ?? 0)] : [];
}

/**
 * Numbers in words, as all panels write them.
 * @param {string} words
 * @returns {string}
 */
function readable(words) {
  return words.split(", ").map((word) => (word !== "" && Number.isFinite(Number(word)) ? number(Number(word)) : word)).join(", ");
}

/**
 * @param {any} given
 * @returns {Value}
 */
export function revive(given) {
  const scores = numbers(given.scores);
  return {
    revision: String(given.revision ?? ""),
    step: given.step ?? 0,
    stages: given.stages.map(stage),
    scores: scores ? Array.from(scores.data) : [],
    areChances: given.chances !== false,
    answer: given.numbers ? readable(given.answer ?? "") : given.answer ?? "",
    target: given.numbers ? readable(given.target ?? "") : given.target ?? "",
    right: given.right ?? null,
    sample: String(given.sample ?? ""),
    at: given.at ?? null,
  };
}

/**
 * @param {any} given
 * @returns {Stage}
 */
function stage(given) {
  const shape = given.shape;
  const tiles = given.tiles;
  const lines = given.strongest;
  const isWhole = given.kind === "inputs" && Boolean(given.picture);
  return {
    name: given.name,
    kind: given.kind,
    shape,
    notes: given.notes ?? [],
    labels: given.labels ?? [],
    link: given.link ?? "",
    activation: given.activation ?? "",
    weight: given.weight ?? "",
    bias: given.bias ?? "",
    picture: given.picture ?? null,
    given: (given.given ?? []).map(readable),
    shown: numbers(given.shown),
    weights: numbers(given.weights),
    strongest: lines ? { from: some(lines.from), weights: some(lines.weights) } : null,
    biases: numbers(given.biases),
    sums: numbers(given.sums),
    activations: numbers(given.activations),
    gradients: numbers(given.gradients),
    tiles: tiles ? { what: tiles.what, pixels: some(tiles.pixels), scale: some(tiles.scale) } : null,
    count: shape[0],
    isPicture: shape.length === 3 && !isWhole,
  };
}

/**
 * @param {any} given
 * @returns {Numbers}
 */
function some(given) {
  return numbers(given) ?? { shape: [0], data: [] };
}

/**
 * The largest size of the numbers; 1 where all are 0.
 * @param {ArrayLike<number>} data
 * @returns {number}
 */
export function largest(data) {
  let most = 0;
  for (let at = 0; at < data.length; at += 1) {
    const size = Math.abs(data[at]);
    if (size > most && size < Infinity) most = size;
  }
  return most || 1;
}

/**
 * A unit's name: its label, or its number.
 * @param {Stage} stage
 * @param {number} unit
 * @param {(key: string, values?: Record<string, unknown>) => string} t
 * @returns {string}
 */
export function unitName(stage, unit, t) {
  if (stage.picture && stage.kind === "inputs") {
    const [, width] = stage.picture;
    return t("network.pixel", { row: counted(Math.floor(unit / width)), column: counted(unit % width) });
  }
  if (stage.labels[unit]) return stage.kind === "inputs" ? stage.labels[unit] : `“${stage.labels[unit]}”`;
  return t(stage.isPicture ? "network.channel" : "network.unit", { n: counted(unit) });
}

/**
 * Whether nothing that a unit gives is listened to: all its weights onward are 0.
 * @param {Stage | undefined} after
 * @param {number} unit
 * @returns {boolean}
 */
export function isKnockedOut(after, unit) {
  if (!after?.weights || after.kind !== "dense") return false;
  const [, units] = after.weights.shape;
  for (let to = 0; to < units; to += 1) {
    if (after.weights.data[unit * units + to] !== 0) return false;
  }
  return units > 0;
}

/**
 * A number in few letters, with a true minus sign.
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size < 0.001 || size >= 100000)) {
    text = size.toExponential(1).replace("e", " · 10^").replace("+", "");
  } else {
    const places = size >= 100 ? 0 : size >= 10 ? digits - 2 : digits - 1;
    text = size.toFixed(Math.max(0, places));
  }
  return Number(value) < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/**
 * What makes a unit's sum: the bias and each weight times its input, the largest first.
 * @typedef {{from: number, weight: number, input: number, product: number}} Term
 * @param {Stage} before
 * @param {Stage} stage
 * @param {number} unit
 * @returns {Term[]}
 */
export function terms(before, stage, unit) {
  const inputs = before.activations?.data;
  /** @type {Term[]} */
  const found = [];
  const add = (/** @type {number} */ from, /** @type {number} */ weight) => {
    const input = inputs ? inputs[from] : NaN;
    found.push({ from, weight, input, product: weight * input });
  };
  if (stage.weights) {
    const [count, units] = stage.weights.shape;
    for (let from = 0; from < count; from += 1) add(from, stage.weights.data[from * units + unit]);
  } else if (stage.strongest) {
    const [, lines] = stage.strongest.from.shape;
    for (let at = unit * lines; at < (unit + 1) * lines; at += 1) {
      add(stage.strongest.from.data[at], stage.strongest.weights.data[at]);
    }
  }
  const size = (/** @type {Term} */ term) => Math.abs(inputs ? term.product : term.weight);
  return found.sort((a, b) => size(b) - size(a));
}
