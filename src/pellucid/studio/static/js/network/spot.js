// @ts-check
/** Where the card of a unit stands: close to it, and where it hides least of what is looked at. */

import { along } from "./lines.js";

/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./lines.js").Lines} Lines */

const GAP = 14;
const BELOW = 70;
const SHARES = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85];

/**
 * @param {Layout} whole
 * @param {{stage: number, unit: number}} at
 * @param {{wide: number, tall: number}} size of the card
 * @param {Lines[]} lit the unit's lines
 * @returns {[number, number]} its upper left corner
 */
export function spotFor(whole, at, size, lit) {
  const unit = whole.groups[at.stage].units[at.unit];
  const [right, left] = [unit.x + unit.wide / 2 + GAP, unit.x - unit.wide / 2 - GAP - size.wide];
  const [low, high] = [unit.y + unit.tall / 2 + GAP, unit.y - unit.tall / 2 - GAP - size.tall];
  const middle = unit.x - size.wide / 2;
  const level = unit.y - size.tall / 2;
  const foot = whole.height + BELOW - size.tall;
  const points = lit.flatMap((lines) =>
    lines.from.flatMap((_, k) => SHARES.map((share) => along(lines.ends, k, whole.narrow, share))),
  );
  const others = whole.groups.flatMap((group) => group.units.filter((each) => each !== unit));
  const names = whole.groups.flatMap((group) => group.units.map((each) => nameAt(group, each)));
  let best = /** @type {[number, number]} */ ([right, level]);
  let least = Infinity;
  for (const [x, y] of /** @type {[number, number][]} */ ([
    [right, level], [left, level], [right, low], [left, low], [right, high], [left, high],
    [middle, low], [middle, high], [right, foot], [left, foot], [right + 190, level], [right, 4], [left, 4],
  ])) {
    const [cornerX, cornerY] = [
      Math.min(Math.max(x, 4), whole.width - size.wide - 4), Math.min(Math.max(y, 4), Math.max(4, foot)),
    ];
    const isIn = (/** @type {number} */ px, /** @type {number} */ py, pad = 0) =>
      px > cornerX - pad && px < cornerX + size.wide + pad && py > cornerY - pad && py < cornerY + size.tall + pad;
    const share = points.length ? points.filter(([px, py]) => isIn(px, py, 6)).length / points.length : 0;
    const hides = isIn(unit.x, unit.y, unit.wide / 2) ? 100 : 0;
    const covered = others.filter((each) => isIn(each.x, each.y, each.wide / 2)).length / Math.max(8, others.length);
    const words = names.filter((at_) => at_ && isIn(at_[0], at_[1], 12)).length / 8;
    const far = Math.hypot(cornerX + size.wide / 2 - unit.x, cornerY + size.tall / 2 - unit.y) / 1500;
    const cost = hides + 2.5 * share + 2 * covered + words + far;
    if (cost < least) [best, least] = [[cornerX, cornerY], cost];
  }
  return best;
}

/**
 * The middle of what stands beside a unit.
 * @param {import("./layout.js").Group} group
 * @param {import("./layout.js").Place} unit
 * @returns {[number, number] | null}
 */
function nameAt(group, unit) {
  if (group.labels === "right") return [unit.x + unit.wide / 2 + group.room + 60, unit.y];
  if (group.labels === "left" || group.labels === "inline") return [unit.x - unit.wide / 2 - group.room / 2, unit.y];
  return group.labels === "below" ? [unit.x, unit.y + unit.tall / 2 + 16] : null;
}
