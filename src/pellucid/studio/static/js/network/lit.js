// @ts-check
/** What stands out: the lines of one unit, or one line, with their numbers, and the unit's card. */

import { fill } from "../dom.js";
import { card } from "./card.js";
import { along, linesOf } from "./lines.js";
import { short } from "./read.js";
import { spotFor } from "./spot.js";
import { chip, paintLines } from "./strokes.js";

/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./lines.js").Line} Line */

const CHIPS = 10;
const FEWER = 4;

export class Lit {
  /** @param {import("./view.js").NetworkView} view */
  constructor(view) {
    this.view = view;
  }

  /**
   * The lines of the unit that stands out, or the one line.
   * @param {Value} value
   */
  light(value) {
    const { drawing, paper, touch } = this.view;
    const { whole, colours } = drawing;
    if (!whole || !colours) return;
    const context = drawing.context(drawing.lit);
    const line = touch.line ?? this.view.line ?? (this.view.hovered ? null : this.view.toldLine);
    const unit = line ? null : this.view.shown;
    paper.classList.toggle("nv-dimmed", Boolean(unit));
    paper.classList.toggle("nv-half", Boolean(line));
    if (unit && unit.stage === 1) {
      const stage = value.stages[1];
      if (stage.tiles?.what === "weights") drawing.painter.pictures.over(context, stage, unit.unit, whole.groups[0], colours);
    }
    const found = unit ? linesOf(value.stages, whole, unit.stage, unit.unit) : line ? [this.single(value, line)] : [];
    if (unit) drawing.painter.bias(context, value.stages[unit.stage], whole.groups[unit.stage], unit.unit, colours);
    for (const lines of found) {
      const most = drawing.mostOf(value, lines.stage);
      paintLines(context, lines, most, whole.narrow, colours, true);
      if (lines.from.length > (whole.narrow ? FEWER : CHIPS)) continue;
      const share = line ? 0.5 : lines.stage === unit?.stage ? 0.27 : 0.73;
      if (value.stages[lines.stage].strongest) continue;
      lines.weights.forEach((weight, at) => {
        const [x, y] = along(lines.ends, at, whole.narrow, share);
        if (!touch.line) chip(context, short(weight), x, y, colours, weight);
      });
    }
  }

  /**
   * @param {Value} value
   * @param {Line} line
   * @returns {import("./lines.js").Lines}
   */
  single(value, line) {
    const found = { stage: line.stage, from: [], to: [], weights: [], ends: [] };
    const of = linesOf(value.stages, /** @type {any} */ (this.view.whole), line.stage, line.to)[0];
    const at = of ? of.from.indexOf(line.from) : -1;
    if (at < 0) return found;
    return { stage: line.stage, from: [line.from], to: [line.to], weights: [of.weights[at]], ends: of.ends.slice(4 * at, 4 * at + 4) };
  }

  /** The card beside the unit that is pointed at. */
  showCard() {
    const { card: element, value, hovered, chosen, whole, touch, paper, scroll, root } = this.view;
    const isKept = hovered && chosen && hovered.stage === chosen.stage && hovered.unit === chosen.unit;
    const shows = Boolean(value && hovered && whole && !isKept && !touch.isBusy && !this.view.options.compact);
    element.hidden = !shows;
    if (!shows || !value || !hovered || !whole) return;
    const unit = whole.groups[hovered.stage]?.units[hovered.unit];
    if (!unit) {
      element.hidden = true;
      return;
    }
    fill(element, card(value, hovered.stage, hovered.unit));
    const size = { wide: element.offsetWidth, tall: element.offsetHeight };
    const lit = linesOf(value.stages, whole, hovered.stage, hovered.unit);
    const [x, y] = spotFor(whole, hovered, size, lit);
    const shift = paper.offsetLeft - scroll.scrollLeft;
    element.style.left = `${Math.min(Math.max(x + shift, 0), root.clientWidth - size.wide)}px`;
    element.style.top = `${y + scroll.offsetTop}px`;
  }
}
