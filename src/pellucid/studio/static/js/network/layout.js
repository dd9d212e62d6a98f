// @ts-check
/** Where everything lies: from left to right, or from top to bottom where there is little width. */

/** @typedef {import("./read.js").Stage} Stage */

/**
 * @typedef {"dot" | "tile" | "pixel" | "sheet"} Form
 *   dot: a number; tile: a unit with its own picture; pixel: a number of a picture; sheet: a picture
 * @typedef {{x: number, y: number, wide: number, tall: number}} Place the middle of a unit, its size
 * @typedef {object} Group one stage, placed
 * @property {Form} form
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} columns
 * @property {Place[]} units
 * @property {number} more units that are not drawn
 * @property {"left" | "inline" | "right" | "below" | "list" | ""} labels where the names of the units stand
 * @property {number} room how wide a name may be
 * @property {number} below how tall the names below the units are
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {boolean} narrow
 * @property {Group[]} groups
 */

export const NARROW = 640;
const LEAST_WIDTH = 420;
const HEAD = 56;
const FOOT = 26;
const EDGE = 20;
const LEAST_GAP = 86;
const TIGHT = 760; // below so many pixels across, tiles and gaps are smaller
const TIGHT_GAP = 56;
const SHORT_GAP = 36; // where all is too wide otherwise
const SHORT_NAME = 104;
const LEAST_NAME = 60;
const MOST_GAP = 300;
const MOST_PIXELS = 200;
const LETTER = 6.9;
const CLOSE = 34;
export const LIST = 24;
const SCORE = 126;
const PLAIN_SCORE = 70;

/**
 * @param {Stage} stage
 * @returns {Form}
 */
export function formOf(stage) {
  if (stage.isPicture) return "sheet";
  if (stage.picture) {
    const isFlat = stage.shape.length === 1 || stage.shape[0] === 1;
    return isFlat && stage.picture[0] * stage.picture[1] <= MOST_PIXELS ? "pixel" : "sheet";
  }
  return stage.tiles ? "tile" : "dot";
}

/**
 * @param {Stage[]} stages
 * @param {number} width
 * @param {{height?: number, narrow?: boolean, bars?: boolean}} [options] bars: whether chances have theirs
 * @returns {Layout}
 */
export function layout(stages, width, options = {}) {
  const wide = across(stages, width, options.height, options.bars === false ? PLAIN_SCORE : SCORE);
  const fits = width >= LEAST_WIDTH && wide.width <= width;
  const narrow = options.narrow ?? (width < NARROW && !fits);
  return narrow ? down(stages, width) : wide;
}

/**
 * @param {Stage} stage
 * @param {number} place
 * @param {Stage[]} stages
 * @returns {boolean}
 */
function isNamed(stage, place, stages) {
  const form = formOf(stage);
  const isEnd = place === 0 || place === stages.length - 1;
  return isEnd && form !== "pixel" && !stage.isPicture && !stage.picture && stage.count <= 40;
}

// --- from left to right

/**
 * @param {Stage[]} stages
 * @param {number} width
 * @param {number | undefined} wanted
 * @param {number} score how wide a score is
 * @returns {Layout}
 */
