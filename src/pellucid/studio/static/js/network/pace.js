// @ts-check
/**
 * How much is drawn while numbers come fast: as much as the machine draws in time.
 *
 * Where drawing takes longer than a frame lasts, the weakest of many lines are left out until the
 * numbers rest; then all are drawn.
 */

const SLOW = 30;
const QUICK = 19;
const LEAST = 0.12;
const REST = 300;

export class Pace {
  /** @param {() => void} again draws all once more */
  constructor(again) {
    /** The share of the lines that is drawn. */
    this.share = 1;
    this.again = again;
    this.resting = 0;
    this.before = -Infinity;
  }

  /** Something is about to be drawn: see how long it takes, and how soon the next follows. */
  begin() {
    const start = performance.now();
    const isFast = start - this.before < REST;
    this.before = start;
    if (!isFast) return;
    requestAnimationFrame(() => requestAnimationFrame(() => this.took((performance.now() - start) / 2)));
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.rest(), REST);
  }

  /** @param {number} time of a frame, in milliseconds */
  took(time) {
    if (time > SLOW) this.share = Math.max(LEAST, this.share * 0.8);
    else if (time < QUICK) this.share = Math.min(1, this.share * 1.08);
  }

  rest() {
    if (this.share === 1) return;
    const { share } = this;
    this.share = 1;
    this.before = -Infinity;
    this.again();
    this.share = share;
  }

  stop() {
    clearTimeout(this.resting);
  }
}
