// @ts-check
/** Axes on a canvas: even numbers along a range, and lines of words beside them. */

import { brief, rounds } from "../plane.js";
import { css } from "./palette.js";

/**
 * Frame a plot and write its axes.
 * @param {CanvasRenderingContext2D} pen
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {[number, number]} across
 * @param {[number, number]} up
 * @param {string} nameAcross
 * @param {string} nameUp
 */
export function axes(pen, box, across, up, nameAcross, nameUp) {
  pen.save();
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillStyle = css("--ink-soft");
  pen.strokeStyle = css("--line-strong");
  pen.lineWidth = 1;
  pen.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const value of rounds(across[0], across[1], Math.max(3, box.width / 80))) {
    const x = box.left + (box.width * (value - across[0])) / (across[1] - across[0]);
    pen.fillText(brief(value), Math.min(Math.max(x, box.left + 8), box.left + box.width - 8), box.top + box.height + 5);
  }
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of rounds(up[0], up[1], Math.max(2, box.height / 60))) {
    const y = box.top + box.height - (box.height * (value - up[0])) / (up[1] - up[0]);
    pen.fillText(brief(value), box.left - 5, Math.min(Math.max(y, box.top + 6), box.top + box.height - 6));
  }
  pen.fillStyle = css("--ink");
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  pen.fillText(cut(pen, nameAcross, box.width), box.left + box.width / 2, box.top + box.height + 34);
  pen.translate(11, box.top + box.height / 2);
  pen.rotate(-Math.PI / 2);
  pen.textBaseline = "middle";
  pen.fillText(cut(pen, nameUp, box.height), 0, 0);
  pen.restore();
}

/**
 * A text that fits, with dots where it had to be cut.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} width
 */
export function cut(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && pen.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