function across(stages, width, wanted, score) {
  const body = wanted ? Math.max(160, wanted - HEAD - FOOT) : Math.min(500, Math.max(300, width * 0.4));
  const busiest = Math.max(...stages.map((stage) => stage.count));
  const isTight = width < TIGHT;
  const most = isTight ? 60 : busiest <= 3 ? 100 : busiest <= 6 ? 76 : 68;
  const grids = stages.map((stage, place) => gridDown(stage, body, isNamed(stage, place, stages), most));
  const tall = Math.max(...grids.map((grid) => grid.rows * grid.pitchY));
  const last = stages.length - 1;
  const isClose = grids[0].pitchY < CLOSE;
  const given = isClose && stages[0].given.length ? 58 : 0;
  const [hasNames, hasAnswers] = [isNamed(stages[0], 0, stages), isNamed(stages[last], last, stages)];
  const beside = 2 * EDGE + (hasNames ? 16 + given : 0) + (hasAnswers ? score : 0);
  const units = grids.reduce((sum, grid) => sum + grid.columns * grid.pitchX, beside);
  const inputs = hasNames ? Math.min(170, Math.max(52, letters(stages[0]))) : 0;
  const outputs = hasAnswers ? Math.min(190, 12 + 1.1 * letters(stages[last])) : 0;
  const [least, ...names] = squeezed(width < NARROW ? Infinity : width - units, [
    { most: isTight ? TIGHT_GAP : LEAST_GAP, least: SHORT_GAP, times: last },
    ...[inputs, outputs].map((most) => ({ most: Math.max(0, most - SHORT_NAME), least: 0, times: 1 })),
    ...[inputs, outputs].map((most) => ({ most: Math.min(SHORT_NAME, most), least: LEAST_NAME, times: 1 })),
  ]);
  const [named, answers] = [names[0] + names[2], names[1] + names[3]];
  const left = EDGE + (hasNames ? named + 16 + given : 0);
  const taken = units + named + answers;
  const free = (width - taken) / Math.max(1, last);
  const gap = Math.min(MOST_GAP, Math.max(least, free));
  const all = taken + gap * last;
  let x = left + Math.max(0, (width - all) / 2);
  const groups = stages.map((stage, place) => {
    const grid = grids[place];
    const own = { wide: grid.columns * grid.pitchX, tall: grid.rows * grid.pitchY };
    const top = HEAD + (tall - own.tall) / 2;
    const where = isClose && place === 0 ? "inline" : place === 0 ? "left" : "right";
    const side = !isNamed(stage, place, stages) || grid.columns > 1 ? "" : where;
    const room = side === "right" ? answers : side ? left - EDGE - 10 : 0;
    const found = placed(grid, x, top, side, room);
    x += own.wide + gap;
    return found;
  });
  return { width: Math.max(width, Math.ceil(all - 0.01)), height: Math.ceil(HEAD + tall + FOOT), narrow: false, groups };
}

/**
 * How long parts are so that they fit: each as long as it would be, the first cut first where there is less room.
 * @param {number} room
 * @param {{most: number, least: number, times: number}[]} parts
 * @returns {number[]}
 */
function squeezed(room, parts) {
  let over = parts.reduce((sum, part) => sum + part.most * part.times, -room);
  return parts.map(({ most, least, times }) => {
    const cut = Math.max(0, Math.min(over, (most - least) * times));
    over -= cut;
    return times ? most - cut / times : most;
  });
}

/**
 * @typedef {object} Grid
 * @property {Form} form
 * @property {number} columns
 * @property {number} rows
 * @property {number} pitchX
 * @property {number} pitchY
 * @property {number} wide
 * @property {number} tall
 * @property {number} drawn
 * @property {number} more
 */

/**
 * @param {Stage} stage
 * @param {number} body
 * @param {boolean} named
 * @param {number} largest of a tile
 * @returns {Grid}
 */
function gridDown(stage, body, named, largest) {
  const form = formOf(stage);
  if (form === "pixel") return pixels(stage, Math.min(180, body));
  if (form === "sheet" && stage.picture) return onePicture(stage, Math.min(200, body));
  const drawn = Math.min(stage.count, 256);
  const most = form === "dot" ? 46 : form === "tile" ? largest : stage.kind === "inputs" ? 130 : 84;
  const least = named ? [form === "dot" ? 15 : 26, 12] : form === "dot" ? [22, 15] : [44, 34, 26];
  for (const pitch of least) {
    const columns = Math.max(1, Math.min(named ? 1 : 10, Math.floor(250 / pitch)));
    for (let count = 1; count <= columns; count += 1) {
      const rows = Math.ceil(drawn / count);
      if (body / rows < pitch) continue;
      const even = [count, count + 1, count + 2].find((each) => drawn % each === 0 && each <= columns) ?? count;
      return grid(form, stage, drawn, even, Math.min(most, body / Math.ceil(drawn / even)));
    }
  }
  const pitch = least[least.length - 1];
  const columns = named ? 1 : Math.max(1, Math.floor(250 / pitch));
  return grid(form, stage, drawn, columns, pitch);
}

/**
 * @param {Form} form
 * @param {Stage} stage
 * @param {number} drawn
 * @param {number} columns
 * @param {number} pitch
 * @returns {Grid}
 */
