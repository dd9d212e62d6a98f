// @ts-check
/** A memory: a grid to draw on, the stored pictures, the energy on its way down, whom a unit listens to. */

import { counted } from "../counting.js";
import { fill, h, s } from "../dom.js";
import { icon } from "../icons.js";
import { Plane } from "../plane.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const DAMAGED = 0.2;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  styled("plane");
  /** @type {any} */
  let value = null;
  /** @type {HTMLElement[]} */
  let cells = [];
  let size = "";
  let at = 0;
  let draws = Math.floor(performance.now());
  let looking = false;
  /** @type {number | null} the value that a stroke draws */
  let stroke = null;
  let stroked = -1;

  const grid = h("div", { class: "memory-grid", role: "grid", "aria-label": t("memory.grid"), onpointerdown: press, onpointermove: drag, onkeydown: key });
  const name = h("p", { class: "memory-name", role: "status" });
  const says = h("p", { class: "panel-says quiet numbers" });
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, /** @type {string} */ look = "button") => h("button", { class: look, type: "button", onclick }, t(`memory.${text}`));
  const look = h("button", { class: "button", type: "button", "aria-pressed": "false", onclick: () => { looking = !looking; look.setAttribute("aria-pressed", String(looking)); listen(); } }, t("memory.weights"));
  const store = button("store", () => session.tell("StorePattern"));
  const tools = h("div", { class: "memory-tools", role: "group", "aria-label": t("memory.tools") },
    button("damage", () => session.tell("Damage", { share: DAMAGED, seed: (draws += 1) })),
    button("cover", () => session.tell("CoverGrid", { share: 0.5 })),
    button("reverse", () => session.tell("ReverseGrid")),
    button("clear", () => session.tell("ClearGrid")));
  const recall = h("div", { class: "memory-tools", role: "group", "aria-label": t("memory.recalling") },
    h("button", { class: "button main", type: "button", onclick: () => session.tell("Play", { pace: (value?.state.data.length ?? 100) * 0.4 }) }, icon("play"), t("memory.recall")),
    button("change", () => session.tell("RecallStep", { to_change: true })),
    button("settle", () => session.tell("Settle")));
  const pictures = h("ul", { class: "memory-pictures" });
  const none = h("p", { class: "quiet small" }, t("memory.empty"));
  const rule = h("select", { onchange: () => session.tell("StoreBy", { rule: rule.value }) });
  const curve = h("div");
  const listened = h("div", { class: "memory-listened", hidden: true });
  const root = h("section", { class: "memory-panel", "aria-label": t("memory.name") },
    h("div", { class: "memory-left" }, grid, name, tools, recall),
    h("div", { class: "memory-right" },
      h("div", { class: "panel-top" }, h("h3", {}, t("memory.stored")), h("label", { class: "small" }, t("memory.rule"), " ", rule)),
      pictures, none,
      h("div", { class: "memory-tools" }, store, look),
      listened,
      h("h3", { class: "memory-energy" }, t("memory.energy")), curve, says));
  host.append(root);
  const plane = new Plane(curve, paint, { label: t("memory.energy"), ratio: 0.42, least: 130, most: 220 });

  /** @param {any} next */
  function take(next) {
    value = next;
    make();
    const { data } = value.state;
    const unit = value.unit ? value.unit[0] * value.size[1] + value.unit[1] : -1;
    cells.forEach((cell, k) => {
      const state = data[k] > 0 ? "on" : data[k] < 0 ? "off" : "unknown";
      const looks = `memory-cell ${state}${k === unit && !value.over ? " turn" : ""}`;
      if (cell.className !== looks) {
        cell.className = looks;
        cell.setAttribute("aria-label", label(k, state));
      }
    });
    name.textContent = named();
    listPictures();
    rules();
    store.disabled = data.some((/** @type {number} */ one) => one === 0);
    const energy = value.energies.data[value.step];
    says.textContent = t(value.over ? "memory.rest" : "memory.at", { energy: number(Number(energy.toPrecision(4))), turns: number(value.step) });
    plane.redraw();
    if (looking) listen();
  }

  /** @param {number} k @param {string} state */
  function label(k, state) {
    const columns = value.size[1];
    return t("memory.cell", { row: counted(Math.floor(k / columns)), column: counted(k % columns), state: t(`memory.${state}`) });
  }

  /** The cells, made anew where the grid has another size. */
  function make() {
    const [rows, columns] = value.size;
    if (size === `${rows} ${columns}`) return;
    size = `${rows} ${columns}`;
    at = Math.min(at, rows * columns - 1);
    cells = Array.from({ length: rows * columns }, (_, k) => h("div", { role: "gridcell", tabindex: k === at ? "0" : "-1", "data-at": k, onfocus: () => focus(k) }));
    grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    fill(grid, Array.from({ length: rows }, (_, r) => h("div", { role: "row", class: "memory-row" }, cells.slice(r * columns, (r + 1) * columns))));
  }

  /** What the grid shows, in words. */
  function named() {
    const is = value.is;
    if (!value.patterns.shape[0]) return t("memory.nothing");
    if (!is) return t("memory.covered");
    const places = is.patterns.map((/** @type {number} */ k) => counted(k)).join(", ");
    if (is.kind === "pattern" || is.kind === "reversed") return t(`memory.is_${is.kind}`, { n: places });
    if (is.kind === "mixture") return t("memory.is_mixture", { n: places });
    return t(value.over ? "memory.is_other" : "memory.on_the_way", { n: places, share: Math.round(50 + 50 * Math.abs(is.overlap)) });
  }

  let listedPictures = "";
  function listPictures() {
    const [count, rows, columns] = value.patterns.shape;
    none.hidden = count > 0;
    const mark = `${count} ${value.patterns.data.join("")}`;
    if (mark !== listedPictures) {
      listedPictures = mark;
      fill(pictures, [...Array(count).keys()].map((k) =>
        h("li", {},
          h("button", { class: "memory-picture", type: "button", title: t("memory.show", { n: counted(k) }), "aria-label": t("memory.show", { n: counted(k) }), onclick: () => session.tell("ShowPattern", { pattern: k }) },
            small(value.patterns.data.subarray(k * rows * columns, (k + 1) * rows * columns), rows, columns)),
          h("span", { class: "memory-alike numbers small" }),
          h("button", { class: "button plain small memory-forget", type: "button", "aria-label": t("memory.forget", { n: counted(k) }), title: t("memory.forget", { n: counted(k) }), onclick: () => session.tell("ForgetPattern", { pattern: k }) }, "×"))));
    }
    pictures.querySelectorAll(".memory-alike").forEach((element, k) => {
      const alike = value.alike.data[k];
      element.textContent = t("memory.alike", { share: Math.round(50 + 50 * alike) });
      element.classList.toggle("same", alike === 1);
    });
  }

  function rules() {
    if (!rule.childElementCount) fill(rule, value.rules.map((/** @type {string} */ one) => h("option", { value: one }, t(`memory.${one}`))));
    if (document.activeElement !== rule) rule.value = value.rule;
  }

  /** A picture of a few cells. @param {ArrayLike<number>} data @param {number} rows @param {number} columns */
  function small(data, rows, columns) {
    let path = "";
    for (let k = 0; k < rows * columns; k += 1) if (data[k] > 0) path += `M${k % columns} ${Math.floor(k / columns)}h1v1h-1z`;
    return s("svg", { viewBox: `0 0 ${columns} ${rows}`, "aria-hidden": "true" }, s("path", { d: path }));
  }

  // --- drawing

  /** @param {Event} event */
  const placeOf = (event) => Number(/** @type {HTMLElement} */ (event.target).dataset?.at ?? -1);

  /** @param {number} k @param {boolean} goesOn */
  function put(k, goesOn) {
    const columns = value.size[1];
    session.tell("DrawCell", { row: Math.floor(k / columns), column: k % columns, value: stroke, goes_on: goesOn });
  }

  /** @param {PointerEvent} event */
  function press(event) {
    const k = placeOf(event);
    if (k < 0 || event.button !== 0) return;
    event.preventDefault();
    cells[k].focus();
    if (looking) return;
    stroke = value.state.data[k] > 0 ? -1 : 1;
    stroked = k;
    grid.setPointerCapture(event.pointerId);
    put(k, false);
    const off = () => {
      stroke = null;
      grid.removeEventListener("pointerup", off);
      grid.removeEventListener("pointercancel", off);
    };
    grid.addEventListener("pointerup", off);
    grid.addEventListener("pointercancel", off);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    if (stroke === null) return;
    const over = /** @type {HTMLElement | null} */ (document.elementFromPoint(event.clientX, event.clientY));
    const k = Number(over?.dataset?.at ?? -1);
    if (k < 0 || k === stroked || !cells.includes(/** @type {HTMLElement} */ (over))) return;
    stroked = k;
    put(k, true);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const [rows, columns] = value.size;
    const row = Math.floor(at / columns);
    const column = at % columns;
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], Home: [row, 0], End: [row, columns - 1],
    });
    const to = moves[event.key];
    if (to) {
      event.preventDefault();
      cells[Math.min(rows - 1, Math.max(0, to[0])) * columns + Math.min(columns - 1, Math.max(0, to[1]))].focus();
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      stroke = value.state.data[at] > 0 ? -1 : 1;
      put(at, false);
      stroke = null;
    }
  }

  /** @param {number} k */
  function focus(k) {
    cells[at]?.setAttribute("tabindex", "-1");
    at = k;
    cells[at].setAttribute("tabindex", "0");
    if (looking) listen();
  }

  // --- whom a unit listens to

  async function listen() {
    listened.hidden = !looking;
    grid.classList.toggle("looking", looking);
    if (!looking || !value) return;
    const columns = value.size[1];
    const place = { row: Math.floor(at / columns), column: at % columns };
    const told = await session.tell("TellUnit", place);
    if (!told || !looking) return;
    const { data, shape } = told.weights;
    const most = Math.max(1e-12, ...data.map((/** @type {number} */ one) => Math.abs(one)));
    const squares = Array.from(data, (/** @type {number} */ weight, /** @type {number} */ k) =>
      s("rect", { x: k % shape[1], y: Math.floor(k / shape[1]), width: 1, height: 1, class: weight >= 0 ? "memory-plus" : "memory-minus", "fill-opacity": (Math.abs(weight) / most).toFixed(3) }));
    const here = s("rect", { x: place.column, y: place.row, width: 1, height: 1, class: "memory-here" });
    const takes = Math.abs(told.sum) < 1e-9 ? "stays" : told.sum > 0 ? "on" : "off";
    fill(listened,
      s("svg", { viewBox: `0 0 ${shape[1]} ${shape[0]}`, class: "memory-weights", role: "img", "aria-label": t("memory.weights_of", { row: counted(place.row), column: counted(place.column) }) }, squares, here),
      h("div", { class: "small" },
        h("p", {}, t("memory.weights_of", { row: counted(place.row), column: counted(place.column) })),
        h("p", { class: "key" }, h("span", {}, h("i", { class: "memory-key plus" }), t("memory.plus")), h("span", {}, h("i", { class: "memory-key minus" }), t("memory.minus"))),
        h("p", { class: "numbers" }, t(`memory.takes_${takes}`, { sum: number(Number(told.sum.toPrecision(3))) }))));
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!value) return [];
    const { data } = value.energies;
    let low = data[0];
    let high = data[0];
    for (const one of data) {
      low = Math.min(low, one);
      high = Math.max(high, one);
    }
    const pad = 0.08 * (high - low) || 1;
    on.across = [0, Math.max(10, 1.04 * (data.length - 1))];
    on.up = [low - pad, high + pad];
    on.names = [t("memory.turns_axis"), t("memory.energy_axis")];
    const xs = Array.from(data, (_, k) => k);
    return [on.line(xs, data, "plane-line"), s("circle", { cx: on.x(value.step), cy: on.y(data[value.step]), r: 6, class: "memory-dot" })];
  }

  const stop = session.watch("memory", take);
  return {
    destroy() {
      stop();
      plane.destroy();
      root.remove();
    },
  };
}
