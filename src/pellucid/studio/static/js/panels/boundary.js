// @ts-check
/** What the network answers over the plane of two inputs, with the points on it; points can be drawn there. */

import { fill, h } from "../dom.js";
import { number, percent, t } from "../texts.js";
import { axes } from "./axes.js";
import { colours } from "./ground.js";
import { classVariable, css, mark, painted, shapeOf, trace } from "./palette.js";
import { drawing } from "./points.js";

const LEFT = 52;
const BELOW = 36;
const MOST = 460;
const SHARE = 0.37; // of the window's height, so that what stands below is seen too
const NEAR = 14;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{draws?: boolean, lesson?: boolean}} [options] `draws`: whether points can be drawn
 */
export function mount(host, session, options = {}) {
  /** @type {any} */
  let value = null;
  /** @type {HTMLCanvasElement} */
  const ground = document.createElement("canvas");
  const canvas = h("canvas", { class: "boundary-canvas", tabindex: "0", role: "application", "aria-roledescription": t("boundary.plane") });
  const frame = h("div", { class: "boundary-frame" }, canvas);
  const said = h("p", { class: "boundary-said small numbers" });
  frame.append(said);
  const heard = h("span", { class: "unseen", role: "status", "aria-live": "polite" });
  const legend = h("ul", { class: "legend small" });
  const choose = h("div", { class: "boundary-inputs" });
  const empty = h("p", { class: "empty quiet" });
  const tools = h("div", { class: "boundary-tools" });
  const root = h("section", { class: "boundary", "aria-label": t("boundary.name") }, h("div", { class: "panel-head" }, h("h3", {}, t("boundary.name")), tools, choose), empty, frame, legend, heard);
  host.append(root);
  const still = h("span", { class: "unseen", id: `boundary-${Math.random().toString(36).slice(2)}` }, t("boundary.keys"));
  root.append(still);
  canvas.setAttribute("aria-describedby", still.id);

  const sheet = painted(canvas, paint, (width) => Math.min(width - LEFT + BELOW, MOST, Math.max(260, SHARE * innerHeight)));
  const draft = options.draws ? drawing(tools, session, () => value, () => sheet.draw()) : null;

  /** @param {number} width @param {number} height */
  const box = (width, height) => ({ left: LEFT, top: 4, width: width - LEFT - 6, height: height - BELOW - 4 });

  /** What stands where: for numbers of one input also upwards. */
  function ranges() {
    const across = value.range[0];
    return { across, up: value.range[1] ?? heightOf(value) };
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} height */
  function paint(pen, width, height) {
    if (!value || value.none) return;
    const at = box(width, height);
    const { across, up } = ranges();
    pen.save();
    pen.beginPath();
    pen.rect(at.left, at.top, at.width, at.height);
    pen.clip();
    if (value.inputs.length > 1) {
      colours(ground, value);
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      const inset = 0.5;
      pen.save();
      pen.translate(0, 2 * at.top + at.height);
      pen.scale(1, -1);
      pen.drawImage(ground, inset, inset, ground.width - 2 * inset, ground.height - 2 * inset, at.left, at.top, at.width, at.height);
      pen.restore();
    } else line(pen, at, across, up);
    points(pen, at, across, up);
    if (cursor) crosshair(pen, at, across, up);
    pen.restore();
    axes(pen, at, across, up, value.inputs[0], value.inputs[1] ?? upName(value));
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} at @param {number[]} across @param {number[]} up */
  function points(pen, at, across, up) {
    const drawn = draft?.points() ?? null;
    const count = drawn ? drawn.length : value.rows.data.length;
    const size = count > 400 ? 3.2 : count > 120 ? 4 : 5.2;
    const spread = value.classes === null ? span(value.labels.data) : null;
    let chosen = -1;
    const one = (/** @type {number} */ k) => {
      const [px, py] = drawn ? drawn[k] : [value.points.data[k * value.inputs.length], ordinate(k)];
      return [at.left + (at.width * (px - across[0])) / (across[1] - across[0]), at.top + at.height * (1 - (py - up[0]) / (up[1] - up[0]))];
    };
    for (let k = 0; k < count; k += 1) {
      const [x, y] = one(k);
      const label = drawn ? drawn[k][drawn[k].length - 1] : value.labels.data[k];
      const held = !drawn && value.held.data[k];
      const name = value.classes === null ? (value.inputs.length > 1 ? sideOf(label, spread) : "--positive") : classVariable(label);
      pen.beginPath();
      trace(pen, value.classes === null ? "circle" : shapeOf(label), x, y, held ? size - 0.6 : size);
      pen.fillStyle = held ? css("--sheet") : css(name);
      pen.strokeStyle = held ? css(name) : css("--sheet");
      pen.lineWidth = held ? 1.9 : 1;
      pen.fill();
      pen.stroke();
      if (!drawn && value.rows.data[k] === value.chosen) chosen = k;
    }
    if (chosen >= 0) {
      const [x, y] = one(chosen);
      pen.beginPath();
      pen.arc(x, y, size + 5, 0, 2 * Math.PI);
      pen.strokeStyle = css("--sheet");
      pen.lineWidth = 5;
      pen.stroke();
      pen.strokeStyle = css("--ink");
      pen.lineWidth = 2;
      pen.stroke();
    }
  }

  /** Of one input, where a point stands upwards. @param {number} k */
  function ordinate(k) {
    if (value.inputs.length > 1) return value.points.data[k * 2 + 1];
    return value.labels.data[k];
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} at @param {number[]} across @param {number[]} up */
  function line(pen, at, across, up) {
    const columns = value.values.shape.length > 1 ? value.values.shape[1] : 1;
    const count = value.values.shape[0];
    for (let c = 0; c < columns; c += 1) {
      pen.beginPath();
      for (let k = 0; k < count; k += 1) {
        const y = value.values.data[k * columns + c];
        const place = [at.left + (at.width * k) / (count - 1), at.top + at.height * (1 - (y - up[0]) / (up[1] - up[0]))];
        if (k) pen.lineTo(place[0], place[1]);
        else pen.moveTo(place[0], place[1]);
      }
      pen.strokeStyle = css(value.classes === null ? "--negative" : columns > 1 ? classVariable(c) : "--ink");
      pen.lineWidth = 2.5;
      pen.stroke();
    }
  }

  // --- pointing

  /** @type {[number, number] | null} */
  let cursor = null;
  /** The place whose answer is told. @type {[number, number] | null} */
  let pointed = null;

  /** Tell the answer at a place, in the half of the plane where it is not. @param {[number, number] | null} place */
  function point(place) {
    pointed = place;
    said.textContent = place ? told(place[0], place[1]) : "";
    if (!place) return;
    const { up } = ranges();
    said.classList.toggle("below", place[1] > (up[0] + up[1]) / 2);
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} at @param {number[]} across @param {number[]} up */
  function crosshair(pen, at, across, up) {
    if (!cursor || document.activeElement !== canvas) return;
    const x = at.left + (at.width * (cursor[0] - across[0])) / (across[1] - across[0]);
    const y = at.top + at.height * (1 - (cursor[1] - up[0]) / (up[1] - up[0]));
    pen.strokeStyle = css("--focus");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x - 12, y);
    pen.lineTo(x + 12, y);
    pen.moveTo(x, y - 12);
    pen.lineTo(x, y + 12);
    pen.stroke();
  }

  /** Where on the plane a pointer is, and how far a pixel reaches there. @param {MouseEvent} event */
  function placeOf(event) {
    const bounds = canvas.getBoundingClientRect();
    const at = box(bounds.width, bounds.height);
    const { across, up } = ranges();
    const x = across[0] + ((event.clientX - bounds.left - at.left) / at.width) * (across[1] - across[0]);
    const y = up[0] + (1 - (event.clientY - bounds.top - at.top) / at.height) * (up[1] - up[0]);
    return { x, y, px: (across[1] - across[0]) / at.width, py: (up[1] - up[0]) / at.height };
  }

  /** The nearest row, if one is near. @param {{x: number, y: number, px: number, py: number}} where @param {number} [near] */
  function nearest(where, near = NEAR) {
    let best = near;
    let found = -1;
    for (let k = 0; k < value.rows.data.length; k += 1) {
      const far = Math.hypot((value.points.data[k * value.inputs.length] - where.x) / where.px, (ordinate(k) - where.y) / where.py);
      if (far < best) [best, found] = [far, value.rows.data[k]];
    }
    return found;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!value || value.none || event.button !== 0) return;
    const where = placeOf(event);
    if (draft?.down(where)) {
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      return;
    }
    const row = nearest(where);
    if (row >= 0) session.tell("ChooseRow", { row });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!value || value.none) return;
    const where = placeOf(event);
    if (draft?.move(where)) return point(null);
    point([where.x, where.y]);
    canvas.classList.toggle("near", !draft?.mode() && nearest(where) >= 0);
  });
  canvas.addEventListener("pointerup", () => draft?.up());
  canvas.addEventListener("pointercancel", () => draft?.up());
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("keydown", (event) => {
    if (!value || value.none) return;
    const { across, up } = ranges();
    const steps = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] });
    const move = steps[event.key];
    if (move) {
      const share = event.shiftKey ? 0.1 : 0.025;
      const from = cursor ?? [(across[0] + across[1]) / 2, (up[0] + up[1]) / 2];
      cursor = [clamp(from[0] + move[0] * share * (across[1] - across[0]), across), clamp(from[1] + move[1] * share * (up[1] - up[0]), up)];
      point(cursor);
      heard.textContent = said.textContent;
      sheet.draw();
    } else if (event.key === "Enter" || event.key === " ") {
      const where = { x: cursor?.[0] ?? 0, y: cursor?.[1] ?? 0, px: (across[1] - across[0]) / 400, py: (up[1] - up[0]) / 400 };
      if (draft?.down(where)) draft.up();
      else {
        const row = nearest(where, Infinity);
        if (row >= 0) session.tell("ChooseRow", { row });
      }
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    point(null);
    sheet.draw();
  });
  canvas.addEventListener("focus", () => sheet.draw());

  /** The answer at a place, in words. @param {number} x @param {number} y */
  function told(x, y) {
    const { across, up } = ranges();
    const [rows, columns] = value.values.shape;
    const place = `${value.inputs[0]} = ${number(round(x, across))}`;
    if (value.inputs.length === 1) {
      const k = clamp(Math.round(((rows - 1) * (x - across[0])) / (across[1] - across[0])), [0, rows - 1]);
      if (value.classes === null) return t("boundary.told", { place, answer: number(round(value.values.data[k], up)) });
      return t("boundary.told", { place, answer: classAt(value, k) });
    }
    const i = clamp(Math.round(((rows - 1) * (y - up[0])) / (up[1] - up[0])), [0, rows - 1]);
    const j = clamp(Math.round(((columns - 1) * (x - across[0])) / (across[1] - across[0])), [0, columns - 1]);
    const whole = `${place}, ${value.inputs[1]} = ${number(round(y, up))}`;
    const k = i * columns + j;
    return t("boundary.told", { place: whole, answer: value.classes === null ? number(value.values.data[k]) : classAt(value, k) });
  }

  // --- around it

  let shown = "";
  let inputs = "";
  /** @param {any} next */
  function take(next) {
    value = next;
    empty.hidden = !next.none;
    frame.hidden = legend.hidden = said.hidden = !empty.hidden;
    if (next.none) {
      empty.dataset.none = next.none ?? "";
      empty.textContent = t(`boundary.none_${next.none}`);
      fill(choose);
      draft?.seen();
      point(null);
      shown = "";
      return;
    }
    draft?.seen();
    const key = JSON.stringify([next.classes, next.names, next.plane, next.target, next.more > 0, next.others, anyHeld(next)]);
    if (key !== shown) {
      shown = key;
      fill(legend, ...legendOf(next));
      fill(choose, ...inputsOf(next));
    }
    point(pointed && next.inputs.join() === inputs ? pointed : null);
    inputs = next.inputs.join();
    canvas.setAttribute("aria-label", t("boundary.summary", { points: number(next.rows.data.length), inputs: next.inputs.join(", ") }));
    sheet.draw();
  }

  /** @param {any} of */
  function inputsOf(of) {
    if (of.names.length < 3) return [];
    return [0, 1].map((axis) =>
      h("select", {
        "aria-label": t(axis ? "boundary.up" : "boundary.across"), title: t(axis ? "boundary.up" : "boundary.across"),
        onchange: (/** @type {any} */ event) => {
          const plane = [...of.plane];
          const other = plane[axis];
          plane[axis] = event.target.selectedIndex;
          if (plane[0] === plane[1]) plane[1 - axis] = other;
          session.tell("ChooseInputs", { across: plane[0], up: plane[1] });
        },
      }, of.names.map((/** @type {string} */ name, /** @type {number} */ k) => h("option", { selected: k === of.plane[axis] }, name))));
  }

  const stop = session.watch("boundary", take);
  return {
    destroy() {
      stop();
      sheet.destroy();
      draft?.destroy();
      root.remove();
    },
  };
}

