// @ts-check
/** Which data: a sample, files of one's own, drawn points; what is held out to watch. */

import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { classVariable, css, onScheme, shapeOf, trace } from "../panels/palette.js";
import { paintPicture } from "../panels/pixels.js";
import { changeScene } from "../scene.js";
import { asked, field, refill } from "./fields.js";
import { SHAPES, SPATIAL } from "./layers.js";
import { label, plainly } from "./words.js";

const SIDE = 56;
const FEW = 16; // rows of a truth table: all are learned from, as they are
const HELD = 0.2;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {any} catalog
 */
export function mount(host, session, catalog) {
  const about = h("div", { class: "data-about" });
  const tiles = h("div", { class: "sample-tiles", role: "group", "aria-label": t("data_controls.samples") }, h("p", { class: "small quiet" }, t("app.loading")));
  const upload = h("div", { class: "upload-here" });
  const own = h("details", { class: "own-data" }, h("summary", {}, t("data_controls.own")), upload);
  const fault = h("p", { class: "fault small", role: "alert" });
  const settings = h("div", { class: "data-settings" });
  const root = h("div", { class: "data-controls field" }, about, tiles, fault, own, settings);
  host.append(root);
  /** @type {any[]} */
  let samples = [];
  /** @type {any} */
  let scene = null;
  /** @type {{destroy(): void} | null} */
  let uploading = null;
  let gone = false;

  /** @param {any} next */
  function take(next) {
    if (next.error) return;
    scene = next;
    const data = next.data;
    const what = data.kind === "classes" ? t("data_controls.classes", { n: next.classes?.length ?? 0 }) : t("data_controls.numbers");
    fill(about, h("p", {}, h("strong", {}, plainly(data.name)), h("span", { class: "quiet small numbers" }, ` ${t("data_controls.size", { rows: number(data.rows), what })}`)),
      data.description ? h("p", { class: "small quiet" }, data.description) : null);
    marked();
    const plain = (/** @type {string} */ name) => catalog.scene.find((/** @type {any} */ one) => one.name === name);
    refill(settings, held(plain("validation")));
  }

  /** The share that is held out. @param {any} told */
  function held(told) {
    const share = scene.record.validation;
    const words = h("output", { class: "numbers" }, shown(share));
    const slider = h("input", { type: "range", min: 0, max: 0.9, step: 0.05,
      oninput: () => { words.textContent = shown(Number(slider.value)); },
      onchange: () => { const next = Number(slider.value); asked(box, () => changeScene(session, () => ({ validation: next }))); } });
    slider.value = String(share);
    slider.setAttribute("aria-valuetext", shown(share));
    const box = field({ name: "validation", label: label("validation"), hint: share ? t("data_controls.held", { learned: number(scene.data.learned), held: number(scene.data.held) }) : t("data_controls.none_held"), key: "data.validation" }, h("div", { class: "slider-row" }, slider, words));
    return box;
  }

  function marked() {
    const now = scene?.record.source.source === "Sample" ? scene.record.source.name : "";
    for (const tile of tiles.querySelectorAll("button")) tile.setAttribute("aria-pressed", String(tile.dataset.name === now));
  }

  /** @param {string} name */
  function choose(name) {
    const sample = samples.find((one) => one.name === name);
    const few = sample.rows <= FEW;
    const some = few === scene.data.rows <= FEW ? {} : { validation: few ? 0 : HELD, scale: !few };
    const fields = (/** @type {any} */ record) => {
      const flat = record.hidden.filter((/** @type {any} */ one) => !SPATIAL.has(one.layer) && !SHAPES.has(one.layer));
      return { source: { source: "Sample", name }, ...some, ...(sample.picture || flat.length === record.hidden.length ? {} : { hidden: flat }) };
    };
    const chosen = async () => {
      try {
        await changeScene(session, fields);
      } catch (error) {
        if (scene.record.output === null && scene.record.loss === null) throw error;
        await changeScene(session, (record) => ({ ...fields(record), output: null, loss: null }));
      }
    };
    asked(root, chosen);
  }

  async function load() {
    const found = await session.ask("TellSamples").catch(() => null);
    if (gone) return;
    if (!found) {
      fill(tiles, h("p", { class: "small" }, h("button", { class: "button slim", type: "button", onclick: load }, t("data_controls.again"))));
      return;
    }
    samples = found;
    refill(tiles, samples.map(tile));
    paintAll();
    marked();
  }

  /** @param {any} one */
  function tile(one) {
    const canvas = h("canvas", { width: SIDE * 2, height: SIDE * 2, "aria-hidden": "true" });
    return h("button", { class: "sample-tile", type: "button", "data-name": one.name, "data-key": `sample.${one.name}`, "aria-pressed": "false", title: one.description, onclick: () => choose(one.name) }, canvas, h("span", {}, plainly(one.name)));
  }

  function paintAll() {
    tiles.querySelectorAll("canvas").forEach((canvas, k) => preview(canvas, samples[k]));
  }

  async function offer() {
    const path = "../upload.js";
    try {
      const part = await import(path);
      if (!gone) uploading = part.mount(upload, session, { onScene: () => undefined });
    } catch {
      own.hidden = true;
    }
  }

  const stops = [session.watch("scene", take), onScheme(paintAll)];
  load();
  offer();
  return {
    destroy() {
      gone = true;
      uploading?.destroy();
      for (const stop of stops) stop();
      root.remove();
    },
  };
}

/** @param {number} share */
function shown(share) {
  return `${Math.round(100 * share)} %`;
}

/** @param {HTMLCanvasElement} canvas @param {any} sample */
function preview(canvas, sample) {
  const pen = canvas.getContext("2d");
  if (!pen || !sample) return;
  const { width } = canvas;
  pen.clearRect(0, 0, width, width);
  const seen = sample.preview;
  if (seen.pictures) {
    const [count, up, across] = seen.pictures.shape;
    const each = width / 3;
    for (let k = 0; k < Math.min(9, count); k += 1) {
      const small = document.createElement("canvas");
      paintPicture(small, { shape: [up, across], data: seen.pictures.data.subarray(k * up * across, (k + 1) * up * across) });
      pen.imageSmoothingEnabled = false;
      pen.drawImage(small, (k % 3) * each + 2, Math.floor(k / 3) * each + 2, each - 4, each - 4);
    }
    return;
  }
  const count = seen.labels.data.length;
  for (let k = 0; k < count; k += 1) {
    pen.beginPath();
    trace(pen, shapeOf(seen.labels.data[k]), 12 + (width - 24) * seen.points.data[2 * k], 12 + (width - 24) * (1 - seen.points.data[2 * k + 1]), count < 10 ? 9 : 4.4);
    pen.fillStyle = css(classVariable(seen.labels.data[k]), 0.9);
    pen.fill();
  }
}
