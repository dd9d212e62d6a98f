// @ts-check
/** Weights and biases as tables of numbers that can be written over; of a few, the course of each. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { courseOf, namesOf } from "./course.js";
import { css, onScheme } from "./palette.js";
import { fixed } from "./truth.js";

const MOST_ROWS = 24;
const MOST_COLUMNS = 16;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const pick = h("select", { "aria-label": t("weights.layer"), onchange: () => { chosen = pick.value; shown = ""; if (value) take(value); } });
  const body = h("div", { class: "weights-body" });
  const went = h("div");
  const fault = h("p", { class: "fault small", role: "alert" });
  const root = h("section", { class: "weights", "aria-label": t("weights.name") },
    h("div", { class: "panel-head" }, h("h3", {}, t("weights.name")), pick), h("p", { class: "small quiet" }, t("weights.edit")), went, fault, body);
  host.append(root);
  const course = courseOf(went);
  let chosen = "";
  let shown = "";
  /** @type {any} */
  let value = null;
  /** @type {{cell: HTMLInputElement, of: any, k: number}[]} */
  let inputs = [];
  /** @type {HTMLInputElement | null} the one that is worked in: it keeps its text, whatever comes in */
  let held = null;

  /** @param {any} next */
  function take(next) {
    value = next;
    course.draw(next, next.course ? namesOf(next) : []);
    if (!next.parameters.length) {
      fill(body, h("p", { class: "empty quiet" }, t("weights.none")));
      pick.hidden = true;
      shown = "";
      return;
    }
    const layers = [...new Set(next.parameters.map((/** @type {any} */ one) => one.layer))];
    if (!layers.includes(chosen)) chosen = /** @type {string} */ (layers[0]);
    const own = next.parameters.filter((/** @type {any} */ one) => one.layer === chosen);
    const key = JSON.stringify([layers, chosen, own.map((/** @type {any} */ one) => [one.name, one.shape])]);
    if (key !== shown) {
      shown = key;
      pick.hidden = layers.length < 2;
      fill(pick, layers.map((name) => h("option", { value: name, selected: name === chosen }, name)));
      inputs = [];
      const last = chosen === layers[layers.length - 1];
      fill(body, own.length === 2 && joined(own) ? both(own[0], own[1], last) : own.map((/** @type {any} */ one) => single(one, last)));
    }
    for (const each of inputs) {
      const of = own.find((/** @type {any} */ one) => one.name === each.of.name);
      if (of && held !== each.cell) write(each.cell, of.values.data[each.k]);
    }
  }

  /** @param {any[]} own */
  function joined(own) {
    return own[0].shape.length === 2 && own[1].kind === "bias" && own[0].shape[1] === own[1].shape[0];
  }

  /** @param {any} of @param {number} k @param {number[]} place @param {string} label */
  function cellOf(of, k, place, label) {
    const cell = h("input", {
      class: "weight numbers", type: "text", inputmode: "decimal", spellcheck: "false", "aria-label": label,
      onfocus: () => { held = cell; cell.select(); },
      onpointerdown: () => { held = cell; },
      oninput: () => { held = cell; },
      onblur: () => { held = null; },
      onundone: () => { held = null; },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") cell.blur();
        if (event.key === "ArrowUp" || event.key === "ArrowDown") {
          event.preventDefault();
          const by = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 1 : 0.1);
          cell.value = String(Number((parsed(cell.value) + by).toFixed(6)));
          held = cell;
          cell.dispatchEvent(new Event("change", { bubbles: true }));
        }
      },
      onchange: () => send(),
    });
    const send = async () => {
      const number = parsed(cell.value);
      cell.removeAttribute("aria-invalid");
      fault.textContent = "";
      try {
        if (!Number.isFinite(number)) throw new Error(t("weights.number", { got: cell.value }));
        await session.ask("EditWeight", { parameter: of.name, place, value: number });
      } catch (error) {
        cell.setAttribute("aria-invalid", "true");
        fault.textContent = /** @type {Error} */ (error).message;
      }
    };
    write(cell, of.values.data[k]);
    inputs.push({ cell, of, k });
    return h("td", {}, cell);
  }

  /** @param {any} weight @param {any} bias @param {boolean} last */
  function both(weight, bias, last) {
    const [rows, columns] = weight.values.shape;
    const some = [Math.min(rows, MOST_ROWS), Math.min(columns, MOST_COLUMNS)];
    const units = unitNames(columns, last);
    const from = (/** @type {number} */ i) => weight.rows?.[i] ?? t("weights.input", { k: counted(i) });
    return [
      h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("weights.name") }, h("table", { class: "numbers" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("weights.from")), Array.from({ length: some[1] }, (_, j) => h("th", { scope: "col" }, units(j))))),
        h("tbody", {},
          Array.from({ length: some[0] }, (_, i) => h("tr", {}, h("th", { scope: "row" }, from(i)),
            Array.from({ length: some[1] }, (_x, j) => cellOf(weight, i * columns + j, [i, j], t("weights.weight", { from: from(i), to: units(j) }))))),
          h("tr", { class: "bias-row" }, h("th", { scope: "row" }, t("weights.bias")),
            Array.from({ length: some[1] }, (_, j) => cellOf(bias, j, [j], t("weights.bias_of", { to: units(j) })))))),
      ),
      left(weight.shape, some),
    ];
  }

  /** @param {any} of @param {boolean} last */
  function single(of, last) {
    const flat = of.values.shape.length === 1;
    const rows = flat ? 1 : of.values.shape[0];
    const columns = flat ? of.values.shape[0] : of.values.shape[1];
    const some = [Math.min(rows, MOST_ROWS), Math.min(columns, MOST_COLUMNS)];
    const rest = of.shape.slice(1);
    const place = (/** @type {number} */ i, /** @type {number} */ j) => (flat ? [j] : of.shape.length === 2 ? [i, j] : [i, ...unravel(j, rest)]);
    const units = unitNames(columns, last && flat);
    return [
      h("h4", {}, `${of.name.split(".").pop()} ${of.shape.join(" × ")}`),
      h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("weights.name") }, h("table", { class: "numbers" },
        h("tbody", {}, Array.from({ length: some[0] }, (_, i) => h("tr", {},
          h("th", { scope: "row" }, flat ? t("weights.values") : of.shape.length > 2 ? t("weights.filter", { k: counted(i) }) : of.rows?.[i] ?? t("weights.input", { k: counted(i) })),
          Array.from({ length: some[1] }, (_x, j) => cellOf(of, i * columns + j, place(i, j), t("weights.place", { name: of.name, place: place(i, j).join(", "), unit: flat ? units(j) : "" })))))))),
      left([rows === 1 ? 1 : of.shape[0], flat ? of.shape[0] : rest.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1)], some),
    ];
  }

  /** @param {number} count @param {boolean} last */
  function unitNames(count, last) {
    const named = last && value?.classes?.length === count ? value.classes : null;
    return (/** @type {number} */ k) => named?.[k] ?? t("weights.unit", { k: counted(k) });
  }

  const stops = [session.watch("weights", take), onScheme(() => { for (const { cell, of, k } of inputs) write(cell, of.values.data[k]); })];
  return {
    destroy() {
      for (const stop of stops) stop();
      course.destroy();
      root.remove();
    },
  };
}

/** @param {number[]} shape @param {number[]} some */
function left(shape, some) {
  const cut = shape[0] > some[0] || shape[1] > some[1];
  return cut ? h("p", { class: "small quiet" }, t("weights.part", { rows: some[0], columns: some[1], shape: shape.join(" × ") })) : null;
}

/** @param {HTMLInputElement} cell @param {number} number */
function write(cell, number) {
  const text = fixed(number);
  if (cell.value !== text) cell.value = text;
  const strength = Math.min(0.34, 0.28 * Math.abs(number));
  cell.style.background = css(number < 0 ? "--negative" : "--positive", strength);
}

/** @param {string} text */
function parsed(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

/** @param {number} place @param {number[]} shape */
function unravel(place, shape) {
  const found = [];
  let rest = place;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    found.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return found;
}
