// @ts-check
/** How the network learns: rule, optimizer, rate and its schedule, penalty, batch, epochs, seed. */

import { h } from "../dom.js";
import { number, t } from "../texts.js";
import { changeScene, partOf } from "../scene.js";
import { asked, control, field, fieldsOf, followScene, kept, numeric, ranged, refill, within } from "./fields.js";
import { label, plainly, said } from "./words.js";

const LEAST = -5;
const MOST = 1;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {any} catalog
 */
export function mount(host, session, catalog) {
  const root = h("div", { class: "learning-controls" });
  host.append(root);
  /** @type {any} */
  let scene = null;
  const change = (/** @type {any} */ fields) => changeScene(session, () => fields);
  const part = (/** @type {string} */ name) => partOf(session, name);
  const classOf = (/** @type {string} */ family, /** @type {any} */ record) => catalog.families[family].find((/** @type {any} */ one) => one.name === record?.[family]);
  const where = { catalog, key: "learning" };

  function draw() {
    if (!scene) return;
    const rule = scene.record.rule;
    const known = classOf("rule", rule);
    const send = part("rule");
    const optimizer = rule.optimizer ? classOf("optimizer", rule.optimizer) : null;
    const rated = optimizer ? rule.optimizer.rate : rule.rate;
    const sendOptimizer = within(send, "optimizer");
    const setRate = within(optimizer ? sendOptimizer : send, "rate");
    const plain = (/** @type {string} */ name) => catalog.scene.find((/** @type {any} */ one) => one.name === name);
    const penalties = known?.fields.filter((/** @type {any} */ one) => ["l1", "l2"].includes(one.name)) ?? [];
    refill(root,
      chosen("rule", known, rule, send),
      optimizer ? chosen("optimizer", optimizer, rule.optimizer, sendOptimizer) : null,
      rated ? rate(rated, setRate) : null,
      penalties.length ? h("div", { class: "pair" }, penalties.map((/** @type {any} */ one) => control(one, rule[one.name], within(send, one.name), where))) : null,
      h("div", { class: "pair" }, batch(plain("batch")), control(plain("epochs"), scene.record.epochs, part("epochs"), where)),
      loss(),
      seed(plain("seed")),
      control(plain("scale"), scene.record.scale, part("scale"), where),
      more(known, rule, send, optimizer));
  }

  /**
   * @param {string} family @param {any} known @param {any} record @param {import("./fields.js").Change} send
   */
  function chosen(family, known, record, send) {
    const classes = catalog.families[family];
    const choose = h("select", { onchange: () => {
      const next = classes.find((/** @type {any} */ one) => one.name === choose.value);
      asked(box, () => send((now) => kept(next, now)));
    } },
      classes.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one === known, title: one.meaning }, plainly(one.name))),
      known ? null : h("option", { selected: true }, plainly(record[family])));
    const box = field({ name: family, label: label(family), hint: known ? said(known.meaning) : "", key: `learning.${family}` }, choose);
    if (family === "rule") box.append(fitting(box, choose));
    return box;
  }

  /** Where a rule was refused: a network that it can teach. @param {HTMLElement} box @param {HTMLSelectElement} choose */
  function fitting(box, choose) {
    const button = h("button", { class: "button slim fit", type: "button", "data-key": "learning.fit", onclick: () => {
      const next = catalog.families.rule.find((/** @type {any} */ one) => one.name === choose.value);
      asked(box, () => change({ rule: structuredClone(next.record), hidden: [], loss: null, output: single(next.name) }));
    } }, t("learning.fit"));
    return button;
  }

  /** The one layer that a local rule teaches. @param {string} name */
  function single(name) {
    const dense = structuredClone(catalog.families.layer.find((/** @type {any} */ one) => one.name === "Dense").record);
    if (name === "Perceptron") return { ...dense, units: scene.classes?.length > 2 ? null : 1, activation: { activation: "step", threshold: 0 } };
    return name === "Delta" ? null : { ...dense, units: name === "Sanger" ? 2 : 1, bias: false };
  }

  /** The learning rate: a number on a scale of powers of ten, or a schedule. @param {any} record @param {import("./fields.js").Change} send */
  function rate(record, send) {
    const schedules = catalog.families.schedule;
    const known = classOf("schedule", record);
    const main = known?.fields.find((/** @type {any} */ one) => ["value", "first", "top"].includes(one.name));
    const choose = h("select", { "aria-label": t("learning.schedule"), "data-key": "learning.schedule", onchange: () => {
      const next = schedules.find((/** @type {any} */ one) => one.name === choose.value);
      const first = next.fields.find((/** @type {any} */ one) => ["value", "first", "top"].includes(one.name));
      asked(box, () => send((now) => ({ ...structuredClone(next.record), ...(first && main ? { [first.name]: now[main.name] } : {}) })));
    } }, schedules.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one === known, title: one.meaning }, plainly(one.name))),
    known ? null : h("option", { selected: true }, plainly(record.schedule)));
    const value = main ? record[main.name] : 0.01;
    const apply = (/** @type {number} */ next) => asked(box, () => within(send, main.name)(() => next));
    const input = h("input", { type: "number", step: "any", min: 0, class: "rate", "data-key": "learning.rate.number", disabled: !main, onchange: () => apply(Number(input.value)), onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") input.blur(); } });
    input.value = String(value);
    const slider = h("input", { type: "range", min: LEAST, max: MOST, step: 0.05, disabled: !main, "data-key": "learning.rate.slider", "aria-label": t("learning.rate_slider"), "aria-valuetext": number(value),
      oninput: () => { input.value = String(rounded(10 ** Number(slider.value))); },
      onchange: () => apply(rounded(10 ** Number(slider.value))) });
    slider.value = String(Math.log10(value));
    const told = known ? said(known.meaning) : "";
    const box = field({ name: "rate", label: t("learning.rate"), hint: t("learning.rate_means"), key: "learning.rate" }, h("div", { class: "rate-row" }, input, slider));
    const inner = known ? fieldsOf(known, record, send, { catalog, key: "learning.schedule" }, [main?.name]) : [];
    return h("div", { class: "rate-box" }, box,
      h("div", { class: "field" }, h("span", { class: "label" }, t("learning.schedule")), choose, h("span", { class: "hint" }, told)),
      inner.length ? h("div", { class: "inner" }, inner) : null);
  }

  /** @param {any} told */
  function batch(told) {
    const input = numeric(told, scene.record.batch, (next) => asked(box, () => change({ batch: next })));
    input.placeholder = t("learning.batch_automatic", { n: number(scene.batch) });
    const box = field({ name: "batch", label: label("batch"), hint: ranged(told), key: "learning.batch" }, input);
    return box;
  }

  /** @param {any} told */
  function seed(told) {
    const input = numeric(told, scene.record.seed, (next) => asked(box, () => change({ seed: next })));
    const other = h("button", { class: "button slim", type: "button", "data-key": "learning.other", title: t("learning.other_seed"), onclick: () => asked(box, () => change({ seed: Math.floor(Math.random() * 1e6) })) }, t("learning.other"));
    const box = field({ name: "seed", label: label("seed"), hint: ranged(told), key: "learning.seed" }, h("div", { class: "with-button" }, input, other));
    return box;
  }

  function loss() {
    const record = scene.record.loss;
    const known = record ? classOf("loss", record) : null;
    const losses = catalog.families.loss;
    const choose = h("select", { onchange: () => asked(box, () => change({ loss: choose.value ? structuredClone(losses.find((/** @type {any} */ one) => one.name === choose.value).record) : null })) },
      h("option", { value: "", selected: !record }, t("learning.loss_automatic", { loss: plainly(scene.loss) })),
      losses.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one === known, title: one.meaning }, plainly(one.name))));
    const told = known ?? losses.find((/** @type {any} */ one) => one.name === scene.loss);
    const box = field({ name: "loss", label: label("loss"), hint: told ? said(told.meaning) : t("learning.loss_means"), key: "learning.loss" }, choose);
    const inner = known ? fieldsOf(known, record, part("loss"), { catalog, key: "learning.loss" }) : [];
    return h("div", {}, box, inner.length ? h("div", { class: "inner" }, inner) : null);
  }

  /** What is seldom changed. @param {any} known @param {any} rule @param {import("./fields.js").Change} send @param {any} optimizer */
  function more(known, rule, send, optimizer) {
    const own = known ? fieldsOf(known, rule, send, { catalog, key: "learning.rule" }, ["optimizer", "rate", "l1", "l2"]) : [];
    const inner = optimizer ? fieldsOf(optimizer, rule.optimizer, within(send, "optimizer"), { catalog, key: "learning.optimizer" }, ["rate"]) : [];
    if (!own.length && !inner.length) return null;
    const formula = optimizer?.formula ?? known?.formula;
    return h("details", { class: "more", "data-key": "learning.more" }, h("summary", {}, t("learning.more", { name: plainly((optimizer ?? known).name) })),
      formula ? h("p", { class: "hint" }, h("code", {}, formula)) : null, h("div", { class: "inner" }, inner, own));
  }

  const stop = followScene(session, (next) => {
    scene = next;
    draw();
  });
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(2));
}
