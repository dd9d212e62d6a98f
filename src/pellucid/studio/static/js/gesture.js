// @ts-check
/** Gestures: the edits of one are undone together. */

let last = Date.now() % 1e9; // not those of the page before a reload

/** The number of a gesture that begins now. */
export function gesture() {
  last += 1;
  return last;
}
