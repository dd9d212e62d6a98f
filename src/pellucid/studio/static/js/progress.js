// @ts-check
/** What a learner has done, kept by the browser. */

const KEPT = "pellucid-lessons";

/** @returns {Record<string, {done: string[], all: number}>} */
function all() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

export const marks = {
  /** @param {string} slug @returns {string[]} the ids of what was done */
  of(slug) {
    return all()[slug]?.done ?? [];
  },

  /** @param {string} slug @param {string[]} done @param {number} count how many there are to do */
  keep(slug, done, count) {
    localStorage.setItem(KEPT, JSON.stringify({ ...all(), [slug]: { done, all: count } }));
  },

  /** @param {string} slug whether all of it is done */
  done(slug) {
    const found = all()[slug];
    return Boolean(found) && found.all > 0 && found.done.length >= found.all;
  },
};
