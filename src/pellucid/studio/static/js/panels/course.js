// @ts-check
/** The course of a few weights: a line each over the steps, named at its end. */

import { h, s } from "../dom.js";
import { Plane } from "../plane.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const COLOURS = 10;
const DASHES = ["", "7 4", "2 3", "9 3 2 3", "12 4"];
const APART = 14; // pixels from one name to the next
const LETTER = 6.6;

/**
 * @param {HTMLElement} host
 * @returns {{draw(value: any, names: string[]): void, destroy(): void}}
 */
export function courseOf(host) {
  styled("plane");
  styled("course");
  /** @type {any} */
  let course = null;
  /** @type {string[]} */
  let names = [];
  let cursor = 0;
  const box = h("div", { class: "course", hidden: true }, h("h4", {}, t("weights.course")));
  host.append(box);
  const plane = new Plane(box, paint, { label: t("weights.course"), ratio: 0.5, most: 260 });

  /** A weight's values, one a step. @param {number} k */
  const line = (k) => {
    const { shape, data } = course.values;
    return Array.from({ length: shape[0] }, (_, at) => data[at * shape[1] + k]);
  };

  /** The range upwards, around all values and 0. */
  function upwards() {
    let low = 0;
    let high = 0;
    for (const one of [...course.values.data, ...course.now.data]) {
      if (!Number.isFinite(one)) continue;
      low = Math.min(low, one);
      high = Math.max(high, one);
    }
    const pad = 0.08 * (high - low || 1);
    return /** @type {[number, number]} */ ([low - pad, high + pad]);
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!course) return [];
    const steps = course.steps.data;
    const [first, last] = [steps[0], steps[steps.length - 1]];
    const wide = on.inner.width;
    const room = Math.min(0.45 * wide, LETTER * Math.max(...names.map((name) => name.length)) + 34);
    on.across = [first, first + (Math.max(1, last - first) * wide) / (wide - room)];
    on.up = upwards();
    on.names = [t("weights.steps"), t("weights.values")];
    /** @type {SVGElement[]} */
    const found = [];
    if (cursor < last) found.push(s("line", { x1: on.x(cursor), x2: on.x(cursor), y1: 0, y2: on.height, class: "course-cursor" }));
    const ends = names.map((name, k) => {
      const [values, look] = [line(k), `course-${k % COLOURS}`];
      const drawn = on.line(steps, values, `course-line ${look}`);
      drawn.setAttribute("stroke-dasharray", DASHES[k % DASHES.length]);
      found.push(drawn, s("circle", { cx: on.x(cursor), cy: on.y(course.now.data[k]), r: 3.5, class: `course-dot ${look}` }));
      return { name, look, dash: DASHES[k % DASHES.length], from: on.y(cursor < last ? values[values.length - 1] : course.now.data[k]), at: 0 };
    });
    const { top, height } = on.inner;
    spread(ends, top + 8, top + height - 4);
    for (const { name, look, dash, from, at } of ends) {
      const x = on.x(last);
      found.push(s("path", { d: `M${x + 5} ${from.toFixed(1)}L${x + 12} ${at.toFixed(1)}H${x + 26}`, class: `course-line ${look}`, "stroke-dasharray": dash }));
      found.push(s("text", { x: x + 30, y: at + 4, class: "course-name" }, name));
    }
    return found;
  }

  return {
    draw(value, own) {
      course = value.course ?? null;
      names = own;
      cursor = value.step;
      box.hidden = !course;
      if (!course) return;
      const told = (/** @type {number} */ one) => number(Number(one.toPrecision(3))).replace("-", "−");
      const each = names.map((name, k) => t("weights.went", { name, from: told(course.values.data[k]), to: told(course.now.data[k]) }));
      plane.svg.setAttribute("aria-label", t("weights.told", { step: number(cursor), each: each.join(", ") }));
      plane.redraw();
    },
    destroy() {
      plane.destroy();
      box.remove();
    },
  };
}

/**
 * Places for names beside the ends of their lines, so that none covers another.
 * @param {{from: number, at: number}[]} ends
 * @param {number} top
 * @param {number} bottom
 */
export function spread(ends, top, bottom) {
  const order = [...ends].sort((a, b) => a.from - b.from);
  const apart = Math.min(APART, (bottom - top) / Math.max(1, order.length - 1));
  let free = top;
  for (const end of order) {
    end.at = Math.max(Number.isFinite(end.from) ? end.from : top, free);
    free = end.at + apart;
  }
  free = bottom;
  for (const end of order.reverse()) {
    end.at = Math.min(end.at, free);
    free = end.at - apart;
  }
}

/**
 * What each number is called, in the order of the parameters.
 * @param {any} value
 * @returns {string[]}
 */
export function namesOf(value) {
  const several = new Set(value.parameters.map((/** @type {any} */ one) => one.layer)).size > 1;
  return value.parameters.flatMap((/** @type {any} */ one) => {
    const [rows, columns] = one.shape.length === 2 ? one.shape : [1, one.values.data.length];
    const layer = several ? `${one.layer} ` : "";
    return Array.from({ length: rows * columns }, (_, k) => {
      const from = one.shape.length !== 2 ? t("weights.bias") : one.rows?.[Math.floor(k / columns)] ?? t("weights.input", { k: Math.floor(k / columns) + 1 });
      return layer + (columns > 1 ? t("weights.into", { from, to: t("weights.unit", { k: (k % columns) + 1 }) }) : from);
    });
  });
}
