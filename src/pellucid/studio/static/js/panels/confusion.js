// @ts-check
/** Which classes are taken for which; a cell shows its cases, and a case can be given another label. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { axes } from "./axes.js";
import { css, mark, painted } from "./palette.js";
import { picture } from "./pixels.js";

const MOST_CASES = 24;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let value = null;
  let part = "held";
  /** @type {[number, number] | null} */
  let open = null;
  const head = h("h3", {}, t("confusion.name"));
  const parts = h("span", { class: "segmented", role: "group", "aria-label": t("confusion.which") });
  const words = h("p", { class: "small" });
  const body = h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("confusion.name") });
  const cases = h("div", { class: "cases", role: "region", "aria-label": t("confusion.cases"), "aria-live": "polite" });
  const canvas = h("canvas", { role: "img", "aria-label": t("confusion.name") });
  const frame = h("div", { class: "scatter", hidden: true }, canvas);
  const root = h("section", { class: "confusion", "aria-label": t("confusion.name") },
    h("div", { class: "panel-head" }, head, parts), words, h("div", { class: "confusion-both" }, h("div", {}, body, frame), cases));
  host.append(root);
  const sheet = painted(canvas, scatter, (width) => Math.min(width, 360));

  /** @param {any} next */
  function take(next) {
    value = next;
    frame.hidden = next.classes !== null || Boolean(next.none);
    body.hidden = !frame.hidden;
    head.textContent = t(frame.hidden ? "confusion.name" : "confusion.name_numbers");
    if (next.none) {
      fill(body, h("p", { class: "empty quiet" }, t(`confusion.none_${next.none}`)));
      built = "";
      fill(parts);
      fill(cases);
      words.textContent = listed = "";
      return;
    }
    const both = next.classes !== null && next.held.data.some(Boolean); // of numbers all are drawn
    if (!both && next.classes !== null) part = "learned";
    const focused = parts.contains(document.activeElement);
    fill(parts, both ? ["held", "learned"].map((name) =>
      h("button", { class: "button slim", type: "button", "aria-pressed": String(part === name), onclick: () => { part = name; open = null; take(value); } }, t(`confusion.${name}`))) : []);
    if (focused) /** @type {HTMLElement | null} */ (parts.querySelector('[aria-pressed="true"]'))?.focus();
    if (next.classes === null) {
      fill(cases);
      listed = "";
      words.textContent = t("confusion.numbers");
      canvas.setAttribute("aria-label", words.textContent);
      sheet.draw();
      return;
    }
    matrix(next);
    if (open) list();
  }

  /** @param {any} of */
  function matrix(of) {
    const names = of.classes;
    const counts = of.counts[part];
    const right = names.reduce((/** @type {number} */ sum, /** @type {string} */ _, /** @type {number} */ k) => sum + counts.data[k * names.length + k], 0);
    const all = [...counts.data].reduce((a, b) => a + b, 0);
    words.textContent = t("confusion.right", { right: number(right), all: number(all), share: (100 * right / (all || 1)).toFixed(1) });
    const most = Math.max(1, ...counts.data);
    const key = JSON.stringify(names);
    if (key !== built) {
      built = key;
      build(names);
    }
    buttons.forEach((cell, place) => {
      const [i, j] = [Math.floor(place / names.length), place % names.length];
      const count = counts.data[place];
      cell.className = `cell ${count ? (i === j ? "hit" : "miss") : ""}`;
      cell.setAttribute("aria-pressed", String(open?.[0] === i && open?.[1] === j));
      cell.setAttribute("aria-label", t("confusion.cell", { count: number(count), so: names[i], taken: names[j] }));
      cell.textContent = number(count);
      cell.style.background = count ? css(i === j ? "--positive" : "--negative", 0.12 + 0.3 * (count / most)) : "";
    });
    if (!open && listed !== "hint") {
      listed = "hint";
      fill(cases, h("p", { class: "small quiet" }, t("confusion.hint")));
    }
  }

  /** @type {HTMLButtonElement[]} cell by cell; they stay, so that a click while it learns finds them */
  let buttons = [];
  let built = "";
  /** @param {string[]} names */
  function build(names) {
    buttons = names.flatMap((_, i) => names.map((_x, j) => h("button", { type: "button", onclick: () => { open = [i, j]; take(value); } })));
    fill(body, h("table", { class: `matrix numbers ${names.length > 6 ? "dense" : ""}` },
      h("caption", { class: "small quiet" }, t("confusion.caption")),
      h("thead", {}, h("tr", {}, h("td", {}), names.map((name, k) => h("th", { scope: "col", title: name }, mark(k), " ", name)))),
      h("tbody", {}, names.map((so, i) => h("tr", {}, h("th", { scope: "row", title: so }, mark(i), " ", so), names.map((_, j) => h("td", {}, buttons[i * names.length + j])))))));
  }

  let listed = "";
  /** The cases of the open cell. */
  function list() {
    if (!open || !value) return;
    const [i, j] = open;
    /** @type {number[]} */
    const rows = [];
    for (let k = 0; k < value.rows.data.length; k += 1) {
      if (value.wanted.data[k] === i && value.answered.data[k] === j && Boolean(value.held.data[k]) === (part === "held")) rows.push(value.rows.data[k]);
    }
    const some = rows.slice(0, MOST_CASES);
    const key = `${i},${j},${part},${some.join()},${value.chosen},${rows.length}`;
    if (key === listed && cases.firstChild) return;
    listed = key;
    const focus = cases.contains(document.activeElement) ? document.activeElement?.getAttribute("data-row") : null;
    fill(cases,
      h("h4", {}, i === j ? t("confusion.hits", { n: number(rows.length), name: value.classes[i] }) : t("confusion.misses", { n: number(rows.length), so: value.classes[i], taken: value.classes[j] })),
      h("div", { class: "case-rows" }, some.map((row) => caseOf(row))),
      rows.length > some.length ? h("p", { class: "small quiet" }, t("confusion.more", { n: number(rows.length - some.length) })) : null,
      rows.includes(value.chosen) ? relabel() : null);
    if (focus) /** @type {HTMLElement | null} */ (cases.querySelector(`[data-row="${focus}"]`))?.focus();
    thumbnails(some);
  }

  /** @type {Map<number, HTMLButtonElement>} */
  const known = new Map();
  /** @param {number} row */
  function caseOf(row) {
    const button = known.get(row) ?? h("button", { class: "button slim case", type: "button", "data-row": row, onclick: () => session.tell("ChooseRow", { row }) }, t("confusion.case", { row: counted(row) }));
    known.set(row, button);
    button.setAttribute("aria-pressed", String(row === value.chosen));
    return button;
  }

  /** Pictures in place of the numbers of rows, where rows are pictures. @param {number[]} rows */
  async function thumbnails(rows) {
    if (!rows.length || !session.views.get("scene")?.data?.picture) return;
    const key = listed;
    const found = await Promise.all(rows.filter((row) => !known.get(row)?.querySelector("canvas")).map((row) => session.ask("TellRows", { which: "all", start: row, count: 1 }).catch(() => null)));
    if (key !== listed) return;
    found.forEach((page) => {
      const row = page?.rows?.data[0];
      const button = known.get(row);
      if (!button || !page?.pictures || button.querySelector("canvas")) return;
      const one = { shape: page.pictures.shape.slice(1), data: page.pictures.data };
      fill(button, picture(one, 40), h("span", { class: "unseen" }, t("confusion.case", { row: counted(row) })));
      button.classList.add("tile");
    });
  }

  function relabel() {
    const row = value.chosen;
    const fault = h("span", { class: "fault small", role: "alert" });
    const pick = h("select", { "aria-label": t("confusion.label"), onchange: async () => {
      try {
        await session.ask("GiveLabel", { row, label: pick.value });
        fault.textContent = "";
      } catch (error) {
        fault.textContent = /** @type {Error} */ (error).message;
      }
    } }, value.classes.map((/** @type {string} */ name, /** @type {number} */ k) => h("option", { value: name, selected: k === open?.[0] }, name)));
    return h("label", { class: "relabel small" }, t("confusion.relabel", { row: counted(row) }), " ", pick, fault);
  }

  /** Predicted beside wanted, for numbers. @param {CanvasRenderingContext2D} pen @param {number} width @param {number} height */
  function scatter(pen, width, height) {
    if (!value || value.none || value.classes !== null) return;
    const at = { left: 56, top: 6, width: width - 64, height: height - 44 };
    const every = [...value.wanted.data, ...value.answered.data];
    let [low, high] = every.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
    const pad = 0.05 * (high - low) || 1;
    [low, high] = [low - pad, high + pad];
    const x = (/** @type {number} */ v) => at.left + (at.width * (v - low)) / (high - low);
    const y = (/** @type {number} */ v) => at.top + at.height * (1 - (v - low) / (high - low));
    pen.strokeStyle = css("--line-strong");
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(x(low), y(low));
    pen.lineTo(x(high), y(high));
    pen.stroke();
    pen.setLineDash([]);
    for (let k = 0; k < value.rows.data.length; k += 1) {
      const held = Boolean(value.held.data[k]);
      pen.beginPath();
      pen.arc(x(value.wanted.data[k]), y(value.answered.data[k]), 3.4, 0, 7);
      pen.fillStyle = held ? css("--sheet") : css("--positive", 0.75);
      pen.strokeStyle = held ? css("--negative") : css("--sheet");
      pen.lineWidth = held ? 1.6 : 0.8;
      pen.fill();
      pen.stroke();
    }
    axes(pen, at, [low, high], [low, high], t("confusion.so", { target: value.target }), t("confusion.said", { target: value.target }));
  }

  const hush = (/** @type {any} */ status) => cases.setAttribute("aria-live", status.playing ? "off" : "polite");
  const stops = [session.watch("confusion", take), session.on("status", hush), session.watch("scene", () => known.clear())];
  return {
    destroy() {
      for (const stop of stops) stop();
      sheet.destroy();
      root.remove();
    },
  };
}
