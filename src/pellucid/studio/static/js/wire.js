// @ts-check
/**
 * Messages of the studio: JSON text, or a binary frame with arrays behind a JSON header.
 * @typedef {{shape: number[], data: Float32Array | Float64Array | Int32Array | Uint8Array}} Tensor
 */

/** The version of the messages that this page speaks. */
export const VERSION = 1;

/** @type {Record<string, any>} */
const KINDS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };

/**
 * Read a message.
 * @param {string | ArrayBuffer} frame
 * @returns {any}
 */
export function read(frame) {
  if (typeof frame === "string") return JSON.parse(frame);
  const length = new DataView(frame).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 8, length)));
  return revive(header, frame, 8 + length);
}

/**
 * @param {any} value
 * @param {ArrayBuffer} frame
 * @param {number} start
 * @returns {any}
 */
function revive(value, frame, start) {
  if (Array.isArray(value)) return value.map((item) => revive(item, frame, start));
  if (value === null || typeof value !== "object") return value;
  const told = value.$array;
  if (told !== undefined) {
    const count = told.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const Kind = KINDS[told.dtype];
    if (!Kind) throw new Error(`an array of ${told.dtype}`);
    return { shape: told.shape, data: new Kind(frame, start + told.at, count) };
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revive(item, frame, start)]));
}
