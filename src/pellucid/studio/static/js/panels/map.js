// @ts-check
/** A self-organising map: its cells, coloured by distance, by class, by a column, or as pictures. */

import { counted } from "../counting.js";
import { fill, h, s } from "../dom.js";
import { term } from "../terms.js";
import { number, t } from "../texts.js";
import { classVariable, mark as classMark, onScheme, outline, rgb } from "./palette.js";
import { between, paintPicture } from "./pixels.js";

const GRIDS = ["rectangular", "hexagonal"];
const SCALE = 40;
const MARK = 8;
/** A name that is no longer stands in its cell; of others there is the class's mark. */
const MOST_LETTERS = 2;
const HEXAGON = [[0, -1], [1, -0.5], [1, 0.5], [0, 1], [-1, 0.5], [-1, -0.5]];
/** The settings that are numbers, with their least, greatest and step. @type {[string, number, number, number][]} */
const SETTINGS = [["rows", 1, 30, 1], ["columns", 1, 30, 1], ["radius", 0.1, 60, 0.1], ["last_radius", 0.1, 60, 0.1], ["rate", 0.01, 1, 0.01], ["steps", 100, 1000000, 100]];

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let view = null;
  let shape = "";
  let by = "";
  let chosen = -1;
  let toldAt = "";
  let left = 0;
  let top = 0;
  let width = 1;
  let height = 1;
  /** @type {SVGElement[]} */
  let cells = [];
  /** @type {SVGElement[]} */
  let discs = [];
  /** @type {SVGElement[]} */
  let names = [];
  /** The class of a cell, by its shape where its name is too long. @type {SVGElement[]} */
  let marks = [];

  const choose = h("select", { id: "map-by", onchange: () => { by = choose.value; draw(); } });
  const [at, error, torn, radius] = Array.from({ length: 4 }, () => h("span", {}));
  const standing = h("p", { class: "numbers small map-standing" }, at,
    [[term("mean_distance"), error], [term("topographic_error"), torn], [term("radius"), radius]].map(([word, value]) => h("span", {}, word, " ", value)));
  const pictures = h("canvas", { class: "map-pictures", "aria-hidden": "true" });
  const ring = s("g", { class: "map-ring" });
  const drawn = s("svg", { class: "map-cells", tabindex: "0", role: "application", "aria-describedby": "map-keys", onkeydown: key });
  const frame = h("div", { class: "map-frame" }, pictures, drawn);
  const legend = h("div", { class: "map-legend small" });
  const detail = h("div", { class: "map-detail", role: "status", "aria-live": "polite" }, h("p", { class: "quiet small" }, t("map.press")));
  const settings = h("form", { class: "map-settings", onsubmit: (/** @type {Event} */ event) => event.preventDefault() });
  const box = h("section", { class: "map", "aria-label": t("map.title") },
    h("div", { class: "map-top" }, h("div", { class: "field" }, h("label", { for: "map-by" }, t("map.by")), choose), standing),
    frame,
    legend,
    h("p", { class: "unseen", id: "map-keys" }, t("map.keys")),
    detail,
    h("details", { class: "map-more" }, h("summary", {}, t("map.settings")), settings));
  host.append(box);

  // --- the cells

  /** @param {any} found */
  function show(found) {
    if (found.error !== undefined && found.places === undefined) return;
    view = found;
    const now = [found.rows, found.columns, found.grid, found.classes.join("|"), found.names.join("|"), found.data].join(" ");
    if (now !== shape) build(now);
    draw();
    keep();
    if (chosen >= 0 && !session.status?.playing) tell();
  }

  /** @param {string} now */
  function build(now) {
    shape = now;
    chosen = -1;
    const places = view.places.data;
    const count = view.rows * view.columns;
    const hexagons = view.grid === "hexagonal";
    const xs = Array.from({ length: count }, (_, k) => places[2 * k]);
    const ys = Array.from({ length: count }, (_, k) => places[2 * k + 1]);
    const reach = hexagons ? 1 / Math.sqrt(3) : 0.5;
    left = Math.min(...xs) - 0.5;
    top = Math.min(...ys) - reach;
    width = Math.max(...xs) + 0.5 - left;
    height = Math.max(...ys) + reach - top;
    drawn.setAttribute("viewBox", [left, top, width, height].map((one) => one * SCALE).join(" "));
    frame.style.aspectRatio = `${width} / ${height}`;
    frame.style.maxWidth = `min(100%, ${Math.round((440 * width) / height)}px)`;
    const corners = hexagons ? HEXAGON.map(([x, y]) => [0.5 * x, y * reach]) : [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]];
    const outline = (/** @type {number} */ k) => corners.map(([x, y]) => `${((xs[k] + x) * SCALE).toFixed(2)},${((ys[k] + y) * SCALE).toFixed(2)}`).join(" ");
    cells = xs.map((_, k) => s("polygon", { points: outline(k), class: "map-cell", onclick: () => pick(k) }));
    discs = xs.map((x, k) => s("circle", { cx: x * SCALE, cy: ys[k] * SCALE, r: 0, class: "map-disc" }));
    names = xs.map((x, k) => s("text", { x: x * SCALE, y: ys[k] * SCALE, class: "map-name" }));
    marks = xs.map((x, k) => s("path", { transform: `translate(${x * SCALE} ${ys[k] * SCALE})`, class: "map-mark" }));
    ring.replaceChildren();
    drawn.replaceChildren(...cells, ...discs, ...marks, ...names, ring);
    const choices = [...(view.pictures ? ["pictures"] : []), "borders", ...(view.classes.length ? ["classes"] : [])];
    fill(choose,
      choices.map((name) => h("option", { value: name }, t(`map.by_${name}`))),
      view.names.length ? h("optgroup", { label: t("map.columns_of") }, view.names.map((/** @type {string} */ name, /** @type {number} */ k) => h("option", { value: `column ${k}` }, name.replaceAll("_", " ")))) : null);
    by = [...choose.options].some((one) => one.value === by) ? by : choices[0];
    choose.value = by;
  }

  function draw() {
    if (!view) return;
    at.textContent = t("map.step", { step: number(view.step) });
    error.textContent = number(Number(view.error.toFixed(3)));
    torn.textContent = t("map.share", { share: (100 * view.torn).toFixed(1) });
    radius.textContent = number(Number(view.radius.toFixed(2)));
    const hits = view.hits.data;
    const most = Math.max(1, ...hits);
    const asPictures = by === "pictures";
    pictures.hidden = !asPictures;
    if (asPictures) paintAll();
    const paint = painter();
    const classes = view.classes.length;
    for (let k = 0; k < cells.length; k++) {
      cells[k].setAttribute("fill", asPictures ? "transparent" : paint(k));
      discs[k].setAttribute("r", asPictures || by === "classes" ? "0" : String(SCALE * 0.36 * Math.sqrt(hits[k] / most)));
      const name = by === "classes" && hits[k] > 0 ? view.classes[view.most.data[k]] : "";
      names[k].textContent = name.length <= MOST_LETTERS ? name : "";
      marks[k].setAttribute("d", name.length > MOST_LETTERS ? outline(view.most.data[k], MARK) : "");
      cells[k].classList.toggle("chosen", k === chosen);
    }
    drawn.setAttribute("aria-label", t("map.words", { rows: view.rows, columns: view.columns, by: choose.selectedOptions[0]?.textContent ?? "" }));
    mark();
    fill(legend, by === "classes" ? view.classes.map((/** @type {string} */ name, /** @type {number} */ k) => {
      return h("span", { class: "map-class" }, classMark(k), name.replaceAll("_", " "));
    }) : asPictures ? t("map.pictures_words") : scale(), by === "classes" && classes ? h("span", { class: "quiet" }, t("map.pure", { share: Math.round(100 * view.purity) })) : null);
  }

  /** The values that the cells are coloured by. */
  function values() {
    if (by.startsWith("column ")) {
      const at = Number(by.slice(7));
      const count = view.rows * view.columns;
      return view.planes.data.slice(at * count, (at + 1) * count);
    }
    return view.borders.data;
  }

  /** @returns {(unit: number) => string} */
  function painter() {
    const paper = rgb("--sheet");
    if (by === "classes") {
      const hits = view.hits.data;
      const classes = view.classes.length;
      return (k) => {
        const first = view.most.data[k];
        if (first < 0) return "var(--sunk)";
        const pure = view.counts.data[k * classes + first] / hits[k];
        return between(paper, rgb(classVariable(first)), 0.25 + 0.75 * pure);
      };
    }
    const own = values();
    const low = Math.min(...own);
    const high = Math.max(...own);
    const ink = rgb(by === "borders" ? "--accent" : "--class-2");
    return (k) => between(paper, ink, (own[k] - low) / (high - low || 1));
  }

  function scale() {
    const own = values();
    const bar = h("span", { class: by === "borders" ? "map-scale" : "map-scale other" });
    return [number(Number(Math.min(...own).toPrecision(3))), bar, number(Number(Math.max(...own).toPrecision(3))), h("span", { class: "quiet" }, t(by === "borders" ? "map.borders_words" : "map.column_words"))];
  }

  /** Each cell's picture in its place. */
  function paintAll() {
    const [count, rows, columns] = view.pictures.shape;
    const one = document.createElement("canvas");
    const size = 48;
    [pictures.width, pictures.height] = [Math.round(width * size), Math.round(height * size)];
    const context = pictures.getContext("2d");
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, pictures.width, pictures.height);
    for (let k = 0; k < count; k++) {
      paintPicture(one, { shape: [rows, columns], data: view.pictures.data.subarray(k * rows * columns, (k + 1) * rows * columns) });
      const share = view.grid === "hexagonal" ? 0.78 : 0.94;
      context.drawImage(one, (view.places.data[2 * k] - left - share / 2) * size, (view.places.data[2 * k + 1] - top - share / 2) * size, share * size, share * size);
    }
  }

  // --- one cell

  /** A ring around the cell of the chosen row, and a frame around the chosen cell. */
  function mark() {
    const at = (/** @type {number} */ k, /** @type {string} */ name) => {
      const copy = /** @type {SVGElement} */ (cells[k].cloneNode());
      copy.setAttribute("class", name);
      copy.setAttribute("fill", "none");
      return copy;
    };
    ring.replaceChildren(...(chosen >= 0 ? [at(chosen, "map-chosen")] : []));
  }

  /** @param {number} unit */
  function pick(unit) {
    chosen = unit;
    mark();
    tell();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    /** @type {Record<string, number[]>} */
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = moves[event.key];
    if (!move || !view) return;
    event.preventDefault();
    const now = chosen < 0 ? [0, 0] : [Math.floor(chosen / view.columns), chosen % view.columns];
    const inside = (/** @type {number} */ value, /** @type {number} */ size) => Math.max(0, Math.min(size - 1, value));
    pick(chosen < 0 ? 0 : inside(now[0] + move[0], view.rows) * view.columns + inside(now[1] + move[1], view.columns));
  }

  async function tell() {
    const now = `${chosen} ${view.step} ${shape}`;
    if (now === toldAt) return;
    toldAt = now;
    let found;
    try {
      found = await session.ask("TellMapUnit", { unit: chosen });
    } catch {
      return; // another scene by now
    }
    if (found.unit !== chosen) return;
    const classes = found.classes.map((/** @type {any} */ one) => `${one.name.replaceAll("_", " ")} ${one.count}`).join(", ");
    fill(detail,
      h("p", {}, h("strong", {}, t("map.cell", { row: counted(found.row), column: counted(found.column) })), " ", t(found.hits === 1 ? "map.one_hit" : "map.hits", { n: found.hits }), classes ? ` (${classes})` : ""),
      view.pictures || !found.values.length ? null : h("dl", { class: "map-values numbers small" }, found.values.slice(0, 16).map((/** @type {any} */ one) => h("div", {}, h("dt", {}, one.name.replaceAll("_", " ")), h("dd", {}, number(Number(one.value.toPrecision(3))))))));
  }

  // --- settings

  const change = (/** @type {Record<string, any>} */ fields) => session.tell("ChangeMap", { fields });
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  const grid = h("select", { id: "map-grid", onchange: () => change({ grid: grid.value }) }, GRIDS.map((name) => h("option", { value: name }, t(`map.${name}`))));
  for (const [name, low, high, step] of SETTINGS) {
    const input = h("input", { id: `map-${name}`, type: "number", min: low, max: high, step: step < 1 ? "any" : 1, class: "numbers", onchange: () => put(name) });
    inputs.set(name, input);
    settings.append(h("div", { class: "field" }, h("label", { for: input.id }, t(`map.${name}`)), input, h("span", { class: "hint" }, t(`map.${name}_is`))));
  }
  settings.append(
    h("div", { class: "field" }, h("label", { for: grid.id }, t("map.grid")), grid, h("span", { class: "hint" }, t("map.grid_is"))),
    h("div", { class: "field" }, h("span", { class: "label" }, t("map.seed")), h("button", { class: "button", type: "button", onclick: () => view && change({ seed: view.settings.seed + 1 }) }, t("map.another"))),
  );

  /** @param {string} name */
  function put(name) {
    const input = inputs.get(name);
    if (!input || input.value === "" || !view) return;
    const value = Number(input.value);
    if (value !== view.settings[name]) change({ [name]: value });
  }

  /** Show the settings as they are, but for one that is being typed. */
  function keep() {
    for (const [name, input] of inputs) if (document.activeElement !== input) input.value = String(view.settings[name]);
    grid.value = view.settings.grid;
  }

  const stop = session.watch("map", show);
  const quiet = session.on("status", (status) => {
    if (chosen >= 0 && view && !status.playing) tell();
  });
  const scheme = onScheme(draw);
  return {
    destroy() {
      stop();
      quiet();
      scheme();
      box.remove();
    },
  };
}
