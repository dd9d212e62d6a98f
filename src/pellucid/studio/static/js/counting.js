// @ts-check
/**
 * How rows, units, maps, pixels and cells are counted on every page: from 0, as
 * `pellucid explain RUN FILE --row 4 --unit dense_1/0` and all messages count them.
 */

const FIRST = 0;

/**
 * The number by which a place is called.
 * @param {number} place in the engine's arrays
 * @returns {string} without separators, to be typed at the command line
 */
export function counted(place) {
  return String(place + FIRST);
}
