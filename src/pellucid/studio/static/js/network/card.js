// @ts-check
/** What is said of one unit: a card beside it, and a panel with all its weights once it is kept. */

import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { nudged, spanOf, stepOf, typed } from "./edit.js";
import { partName } from "./parts.js";
import { isKnockedOut, short, terms } from "./read.js";
import { formula, fullName, nameOf, scoreOf } from "./words.js";

/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./view.js").NetworkView} NetworkView */

const FEW = 12;

/**
 * The card's content: name, sum, output, bias, and the formula with its numbers.
 * @param {Value} value
 * @param {number} place
 * @param {number} unit
 * @returns {HTMLElement[]}
 */
export function card(value, place, unit) {
  const stage = value.stages[place];
  const title = h("strong", { class: "nv-card-name" }, fullName(stage, unit));
  const kind = place === 0 ? t("network.inputs") : stage.activation || stage.kind;
  const rows = facts(value, place, unit).map(([name, number]) => h("div", {}, h("dt", {}, name), h("dd", {}, number)));
  const shown = formula(value, place, unit);
  return [
    h("div", { class: "nv-card-head" }, title, h("span", { class: "nv-faint" }, kind)),
    h("dl", { class: "nv-facts" }, rows),
    ...(shown ? [written(shown)] : []),
  ];
}

/**
 * @param {Value} value
 * @param {number} place
 * @param {number} unit
 * @returns {[string, string][]}
 */
function facts(value, place, unit) {
  const stage = value.stages[place];
  /** @type {[string, string][]} */
  const found = [];
  const add = (/** @type {string} */ name, /** @type {any} */ numbers) => {
    if (numbers && unit < numbers.data.length) found.push([t(`network.${name}`), short(numbers.data[unit], 4)]);
  };
  if (place === 0) {
    if (stage.given[unit]) found.push([t("network.input"), stage.given[unit]]);
    return found;
  }
  if (stage.isPicture) return [[stage.link || stage.kind, `${stage.shape[1]} × ${stage.shape[2]}`]];
  add("sum", stage.sums);
  add("output", stage.activations);
  add("bias", stage.biases);
  if (place === value.stages.length - 1 && value.areChances && value.scores.length) {
    found.push([t("network.chance"), scoreOf(value, unit)]);
  }
  return found;
}

/**
 * @param {NonNullable<ReturnType<typeof formula>>} shown
 * @returns {HTMLElement}
 */
function written(shown) {
  const parts = shown.parts.flatMap((part) => [
    part.sign < 0 ? " − " : " + ",
    h("span", { class: part.sign < 0 ? "nv-negative" : "nv-positive", title: part.title || null }, part.text),
  ]);
  return h("p", { class: "nv-formula" }, "z = ", h("span", {}, shown.first), parts, " = ", h("b", {}, shown.last));
}

/** The panel of the unit that is kept: its formula, its weights as fields, and knocking it out. */
export class Panel {
  /** @param {NetworkView} view */
  constructor(view) {
    this.view = view;
    this.all = false;
    /** The field that is worked in: it keeps its text, whatever comes in. @type {HTMLInputElement | null} */
    this.held = null;
    /** @type {Map<string, {input: HTMLInputElement, product: HTMLElement, from: HTMLElement}>} */
    this.rows = new Map();
    this.top = h("div", { class: "nv-panel-top" });
    this.body = h("div", { class: "nv-panel-body" });
    this.element = h("section", { class: "nv-panel", hidden: true }, this.top, this.body);
    /** @type {string} */
    this.of = "";
  }

  /** Show what is kept now, made anew only where it is another unit. */
  show() {
    const { value, chosen } = this.view;
    this.element.hidden = !value || !chosen;
    if (!value || !chosen) {
      this.of = "";
      return;
    }
    const key = `${value.revision} ${chosen.stage} ${chosen.unit} ${this.all}`;
    if (key !== this.of) this.make(value, chosen.stage, chosen.unit);
    this.of = key;
    this.refresh(value, chosen.stage, chosen.unit);
  }

