// @ts-check
/** Small marks on and beside a unit. */

import { css, inkOn, mixed, signed } from "./colours.js";
import { largest } from "./read.js";

/** @typedef {import("./read.js").Stage} Stage */
/** @typedef {import("./layout.js").Place} Place */
/** @typedef {import("./colours.js").Colours} Colours */

/** Of a stage of more units the biases are shown one by one. */
export const FEW = 16;

/**
 * Where a unit's bias is touched.
 * @param {Place} unit
 * @returns {{x: number, y: number, radius: number} | null} nothing for a small unit
 */
export function biasAt(unit) {
  if (unit.wide < 17) return null;
  const out = unit.wide / 2;
  return { x: unit.x - out * 0.78, y: unit.y + (unit.tall / 2) * 0.82, radius: unit.wide < 26 ? 3.5 : 5 };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stage} stage
 * @param {Place[]} units
 * @param {Colours} colours
 * @param {number | null} only of one unit; null: of all
 */
export function biases(context, stage, units, colours, only) {
  const values = stage.biases?.data ?? [];
  const most = Math.max(0.1, largest(values));
  units.forEach((unit, at) => {
    const knob = only === null || only === at ? biasAt(unit) : null;
    if (!knob) return;
    const fill = signed(colours, values[at] / (most === 1 ? 1 : most));
    context.beginPath();
    context.arc(knob.x, knob.y, knob.radius, 0, 2 * Math.PI);
    context.fillStyle = css(fill);
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = css(colours.sheet);
    context.stroke();
    context.lineWidth = 1.1;
    context.strokeStyle = css(mixed(fill, colours.ink, 0.5));
    context.stroke();
    if (values[at] < 0 && knob.radius >= 5) {
      context.fillStyle = inkOn(fill);
      context.fillRect(knob.x - 2.5, knob.y - 0.6, 5, 1.2);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Place} unit
 * @param {Colours} colours
 */
export function cross(context, unit, colours) {
  const [half, tall] = [unit.wide / 2, unit.tall / 2];
  context.fillStyle = css(colours.sheet, 0.72);
  context.fillRect(unit.x - half - 1, unit.y - tall - 1, unit.wide + 2, unit.tall + 2);
  context.strokeStyle = css(colours.soft);
  context.lineWidth = 1.5;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.roundRect(unit.x - half, unit.y - tall, unit.wide, unit.tall, half / 2);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(unit.x - half * 0.5, unit.y - tall * 0.5);
  context.lineTo(unit.x + half * 0.5, unit.y + tall * 0.5);
  context.moveTo(unit.x + half * 0.5, unit.y - tall * 0.5);
  context.lineTo(unit.x - half * 0.5, unit.y + tall * 0.5);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Place} unit
 * @param {string} ink
 */
export function minus(context, unit, ink) {
  const half = Math.min(4, unit.wide / 4);
  context.fillStyle = ink;
  context.fillRect(unit.x - half, unit.y - 0.7, 2 * half, 1.4);
}

/**
 * How strong a unit is now, beside the picture of its weights.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} unit
 * @param {number} share
 * @param {Colours} colours
 */
export function meter(context, unit, share, colours) {
  const wide = unit.wide > 24 ? 4 : 2.5;
  const [x, foot] = [unit.x + unit.wide / 2 - wide, unit.y + unit.tall / 2];
  const tall = unit.tall * Math.min(1, Math.abs(share) || 0);
  context.fillStyle = css(colours.sheet, 0.85);
  context.fillRect(x - 1, foot - unit.tall, wide + 1, unit.tall);
  context.fillStyle = css(share < 0 ? colours.negative : colours.positive);
  context.fillRect(x, foot - tall, wide, tall);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {Colours} colours
 */
export function mark(context, x, y, colours) {
  context.beginPath();
  context.arc(x, y, 2.6, 0, 2 * Math.PI);
  context.fillStyle = css(colours.ink);
  context.fill();
  context.lineWidth = 1.4;
  context.strokeStyle = css(colours.sheet);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Place[]} units
 * @param {Colours} colours
 */
export function frame(context, units, colours) {
  const [first, last] = [units[0], units[units.length - 1]];
  if (!first || !last) return;
  context.lineWidth = 1;
  context.strokeStyle = css(colours.ink, 0.35);
  context.strokeRect(
    first.x - first.wide / 2 - 0.5, first.y - first.tall / 2 - 0.5,
    last.x - first.x + first.wide + 0.5, last.y - first.y + first.tall + 0.5,
  );
}
