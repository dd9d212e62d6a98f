// @ts-check
/** Colours and shapes of classes on a canvas, from the page's own variables; told when they change. */

import { s } from "../dom.js";
import { parsed } from "../network/colours.js";

/** The classes that have a colour of their own; more begin anew with another shape. */
export const COLOURS = 10;

/** A class's mark: shape and colour, so that neither alone has to be seen. */
const SHAPES = ["circle", "square", "triangle", "diamond", "plus", "star", "down", "hexagon", "bar", "cross"];

/** @type {Map<string, [number, number, number]>} */
const known = new Map();
const scheme = matchMedia("(prefers-color-scheme: dark)");
scheme.addEventListener("change", () => known.clear());

/**
 * A variable of the theme as red, green and blue, each from 0 to 255.
 * @param {string} name such as "--class-0"
 * @returns {[number, number, number]}
 */
export function rgb(name) {
  const found = known.get(name);
  if (found) return found;
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = parsed(text) ?? [128, 128, 128];
  known.set(name, colour);
  return colour;
}

/** @param {string} name @param {number} [alpha] */
export function css(name, alpha = 1) {
  const [red, green, blue] = rgb(name);
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** @param {number} place */
export function classVariable(place) {
  return `--class-${((place % COLOURS) + COLOURS) % COLOURS}`;
}

/** @param {number} place */
export function shapeOf(place) {
  return SHAPES[(place + Math.floor(place / COLOURS)) % SHAPES.length];
}

/**
 * Hear when the page goes from light to dark or back.
 * @param {() => void} changed
 * @returns {() => void} stops it
 */
export function onScheme(changed) {
  const listener = () => requestAnimationFrame(changed);
  scheme.addEventListener("change", listener);
  return () => scheme.removeEventListener("change", listener);
}

/**
 * The corners of a class's mark around (0, 0), or null for a circle.
 * @param {string} shape
 * @param {number} size half its width
 * @returns {number[][] | null}
 */
function corners(shape, size) {
  const around = (/** @type {number} */ count, /** @type {number} */ turn, /** @type {number} */ inner = 0) =>
    Array.from({ length: inner ? 2 * count : count }, (_, k) => {
      const far = inner && k % 2 ? inner * size : size * 1.18;
      const angle = turn + (2 * Math.PI * k) / (inner ? 2 * count : count);
      return [far * Math.cos(angle), far * Math.sin(angle)];
    });
  const arm = 0.42 * size;
  const cross = [[-arm, -size], [arm, -size], [arm, -arm], [size, -arm], [size, arm], [arm, arm], [arm, size], [-arm, size], [-arm, arm], [-size, arm], [-size, -arm], [-arm, -arm]];
  switch (shape) {
    case "square": return around(4, Math.PI / 4);
    case "triangle": return around(3, -Math.PI / 2);
    case "diamond": return around(4, 0);
    case "plus": return cross;
    case "star": return around(5, -Math.PI / 2, 0.5);
    case "down": return around(3, Math.PI / 2);
    case "hexagon": return around(6, 0);
    case "bar": return [[-0.45 * size, -1.1 * size], [0.45 * size, -1.1 * size], [0.45 * size, 1.1 * size], [-0.45 * size, 1.1 * size]];
    case "cross": return cross.map(([x, y]) => [0.75 * (x - y), 0.75 * (x + y)]);
    default: return null;
  }
}

/**
 * Add a class's mark to the path of a canvas.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} shape
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
export function trace(pen, shape, x, y, size) {
  const found = corners(shape, size);
  if (!found) {
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 2 * Math.PI);
    return;
  }
  found.forEach(([dx, dy], k) => (k ? pen.lineTo(x + dx, y + dy) : pen.moveTo(x + dx, y + dy)));
  pen.closePath();
}

/**
 * A class's mark around (0, 0), as the path of an SVG.
 * @param {number} place
 * @param {number} size half its width
 */
export function outline(place, size) {
  const found = corners(shapeOf(place), size);
  if (!found) return `M${size} 0A${size} ${size} 0 1 1 ${-size} 0A${size} ${size} 0 1 1 ${size} 0Z`;
  return `M${found.map((at) => at.map((one) => one.toFixed(2)).join(" ")).join("L")}Z`;
}

/**
 * A class's mark for a legend.
 * @param {number} place
 * @param {boolean} [hollow]
 */
export function mark(place, hollow = false) {
  const colour = `var(${classVariable(place)})`;
  const look = { fill: hollow ? "none" : colour, stroke: colour, "stroke-width": 1.6, "stroke-linejoin": "round" };
  const shape = s("path", { d: outline(place, 5), ...look });
  return s("svg", { class: "class-mark", viewBox: "-8 -8 16 16", width: 16, height: 16, "aria-hidden": "true" }, shape);
}

/**
 * A canvas as wide as its box, sharp on every screen; `paint` is called with its pen and size.
 * @param {HTMLCanvasElement} canvas
 * @param {(pen: CanvasRenderingContext2D, width: number, height: number) => void} paint
 * @param {(width: number) => number} heightFor
 */
export function painted(canvas, paint, heightFor) {
  let due = 0;
  const now = () => {
    due = 0;
    const width = canvas.parentElement?.clientWidth ?? 0;
    if (!width) return;
    const height = heightFor(width);
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    paint(pen, width, height);
  };
  const draw = () => {
    due ||= requestAnimationFrame(now);
  };
  const observer = new ResizeObserver(draw);
  if (canvas.parentElement) observer.observe(canvas.parentElement);
  const stop = onScheme(draw);
  return {
    draw,
    destroy() {
      observer.disconnect();
      stop();
      cancelAnimationFrame(due);
    },
  };
}
