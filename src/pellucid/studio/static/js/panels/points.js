// @ts-check
/** Drawing points on the plane: add, drag, erase; what was drawn becomes the scene's data. */

import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { mark } from "./palette.js";

const GRAB = 9;
const APART = 15;
const MOST_CLASSES = 8;

/** @typedef {{x: number, y: number, px: number, py: number}} Where */

/**
 * @param {HTMLElement} host where the tools stand
 * @param {import("../session.js").Session} session
 * @param {() => any} view the newest of what the plane shows
 * @param {() => void} redraw
 */
export function drawing(host, session, view, redraw) {
  let mode = "choose";
  let kind = 0;
  /** @type {number | null} */
  let level = null;
  /** @type {number[][] | null} the points in the making; null: those of the scene are shown */
  let points = null;
  /** @type {string[]} */
  let classes = [];
  let held = -1;
  let changed = false;
  let asked = 0;
  let drawn = "";
  const fault = h("p", { class: "fault small", role: "alert" });
  const why = h("p", { class: "quiet small", hidden: true });
  const bar = h("div", { class: "tool-row" });
  const extras = h("div", { class: "tool-row tool-extras" });
  host.append(bar, extras, why, fault);

  /** The points that the scene has, to go on from: to the bit, they become its data again. */
  function copied() {
    const value = view();
    if (!value || value.none) return [];
    const wide = value.inputs.length;
    return Array.from({ length: value.rows.data.length }, (_, k) => [...value.points.data.slice(k * wide, k * wide + wide), value.labels.data[k]]);
  }

  /** @param {string} next */
  function set(next) {
    mode = next;
    draw();
    redraw();
  }

  /** Whether all that a row has can be seen, so that points can be drawn. */
  function usable() {
    const value = view();
    return Boolean(value && !value.none && !value.error && value.others === 0);
  }

  /** Whether all rows are shown: those that are not would be lost with the first point drawn. */
  const whole = () => view().more === 0;

  /** What the tools depend on. */
  const standing = () => (usable() ? `usable ${whole()}` : "");

  function draw() {
    const value = view();
    host.hidden = !usable();
    drawn = standing();
    if (!usable()) return;
    bar.hidden = !whole();
    why.hidden = whole();
    if (!whole()) {
      mode = "choose";
      points = null;
      extras.hidden = true;
      why.textContent = t("points.some", { n: number(value.rows.data.length), all: number(value.rows.data.length + value.more) });
      return;
    }
    if (!points) classes = value.classes ? [...value.classes] : [];
    kind = Math.min(kind, Math.max(0, classes.length - 1));
    const tool = (/** @type {string} */ name) =>
      h("button", { class: "button slim", type: "button", "data-key": name, "aria-pressed": String(mode === name), onclick: () => set(name) }, t(`points.${name}`));
    const kinds = mode === "draw" && value.classes
      ? h("span", { class: "kinds", role: "group", "aria-label": t("points.class") },
        classes.map((name, k) => h("button", { class: "button slim", type: "button", "aria-pressed": String(kind === k), "aria-label": t("points.of", { name }), title: name, onclick: () => { kind = k; draw(); } }, mark(k))),
        classes.length < MOST_CLASSES ? h("button", { class: "button slim", type: "button", title: t("points.more"), "aria-label": t("points.more"), onclick: another }, "+") : null)
      : null;
    const amount = mode === "draw" && value.classes === null && value.inputs.length > 1
      ? h("label", { class: "small tool-number" }, t("points.value"), h("input", { type: "number", step: "any", value: String(level ?? middle(value)), onchange: (/** @type {any} */ event) => { level = Number(event.target.value); } }))
      : null;
    const active = document.activeElement;
    const kept = active instanceof HTMLElement && host.contains(active) ? active.textContent : null;
    fill(bar, h("span", { class: "segmented", role: "group", "aria-label": t("points.tools") }, tool("choose"), tool("draw"), tool("erase")));
    fill(extras, kinds, amount, mode !== "choose" ? h("button", { class: "button slim plain", type: "button", onclick: clear }, t("points.clear")) : null);
    extras.hidden = mode === "choose";
    if (kept) /** @type {HTMLElement | undefined} */ ([...host.querySelectorAll("button")].find((one) => one.textContent === kept))?.focus();
  }

  function another() {
    points ??= copied();
    let next = classes.length;
    while (classes.includes(String(next))) next += 1;
    classes.push(String(next));
    kind = classes.length - 1;
    draw();
  }

  function clear() {
    points = [];
    fault.textContent = t("points.cleared");
    redraw();
  }

  /** Let the scene have these points. */
  async function send() {
    changed = false;
    const value = view();
    if (!points || !value) return;
    const mine = ++asked;
    const named = value.classes !== null;
    const there = new Set(points.map((one) => one[one.length - 1]));
    if (named && there.size < 2) {
      fault.textContent = t("points.two");
      return;
    }
    const source = { source: "Points", rows: points, names: value.inputs, classes: named ? classes : [] };
    try {
      await session.ask("ChangeScene", { fields: { source } });
      if (mine === asked) fault.textContent = "";
    } catch (error) {
      fault.textContent = /** @type {Error} */ (error).message;
    }
  }

  const stop = session.watch("scene", () => {
    if (held === -1) points = null;
    draw();
    redraw();
  });

  return {
    mode: () => (mode === "choose" ? null : mode),
    points: () => points,
    /** The view is another one: where it has what was drawn, that is shown. */
    seen() {
      if (points && view()?.none) points = null;
      if (drawn !== standing()) draw();
    },
    /** @param {Where} where @returns {boolean} whether it was meant for drawing */
    down(where) {
      if (mode === "choose") return false;
      points ??= copied();
      held = near(where, GRAB);
      if (mode === "erase") erase(where);
      else if (held < 0) add(where);
      redraw();
      return true;
    },
    /** @param {Where} where */
    move(where) {
      if (mode === "choose" || held === -1 || !points) return false;
      if (mode === "erase") erase(where);
      else if (held >= 0) {
        const wide = points[held].length;
        points[held][0] = where.x;
        if (view().inputs.length > 1 || wide === 2) points[held][1] = where.y;
        changed = true;
      } else if (near(where, APART) < 0) add(where);
      redraw();
      return true;
    },
    up() {
      if (held === -1 && !changed) return;
      held = -1;
      if (changed) send();
    },
    destroy() {
      stop();
      fill(host);
    },
  };

  /** @param {Where} where */
  function add(where) {
    const value = view();
    held = -2; // more are added along the way
    if (value.inputs.length > 1) points?.push([where.x, where.y, value.classes ? kind : (level ?? middle(value))]);
    else if (value.classes) points?.push([where.x, kind]);
    else points?.push([where.x, where.y]);
    changed = true;
  }

  /** @param {Where} where */
  function erase(where) {
    held = -2;
    for (let found = near(where, GRAB); found >= 0 && points; found = near(where, GRAB)) {
      points.splice(found, 1);
      changed = true;
    }
  }

  /** @param {Where} where @param {number} reach in pixels */
  function near(where, reach) {
    const wide = view().inputs.length;
    let best = reach;
    let found = -1;
    points?.forEach((one, k) => {
      const up = wide > 1 || one.length === 2 ? one[1] : where.y;
      const far = Math.hypot((one[0] - where.x) / where.px, (up - where.y) / where.py);
      if (far < best) [best, found] = [far, k];
    });
    return found;
  }
}

/** A number for a new point of a plane of numbers: the middle of those there. @param {any} value */
function middle(value) {
  const labels = [...value.labels.data].sort((a, b) => a - b);
  return labels[Math.floor(labels.length / 2)] ?? 0;
}