/** @param {any} value */
function legendOf(value) {
  const items = value.classes === null
    ? value.inputs.length > 1
      ? [h("li", { class: "scale" }, h("span", {}, number(span(value.labels.data)[0])), h("span", { class: "scale-bar", role: "img", "aria-label": t("boundary.scale", { target: value.target }) }), h("span", {}, number(span(value.labels.data)[1])), h("span", { class: "quiet" }, value.target))]
      : [h("li", {}, h("span", { class: "line-mark" }), t("boundary.answer"))]
    : value.classes.slice(0, 12).map((/** @type {string} */ name, /** @type {number} */ k) => h("li", {}, mark(k), name));
  if (value.classes && value.classes.length > 12) items.push(h("li", { class: "quiet" }, t("boundary.and_more", { n: value.classes.length - 12 })));
  if (anyHeld(value)) items.push(h("li", { class: "quiet" }, mark(0, true), t("boundary.held")));
  if (value.others > 0) items.push(h("li", { class: "quiet" }, t("boundary.others")));
  if (value.more > 0) items.push(h("li", { class: "quiet" }, t("boundary.more", { n: number(value.more) })));
  return items;
}

/** @param {any} value @param {number} k */
function classAt(value, k) {
  const many = value.classes.length;
  const flat = value.values.shape.length === value.inputs.length;
  if (flat) {
    const chance = value.values.data[k];
    const place = chance > 0.5 ? 1 : 0;
    return named(value, place, place ? chance : 1 - chance);
  }
  let best = 0;
  for (let c = 1; c < many; c += 1) if (value.values.data[k * many + c] > value.values.data[k * many + best]) best = c;
  return named(value, best, value.values.data[k * many + best]);
}

