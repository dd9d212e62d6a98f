// @ts-check
/** Activations: the curve and its slope, with each unit where it stands for the chosen row. */

import { counted } from "../counting.js";
import { fill, h, s } from "../dom.js";
import { Plane } from "../plane.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const MOST_ROWS = 8;
const FLAT = 0.01;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  styled("plane");
  /** @type {any} */
  let value = null;
  let chosen = "";
  const pick = h("span", { class: "functions-pick", role: "group", "aria-label": t("functions.layer") });
  const plot = h("div");
  const key = h("p", { class: "key" },
    h("span", {}, h("i"), t("functions.curve")),
    h("span", {}, h("i", { class: "second" }), t("functions.slope")),
    h("span", {}, h("i", { class: "dot" }), t("functions.unit")));
  const table = h("table", { class: "functions-units numbers" });
  const says = h("p", { class: "panel-says quiet" });
  const title = h("h3", {}, t("functions.name"));
  const root = h("section", { class: "functions-panel", "aria-label": t("functions.name") },
    h("div", { class: "panel-top" }, title, pick), plot, key, h("div", { class: "functions-scroll" }, table), says);
  host.append(root);
  const plane = new Plane(plot, paint, { label: t("functions.name"), ratio: 0.56, most: 300 });

  const layer = () => value.layers.find((/** @type {any} */ one) => one.layer === chosen) ?? value.layers[0];

  /** @param {any} next */
  function take(next) {
    value = next;
    plot.hidden = key.hidden = table.hidden = Boolean(value.none);
    if (value.none) {
      fill(pick);
      says.textContent = t("functions.none");
      return;
    }
    const now = layer();
    title.textContent = t("functions.of", { layer: now.layer, activation: now.activation.replace("_", " ") });
    picks();
    rows(now);
    plane.svg.setAttribute("aria-label", title.textContent);
    plane.redraw();
  }

  let picked = "";
  function picks() {
    const names = value.layers.map((/** @type {any} */ one) => one.layer);
    const mark = `${names} ${layer().layer}`;
    if (mark === picked) return;
    picked = mark;
    const had = pick.contains(document.activeElement);
    fill(pick, names.length < 2 ? null : names.map((/** @type {string} */ name) =>
      h("button", { class: "button small", type: "button", "aria-pressed": String(name === layer().layer), onclick: () => { chosen = name; take(value); } }, name)));
    if (had) /** @type {HTMLElement | null} */ (pick.querySelector('[aria-pressed="true"]'))?.focus();
  }

  /** @param {any} now */
  function rows(now) {
    const count = now.sums.shape[0];
    const told = (/** @type {number} */ one) => number(Number(one.toPrecision(3)));
    fill(table,
      h("caption", { class: "unseen" }, t("functions.table")),
      h("thead", {}, h("tr", {}, ["unit_short", "sum", "output", "slope_short", "state"].map((name) => h("th", { scope: "col" }, t(`functions.${name}`))))),
      h("tbody", {}, [...Array(Math.min(count, MOST_ROWS)).keys()].map((k) =>
        h("tr", {},
          h("th", { scope: "row" }, counted(k)),
          h("td", {}, told(now.sums.data[k])),
          h("td", {}, told(now.outputs.data[k])),
          h("td", {}, told(now.slopes.data[k])),
          h("td", { class: "functions-state" }, state(now, k))))));
    says.textContent = count > MOST_ROWS ? t("functions.more", { n: count - MOST_ROWS }) : "";
  }

  /** What hinders a unit, in a word. @param {any} now @param {number} k */
  function state(now, k) {
    if (now.flat.data[k] >= 1) return h("span", { class: "functions-flat" }, t(now.activation === "relu" ? "functions.dead" : "functions.stuck"));
    return Math.abs(now.slopes.data[k]) < FLAT ? t("functions.flat") : "";
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!value || value.none) return [];
    const now = layer();
    const z = now.z.data;
    on.across = [z[0], z[z.length - 1]];
    let low = Math.min(0, ...now.y.data);
    let high = Math.max(1, ...now.y.data, ...now.slope.data);
    const most = Math.max(1.2, 0.5 * z[z.length - 1], ...Array.from(now.outputs.data, (/** @type {number} */ one) => 1.08 * Math.abs(one)));
    low = Math.max(low, -most);
    high = Math.min(high, most);
    const pad = 0.07 * (high - low);
    on.up = [low - pad, high + pad];
    on.names = [t("functions.sum_axis"), t("functions.output_axis")];
    /** @type {SVGElement[]} */
    const dots = [];
    for (let k = 0; k < now.sums.shape[0]; k += 1) {
      const [x, y] = [now.sums.data[k], now.outputs.data[k]];
      const held = (/** @type {number} */ one, /** @type {[number, number]} */ ends) => Math.min(ends[1], Math.max(ends[0], one));
      const [cx, cy] = [on.x(held(x, on.across)), on.y(held(y, on.up))];
      dots.push(s("line", { x1: cx, x2: cx, y1: cy, y2: on.y(on.up[0]), class: "functions-drop" }));
      dots.push(s("circle", { cx, cy, r: 8, class: now.flat.data[k] >= 1 ? "plane-dot dead" : "plane-dot" }));
      dots.push(s("text", { x: cx, y: cy + 4, class: "functions-number", "text-anchor": "middle" }, counted(k)));
    }
    return [on.line(z, now.slope.data, "plane-line second"), on.line(z, now.y.data, "plane-line"), ...dots];
  }

  const stop = session.watch("functions", take);
  return {
    destroy() {
      stop();
      plane.destroy();
      root.remove();
    },
  };
}
