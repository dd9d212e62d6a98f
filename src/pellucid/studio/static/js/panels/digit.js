// @ts-check
/** A canvas to draw a digit on, the digit as the network sees it, and the chance of each answer. */

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { paintPicture } from "./pixels.js";

/** @typedef {[number, number]} Point */

const SIDE = 280;
const PEN = 0.075;
const STEP = 0.04;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {Point[][]} */
  let strokes = [];
  /** @type {Point[] | null} */
  let stroke = null;
  /** @type {Point} */
  let pen = [0.5, 0.2];
  let keys = false;
  let waiting = false;
  let late = false;
  let restored = false;
  /** @type {number | undefined} */
  let saying;

  const paper = h("canvas", {
    class: "digit-paper", width: SIDE, height: SIDE, tabindex: "0", role: "application",
    "aria-label": t("digit.paper"), "aria-describedby": "digit-keys",
    onpointerdown: begin, onpointermove: go, onpointerup: end, onpointercancel: end, onkeydown: key,
    onblur: () => { keys = false; lift(); draw(); },
  });
  const wipe = h("button", { class: "button", type: "button", onclick: clear }, t("digit.wipe"));
  const back = h("button", { class: "button", type: "button", onclick: undo }, icon("undo"), t("digit.undo"));
  const seen = h("canvas", { class: "digit-seen", width: 8, height: 8, role: "img" });
  const cells = h("div", { class: "digit-cells numbers", "aria-hidden": "true" });
  const under = h("p", { class: "quiet small" });
  const bars = h("ol", { class: "digit-bars", "aria-label": t("digit.scores") });
  const answer = h("p", { class: "digit-answer" });
  const said = h("span", { class: "unseen", role: "status", "aria-live": "polite" });
  const none = h("p", { class: "quiet", hidden: true });
  const box = h("section", { class: "digit", "aria-label": t("digit.title") },
    h("div", { class: "digit-draw" },
      h("h3", {}, t("digit.draw")),
      paper,
      h("div", { class: "digit-buttons" }, wipe, back),
      h("p", { class: "quiet small", id: "digit-keys" }, t("digit.keys"))),
    h("div", { class: "digit-look" },
      h("h3", {}, t("digit.sees")),
      h("div", { class: "digit-frame" }, seen, cells),
      under),
    h("div", { class: "digit-says" }, h("h3", {}, t("digit.says")), answer, bars),
    said);
  host.append(none, box);

  // --- drawing

  /** @param {PointerEvent} event @returns {Point} */
  function at(event) {
    const room = paper.getBoundingClientRect();
    const inside = (/** @type {number} */ value) => Math.max(0, Math.min(1, value));
    return [inside((event.clientX - room.left) / room.width), inside((event.clientY - room.top) / room.height)];
  }

  /** @param {PointerEvent} event */
  function begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    paper.focus({ preventScroll: true });
    paper.setPointerCapture(event.pointerId);
    keys = false;
    put(at(event), true);
  }

  /** @param {PointerEvent} event */
  function go(event) {
    if (!stroke || keys) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) put(at(one), false);
  }

  function end() {
    if (!keys) lift();
  }

  function lift() {
    stroke = null;
  }

  /**
   * A point more, of a new stroke or the present one.
   * @param {Point} point
   * @param {boolean} fresh
   */
  function put(point, fresh) {
    if (fresh || !stroke) {
      stroke = [];
      strokes.push(stroke);
    }
    const last = stroke[stroke.length - 1];
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 0.004) return;
    stroke.push(point);
    pen = point;
    draw();
    send();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    /** @type {Record<string, Point>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const size = event.shiftKey ? 3 * STEP : STEP;
      const inside = (/** @type {number} */ value) => Math.max(0.02, Math.min(0.98, value));
      pen = [inside(pen[0] + size * move[0]), inside(pen[1] + size * move[1])];
      keys = true;
      if (stroke) put(pen, false);
      else draw();
    } else if (event.key === " " || event.key === "Enter") {
      keys = true;
      if (stroke) {
        lift();
        tell(t("digit.pen_up"));
      } else {
        put(pen, true);
        tell(t("digit.pen_down"));
      }
      draw();
    } else if (event.key === "Backspace") undo();
    else if (event.key === "Delete" || event.key === "Escape") clear();
    else return;
    event.preventDefault();
  }

  function undo() {
    strokes.pop();
    lift();
    draw();
    send();
  }

  function clear() {
    strokes = [];
    lift();
    draw();
    send();
  }

  /** Send the newest drawing; never more than one at a time. */
  async function send() {
    restored = true;
    if (waiting) {
      late = true;
      return;
    }
    waiting = true;
    do {
      late = false;
      if (strokes.length) await session.tell("DrawDigit", { strokes });
      else await session.tell("WipeDigit");
    } while (late);
    waiting = false;
  }

  function draw() {
    const context = paper.getContext("2d");
    if (!context) return;
    const style = getComputedStyle(paper);
    context.clearRect(0, 0, SIDE, SIDE);
    context.strokeStyle = context.fillStyle = style.color;
    context.lineWidth = PEN * SIDE;
    context.lineCap = context.lineJoin = "round";
    for (const line of strokes) {
      context.beginPath();
      line.forEach(([x, y], k) => (k ? context.lineTo(x * SIDE, y * SIDE) : context.moveTo(x * SIDE, y * SIDE)));
      if (line.length === 1) context.lineTo(line[0][0] * SIDE + 0.1, line[0][1] * SIDE);
      context.stroke();
    }
    if (keys) {
      context.beginPath();
      context.arc(pen[0] * SIDE, pen[1] * SIDE, (PEN * SIDE) / 2 + 3, 0, 7);
      context.lineWidth = 2;
      context.strokeStyle = style.outlineColor;
      context.stroke();
    }
    wipe.disabled = back.disabled = strokes.length === 0;
  }

  // --- what comes back

  /** @param {string} text */
  function tell(text) {
    said.textContent = text;
  }

  /** @param {any} view */
  function show(view) {
    none.hidden = !view.none;
    box.hidden = Boolean(view.none);
    none.textContent = view.none ?? "";
    if (view.none || view.error) return;
    if (!restored && view.strokes) {
      strokes = view.strokes;
      draw();
    }
    restored = true;
    under.textContent = view.empty ? t("digit.empty") : t("digit.how", { side: view.side });
    seen.setAttribute("aria-label", view.empty ? t("digit.empty") : t("digit.seen", { side: view.side }));
    paintPicture(seen, view.seen ?? { shape: [view.side, view.side], data: new Uint8Array(view.side ** 2) });
    cells.style.gridTemplateColumns = `repeat(${view.side}, 1fr)`;
    const full = view.full;
    fill(cells, (view.numbers ?? []).flat().map((/** @type {number} */ value) => h("span", { class: value > full / 2 ? "on-ink" : null }, value || "")));
    scores(view);
  }

  /** @param {any} view */
  function scores(view) {
    const found = view.scores ?? [];
    while (bars.children.length > view.classes.length) bars.lastElementChild?.remove();
    while (bars.children.length < view.classes.length) {
      bars.append(h("li", {}, h("span", { class: "digit-name" }), h("span", { class: "digit-bar" }, h("span", {})), h("span", { class: "digit-share numbers" })));
    }
    view.classes.forEach((/** @type {string} */ name, /** @type {number} */ k) => {
      const [label, bar, share] = /** @type {HTMLElement[]} */ ([...bars.children[k].children]);
      const value = found[k] ?? 0;
      label.textContent = name;
      /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * value}%`;
      share.textContent = view.empty ? "" : `${(100 * value).toFixed(value > 0.1 ? 0 : 1)} %`;
      bars.children[k].classList.toggle("first", name === view.answer);
    });
    fill(answer, view.empty ? t("digit.begin") : h("strong", {}, view.answer), view.empty ? null : ` ${sure(Math.max(...found))}`);
    clearTimeout(saying);
    if (!view.empty) {
      saying = setTimeout(() => tell(t("digit.said", { answer: view.answer, share: Math.round(100 * Math.max(...found)) })), 900);
    }
  }

  draw();
  const stop = session.watch("digit", show);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", draw);
  return {
    destroy() {
      stop();
      clearTimeout(saying);
      scheme.removeEventListener("change", draw);
      none.remove();
      box.remove();
    },
  };
}

/** @param {number} share */
function sure(share) {
  const name = share > 0.9 ? "sure" : share > 0.6 ? "rather" : "unsure";
  return t(`digit.${name}`);
}
