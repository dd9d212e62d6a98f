// @ts-check
/** Controls made from what the catalog tells of a class: each with its meaning and range, faults beside it. */

import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { label, plainly, said } from "./words.js";

/** @typedef {(update: (value: any) => any) => Promise<void>} Change what the newest value becomes; rejects with the words to show */

let made = 0;

/**
 * A control with its label, its meaning, and room for what is wrong with it.
 * @param {{name: string, label: string, hint: string, key: string, inline?: boolean}} about
 * @param {HTMLElement} control what carries the value, or a box of such
 */
export function field(about, control) {
  made += 1;
  const id = `field-${made}`;
  const own = /** @type {HTMLElement} */ (control.matches("input, select, textarea") ? control : control.querySelector("input, select, textarea") ?? control);
  own.id = id;
  own.dataset.key ??= about.key;
  const hint = h("span", { class: "hint", id: `${id}-hint` }, about.hint);
  const fault = h("p", { class: "fault small", id: `${id}-fault`, role: "alert" });
  own.setAttribute("aria-describedby", `${id}-hint ${id}-fault`);
  const box = h("div", { class: `field ${about.inline ? "inline" : ""}`, "data-field": about.name }, h("label", { for: id }, about.label), control, hint, fault);
  return box;
}

/**
 * Ask for a change, and say beside the control what was refused.
 * @param {HTMLElement} box as `field` made it, or any with a `.fault` in it
 * @param {() => Promise<void>} change
 */
export async function asked(box, change) {
  const fault = box.querySelector(".fault");
  const own = box.querySelector("input, select, textarea");
  try {
    await change();
    if (fault) fault.textContent = "";
    own?.removeAttribute("aria-invalid");
  } catch (error) {
    const words = /** @type {Error} */ (error).message;
    if (fault) fault.textContent = words === "lost" ? t("app.lost") : words;
    own?.setAttribute("aria-invalid", "true");
  }
}

/** The range in words, with the unit where it has one. @param {any} told */
export function ranged(told) {
  if (told.kind === "bool") return said(told.doc);
  const unit = told.unit && told.unit !== "dimensionless" ? `, ${told.unit}` : "";
  return t("fields.hint", { doc: said(told.doc), range: said(told.range) + unit });
}

/**
 * A control for one field of a record.
 * @param {any} told what the catalog tells of the field
 * @param {any} value
 * @param {Change} change
 * @param {{catalog: any, key: string}} where
 * @returns {HTMLElement}
 */
export function control(told, value, change, where) {
  const key = `${where.key}.${told.name}`;
  const about = { name: told.name, label: label(told.name), hint: ranged(told), key };
  if (told.kind === "object") return object(told, value, change, { ...where, key });
  /** @type {HTMLElement} */
  let box;
  const send = (/** @type {any} */ next) => asked(box, () => change(() => next));
  if (told.kind === "bool") {
    const input = h("input", { type: "checkbox", onchange: () => send(input.checked) });
    input.checked = Boolean(value);
    box = field({ ...about, inline: true }, input);
  } else if (told.kind === "choice") {
    const input = h("select", { onchange: () => send(input.value) }, told.choices.map((/** @type {string} */ name) => h("option", { value: name, selected: name === value }, plainly(name))));
    if (!told.choices.includes(value)) input.append(h("option", { selected: true }, written(value)));
    box = field(about, input);
  } else {
    const input = numeric(told, value, (next) => send(next));
    box = field(about, input);
  }
  return box;
}

/**
 * @param {any} told
 * @param {any} value
 * @param {(value: any) => void} send
 */
export function numeric(told, value, send) {
  const wide = told.pair || told.kind === "shape";
  const input = h("input", {
    type: wide ? "text" : "number", step: told.kind === "int" ? 1 : "any", min: told.low ?? told.above ?? null, max: told.high ?? told.below ?? null,
    inputmode: told.kind === "int" ? "numeric" : "decimal", placeholder: told.optional ? t("fields.automatic") : null, autocomplete: "off",
    onchange: () => send(read(input.value, told)),
    onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") input.blur(); },
  });
  input.value = written(value);
  return input;
}

