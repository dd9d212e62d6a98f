// @ts-check
/** How the next step flows through the layers: sizes of outputs, gradients, updates; dead units. */

import { fill, h, s } from "../dom.js";
import { number, t } from "../texts.js";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const words = h("p", { class: "small quiet" });
  const body = h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("gradients.name") });
  const root = h("section", { class: "gradients", "aria-label": t("gradients.name") }, h("div", { class: "panel-head" }, h("h3", {}, t("gradients.name"))), words, body);
  host.append(root);

  /** @param {any} value */
  function take(value) {
    if (value.none) {
      fill(body, h("p", { class: "empty quiet" }, t(`gradients.none_${value.none}`)));
      words.textContent = "";
      return;
    }
    words.textContent = t("gradients.about", { rows: number(value.rows), rate: number(Number(value.rate.toPrecision(4))) });
    const learning = value.layers.filter((/** @type {any} */ one) => one.learns);
    const steepest = Math.max(...learning.map((/** @type {any} */ one) => one.gradient ?? 0), 1e-30);
    const column = (/** @type {string} */ name) => h("th", { scope: "col", title: t(`gradients.${name}_means`) }, t(`gradients.${name}`));
    fill(body, h("table", { class: "numbers flow" },
      h("thead", {}, h("tr", {}, column("layer"), column("outputs"), column("gradient"), column("update"), column("units"))),
      h("tbody", {}, value.layers.map((/** @type {any} */ one) => h("tr", {},
        h("th", { scope: "row" }, one.name, h("span", { class: "quiet small" }, ` ${one.activation || one.kind}`)),
        h("td", {}, h("span", { class: "with-spark" }, sparkline(one.outputs), size(one.size))),
        h("td", {}, one.learns && one.gradient !== null ? h("span", { class: "with-spark" }, bar(one.gradient, steepest), size(one.gradient)) : "–"),
        h("td", {}, one.ratio === null || !one.learns ? "–" : h("span", { class: pace(one.ratio) }, percent(one.ratio))),
        h("td", {}, units(one)))))));
  }

  const stop = session.watch("gradients", take);
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}

/** @param {any} one */
function units(one) {
  if (one.dead_count) return h("span", { class: "wrong" }, t("gradients.dead", { dead: one.dead_count, all: one.units }));
  if (one.saturated) return h("span", { class: "warn" }, t("gradients.saturated", { n: one.saturated, all: one.units }));
  return h("span", { class: "quiet" }, t("gradients.alive", { n: number(one.units) }));
}

/** A change of far less than a thousandth, or more than a tenth, a step is worth a look. @param {number} ratio */
function pace(ratio) {
  return ratio > 0.1 ? "wrong" : ratio < 1e-6 ? "warn" : "";
}

/** @param {number} value */
function size(value) {
  return value === 0 ? "0" : value < 1e-3 || value >= 1e4 ? value.toExponential(1).replace("-", "−") : value.toPrecision(3);
}

/** @param {number} ratio */
function percent(ratio) {
  const share = 100 * ratio;
  return `${share === 0 ? "0" : share < 0.001 ? share.toExponential(0).replace("-", "−") : share.toPrecision(2)} %`;
}

/** How values are spread, as a small picture. @param {any} spread */
function sparkline(spread) {
  const counts = [...spread.counts.data];
  const most = Math.max(1, ...counts);
  const width = 64 / counts.length;
  return s("svg", { class: "spark", viewBox: "0 0 64 20", width: 64, height: 20, role: "img", "aria-label": t("gradients.spread", { low: size(spread.low).replace("-", "−"), high: size(spread.high) }) },
    counts.map((count, k) => s("rect", { x: k * width, y: 20 - 19 * Math.sqrt(count / most), width: Math.max(0.5, width - 0.6), height: 19 * Math.sqrt(count / most) })));
}

/** The size of a gradient on a scale of powers of ten. @param {number} value @param {number} most */
function bar(value, most) {
  const share = value > 0 ? Math.max(0.03, 1 + Math.log10(value / most) / 6) : 0;
  return s("svg", { class: "spark", viewBox: "0 0 64 20", width: 64, height: 20, "aria-hidden": "true" },
    s("rect", { class: "track", x: 0, y: 7, width: 64, height: 6, rx: 3 }), s("rect", { x: 0, y: 7, width: 64 * share, height: 6, rx: 3 }));
}
