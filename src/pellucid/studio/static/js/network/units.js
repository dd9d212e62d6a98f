// @ts-check
/** What each unit is for the sample that is looked at, on a canvas. */

import { css, inkOn, mixed, signed } from "./colours.js";
import { FEW, biases, cross, minus } from "./marks.js";
import { Pictures } from "./pictures.js";
import { isKnockedOut, largest, short } from "./read.js";
import { write } from "./strokes.js";

/** @typedef {import("./read.js").Stage} Stage */
/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./layout.js").Group} Group */
/** @typedef {import("./layout.js").Place} Place */
/** @typedef {import("./colours.js").Colours} Colours */

/** Paints units. */
export class Units {
  constructor() {
    this.pictures = new Pictures();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Value} value
   * @param {Layout} whole
   * @param {Colours} colours
   */
  paint(context, value, whole, colours) {
    value.stages.forEach((stage, place) => {
      const group = whole.groups[place];
      const after = value.stages[place + 1];
      if (group.form === "pixel") this.pictures.pixels(context, stage, group.units, colours);
      else if (stage.kind === "inputs" && stage.picture) this.pictures.picture(context, stage, group.units[0], colours);
      else if (stage.tiles && group.form !== "dot") this.pictures.tiles(context, value, stage, group.units, colours);
      else this.dots(context, stage, group.units, colours);
      if (place < value.stages.length - 1 && group.form !== "pixel") {
        group.units.forEach((unit, at) => {
          if (isKnockedOut(after, at)) cross(context, unit, colours);
        });
      }
      if (stage.biases && group.form !== "sheet" && group.units.length <= FEW) {
        biases(context, stage, group.units, colours, null);
      }
    });
  }

  /**
   * The bias of one unit, where not all of the stage are shown.
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Group} group
   * @param {number} unit
   * @param {Colours} colours
   */
  bias(context, stage, group, unit, colours) {
    if (stage.biases && group.form !== "sheet" && group.units.length > FEW) biases(context, stage, group.units, colours, unit);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Place[]} units
   * @param {Colours} colours
   */
  dots(context, stage, units, colours) {
    const values = stage.activations?.data;
    const most = values ? largest(values) : 1;
    units.forEach((unit, at) => {
      const value = values ? values[at] : 0;
      const fill = signed(colours, value / most);
      const radius = unit.wide / 2;
      context.beginPath();
      context.arc(unit.x, unit.y, radius, 0, 2 * Math.PI);
      context.fillStyle = css(fill);
      context.fill();
      context.lineWidth = 1.25;
      context.strokeStyle = css(mixed(fill, colours.ink, 0.28));
      context.stroke();
      if (!values) return;
      if (radius >= 13) write(context, short(value, 2), unit.x, unit.y, inkOn(fill), 10.5);
      else if (value < 0 && radius >= 4 && -value / most > 0.02) minus(context, unit, inkOn(fill));
    });
  }
}
