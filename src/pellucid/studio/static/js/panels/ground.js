// @ts-check
/** The colours of the plane: the class that is answered, the stronger the surer; of numbers two sides. */

import { classVariable, rgb } from "./palette.js";

const FAINT = 0.05;
const STRONG = 0.52;

/**
 * Paint the answers, a pixel each, the first row below.
 * @param {HTMLCanvasElement} canvas
 * @param {any} value
 */
export function colours(canvas, value) {
  const [up, across] = value.values.shape;
  canvas.width = across;
  canvas.height = up;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const picture = pen.createImageData(across, up);
  const paper = rgb("--sheet");
  const side = value.classes === null ? numbers(value) : value.values.shape.length > 2 ? many(value) : two(value);
  for (let k = 0; k < up * across; k += 1) {
    const [name, strength] = side(k);
    const ink = rgb(name);
    const share = FAINT + (STRONG - FAINT) * strength;
    for (let c = 0; c < 3; c += 1) picture.data[4 * k + c] = Math.round(paper[c] + (ink[c] - paper[c]) * share);
    picture.data[4 * k + 3] = 255;
  }
  pen.putImageData(picture, 0, 0);
}

/** @param {any} value @returns {(k: number) => [string, number]} */
function two(value) {
  return (k) => {
    const chance = value.values.data[k];
    return [chance > 0.5 ? "--class-1" : "--class-0", Math.min(1, Math.abs(2 * chance - 1))];
  };
}

/** @param {any} value @returns {(k: number) => [string, number]} */
function many(value) {
  const count = value.values.shape[2];
  return (k) => {
    let best = 0;
    for (let c = 1; c < count; c += 1) if (value.values.data[k * count + c] > value.values.data[k * count + best]) best = c;
    const sure = (value.values.data[k * count + best] - 1 / count) / (1 - 1 / count);
    return [classVariable(best), Math.min(1, Math.max(0, sure))];
  };
}

/** @param {any} value @returns {(k: number) => [string, number]} */
function numbers(value) {
  let low = Infinity;
  let high = -Infinity;
  for (const label of value.labels.data) {
    low = Math.min(low, label);
    high = Math.max(high, label);
  }
  const middle = (low + high) / 2;
  const half = (high - low) / 2 || 1;
  return (k) => {
    const far = (value.values.data[k] - middle) / half;
    return [far < 0 ? "--negative" : "--positive", Math.min(1, Math.abs(far))];
  };
}
