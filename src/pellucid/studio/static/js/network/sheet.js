// @ts-check
/** What is on the sheet besides the drawing: headings, names, answers, and a button for each unit. */

import { fill, h } from "../dom.js";
import { t } from "../texts.js";
import { LIST } from "./layout.js";
import { labelOf, percent, scoreOf } from "./words.js";

/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./layout.js").Group} Group */
/** @typedef {import("./layout.js").Place} Place */
/** @typedef {{stage: number, unit: number}} Unit */

/**
 * @typedef {object} Sheet
 * @property {HTMLElement[]} elements
 * @property {HTMLButtonElement[][]} units by stage
 * @property {{element: HTMLElement, score: HTMLElement, bar: HTMLElement | null, unit: number}[]} answers
 * @property {{element: HTMLElement, unit: number}[]} given what stands below the inputs' names
 */

/**
 * All that lies over the canvases, in its place.
 * @param {Value} value
 * @param {Layout} whole
 * @returns {Sheet}
 */
export function sheetOf(value, whole) {
  /** @type {Sheet} */
  const sheet = { elements: [], units: [], answers: [], given: [] };
  value.stages.forEach((stage, place) => {
    const group = whole.groups[place];
    const name = place === 0 ? t("network.inputs") : stage.name;
    const units = group.units.map((unit, at) => button(unit, place, at, group.form === "dot"));
    sheet.units.push(units);
    const part = h("div", { role: "group", "aria-label": t("network.stage", { name, notes: stage.notes.join(", ") }) });
    part.append(heading(name, stage.notes, group, whole), ...units);
    if (group.more) part.append(more(group, whole));
    if (group.labels) names(sheet, part, value, place, group);
    sheet.elements.push(part);
  });
  return sheet;
}

/**
 * @param {Place} unit
 * @param {number} stage
 * @param {number} at
 * @param {boolean} round
 * @returns {HTMLButtonElement}
 */
function button(unit, stage, at, round) {
  const element = h("button", { class: "nv-unit", type: "button", tabindex: "-1", "aria-pressed": "false" });
  element.dataset.stage = String(stage);
  element.dataset.unit = String(at);
  put(element, unit.x - unit.wide / 2, unit.y - unit.tall / 2, unit.wide, unit.tall);
  element.style.borderRadius = round ? "50%" : `${Math.min(8, unit.wide / 7)}px`;
  return element;
}

/**
 * @param {string} name
 * @param {string[]} notes
 * @param {Group} group
 * @param {Layout} whole
 * @returns {HTMLElement}
 */
function heading(name, notes, group, whole) {
  const element = h("div", { class: whole.narrow ? "nv-heading nv-beside" : "nv-heading" },
    h("b", {}, name), whole.narrow ? h("span", {}, notes.join(", ")) : notes.slice(0, 2).map((note) => h("span", {}, note)));
  element.style.left = `${whole.narrow ? 16 : group.left + group.width / 2}px`;
  element.style.top = `${whole.narrow ? group.top - 31 : 8}px`;
  return element;
}

/**
 * @param {Group} group
 * @param {Layout} whole
 * @returns {HTMLElement}
 */
function more(group, whole) {
  const element = h("span", { class: "nv-more" }, t("network.more", { n: group.more.toLocaleString("en") }));
  element.style.left = `${group.left + group.width / 2}px`;
  element.style.top = `${group.top + group.height + (whole.narrow ? 0 : 5)}px`;
  return element;
}

/**
 * Names beside the units of an end; with the answers their scores.
 * @param {Sheet} sheet
 * @param {HTMLElement} part
 * @param {Value} value
 * @param {number} place
 * @param {Group} group
 */
function names(sheet, part, value, place, group) {
  const stage = value.stages[place];
  const isLast = place === value.stages.length - 1;
  group.units.forEach((unit, at) => {
    const label = stage.labels[at] ?? "";
    const name = h("span", { class: "nv-name", title: label }, label);
    const element = h("div", { class: `nv-label nv-${group.labels}`, "aria-hidden": "true" }, name);
    if (isLast) {
      const score = h("span", { class: "nv-score" });
      const bar = value.areChances ? h("span", { class: "nv-bar" }, h("i")) : null;
      if (bar && group.labels !== "below") element.append(bar);
      element.append(score);
      sheet.answers.push({ element, score, bar, unit: at });
    } else if (stage.given.length) {
      const given = h("span", { class: "nv-given" });
      element.append(given);
      sheet.given.push({ element: given, unit: at });
    }
    if (group.labels === "list") inList(element, at, group);
    else settle(element, name, unit, group);
    part.append(element);
  });
}

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} name
 * @param {Place} unit
 * @param {Group} group
 */
