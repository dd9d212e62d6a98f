// @ts-check
/** The map's net among the samples, in the plane of two columns: knots, and threads between neighbours. */

import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { classVariable, css, mark, onScheme, shapeOf, trace } from "./palette.js";

const SIDE = 460;
const EDGE = 34;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let view = null;
  const canvas = h("canvas", { class: "net-drawn", role: "img" });
  const coloured = h("input", { type: "checkbox", id: "net-classes", onchange: draw });
  const label = h("label", { class: "net-classes small", for: "net-classes" }, coloured, t("map.show_classes"));
  const legend = h("p", { class: "map-legend small" });
  let listed = "";
  const under = h("p", { class: "quiet small" });
  const box = h("section", { class: "net", "aria-label": t("map.net") }, h("h3", {}, t("map.net")), canvas, label, legend, under);
  host.append(box);

  function draw() {
    box.hidden = !view?.net;
    if (!view?.net) return;
    const net = view.net;
    label.hidden = view.classes.length === 0;
    const named = coloured.checked ? view.classes : [];
    if (listed !== named.join("|")) fill(legend, named.map((/** @type {string} */ name, /** @type {number} */ k) => h("span", { class: "map-class" }, mark(k), name.replaceAll("_", " "))));
    listed = named.join("|");
    under.textContent = net.whole ? t("map.net_words") : t("map.net_part", { one: net.inputs[0], two: net.inputs[1] });
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (canvas.width !== SIDE * ratio) canvas.width = canvas.height = SIDE * ratio;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    const [[x0, x1], [y0, y1]] = net.range;
    const across = (/** @type {number} */ x) => EDGE + ((x - x0) / (x1 - x0)) * (SIDE - EDGE - 8);
    const up = (/** @type {number} */ y) => SIDE - EDGE - ((y - y0) / (y1 - y0)) * (SIDE - EDGE - 8);
    axes(context, css("--ink-soft"), css("--line"));
    const points = net.points.data;
    for (let k = 0; k < points.length / 2; k++) {
      const label = coloured.checked && view.classes.length ? net.labels.data[k] : -1;
      context.fillStyle = label < 0 ? css("--line-strong") : css(classVariable(label));
      context.beginPath();
      trace(context, label < 0 ? "circle" : shapeOf(label), across(points[2 * k]), up(points[2 * k + 1]), label < 0 ? 3.2 : 3.8);
      context.fill();
    }
    const knots = net.knots.data;
    context.strokeStyle = context.fillStyle = css("--accent");
    context.lineWidth = 1.6;
    context.beginPath();
    for (let k = 0; k < net.edges.data.length; k += 2) {
      const [one, two] = [net.edges.data[k], net.edges.data[k + 1]];
      context.moveTo(across(knots[2 * one]), up(knots[2 * one + 1]));
      context.lineTo(across(knots[2 * two]), up(knots[2 * two + 1]));
    }
    context.stroke();
    for (let k = 0; k < knots.length / 2; k++) {
      context.beginPath();
      context.arc(across(knots[2 * k]), up(knots[2 * k + 1]), 3.4, 0, 7);
      context.fill();
    }
    canvas.setAttribute("aria-label", t("map.net_said", { n: knots.length / 2, points: points.length / 2, error: number(Number(view.error.toFixed(3))) }));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} ink
   * @param {string} line
   */
  function axes(context, ink, line) {
    const { inputs, range } = view.net;
    context.strokeStyle = line;
    context.lineWidth = 1;
    context.strokeRect(EDGE, 8, SIDE - EDGE - 8, SIDE - EDGE - 8);
    context.fillStyle = ink;
    context.font = "13px system-ui, sans-serif";
    const short = (/** @type {number} */ value) => number(Number(value.toPrecision(2)));
    context.textAlign = "left";
    context.fillText(short(range[0][0]), EDGE, SIDE - 14);
    context.textAlign = "right";
    context.fillText(short(range[0][1]), SIDE - 8, SIDE - 14);
    context.textAlign = "center";
    context.fillText(inputs[0].replaceAll("_", " "), (SIDE + EDGE) / 2, SIDE - 14);
    context.save();
    context.translate(14, (SIDE - EDGE) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(inputs[1].replaceAll("_", " "), 0, 4);
    context.textAlign = "right";
    context.fillText(short(range[1][1]), (SIDE - EDGE) / 2 - 8, 4);
    context.textAlign = "left";
    context.fillText(short(range[1][0]), -(SIDE - EDGE) / 2, 4);
    context.restore();
  }

  const stop = session.watch("map", (found) => {
    if (found.places === undefined) return;
    view = found;
    draw();
  });
  const scheme = onScheme(draw);
  return {
    destroy() {
      stop();
      scheme();
      box.remove();
    },
  };
}
