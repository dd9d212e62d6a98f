// @ts-check
/** The data as they are: a table or pictures, page by page; a click chooses a row. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { picture } from "./pixels.js";
import { cell } from "./sample.js";

const PAGE = 20;
const PICTURES = 60;
const MOST_COLUMNS = 8;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let value = null;
  let which = "all";
  let start = 0;
  let asked = 0;
  let chosen = -1;
  const parts = h("span", { class: "segmented", role: "group", "aria-label": t("data.which") });
  const words = h("p", { class: "small quiet" });
  const body = h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("data.name") });
  const foot = h("div", { class: "pager small" });
  const root = h("section", { class: "data", "aria-label": t("data.name") }, h("div", { class: "panel-head" }, h("h3", {}, t("data.name")), parts), words, body, foot);
  host.append(root);

  /** @param {any} next */
  function take(next) {
    if (next.error) {
      fill(body, h("p", { class: "empty quiet" }, next.error));
      return;
    }
    if (!value || value.name !== next.name || value.rows !== next.rows) start = 0;
    value = next;
    if (which === "held" && !next.held) which = "all";
    words.textContent = next.kind === "classes" && next.classes && next.target !== null
      ? t("data.classes", { rows: number(next.rows), columns: number(next.inputs), classes: next.classes.slice(0, 10).map((/** @type {string} */ name, /** @type {number} */ k) => `${name} (${number(next.counts[k])})`).join(", ") })
      : t(next.target === null ? "data.untold" : "data.numbers", { rows: number(next.rows), columns: number(next.inputs), target: next.target });
    const count = { all: next.rows, learned: next.learned, held: next.held };
    fill(parts, next.held ? Object.entries(count).map(([name, n]) =>
      h("button", { class: "button slim", type: "button", "aria-pressed": String(which === name), onclick: () => { which = name; start = 0; take(value); } }, t(`data.${name}`, { n: number(n) }))) : []);
    ask();
  }

  async function ask() {
    const mine = ++asked;
    const page = await session.ask("TellRows", { which, start, count: many() }).catch(() => null);
    if (!page || mine !== asked) return;
    fill(body, page.pictures ? pictures(page) : table(page));
    const size = page.rows.data.length;
    fill(foot,
      h("button", { class: "button slim", type: "button", disabled: start === 0, onclick: () => turn(-1) }, t("data.back")),
      h("span", { class: "numbers", role: "status" }, t("data.page", { page: number(Math.floor(start / many()) + 1), pages: number(Math.max(1, Math.ceil(page.all / many()))) })),
      h("button", { class: "button slim", type: "button", disabled: start + size >= page.all, onclick: () => turn(1) }, t("data.on")));
    marked();
  }

  /** How many rows a page has. */
  function many() {
    return value.pictures ? PICTURES : PAGE;
  }

  /** @param {number} by */
  function turn(by) {
    start = Math.max(0, start + by * many());
    ask();
  }

  /** @param {any} page */
  function table(page) {
    const columns = value.columns.slice(0, MOST_COLUMNS);
    const more = value.columns.length + value.more_columns - columns.length;
    return h("table", { class: "numbers" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col", title: t("data.counted") }, t("data.row")), value.target === null ? null : h("th", { scope: "col" }, `${value.target} `, h("span", { class: "quiet" }, t("data.is_target"))),
        columns.map((/** @type {string} */ name) => h("th", { scope: "col", title: name }, name)), more > 0 ? h("th", { scope: "col", class: "quiet" }, t("data.more", { n: more })) : null)),
      h("tbody", {}, page.cells.map((/** @type {any[]} */ cells, /** @type {number} */ k) => {
        const row = page.rows.data[k];
        return h("tr", { "data-row": row },
          h("th", { scope: "row" }, h("button", { class: "link", type: "button", "aria-label": t("data.choose", { row: counted(row) }), onclick: () => session.tell("ChooseRow", { row }) }, counted(row)),
            page.held.data[k] ? h("span", { class: "tag", title: t("data.is_held") }, t("data.held_tag")) : null),
          value.target === null ? null : h("td", {}, h("strong", {}, cell(page.wanted[k]))),
          cells.slice(0, MOST_COLUMNS).map((one) => h("td", {}, cell(one))), more > 0 ? h("td", {}) : null);
      })));
  }

  /** @param {any} page */
  function pictures(page) {
    const [count, ...shape] = page.pictures.shape;
    const size = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    return h("div", { class: "tiles" }, Array.from({ length: count }, (_, k) => {
      const row = page.rows.data[k];
      const one = { shape, data: page.pictures.data.subarray(k * size, (k + 1) * size) };
      return h("button", { class: `tile ${page.held.data[k] ? "held" : ""}`, type: "button", "data-row": row, "aria-label": t("data.tile", { row: counted(row), label: cell(page.wanted[k]) }), onclick: () => session.tell("ChooseRow", { row }) }, picture(one, 40), h("span", { class: "small" }, cell(page.wanted[k])));
    }));
  }

  function marked() {
    for (const one of body.querySelectorAll("[data-row]")) {
      const is = Number(one.getAttribute("data-row")) === chosen;
      one.classList.toggle("chosen", is);
    }
  }

  const stops = [
    session.watch("data", take),
    session.on("status", (status) => {
      if (status.chosen === chosen) return;
      chosen = status.chosen;
      marked();
    }),
  ];
  chosen = session.status?.chosen ?? -1;
  return {
    destroy() {
      for (const stop of stops) stop();
      root.remove();
    },
  };
}
