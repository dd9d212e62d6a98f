// @ts-check
/** Feature maps and kernels, and how one pixel of a map comes about: window times kernel, added up. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { rgb } from "./palette.js";
import { between, paintPicture, paintSigned } from "./pixels.js";

/** @typedef {{layer: string, channel: number, row: number, column: number}} Pixel */

const COLOURS = ["red", "green", "blue"];
/** A number is read on no more than so much colour. */
const READABLE = 0.5;
const KINDS = new Set(["Conv2D", "DepthwiseConv2D", "MaxPool2D", "AvgPool2D", "BatchNorm", "LayerNorm", "Activation", "Dropout", "RandomAffine", "ColorJitter", "CutOut", "Reshape"]);

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{layer?: string}} [options]
 */
export function mount(host, session, options = {}) {
  /** @type {any} */
  let view = null;
  /** @type {Pixel | null} */
  let pixel = options.layer ? { layer: options.layer, channel: 0, row: 0, column: 0 } : null;
  /** @type {any} */
  let worked = null;
  let channel = -1;
  let asking = false;
  let late = false;
  let acted = false; // by hand, since words were last said
  let revision = 0; // of what is zoomed in on
  let shape = "";

  const none = h("p", { class: "quiet", hidden: true }, t("maps.none"));
  const picture = h("canvas", { class: "maps-picture", role: "img" });
  const answer = h("p", { class: "small" });
  const list = h("div", { class: "maps-layers" });
  const zoom = h("section", { class: "maps-zoom", "aria-label": t("maps.zoom") });
  const box = h("section", { class: "maps", "aria-label": t("maps.title") },
    h("div", { class: "maps-flow" },
      h("div", { class: "maps-layer" }, h("h3", {}, t("maps.picture")), h("div", { class: "maps-row" }, picture, answer)),
      list),
    zoom);
  host.append(none, box);

  const from = h("canvas", { class: "maps-big", role: "img" });
  const fromMark = h("div", { class: "maps-mark" });
  const to = h("canvas", {
    class: "maps-big", tabindex: "0", role: "application", onclick: press, onkeydown: key, "aria-describedby": "maps-keys",
  });
  const toMark = h("div", { class: "maps-mark" });
  const fromName = h("h4", {});
  const toName = h("h4", {});
  const calculation = h("div", { class: "maps-sum" });
  const said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const knock = h("button", { class: "button", type: "button", onclick: () => pixel && session.tell("KnockOut", { layer: pixel.layer, unit: pixel.channel }) }, t("maps.knock"));
  const pair = h("div", { class: "maps-pair" },
    h("figure", {}, fromName, h("div", { class: "maps-frame" }, from, fromMark)),
    h("figure", {}, toName, h("div", { class: "maps-frame" }, to, toMark)));
  fill(zoom, h("p", { class: "quiet small", id: "maps-keys" }, t("maps.keys")), pair, calculation, knock, said);

  // --- all maps

  /** @param {any} found */
  function show(found) {
    none.hidden = !found.none;
    box.hidden = Boolean(found.none);
    if (found.none || found.error) return;
    view = found;
    paintPicture(picture, found.picture);
    picture.setAttribute("aria-label", t("maps.row", { n: counted(found.row), wanted: found.wanted }));
    const scores = found.scores?.data ? [...found.scores.data] : null;
    const best = scores ? scores.indexOf(Math.max(...scores)) : -1;
    fill(answer,
      h("span", { class: "quiet" }, t("maps.row", { n: counted(found.row), wanted: word(found.wanted) }), h("br"), found.held ? t("maps.held") : t("maps.learned")),
      scores ? h("br") : null,
      scores ? t("maps.answer", { answer: word(found.classes[best]), share: Math.round(100 * scores[best]) }) : null);
    const now = JSON.stringify(found.layers.map((/** @type {any} */ layer) => [layer.name, layer.shape]));
    if (now !== shape) build(now);
    found.layers.forEach((/** @type {any} */ layer, /** @type {number} */ k) => {
      const [count, height, width] = layer.maps.pixels.shape;
      const canvases = list.children[k].querySelectorAll("canvas.maps-map");
      for (let c = 0; c < count; c++) {
        paintSigned(/** @type {HTMLCanvasElement} */ (canvases[c]), layer.maps.pixels.data, height, width, { from: c * height * width });
      }
    });
    kernels();
    if (!follow()) draw();
  }

  /** Ask for what is zoomed in on where something is other than it was. @returns {boolean} whether it was asked for */
  function follow() {
    const now = session.status?.revision;
    if (!view || now === revision) return false;
    revision = now;
    ask();
    return true;
  }

  /** At rest no other view need come after the status; while it learns, views set the pace. @param {any} status */
  function heard(status) {
    if (!status.playing) follow();
  }

  /** @param {string} now */
  function build(now) {
    shape = now;
    fill(list, view.layers.map((/** @type {any} */ layer) => {
      const [count, height, width] = layer.maps.pixels.shape;
      const title = h("h3", {}, t(`maps.kind_${KINDS.has(layer.kind) ? layer.kind : "other"}`), h("span", { class: "quiet small" }, ` ${layer.name} · ${t(layer.shape[0] === 1 ? "maps.size_one" : "maps.size", { n: layer.shape[0], height, width })}`));
      const tiles = Array.from({ length: count }, (_, c) =>
        h("button", {
          class: "maps-tile", type: "button", disabled: !layer.zoom, "aria-pressed": "false", "data-layer": layer.name, "data-channel": c,
          "aria-label": t("maps.map", { n: counted(c), layer: layer.name }), title: t("maps.map", { n: counted(c), layer: layer.name }),
          onclick: () => { acted = true; choose(layer, c); },
        }, h("canvas", { class: "maps-map" }), layer.kernels ? h("canvas", { class: "maps-kernel" }) : null));
      return h("div", { class: "maps-layer" }, title, h("div", { class: "maps-tiles" }, tiles));
    }));
    const known = view.layers.find((/** @type {any} */ layer) => layer.name === pixel?.layer && layer.zoom);
    const first = known ?? view.layers.find((/** @type {any} */ layer) => layer.zoom);
    pixel = null;
    if (first) choose(first, 0);
  }

  /** The kernels under their maps: their channels side by side, three as colours. */
  function kernels() {
    for (const layer of view.layers) {
      if (!layer.kernels) continue;
      const [filters, taken, rows, columns] = layer.kernels.pixels.shape;
      const size = rows * columns;
      const tiles = list.querySelectorAll(`[data-layer="${layer.name}"] .maps-kernel`);
      for (let f = 0; f < Math.min(filters, tiles.length); f++) {
        const wide = Math.min(taken, 6);
        const values = new Float32Array(rows * columns * wide);
        for (let c = 0; c < wide; c++) {
          for (let k = 0; k < size; k++) {
            values[Math.floor(k / columns) * columns * wide + c * columns + (k % columns)] = layer.kernels.pixels.data[(f * taken + c) * size + k];
          }
        }
        paintSigned(/** @type {HTMLCanvasElement} */ (tiles[f]), values, rows, columns * wide);
      }
    }
  }

  // --- one pixel

  /**
   * @param {any} layer
   * @param {number} place
   */
  function choose(layer, place) {
    const kept = pixel && pixel.layer === layer.name ? pixel : brightest(layer, place);
    if (pixel?.layer !== layer.name) channel = -1;
    pixel = { layer: layer.name, channel: place, row: kept.row, column: kept.column };
    for (const tile of list.querySelectorAll(".maps-tile")) {
      const own = /** @type {HTMLElement} */ (tile).dataset;
      tile.setAttribute("aria-pressed", String(own.layer === layer.name && Number(own.channel) === place));
    }
    ask();
  }

  /**
   * Where a map is farthest from 0: there is something to see.
   * @param {any} layer
   * @param {number} place
   */
  function brightest(layer, place) {
    const [, height, width] = layer.maps.pixels.shape;
    const own = layer.maps.pixels.data.subarray(place * height * width, (place + 1) * height * width);
    let best = (height >> 1) * width + (width >> 1);
    for (let k = 0; k < own.length; k++) if (Math.abs(own[k] - 128) > Math.abs(own[best] - 128)) best = k;
    return { row: Math.floor(best / width), column: best % width };
  }

  /** @param {MouseEvent} event */
  function press(event) {
    const layer = chosen();
    if (!layer || !pixel) return;
    const room = to.getBoundingClientRect();
    const [, height, width] = layer.shape;
    pixel.column = Math.max(0, Math.min(width - 1, Math.floor(((event.clientX - room.left) / room.width) * width)));
    pixel.row = Math.max(0, Math.min(height - 1, Math.floor(((event.clientY - room.top) / room.height) * height)));
    acted = true;
    ask();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    /** @type {Record<string, number[]>} */
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = moves[event.key];
    const layer = chosen();
    if (!move || !layer || !pixel) return;
    event.preventDefault();
    pixel.row = Math.max(0, Math.min(layer.shape[1] - 1, pixel.row + move[0]));
    pixel.column = Math.max(0, Math.min(layer.shape[2] - 1, pixel.column + move[1]));
    acted = true;
    ask();
  }

  function chosen() {
    return view?.layers.find((/** @type {any} */ layer) => layer.name === pixel?.layer);
  }

  /** Ask for the newest pixel's products; never more than one at a time. */
  async function ask() {
    if (asking) {
      late = true;
      return;
    }
    asking = true;
    do {
      late = false;
      try {
        if (pixel) worked = await session.ask("TellProducts", { ...pixel });
      } catch {
        worked = null; // the scene has changed meanwhile: the next view asks anew
      }
    } while (late);
    asking = false;
    draw();
  }

  function draw() {
    const layer = chosen();
    zoom.hidden = !layer || !worked;
    if (!layer || !worked || !pixel) return;
    const [, height, width] = layer.shape;
    toName.textContent = t("maps.map", { n: counted(pixel.channel), layer: layer.name });
    paintSigned(to, layer.maps.pixels.data, height, width, { from: pixel.channel * height * width });
    place(toMark, pixel.row, pixel.column, 1, 1, height, width);
    const sums = worked.sums ?? [worked.sum];
    if (channel < 0 || channel >= sums.length) channel = sums.reduce((/** @type {number} */ best, /** @type {number} */ one, /** @type {number} */ k) => (Math.abs(one) > Math.abs(sums[best]) ? k : best), 0);
    source(layer);
    calculate(sums);
    knock.hidden = worked.pool !== undefined;
    if (acted || !session.status?.playing || !said.textContent) say(t("maps.at", { n: counted(pixel.channel), row: counted(pixel.row), column: counted(pixel.column), value: number(worked.value) }));
  }

  /** Said aloud only after an act, or at rest: while it learns, every view has another value. @param {string} words */
  function say(words) {
    acted = false;
    if (said.textContent === words) return;
    said.textContent = words;
    to.setAttribute("aria-label", words);
  }

  /** What the window lies on. @param {any} layer */
  function source(layer) {
    const before = view.layers.find((/** @type {any} */ one) => one.name === worked.from);
    const [, height, width] = layer.before;
    if (worked.from === null || !before) {
      paintPicture(from, view.picture);
      fromName.textContent = t("maps.picture");
    } else {
      paintSigned(from, before.maps.pixels.data, height, width, { from: (worked.first + channel) * height * width });
      fromName.textContent = t("maps.map", { n: counted(worked.first + channel), layer: worked.from });
    }
    from.setAttribute("aria-label", fromName.textContent ?? "");
    place(fromMark, worked.top, worked.left, worked.rows, worked.columns, height, width);
  }

  /** @param {number[]} sums */
  function calculate(sums) {
    const [channels, rows, columns] = worked.window.shape;
    const size = rows * columns;
    const cut = (/** @type {any} */ tensor) => tensor.data.slice(channel * size, (channel + 1) * size);
    if (worked.pool) {
      fill(calculation, h("div", { class: "maps-product" }, grid(worked.window.data, rows, columns, t("maps.window"))),
        h("p", {}, t(`maps.pool_${worked.pool}`), " ", h("strong", { class: "numbers" }, number(worked.value))));
      return;
    }
    const name = (/** @type {number} */ k) => (worked.from === null && channels === 3 ? t(`maps.${COLOURS[k]}`) : t("maps.channel", { n: counted(worked.first + k) }));
    const choice = channels > 1
      ? h("div", { class: "maps-channels", role: "group", "aria-label": t("maps.channels") }, Array.from({ length: channels }, (_, k) =>
        h("button", { class: "button small", type: "button", "aria-pressed": String(k === channel), onclick: () => { channel = k; draw(); } }, name(k), " ", h("span", { class: "numbers quiet" }, number(sums[k])))))
      : null;
    const added = sums.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
    fill(calculation,
      choice,
      h("div", { class: "maps-product" },
        grid(cut(worked.window), rows, columns, t("maps.window")),
        h("span", { class: "maps-sign" }, "×"),
        grid(cut(worked.kernel), rows, columns, t("maps.kernel")),
        h("span", { class: "maps-sign" }, "="),
        grid(cut(worked.products), rows, columns, t("maps.products"))),
      h("p", { class: "numbers" }, channels > 1
        ? t("maps.sum_many", { n: channels, channel: name(channel), own: number(sums[channel]), sum: number(added), bias: number(worked.bias), total: number(worked.sum) })
        : t("maps.sum_one", { sum: number(added), bias: number(worked.bias), total: number(worked.sum) })),
      h("p", {}, worked.activation === "linear" ? t("maps.as_it_is") : t("maps.then", { activation: worked.activation }), " ", h("strong", { class: "numbers" }, number(worked.value))),
      worked.from === null ? h("p", { class: "quiet small" }, t("maps.scaled")) : null);
  }

  const stops = [session.watch("maps", show), session.on("status", heard)];
  return {
    destroy() {
      for (const stop of stops) stop();
      none.remove();
      box.remove();
    },
  };
}

