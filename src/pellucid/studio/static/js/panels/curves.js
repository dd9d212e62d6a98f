// @ts-check
/** Loss and scores against steps, of the rows learned from and of those held out. */

import { fill, h } from "../dom.js";
import { plotly } from "../plotly.js";
import { number, percent, t } from "../texts.js";
import { css, onScheme } from "./palette.js";

const AT_MOST = 200; // milliseconds from one drawing to the next
const REST = 5; // times as long as a drawing took, so that a busy page is not kept from the rest
const HEIGHT = 168;
const ORDER = ["loss", "accuracy", "mae", "r2", "rmse"];

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let value = null;
  let what = "loss";
  let logs = false;
  let gone = false;
  let drawn = 0;
  let took = 0;
  let due = 0;
  /** @type {any} */
  let Plotly = null;
  /** @type {Promise<void> | null} */
  let loading = null;
  const picks = h("span", { class: "segmented", role: "group", "aria-label": t("curves.what") });
  const scale = h("button", { class: "button slim", type: "button", "aria-pressed": "false", onclick: () => { logs = !logs; scale.setAttribute("aria-pressed", String(logs)); draw(); } }, t("curves.log"));
  const plot = h("div", { class: "curves-plot", "aria-hidden": "true" });
  const empty = h("p", { class: "empty quiet" }, t("curves.empty"));
  const words = h("p", { class: "curves-words small numbers" });
  const root = h("section", { class: "curves", "aria-label": t("curves.name") },
    h("div", { class: "panel-head" }, h("h3", {}, t("curves.name")), h("span", { class: "panel-actions" }, picks, scale)), empty, plot, words);
  host.append(root);
  plot.hidden = true;

  /** The scores that there are. @param {any} columns @returns {string[]} */
  const scores = (columns) => ORDER.filter((name) => name in columns || `val_${name}` in columns);

  /** @param {any} next */
  function take(next) {
    value = next;
    if (due) return;
    due = window.setTimeout(() => { due = 0; draw(); }, Math.max(0, Math.max(AT_MOST, REST * took) - (performance.now() - drawn)));
  }

  function draw() {
    if (gone || !value || !value.columns) return;
    const { columns } = value;
    const steps = columns.step?.data ?? [];
    empty.hidden = steps.length > 0;
    plot.hidden = words.hidden = !empty.hidden;
    const there = scores(columns);
    if (!there.includes(what)) what = "loss";
    picked(there);
    if (!steps.length) return;
    if (!Plotly) {
      loading ??= plotly().then((found) => {
        Plotly = found;
        draw();
      });
      return;
    }
    drawn = performance.now();
    const traces = lines(columns, what);
    const layout = looks(value.cursor, logs, what);
    words.textContent = [summary(columns, what), steps[0] < 0 ? t("curves.before") : ""].filter(Boolean).join(". ");
    Plotly.react(plot, traces, layout, { displayModeBar: false, responsive: true });
    took = performance.now() - drawn;
  }

  let named = "";
  /** @param {string[]} there */
  function picked(there) {
    const key = `${there.join()} ${what}`;
    if (key === named) return;
    named = key;
    const focused = picks.contains(document.activeElement);
    fill(picks, there.length < 2 ? [] : there.map((name) =>
      h("button", { class: "button slim", type: "button", "aria-pressed": String(what === name), onclick: () => { what = name; draw(); } }, t(`curves.${name}`))));
    if (focused) /** @type {HTMLElement | null} */ (picks.querySelector('[aria-pressed="true"]'))?.focus();
  }

  const stops = [session.watch("curves", take), onScheme(() => draw())];
  return {
    destroy() {
      gone = true;
      clearTimeout(due);
      for (const stop of stops) stop();
      if (Plotly) Plotly.purge(plot);
      root.remove();
    },
  };
}

/** A column without the rows that do not have it. @param {any} columns @param {string} name */
function known(columns, name) {
  /** @type {number[]} */
  const x = [];
  /** @type {number[]} */
  const y = [];
  const data = columns[name]?.data ?? [];
  for (let k = 0; k < data.length; k += 1) {
    if (Number.isNaN(data[k])) continue;
    x.push(columns.step.data[k]);
    y.push(data[k]);
  }
  return { x, y };
}

/** @param {any} columns @param {string} what */
function lines(columns, what) {
  const epochs = known(columns, what);
  const steps = what === "loss" ? known(columns, "batch_loss") : { x: [], y: [] };
  const held = known(columns, `val_${what}`);
  const share = what === "accuracy" ? ".1%" : ".4~g";
  const line = (/** @type {any} */ data, /** @type {string} */ name, /** @type {any} */ look) => ({ ...data, name, mode: "lines", hovertemplate: `%{y:${share}}<extra>${name}</extra>`, ...look });
  return [
    steps.x.length ? line(steps, t("curves.batch"), { mode: "markers", marker: { color: css("--positive", 0.35), size: 4 }, hoverinfo: "skip", showlegend: false }) : null,
    epochs.x.length ? line(epochs, t("curves.learned"), { line: { color: css("--positive"), width: 2.2 } }) : null,
    held.x.length ? line(held, t("curves.held"), { line: { color: css("--negative"), width: 2.2, dash: "5px,3px" } }) : null,
  ].filter(Boolean);
}

/** @param {number} cursor @param {boolean} logs @param {string} what */
function looks(cursor, logs, what) {
  const grid = css("--line");
  const axis = { gridcolor: grid, linecolor: css("--line-strong"), zeroline: false, tickfont: { size: 11 }, automargin: true, fixedrange: true };
  return {
    height: HEIGHT, margin: { l: 44, r: 8, t: 6, b: 34 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: css("--ink-soft"), family: getComputedStyle(document.body).fontFamily, size: 11 },
    xaxis: { ...axis, title: { text: t("curves.steps"), standoff: 4 }, rangemode: "tozero" },
    yaxis: { ...axis, type: logs ? "log" : "linear", tickformat: what === "accuracy" ? ".0%" : undefined, nticks: 6, exponentformat: "power" },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom", font: { size: 11 } },
    showlegend: true, hovermode: "x unified",
    hoverlabel: { bgcolor: css("--sheet"), bordercolor: css("--line-strong"), font: { color: css("--ink") } },
    shapes: [{ type: "line", xref: "x", yref: "paper", x0: cursor, x1: cursor, y0: 0, y1: 1, line: { color: css("--ink"), width: 1.2, dash: "dot" } }],
  };
}

/** What the lines say, for those who do not see them. @param {any} columns @param {string} what */
function summary(columns, what) {
  const told = (/** @type {any} */ data) => (what === "accuracy" ? percent(data) : number(Number(data.toPrecision(3))));
  const parts = [];
  let first = Infinity;
  let last = 0;
  for (const [name, label] of [[what, "learned"], [`val_${what}`, "held"]]) {
    const { x, y } = known(columns, name);
    const source = y.length > 1 || label === "held" || what !== "loss" ? { x, y } : known(columns, "batch_loss");
    if (!source.y.length) continue;
    first = Math.min(first, source.x[0]);
    last = Math.max(last, source.x[source.x.length - 1]);
    parts.push(t("curves.told", { name: t(`curves.${label}`), from: told(source.y[0]), to: told(source.y[source.y.length - 1]) }));
  }
  return parts.length ? t("curves.until", { parts: parts.join(", "), first: number(first), step: number(last) }) : "";
}
