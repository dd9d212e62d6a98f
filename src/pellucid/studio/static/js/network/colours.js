// @ts-check
/** Colours of numbers: orange below 0, blue above, the paper's own at 0. */

/** @typedef {[number, number, number]} Colour */
/**
 * @typedef {object} Colours
 * @property {Colour} positive
 * @property {Colour} negative
 * @property {Colour} zero
 * @property {Colour} sheet
 * @property {Colour} ink
 * @property {Colour} soft
 * @property {Colour} line
 * @property {Uint32Array} bytes the colour of each pixel of a tile, as a canvas keeps it
 */

/** @type {Record<string, Colour>} */
const PLAIN = {
  positive: [31, 111, 208], negative: [194, 89, 12], zero: [246, 245, 241], sheet: [255, 255, 255],
  ink: [29, 35, 48], soft: [81, 90, 107], line: [222, 218, 208],
};

/**
 * The colours that the page has now.
 * @param {Element} element
 * @returns {Colours}
 */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const found = /** @type {any} */ ({});
  for (const [name, plain] of Object.entries(PLAIN)) {
    found[name] = parsed(style.getPropertyValue(`--nv-${name}`).trim()) ?? plain;
  }
  const bytes = new Uint32Array(256);
  for (let pixel = 0; pixel < 256; pixel += 1) {
    const [r, g, b] = signed(found, (pixel - 128) / 127);
    bytes[pixel] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  return { ...found, bytes };
}

/**
 * @param {string} text
 * @returns {Colour | null}
 */
export function parsed(text) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(text);
  const parts = short?.slice(1).map((part) => part + part) ?? long?.slice(1);
  return parts ? /** @type {Colour} */ (parts.map((part) => parseInt(part, 16))) : null;
}

/**
 * The colour of a number from -1 to 1.
 * @param {{positive: Colour, negative: Colour, zero: Colour}} colours
 * @param {number} value
 * @returns {Colour}
 */
export function signed(colours, value) {
  const share = Math.min(1, Math.abs(value) || 0) ** 0.85;
  const far = value < 0 ? colours.negative : colours.positive;
  return mixed(colours.zero, far, share);
}

/**
 * @param {Colour} one
 * @param {Colour} other
 * @param {number} share
 * @returns {Colour}
 */
export function mixed(one, other, share) {
  return /** @type {Colour} */ (one.map((part, k) => Math.round(part + (other[k] - part) * share)));
}

/**
 * A pixel of a picture without colours, as all panels show it: ink on paper, the more the darker.
 * @param {number} pixel from 0 to 255
 * @param {{sheet: Colour, ink: Colour}} colours
 * @returns {Colour}
 */
export function inked(pixel, colours) {
  return mixed(colours.sheet, colours.ink, pixel / 255);
}

/**
 * @param {Colour} colour
 * @param {number} [alpha]
 * @returns {string}
 */
export function css(colour, alpha = 1) {
  return `rgba(${colour[0]}, ${colour[1]}, ${colour[2]}, ${alpha})`;
}

/**
 * Black or white, whichever is read more easily on a colour.
 * @param {Colour} colour
 * @returns {string}
 */
export function inkOn(colour) {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#10131a" : "#ffffff";
}
