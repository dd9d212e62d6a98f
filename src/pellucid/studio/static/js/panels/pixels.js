// @ts-check
/** Painting small pictures on canvases, a pixel of the picture a pixel of the canvas. */

import { h } from "../dom.js";
import { rgb } from "./palette.js";

/** @typedef {{shape: number[], data: ArrayLike<number>}} Tensor */
/** @typedef {[number, number, number]} Colour */

/**
 * Between two colours.
 * @param {Colour} from
 * @param {Colour} to
 * @param {number} share 0: the first, 1: the second
 * @returns {string}
 */
export function between(from, to, share) {
  const at = Math.max(0, Math.min(1, share));
  return `rgb(${from.map((one, k) => Math.round(one + at * (to[k] - one))).join(" ")})`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} height
 * @param {number} width
 * @param {(pixels: Uint8ClampedArray) => void} paint
 */
function painted(canvas, height, width, paint) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (!context) return;
  const picture = context.createImageData(width, height);
  paint(picture.data);
  context.putImageData(picture, 0, 0);
}

/**
 * A picture of one or three channels, 0 to 255; one channel is ink on paper, the more the darker.
 * @param {HTMLCanvasElement} canvas
 * @param {Tensor} picture channels x height x width, or height x width
 * @param {{light?: boolean}} [how] `light`: one channel is light, the more the brighter
 */
export function paintPicture(canvas, picture, how = {}) {
  const [channels, height, width] = picture.shape.length === 2 ? [1, ...picture.shape] : picture.shape;
  const size = height * width;
  const paper = rgb("--sheet");
  const ink = rgb("--ink");
  painted(canvas, height, width, (pixels) => {
    for (let k = 0; k < size; k++) {
      const value = picture.data[k];
      for (let c = 0; c < 3; c++) {
        pixels[4 * k + c] =
          channels >= 3 ? picture.data[c * size + k] : how.light ? value : paper[c] + (value / 255) * (ink[c] - paper[c]);
      }
      pixels[4 * k + 3] = 255;
    }
  });
}

/**
 * Signed values around a middle: orange below, blue above, the sheet's colour in the middle.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {number} height
 * @param {number} width
 * @param {{from?: number, middle?: number, top?: number}} [how] `from`: the first value; 128 and 127 for painted bytes
 */
export function paintSigned(canvas, values, height, width, how = {}) {
  const { from = 0, middle = 128, top = 127 } = how;
  const plain = rgb("--sheet");
  const up = rgb("--positive");
  const down = rgb("--negative");
  painted(canvas, height, width, (pixels) => {
    for (let k = 0; k < height * width; k++) {
      const value = (values[from + k] - middle) / (top || 1);
      const to = value < 0 ? down : up;
      const share = Math.min(1, Math.abs(value));
      for (let c = 0; c < 3; c++) pixels[4 * k + c] = plain[c] + share * (to[c] - plain[c]);
      pixels[4 * k + 3] = 255;
    }
  });
}

/**
 * Signed values as a veil to lay over a picture: the smaller, the more transparent.
 * @param {HTMLCanvasElement} canvas
 * @param {Tensor} map height x width
 */
export function paintVeil(canvas, map) {
  const [height, width] = map.shape;
  let top = 0;
  for (let k = 0; k < map.data.length; k++) top = Math.max(top, Math.abs(map.data[k]));
  const up = rgb("--positive");
  const down = rgb("--negative");
  painted(canvas, height, width, (pixels) => {
    for (let k = 0; k < height * width; k++) {
      const value = map.data[k] / (top || 1);
      const to = value < 0 ? down : up;
      for (let c = 0; c < 3; c++) pixels[4 * k + c] = to[c];
      pixels[4 * k + 3] = 255 * Math.abs(value);
    }
  });
}

/**
 * A picture of the data as an element of its own.
 * @param {Tensor} tensor channels x height x width, or height x width
 * @param {number} size of the longer side on the page
 * @param {string} [label] none: it stands beside words that say the same
 */
export function picture(tensor, size, label) {
  const canvas = h("canvas", { class: "picture", role: label ? "img" : null, "aria-label": label ?? null, "aria-hidden": label ? null : "true" });
  paintPicture(canvas, tensor);
  const [height, width] = tensor.shape.slice(-2);
  canvas.style.width = `${Math.round((size * width) / Math.max(height, width))}px`;
  canvas.style.height = `${Math.round((size * height) / Math.max(height, width))}px`;
  return canvas;
}