function grid(form, stage, drawn, columns, pitch) {
  const size = form === "dot" ? Math.min(34, pitch * 0.78) : pitch - Math.max(3, pitch * 0.14);
  let [wide, tall] = [size, size];
  if (stage.isPicture) {
    const [, rows, across] = stage.shape;
    const longer = Math.max(rows, across, 1);
    wide = Math.max(6, (size * across) / longer);
    tall = Math.max(6, (size * rows) / longer);
  }
  const rows = Math.ceil(drawn / columns);
  const pitchX = columns > 1 ? wide + (pitch - size) : wide;
  return {
    form, columns, rows, pitchX, pitchY: tall + (pitch - size), wide, tall, drawn,
    more: stage.count - drawn,
  };
}

/**
 * @param {Stage} stage
 * @param {number} side
 * @returns {Grid}
 */
function pixels(stage, side) {
  const [rows, columns] = stage.picture ?? [1, 1];
  const size = Math.max(6, Math.floor(side / Math.max(rows, columns)));
  return {
    form: "pixel", columns, rows, pitchX: size, pitchY: size, wide: size, tall: size,
    drawn: rows * columns, more: 0,
  };
}

/**
 * @param {Stage} stage
 * @param {number} side
 * @returns {Grid}
 */
function onePicture(stage, side) {
  const [rows, columns] = stage.picture ?? [1, 1];
  const scale = side / Math.max(rows, columns);
  const [wide, tall] = [columns * scale, rows * scale];
  return { form: "sheet", columns: 1, rows: 1, pitchX: wide, pitchY: tall, wide, tall, drawn: 1, more: 0 };
}

/**
 * @param {Grid} grid
 * @param {number} left
 * @param {number} top
 * @param {"left" | "inline" | "right" | "below" | "list" | ""} labels
 * @param {number} room
 * @returns {Group}
 */
function placed(grid, left, top, labels, room) {
  /** @type {Place[]} */
  const units = [];
  for (let unit = 0; unit < grid.drawn; unit += 1) {
    const column = unit % grid.columns;
    const row = Math.floor(unit / grid.columns);
    units.push({
      x: left + (column + 0.5) * grid.pitchX,
      y: top + row * grid.pitchY + grid.tall / 2 + (labels === "below" ? 0 : (grid.pitchY - grid.tall) / 2),
      wide: grid.wide,
      tall: grid.tall,
    });
  }
  return {
    form: grid.form, left, top, width: grid.columns * grid.pitchX, height: grid.rows * grid.pitchY,
    columns: grid.columns, units, more: grid.more, labels, room, below: labels === "below" ? 36 : 0,
  };
}

/**
 * How wide a stage's names are.
 * @param {Stage} stage
 * @returns {number}
 */
function letters(stage) {
  return LETTER * Math.max(0, ...stage.labels.map((label) => label.length));
}

// --- from top to bottom

/**
 * @param {Stage[]} stages
 * @param {number} width
 * @returns {Layout}
 */
function down(stages, width) {
  const inside = width - 2 * EDGE;
  let y = 0;
  const groups = stages.map((stage, place) => {
    const isLast = place === stages.length - 1;
    const isEnd = isNamed(stage, place, stages);
    const named = isEnd && stage.count <= 4;
    const listed = isEnd && isLast && !named && stage.count <= 20;
    const grid = gridAcross(stage, inside, named);
    const wide = grid.columns * grid.pitchX;
    const top = y + 34;
    const room = listed ? (inside - 20) / 2 : grid.pitchX - 6;
    const found = placed(grid, (width - wide) / 2, top, named ? "below" : listed ? "list" : "", room);
    if (named && letters(stage) > room) found.below += 14;
    const list = listed ? 10 + LIST * Math.ceil(stage.count / 2) : 0;
    y = top + found.height + (isLast ? list : 62);
    if (found.more) y += 16;
    return found;
  });
  return { width, height: Math.ceil(y + 12), narrow: true, groups };
}

/**
 * @param {Stage} stage
 * @param {number} inside
 * @param {boolean} named
 * @returns {Grid}
 */
