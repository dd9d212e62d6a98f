// @ts-check
/** One input: the samples as points, the network's answer as a curve; a line can be moved and turned. */

import { fill, h, s } from "../dom.js";
import { gesture } from "../gesture.js";
import { Plane } from "../plane.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const REACH = 3;
const GRAB = 26; // how wide a finger is, in pixels
const LEVER = 0.35; // an end nearer to the hinge than this share of the other's way turns nothing

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
  /** @type {[number, number] | null} */
  let range = null;
  /** @type {{pointer: number, gesture: number, from: number, each: number, name: string, value: number} | null} */
  let drag = null;
  const key = h("span", { class: "key" });
  const plot = h("div");
  const says = h("p", { class: "panel-says quiet numbers" });
  const handles = h("div", { class: "line-handles" });
  const root = h("section", { class: "line-panel", "aria-label": t("line.name") },
    h("div", { class: "panel-top" }, h("h3", {}, t("line.name")), key), plot, handles, says);
  host.append(root);
  const plane = new Plane(plot, paint, { label: t("line.name"), ratio: 0.66 });
  plane.svg.addEventListener("pointerdown", press);
  plane.svg.addEventListener("touchstart", (event) => { if (grabbed(event)) event.preventDefault(); }, { passive: false }); // else the page is scrolled
  plane.svg.addEventListener("pointermove", pull);
  plane.svg.addEventListener("pointerup", drop);
  plane.svg.addEventListener("pointercancel", drop);
  const slope = handle("slope");
  const intercept = handle("intercept");

  /** A slider for a parameter. @param {"slope" | "intercept"} name */
  function handle(name) {
    const shown = h("output", { class: "numbers" });
    const slider = h("input", { type: "range", step: 0.01, min: -REACH, max: REACH, "aria-label": t(`line.${name}`), oninput: () => put(Number(slider.value)) });
    let busy = false;
    /** @type {number | null} */
    let waiting = null;
    /** @param {number} next @param {number} [own] its gesture */
    async function put(next, own) {
      shown.textContent = number(Number(next.toPrecision(4)));
      const part = value?.straight?.[name];
      if (!part) return;
      if (busy) {
        waiting = next;
        return;
      }
      busy = true;
      await session.tell("EditWeight", { parameter: part.parameter, place: part.place, value: next, ...(own === undefined ? {} : { gesture: own }) });
      busy = false;
      if (waiting !== null) {
        const last = waiting;
        waiting = null;
        put(last, own);
      }
    }
    const element = h("label", { class: "line-handle" }, h("span", {}, t(`line.${name}`)), slider, shown);
    return {
      element,
      put,
      /** @param {number} now */
      draw(now) {
        if (busy) return;
        const reach = Math.max(REACH, Math.ceil(Math.abs(now)));
        slider.min = String(-reach);
        slider.max = String(reach);
        slider.value = String(now);
        shown.textContent = number(Number(now.toPrecision(4)));
        slider.setAttribute("aria-valuetext", shown.textContent);
      },
    };
  }

  /** What of the line a finger moves: its middle the intercept, an end with a lever the slope. */
  function grips() {
    const { x, y, straight } = value;
    const last = x.data.length - 1;
    const middle = Math.floor(last / 2);
    const most = Math.max(...straight.turn.map(Math.abs));
    const ends = [0, 1].filter((end) => Math.abs(straight.turn[end]) > LEVER * most);
    return [
      { name: "intercept", each: straight.shift, x: x.data[middle], y: y.data[middle] },
      ...ends.map((end) => {
        const at = Math.round(last * (end ? 0.94 : 0.06));
        const share = at / last;
        return { name: "slope", each: straight.turn[0] + share * (straight.turn[1] - straight.turn[0]), x: x.data[at], y: y.data[at] };
      }),
    ];
  }

  /** Whether the line is touched, and not the plot around it. @param {Event} event */
  const grabbed = (event) => Boolean(/** @type {Element} */ (event.target).closest(".line-grab"));

  /** @param {PointerEvent} event */
  function press(event) {
    if (!grabbed(event) || drag || event.button) return;
    event.preventDefault();
    const [x, y] = plane.at(event.clientX, event.clientY);
    const near = (/** @type {any} */ grip) => Math.abs(plane.x(grip.x) - plane.x(x));
    const grip = grips().reduce((a, b) => (near(b) < near(a) ? b : a));
    drag = { pointer: event.pointerId, gesture: gesture(), from: y, each: grip.each, name: grip.name, value: value.straight[grip.name].value };
    plane.svg.setPointerCapture(event.pointerId);
    plot.classList.add("dragging");
  }

  /** @param {PointerEvent} event */
  function pull(event) {
    if (drag?.pointer !== event.pointerId) return;
    const [, y] = plane.at(event.clientX, event.clientY);
    const next = Number((drag.value + (y - drag.from) / drag.each).toFixed(4));
    (drag.name === "slope" ? slope : intercept).put(next, drag.gesture);
  }

  /** @param {PointerEvent} event */
  function drop(event) {
    if (drag?.pointer !== event.pointerId) return;
    drag = null;
    plot.classList.remove("dragging");
    plane.redraw();
  }

  /** @param {any} next */
  function take(next) {
    value = next;
    const shown = !value.none;
    plot.hidden = key.hidden = !shown;
    if (!shown) {
      fill(handles);
      says.textContent = t(`line.none_${value.none}`);
      return;
    }
    const straight = value.straight;
    if (straight && touched) {
      if (!handles.childElementCount) fill(handles, slope.element, intercept.element);
      slope.draw(straight.slope.value);
      intercept.draw(straight.intercept.value);
    } else if (handles.childElementCount) fill(handles);
    const hasBends = value.bends.shape[0] > 0;
    fill(key,
      h("span", {}, h("i", { class: "dot" }), t("line.samples")),
      h("span", {}, h("i"), t("line.answer")),
      straight ? h("span", {}, h("i", { class: "miss" }), t("line.miss")) : null,
      hasBends ? h("span", {}, t("line.bend_mark"), " ", t("line.bends")) : null);
    says.textContent = words();
    plane.redraw();
  }

  function words() {
    const { straight, bends } = value;
    const told = (/** @type {number} */ one) => number(Number(one.toPrecision(3))).replace("-", "−");
    if (straight) {
      const { value: up } = straight.intercept;
      return t(straight.scaled ? "line.formula_scaled" : "line.formula", { slope: told(straight.slope.value), sign: up < 0 ? "−" : "+", intercept: told(Math.abs(up)), x: value.input, y: value.target });
    }
    if (bends.shape[0]) return t("line.bends_at", { n: bends.shape[0], where: [...Array(bends.shape[0]).keys()].map((k) => told(bends.data[2 * k])).join(", ") });
    return value.classes ? t("line.chance", { name: value.classes[1] }) : "";
  }

  /** The range upwards: the samples and, near them, the curve; it does not shake. */
  function upwards() {
    const { points, y, classes } = value;
    if (drag && range) return range;
    if (classes) return /** @type {[number, number]} */ ([-0.08, 1.08]);
    let low = Infinity;
    let high = -Infinity;
    for (let k = 0; k < points.shape[0]; k += 1) {
      low = Math.min(low, points.data[2 * k + 1]);
      high = Math.max(high, points.data[2 * k + 1]);
    }
    const span = high - low || 1;
    for (const one of y.data) {
      if (!Number.isFinite(one)) continue;
      low = Math.min(low, Math.max(one, low - 0.5 * span));
      high = Math.max(high, Math.min(one, high + 0.5 * span));
    }
    const pad = 0.08 * (high - low || 1);
    if (range && range[0] <= low && range[1] >= high && range[1] - range[0] < 1.6 * (high - low + 2 * pad)) return range;
    range = [low - pad, high + pad];
    return range;
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!value || value.none) return [];
    const { x, y, points, rows, held, chosen, straight, bends } = value;
    on.across = [x.data[0], x.data[x.data.length - 1]];
    on.up = upwards();
    on.names = [value.input, value.target];
    /** @type {SVGElement[]} */
    const found = [];
    for (let k = 0; k < bends.shape[0]; k += 1) {
      const at = on.x(bends.data[2 * k]);
      found.push(s("line", { x1: at, x2: at, y1: 0, y2: on.height, class: "line-bend" }));
    }
    const span = x.data.length - 1;
    /** @type {SVGElement[]} */
    const dots = [];
    for (let k = 0; k < points.shape[0]; k += 1) {
      const [px, py] = [points.data[2 * k], points.data[2 * k + 1]];
      if (straight) {
        const place = Math.round(((px - x.data[0]) / (x.data[span] - x.data[0])) * span);
        found.push(s("line", { x1: on.x(px), x2: on.x(px), y1: on.y(py), y2: on.y(y.data[place]), class: "plane-miss" }));
      }
      const look = `plane-dot${held.data[k] ? " held" : ""}${rows.data[k] === chosen ? " chosen" : ""}`;
      dots.push(s("circle", { cx: on.x(px), cy: on.y(py), r: points.shape[0] > 100 ? 3 : 5, class: look }));
    }
    const line = on.line(x.data, y.data, "plane-line");
    if (!straight || !touched) return [...found, line, ...dots];
    const grab = on.line(x.data, y.data, "line-grab");
    grab.setAttribute("stroke-width", String(GRAB));
    const marks = grips().map((grip) => s("circle", { cx: on.x(grip.x), cy: on.y(grip.y), r: 6.5, class: `line-grip ${grip.name}` }));
    const around = grips().map((grip) => s("circle", { cx: on.x(grip.x), cy: on.y(grip.y), r: GRAB / 2 + 6, class: "line-grab spot" }));
    return [...found, line, ...dots, ...marks, grab, ...around];
  }

  const stop = session.watch("line", take);
  return {
    destroy() {
      stop();
      plane.destroy();
      root.remove();
    },
  };
}