/**
 * A frame over some pixels of a canvas.
 * @param {HTMLElement} mark
 * @param {number} top
 * @param {number} left
 * @param {number} rows
 * @param {number} columns
 * @param {number} height
 * @param {number} width
 */
function place(mark, top, left, rows, columns, height, width) {
  const share = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
  Object.assign(mark.style, { top: share(top, height), left: share(left, width), height: share(rows, height), width: share(columns, width) });
}

/**
 * Numbers as a small table whose cells are coloured by their size.
 * @param {ArrayLike<number>} values
 * @param {number} rows
 * @param {number} columns
 * @param {string} caption
 */
function grid(values, rows, columns, caption) {
  const all = Array.from(values);
  const top = Math.max(...all.map(Math.abs), 1e-9);
  const cell = (/** @type {number} */ value) => {
    const made = h("td", {}, short(value));
    made.style.background = between(rgb("--sheet"), rgb(value < 0 ? "--negative" : "--positive"), (READABLE * Math.abs(value)) / top);
    return made;
  };
  return h("table", { class: "maps-grid numbers" }, h("caption", {}, caption),
    h("tbody", {}, Array.from({ length: rows }, (_, row) => h("tr", {}, all.slice(row * columns, (row + 1) * columns).map(cell)))));
}

/** @param {number} value */
function short(value) {
  const text = Math.abs(value) < 0.005 ? "0" : value.toFixed(Math.abs(value) < 10 ? 2 : 0);
  return text.replace("-", "−");
}

/** @param {string} name */
function word(name) {
  return name.replaceAll("_", " ");
}