  /**
   * @param {Value} value
   * @param {number} place
   * @param {number} unit
   */
  make(value, place, unit) {
    const stage = value.stages[place];
    const name = fullName(stage, unit);
    this.element.setAttribute("aria-label", name);
    this.text = h("div", { class: "nv-panel-text" });
    const close = h("button", { class: "nv-button", type: "button", onclick: () => this.view.choose(null, true) }, t("network.close"));
    const canKnock = this.view.options.onKnock && place > 0 && place < value.stages.length - 1;
    this.knock = canKnock
      ? h("button", {
          class: "nv-button", type: "button", title: t("network.knock_means"),
          onclick: () => this.view.options.onKnock?.(stage.name, unit),
        }, t("network.knock"))
      : null;
    fill(this.top, this.text, h("div", { class: "nv-panel-buttons" }, this.knock, close));
    this.rows.clear();
    const shown = this.chosenTerms(value, place, unit);
    if (!shown.length && !stage.biases) return fill(this.body);
    const head = [t("network.from"), t("network.weight"), t("network.input"), t("network.product")];
    const body = h("tbody", {}, stage.biases ? this.row("bias", place, unit, -1) : null,
      shown.map((term) => this.row("weight", place, unit, term.from)));
    const table = h("table", { class: "nv-weights" },
      h("thead", {}, h("tr", {}, head.map((word) => h("th", { scope: "col" }, word)))), body);
    const count = stage.weights ? stage.weights.shape[0] : 0;
    const more = count > shown.length && !this.all
      ? h("button", { class: "nv-button", type: "button", onclick: () => { this.all = true; this.show(); } },
          t("network.show_all", { n: count }))
      : null;
    const scaled = place === 1 && value.stages[0].given.length ? h("p", { class: "nv-faint" }, t("network.as_read")) : null;
    fill(this.body, h("div", { class: "nv-scroll", tabindex: "0", role: "region", "aria-label": name }, table), more, scaled);
    return undefined;
  }

  /**
   * @param {Value} value
   * @param {number} place
   * @param {number} unit
   */
  chosenTerms(value, place, unit) {
    if (place === 0) return [];
    const all = terms(value.stages[place - 1], value.stages[place], unit);
    const shown = this.all ? all.slice(0, 1000) : all.slice(0, FEW);
    return shown.sort((a, b) => a.from - b.from);
  }

  /**
   * A weight or the bias as a row with a field.
   * @param {"weight" | "bias"} kind
   * @param {number} place
   * @param {number} unit
   * @param {number} from
   */
  row(kind, place, unit, from) {
    const { view } = this;
    const value = /** @type {Value} */ (view.value);
    const stage = value.stages[place];
    const name = from < 0 ? t("network.bias") : nameOf(value.stages[place - 1], from);
    const span = spanOf(stage, kind);
    const what = partName(value, { kind, stage: place, unit, from });
    const put = (/** @type {boolean} */ final) => {
      const number = typed(input.value);
      if (number !== null) view.edit({ kind, stage: place, unit, from }, number, final);
      input.setAttribute("aria-invalid", String(number === null));
      hold();
    };
    const hold = () => { this.held = input; };
    const input = h("input", {
      class: "nv-number", inputmode: "decimal", autocomplete: "off", "aria-label": what, title: t("network.type", { step: stepOf(span) }),
      readonly: !view.canEdit(kind, place),
      oninput: () => put(false),
      onchange: () => put(true),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const isAlong = event.key === "ArrowLeft" || event.key === "ArrowRight";
        const number = isAlong ? null : nudged(typed(input.value) ?? 0, event.key, span, event.shiftKey);
        if (number === null || !view.canEdit(kind, place)) return;
        event.preventDefault();
        input.value = plainly(number);
        input.dispatchEvent(new Event("change", { bubbles: true }));
      },
      onpointerdown: hold,
      onfocus: () => {
        hold();
        view.point(from < 0 ? null : { stage: place, from, to: unit });
      },
      onundone: () => { this.held = null; },
      onblur: () => {
        this.held = null;
        view.point(null);
        if (typed(input.value) === null) this.restore(input);
      },
    });
    const product = h("td", { class: "nv-n" });
    const given = h("td", { class: "nv-n" });
    this.rows.set(String(from), { input, product, from: given });
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, input), given, product);
  }

  /**
   * What was typed and left is no number: the field shows the one that there is.
   * @param {HTMLInputElement} input
   */
  restore(input) {
    const { value, chosen } = this.view;
    input.setAttribute("aria-invalid", "false");
    if (value && chosen) this.refresh(value, chosen.stage, chosen.unit);
  }

  /**
   * @param {Value} value
   * @param {number} place
   * @param {number} unit
   */
  refresh(value, place, unit) {
    const stage = value.stages[place];
    const out = isKnockedOut(value.stages[place + 1], unit);
    if (this.knock) this.knock.disabled = out;
    if (this.text) fill(this.text, card(value, place, unit), out ? h("p", { class: "nv-faint" }, t("network.knocked")) : null);
    const found = place ? terms(value.stages[place - 1], stage, unit) : [];
    for (const term of found) this.put(String(term.from), term.weight, term.input, term.product);
    if (stage.biases) this.put("-1", stage.biases.data[unit], NaN, stage.biases.data[unit]);
  }

  /**
   * @param {string} key
   * @param {number} weight
   * @param {number} input
   * @param {number} product
   */
  put(key, weight, input, product) {
    const row = this.rows.get(key);
    if (!row) return;
    if (this.held !== row.input) row.input.value = plainly(weight);
    row.input.classList.toggle("nv-below", weight < 0);
    row.from.textContent = Number.isFinite(input) ? short(input) : "";
    row.product.textContent = Number.isFinite(product) ? short(product) : "";
  }
}

/**
 * A number as one may type it.
 * @param {number} value
 * @returns {string}
 */
function plainly(value) {
  return String(Number(value.toPrecision(5))).replace("-", "−");
}