/** What was typed as a value of the wire; what is no number goes as it is, for the server to refuse. @param {string} text @param {any} told */
export function read(text, told) {
  const plain = text.trim();
  if (plain === "" && told.optional) return null;
  const parts = plain.split(/[,;×x ]+/).map(Number);
  if (parts.length === 0 || plain === "" || parts.some((one) => Number.isNaN(one))) return plain;
  return parts.length === 1 && told.kind !== "shape" ? parts[0] : parts;
}

/** @param {any} value */
export function written(value) {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.flat().join(", ") : String(value);
}

/**
 * A choice of a class, and the controls of its own fields.
 * @param {any} told
 * @param {any} value a record, or null
 * @param {Change} change
 * @param {{catalog: any, key: string}} where
 * @returns {HTMLElement}
 */
export function object(told, value, change, where) {
  const classes = where.catalog.families[told.family];
  const name = value?.[told.family] ?? "";
  const known = classes.find((/** @type {any} */ one) => one.name === name);
  /** @type {HTMLElement} */
  let box;
  const choose = h("select", {
    onchange: () => {
      const next = classes.find((/** @type {any} */ one) => one.name === choose.value);
      asked(box, () => change((now) => (next ? kept(next, now) : null)));
    },
  },
  told.optional || !name ? h("option", { value: "", selected: !name }, t("fields.automatic")) : null,
  classes.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one.name === name, title: one.meaning }, plainly(one.name))),
  name && !known ? h("option", { value: name, selected: true }, plainly(name)) : null);
  const meaning = known ? said(known.meaning) : said(told.doc);
  box = field({ name: told.name, label: label(told.name), hint: meaning, key: where.key }, choose);
  const inner = known ? fieldsOf(known, value, change, where) : [];
  return inner.length ? h("div", { class: "object" }, box, h("div", { class: "inner" }, inner)) : box;
}

/**
 * The controls of all fields of a class.
 * @param {any} known
 * @param {any} value its record
 * @param {Change} change of the whole record
 * @param {{catalog: any, key: string}} where
 * @param {string[]} [left] fields that are shown elsewhere
 */
export function fieldsOf(known, value, change, where, left = []) {
  return known.fields
    .filter((/** @type {any} */ one) => !left.includes(one.name))
    .map((/** @type {any} */ one) => control(one, value[one.name], within(change, one.name), where));
}

/** How a field of a record changes, where the record is what changes. @param {Change} change @param {string} name @returns {Change} */
export function within(change, name) {
  return (update) => change((record) => ({ ...record, [name]: update(record[name]) }));
}

/** The record of another class, with what it has in common with the one before. @param {any} next @param {any} before */
export function kept(next, before) {
  const record = structuredClone(next.record);
  for (const { name } of next.fields) if (before && name in before && before[name] !== null) record[name] = before[name];
  return record;
}

/**
 * Hear of each scene that is another than the one before: what is being typed stays meanwhile.
 * @param {import("../session.js").Session} session
 * @param {(scene: any) => void} changed
 * @returns {() => void} stops it
 */
export function followScene(session, changed) {
  let known = "";
  return session.watch("scene", (next) => {
    const key = JSON.stringify(next);
    if (next.error || key === known) return;
    known = key;
    changed(next);
  });
}

/**
 * Put new children in the place of the old, and the focus back where it was.
 * @param {HTMLElement} host
 * @param {...any} children
 */
export function refill(host, ...children) {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && host.contains(active) ? active.dataset.key : undefined;
  const open = [...host.querySelectorAll("details[open][data-key]")].map((one) => /** @type {HTMLElement} */ (one).dataset.key);
  fill(host, ...children);
  for (const one of host.querySelectorAll("details[data-key]")) if (open.includes(/** @type {HTMLElement} */ (one).dataset.key)) one.setAttribute("open", "");
  if (key) /** @type {HTMLElement | undefined} */ ([...host.querySelectorAll("[data-key]")].find((one) => /** @type {HTMLElement} */ (one).dataset.key === key))?.focus();
}
