// @ts-check
/** A race: several rules from where the network is now, on the same batches. */

import { fill, h, s } from "../dom.js";
import { Plane } from "../plane.js";
import { number, t } from "../texts.js";
import { styled } from "./index.js";

const OPTIMIZERS = ["SGD", "momentum", "AdaGrad", "RMSProp", "Adam"];
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const MOST = 8;
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];
const START = [["SGD", 0.1], ["momentum", 0.1], ["AdaGrad", 0.1], ["Adam", 0.1]];

/**
 * A runner: an optimizer, its rate, and whether it runs.
 * @typedef {{optimizer: string, rate: number, runs: boolean}} Runner
 */

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  styled("plane");
  /** @type {Runner[]} */
  const runners = START.map(([optimizer, rate]) => ({ optimizer: String(optimizer), rate: Number(rate), runs: true }));
  /** @type {any} */
  let found = null;
  let gone = false;
  const list = h("ol", { class: "race-runners" });
  const epochs = h("input", { type: "number", min: 1, max: 1000, value: 10, class: "numbers", "aria-label": t("race.epochs") });
  const go = h("button", { class: "button main", type: "button", onclick: run }, t("race.go"));
  const add = h("button", { class: "button", type: "button", onclick: () => { runners.push({ optimizer: "Adam", rate: 0.01, runs: true }); drawList(true); } }, t("race.add"));
  const plot = h("div", { hidden: true });
  const table = h("table", { class: "race-table numbers", hidden: true });
  const says = h("p", { class: "panel-says", role: "status" });
  const root = h("section", { class: "race-panel", "aria-label": t("race.name") },
    h("div", { class: "panel-top" }, h("h3", {}, t("race.name"))), list,
    h("div", { class: "race-go" }, add, h("label", {}, t("race.for"), " ", epochs, " ", t("race.epochs_word")), go),
    says, plot, h("div", { class: "race-scroll" }, table));
  host.append(root);
  const plane = new Plane(plot, paint, { label: t("race.curves"), ratio: 0.56 });

  /** @param {boolean} [last] whether the new one gets the focus */
  function drawList(last = false) {
    fill(list, runners.map((runner, k) => {
      const which = h("select", { "aria-label": t("race.rule", { n: k + 1 }), onchange: () => { runner.optimizer = which.value; } }, OPTIMIZERS.map((name) => h("option", { value: name }, name)));
      which.value = runner.optimizer;
      const rate = h("select", { "aria-label": t("race.rate", { n: k + 1 }), class: "numbers", onchange: () => { runner.rate = Number(rate.value); } }, RATES.map((one) => h("option", { value: one }, String(one))));
      rate.value = String(runner.rate);
      const box = h("input", { type: "checkbox", checked: runner.runs, "aria-label": t("race.runs", { n: k + 1 }), onchange: () => { runner.runs = box.checked; } });
      return h("li", {}, box, which, h("label", { class: "race-rate" }, h("span", { class: "quiet" }, t("race.at")), rate),
        h("button", { class: "button plain small", type: "button", "aria-label": t("race.remove", { n: k + 1 }), title: t("race.remove", { n: k + 1 }), onclick: () => { runners.splice(k, 1); drawList(); } }, "×"));
    }));
    add.disabled = runners.length >= MOST;
    if (last) /** @type {HTMLElement | null} */ (list.querySelector("li:last-child select"))?.focus();
  }

  /** @param {Runner} runner */
  function record(runner) {
    const rate = { schedule: "Constant", value: runner.rate };
    const own = runner.optimizer === "momentum" ? { optimizer: "SGD", momentum: 0.9 } : { optimizer: runner.optimizer };
    return { rule: "Backprop", optimizer: { ...own, rate } };
  }

  async function run() {
    /** @type {Record<string, any>} */
    const rules = {};
    for (const runner of runners.filter((one) => one.runs)) rules[t("race.runner", { rule: runner.optimizer, rate: runner.rate })] = record(runner);
    const count = Math.round(Number(epochs.value));
    if (Object.keys(rules).length < 2 || !(count >= 1 && count <= 1000)) {
      says.textContent = t(Object.keys(rules).length < 2 ? "race.two" : "race.count");
      return;
    }
    go.disabled = true;
    says.textContent = t("race.running");
    const result = await session.tell("RunRace", { rules, epochs: count });
    if (gone) return;
    go.disabled = false;
    if (result === undefined) {
      says.textContent = "";
      return;
    }
    await tell();
    if (!gone && !found) says.textContent = t("race.gone");
  }

  /** The last race on what is there now: also after a reload, and so that a lesson hears of it. */
  async function tell() {
    const told = await session.tell("TellRace");
    if (gone || told === undefined) return;
    found = told;
    plot.hidden = table.hidden = !found;
    if (!found) {
      if (!go.disabled) says.textContent = "";
      return;
    }
    const [first] = found.rows;
    const values = Object.keys(found.curves);
    if (!go.disabled) says.textContent = t("race.won", { step: number(found.step), data: found.data, name: first.rule, value: number(Number((first[found.value] ?? NaN).toPrecision(3))), what: t(found.value === "val_loss" ? "race.val_loss" : "race.loss") });
    fill(table,
      h("caption", { class: "unseen" }, t("race.table")),
      h("thead", {}, h("tr", {}, ["place", "rule_head", "end", "best"].map((name) => h("th", { scope: "col" }, t(`race.${name}`))))),
      h("tbody", {}, found.rows.map((/** @type {any} */ row, /** @type {number} */ k) => {
        const look = values.indexOf(row.rule);
        const end = row.ended === "diverged" ? t("race.broke") : number(Number((row[found.value] ?? NaN).toPrecision(4)));
        const mark = s("svg", { width: 26, height: 10, "aria-hidden": "true" }, s("line", { x1: 1, x2: 25, y1: 5, y2: 5, class: `race-line race-${look % MOST}`, "stroke-dasharray": DASHES[look % DASHES.length] }));
        return h("tr", {}, h("td", {}, String(k + 1)), h("th", { scope: "row" }, mark, " ", row.rule), h("td", {}, end), h("td", {}, row.best === null ? "–" : number(Number(row.best.toPrecision(4)))));
      })));
    plane.redraw();
  }

  /** @param {Plane} on */
  function paint(on) {
    if (!found) return [];
    const names = Object.keys(found.curves);
    let most = 1;
    /** @type {number[]} */
    const all = [];
    for (const name of names) {
      const { data } = found.curves[name];
      most = Math.max(most, data.length);
      for (const one of data) if (Number.isFinite(one)) all.push(one);
    }
    if (!all.length) return [];
    all.sort((a, b) => a - b);
    const low = all[0];
    const high = all[all.length - 1];
    on.upLog = low > 0 && high / low > 30;
    on.across = [1, Math.max(2, most)];
    on.up = on.upLog ? [low / 1.3, high * 1.3] : [Math.min(0, low), high * 1.05 || 1];
    on.names = [t("race.epoch_axis"), t(found.value === "val_loss" ? "race.val_loss" : "race.loss")];
    return names.map((name, k) => {
      const { data } = found.curves[name];
      const line = on.line(Array.from({ length: data.length }, (_, at) => at + 1), data, `race-line race-${k % MOST}`);
      line.setAttribute("stroke-dasharray", DASHES[k % DASHES.length]);
      return line;
    });
  }

  drawList();
  const stop = session.watch("scene", tell); // and at once, for the scene that is there
  return {
    destroy() {
      gone = true;
      stop();
      plane.destroy();
      root.remove();
    },
  };
}