function gridAcross(stage, inside, named) {
  const form = formOf(stage);
  if (form === "pixel") return pixels(stage, Math.min(150, inside));
  if (form === "sheet" && stage.picture) return onePicture(stage, Math.min(150, inside));
  const drawn = Math.min(stage.count, 128);
  const least = named ? 62 : form === "dot" ? 24 : 34;
  const most = named ? 110 : form === "dot" ? 52 : form === "tile" ? 66 : 92;
  const fitting = Math.max(1, Math.floor(inside / least));
  const even = Math.ceil(drawn / Math.ceil(drawn / fitting));
  const columns = Math.min(drawn, even);
  const pitch = Math.min(most, inside / columns);
  const made = grid(form, stage, drawn, columns, named ? Math.min(pitch, form === "dot" ? 40 : 58) : pitch);
  if (!named) return columns === 1 ? { ...made, pitchX: made.wide } : made;
  return { ...made, pitchX: pitch, pitchY: made.tall + 44 };
}

// --- between places

/**
 * Where a line from one of the numbers of a stage begins, or where one into a unit ends.
 * @param {Stage} stage
 * @param {Group} group
 * @param {number} at
 * @param {boolean} narrow
 * @param {"leaves" | "enters"} way
 * @returns {[number, number] | null} nothing for a unit that is not drawn
 */
export function end(stage, group, at, narrow, way) {
  if (group.form === "sheet" && way === "leaves") return inPicture(stage, group, at);
  const unit = group.units[at];
  if (!unit) return null;
  const sign = way === "leaves" ? 1 : -1;
  const below = way === "leaves" ? group.below : 0;
  if (group.form === "pixel") return [unit.x, unit.y];
  return narrow ? [unit.x, unit.y + (sign * unit.tall) / 2 + below] : [unit.x + (sign * unit.wide) / 2, unit.y];
}

/**
 * The middle of a pixel of a stage's pictures, by its place among all of them.
 * @param {Stage} stage
 * @param {Group} group
 * @param {number} at
 * @returns {[number, number] | null}
 */
function inPicture(stage, group, at) {
  const [rows, columns] = stage.picture ?? stage.shape.slice(1);
  const area = rows * columns;
  const sheet = group.units[stage.picture ? 0 : Math.floor(at / area)];
  if (!sheet) return null;
  const row = Math.floor((at % area) / columns);
  const column = at % columns;
  return [
    sheet.x + ((column + 0.5) / columns - 0.5) * sheet.wide,
    sheet.y + ((row + 0.5) / rows - 0.5) * sheet.tall,
  ];
}

/**
 * The unit that an arrow key leads to.
 * @param {Layout} whole
 * @param {{stage: number, unit: number}} from
 * @param {string} key
 * @returns {{stage: number, unit: number} | null}
 */
export function neighbour(whole, from, key) {
  const group = whole.groups[from.stage];
  const last = group.units.length - 1;
  if (key === "Home") return { stage: from.stage, unit: 0 };
  if (key === "End") return { stage: from.stage, unit: last };
  /** @type {Record<string, [number, number]>} */
  const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const way = ways[key];
  if (!way) return null;
  const [column, row] = [from.unit % group.columns, Math.floor(from.unit / group.columns)];
  const [toColumn, toRow] = [column + way[0], row + way[1]];
  const unit = toRow * group.columns + toColumn;
  const inside = toColumn >= 0 && toColumn < group.columns && toRow >= 0 && unit <= last;
  if (inside) return { stage: from.stage, unit };
  const step = whole.narrow ? way[1] : way[0];
  const next = whole.groups[from.stage + step];
  if (!step || !next?.units.length) return null;
  return { stage: from.stage + step, unit: nearest(next, group.units[from.unit], whole.narrow, step) };
}

/**
 * The unit of a group on the side one comes from that lies nearest.
 * @param {Group} group
 * @param {Place} from
 * @param {boolean} narrow
 * @param {number} step
 * @returns {number}
 */
function nearest(group, from, narrow, step) {
  let best = 0;
  let least = Infinity;
  group.units.forEach((unit, at) => {
    const along = narrow ? Math.abs(unit.x - from.x) : Math.abs(unit.y - from.y);
    const deep = (narrow ? unit.y : unit.x) * step;
    const far = along + deep;
    if (far < least) [best, least] = [at, far];
  });
  return best;
}