/** A class, with its chance where there is one. @param {any} value @param {number} place @param {number} chance */
function named(value, place, chance) {
  return value.sure ? t("boundary.class", { name: value.classes[place], share: percent(chance, 0) }) : value.classes[place];
}

/** @param {any} value */
function upName(value) {
  return value.classes === null ? value.target : t("boundary.chance");
}

/** @param {any} value @returns {[number, number]} */
function heightOf(value) {
  if (value.classes !== null) return [-0.12, Math.max(1, value.classes.length - 1) + 0.12];
  const [low, high] = span([...value.labels.data, ...value.values.data]);
  const pad = 0.08 * (high - low) || 1;
  return [low - pad, high + pad];
}

/** @param {any} value */
function anyHeld(value) {
  return value.held.data.some(Boolean);
}

/** @param {ArrayLike<number>} values @returns {[number, number]} */
function span(values) {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < values.length; k += 1) {
    if (values[k] < low) low = values[k];
    if (values[k] > high) high = values[k];
  }
  return [low, high];
}

/** @param {number} label @param {[number, number] | null} spread */
function sideOf(label, spread) {
  return spread && label < (spread[0] + spread[1]) / 2 ? "--negative" : "--positive";
}

/** @param {number} value @param {number[]} range */
function round(value, range) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(range[1] - range[0]) || 1)));
  return Number(value.toFixed(Math.min(digits, 12)));
}

/** @param {number} value @param {number[]} range */
function clamp(value, range) {
  return Math.min(Math.max(value, range[0]), range[1]);
}