function settle(element, name, unit, group) {
  if (group.labels === "below") {
    element.style.left = `${unit.x - group.room / 2}px`;
    element.style.width = `${group.room}px`;
    element.style.top = `${unit.y + unit.tall / 2 + 4}px`;
    return;
  }
  element.style.top = `${unit.y}px`;
  if (group.labels === "left" || group.labels === "inline") {
    element.style.right = `calc(100% - ${unit.x - unit.wide / 2 - 10}px)`;
    element.style.maxWidth = `${group.room + 12}px`;
  } else {
    element.style.left = `${unit.x + unit.wide / 2 + 10}px`;
    name.style.width = `${group.room}px`;
  }
}

/**
 * In two columns below the units, where there is no room beside each.
 * @param {HTMLElement} element
 * @param {number} at
 * @param {Group} group
 */
function inList(element, at, group) {
  const rows = Math.ceil(group.units.length / 2);
  const column = Math.floor(at / rows);
  const middle = group.left + group.width / 2;
  element.style.left = `${middle + (column ? 10 : -10 - group.room)}px`;
  element.style.top = `${group.top + group.height + 8 + LIST * (at % rows)}px`;
  element.style.width = `${group.room}px`;
}

/**
 * The numbers beside the ends, as they are now.
 * @param {Sheet} sheet
 * @param {Value} value
 */
export function refresh(sheet, value) {
  const first = value.stages[0];
  for (const { element, unit } of sheet.given) {
    const text = first.given[unit] ?? "";
    if (element.textContent !== text) element.textContent = text.replace("-", "−");
  }
  const last = value.stages[value.stages.length - 1];
  const top = value.scores.indexOf(Math.max(...value.scores));
  const offset = value.scores.length - last.count;
  for (const { element, score, bar, unit } of sheet.answers) {
    if (!value.scores.length) continue;
    const isHoped = last.labels[unit] !== undefined && last.labels[unit] === value.target;
    const text = scoreOf(value, unit);
    if (score.textContent !== `${text}${isHoped ? " ✓" : ""}`) {
      fill(score, text, isHoped ? h("span", { class: "nv-tick" }, " ✓") : null);
    }
    const inner = /** @type {HTMLElement | null} */ (bar?.firstChild ?? null);
    if (inner) inner.style.transform = `scaleX(${Math.min(1, Math.max(0, value.scores[unit + offset] || 0))})`;
    element.classList.toggle("nv-best", value.areChances && value.scores.length > 1 && unit + offset === top);
  }
}

/**
 * The names of all units for a screen reader, as they are now.
 * @param {Sheet} sheet
 * @param {Value} value
 */
export function relabel(sheet, value) {
  sheet.units.forEach((units, place) =>
    units.forEach((element, unit) => {
      const label = labelOf(value, place, unit);
      if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
    }),
  );
}

/**
 * The sentence on the row that is looked at.
 * @param {HTMLElement} element
 * @param {Value} value
 */
export function sentence(element, value) {
  const best = value.scores.length ? Math.max(...value.scores) : NaN;
  const sure = value.scores.length === 1 ? Math.max(best, 1 - best) : best;
  const chance = value.areChances && Number.isFinite(sure) ? `, ${percent(sure)}` : "";
  fill(element,
    value.sample !== "" ? h("span", { class: "nv-faint" }, /^\d+$/.test(value.sample) ? t("network.sample", { row: value.sample }) : value.sample) : null,
    value.answer ? h("span", { title: t("network.says_means") }, ` ${t("network.says")} `, h("b", {}, value.answer), chance) : null,
    value.target ? h("span", { title: t("network.target_means") }, ` ${t("network.target")} `, h("b", {}, value.target)) : null,
    value.right === null || !value.target ? null
      : h("span", { class: value.right ? "nv-right" : "nv-wrong" }, value.right ? ` ✓ ${t("network.right")}` : ` ✕ ${t("network.wrong")}`),
  );
}

/**
 * @param {HTMLElement} element
 * @param {number} x
 * @param {number} y
 * @param {number} wide
 * @param {number} tall
 */
function put(element, x, y, wide, tall) {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${wide}px`, height: `${tall}px` });
}
