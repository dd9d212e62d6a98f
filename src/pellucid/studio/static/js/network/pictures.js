// @ts-check
/** Pictures of units: decision maps, receptive pictures, feature maps, and the sample itself. */

import { css, inked } from "./colours.js";
import { frame, mark, meter } from "./marks.js";
import { largest } from "./read.js";

/** @typedef {import("./read.js").Stage} Stage */
/** @typedef {import("./read.js").Value} Value */
/** @typedef {import("./layout.js").Group} Group */
/** @typedef {import("./layout.js").Place} Place */
/** @typedef {import("./colours.js").Colours} Colours */

const MANY = 64;
const EVERY = 180;

export class Pictures {
  constructor() {
    this.small = document.createElement("canvas");
    /** @type {Map<string, {canvas: HTMLCanvasElement, at: number}>} */
    this.sheets = new Map();
  }

  /** Make all anew: the places or the colours are others. */
  forget() {
    this.sheets.clear();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Value} value
   * @param {Stage} stage
   * @param {Place[]} units
   * @param {Colours} colours
   */
  tiles(context, value, stage, units, colours) {
    if (!stage.tiles || !units.length) return;
    const isMany = units.length > MANY;
    if (isMany) this.kept(context, stage, units, colours);
    else this.draw(context, stage, units, colours);
    const { what } = stage.tiles;
    const most = stage.activations ? largest(stage.activations.data) : 1;
    units.forEach((unit, at) => {
      if (what === "weights" && stage.activations) meter(context, unit, stage.activations.data[at] / most, colours);
      if (value.at && what === "decision" && unit.wide >= 26) {
        const [x, y] = [unit.x - unit.wide / 2, unit.y - unit.tall / 2];
        mark(context, x + value.at[0] * unit.wide, y + value.at[1] * unit.tall, colours);
      }
    });
  }

  /**
   * Many pictures, made anew only now and then: they change slowly.
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Place[]} units
   * @param {Colours} colours
   */
  kept(context, stage, units, colours) {
    const { canvas } = context;
    const now = performance.now();
    let found = this.sheets.get(stage.name);
    if (!found || found.canvas.width !== canvas.width || found.canvas.height !== canvas.height) {
      found = { canvas: document.createElement("canvas"), at: -Infinity };
      found.canvas.width = canvas.width;
      found.canvas.height = canvas.height;
      this.sheets.set(stage.name, found);
    }
    if (now - found.at > EVERY) {
      const own = /** @type {CanvasRenderingContext2D} */ (found.canvas.getContext("2d"));
      own.setTransform(1, 0, 0, 1, 0, 0);
      own.clearRect(0, 0, canvas.width, canvas.height);
      own.setTransform(context.getTransform());
      this.draw(own, stage, units, colours);
      found.at = now;
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(found.canvas, 0, 0);
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Place[]} units
   * @param {Colours} colours
   */
  draw(context, stage, units, colours) {
    if (!stage.tiles) return;
    const [, tall, wide] = stage.tiles.pixels.shape;
    this.filled(stage.tiles.pixels.data, wide, tall * units.length, colours.bytes);
    context.imageSmoothingEnabled = stage.tiles.what === "decision" || units[0].wide * 1.5 < wide;
    units.forEach((unit, at) => {
      const [x, y] = [unit.x - unit.wide / 2, unit.y - unit.tall / 2];
      const round = unit.wide > 20 ? Math.min(8, unit.wide / 7) : 0;
      const isClipped = round > 0 && units.length <= MANY;
      if (isClipped) {
        context.save();
        context.beginPath();
        context.roundRect(x, y, unit.wide, unit.tall, round);
        context.clip();
      }
      context.drawImage(this.small, 0, at * tall, wide, tall, x, y, unit.wide, unit.tall);
      if (isClipped) context.restore();
      context.beginPath();
      context.roundRect(x, y, unit.wide, unit.tall, isClipped ? round : 0);
      context.lineWidth = 1;
      context.strokeStyle = css(colours.ink, 0.22);
      context.stroke();
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Place[]} units
   * @param {Colours} colours
   */
  pixels(context, stage, units, colours) {
    const shown = stage.shown?.data;
    const [first, last] = [units[0], units[units.length - 1]];
    context.fillStyle = css(colours.line);
    context.fillRect(first.x - first.wide / 2, first.y - first.tall / 2, last.x - first.x + first.wide, last.y - first.y + first.tall);
    units.forEach((unit, at) => {
      context.fillStyle = css(inked(shown ? shown[at] : 128, colours));
      context.fillRect(unit.x - unit.wide / 2, unit.y - unit.tall / 2, unit.wide - 0.6, unit.tall - 0.6);
    });
    frame(context, units, colours);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {Place} unit
   * @param {Colours} colours
   */
  picture(context, stage, unit, colours) {
    const [rows, columns] = stage.picture ?? [1, 1];
    const shown = stage.shown?.data;
    if (!shown) return;
    const area = rows * columns;
    const colour = shown.length === 3 * area;
    const image = this.sized(columns, rows);
    const data = new Uint32Array(image.data.buffer);
    for (let at = 0; at < area; at += 1) {
      const [r, g, b] = colour ? [shown[at], shown[at + area], shown[at + 2 * area]] : inked(shown[at], colours);
      data[at] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
    this.small.getContext("2d")?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, unit.x - unit.wide / 2, unit.y - unit.tall / 2, unit.wide, unit.tall);
    frame(context, [unit], colours);
  }

  /**
   * A unit's weights over the picture that it looks at.
   * @param {CanvasRenderingContext2D} context
   * @param {Stage} stage
   * @param {number} unit
   * @param {Group} group
   * @param {Colours} colours
   */
  over(context, stage, unit, group, colours) {
    if (!stage.tiles) return;
    const [, tall, wide] = stage.tiles.pixels.shape;
    const data = stage.tiles.pixels.data;
    const own = Array.from({ length: tall * wide }, (_, at) => data[unit * tall * wide + at]);
    this.filled(own, wide, tall, colours.bytes);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 0.9;
    context.drawImage(this.small, group.left, group.top, group.width, group.height);
    context.globalAlpha = 1;
    context.strokeStyle = css(colours.ink, 0.5);
    context.strokeRect(group.left, group.top, group.width, group.height);
  }

  /**
   * @param {ArrayLike<number>} pixels
   * @param {number} wide
   * @param {number} tall
   * @param {Uint32Array} bytes
   */
  filled(pixels, wide, tall, bytes) {
    const image = this.sized(wide, tall);
    const data = new Uint32Array(image.data.buffer);
    for (let at = 0; at < data.length; at += 1) data[at] = bytes[pixels[at]];
    this.small.getContext("2d")?.putImageData(image, 0, 0);
  }

  /**
   * @param {number} wide
   * @param {number} tall
   * @returns {ImageData}
   */
  sized(wide, tall) {
    if (this.small.width !== wide || this.small.height !== tall) {
      this.small.width = wide;
      this.small.height = tall;
    }
    return new ImageData(wide, tall);
  }
}
