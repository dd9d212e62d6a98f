// @ts-check
/** Terms of the field, each with its meaning beside it. */

import { h } from "./dom.js";
import { t } from "./texts.js";

const APART = 6; // pixels between a word and its meaning
const WIDE = 280; // at most
const EDGE = 8;

/** @type {HTMLElement | null} the meaning that is open, in the page's top layer: one for all terms */
let tip = null;

/**
 * A term; pointed at, pressed or touched, it tells its meaning.
 * @param {string} name in texts/en/terms.js
 * @param {boolean} [first] whether it begins a heading, with a capital
 */
export function term(name, first = false) {
  const [word, means] = [t(`terms.${name}`), t(`terms.${name}_means`)];
  const button = h("button", { class: "term", type: "button", title: means, onclick: () => ready(button, means) }, first ? word[0].toUpperCase() + word.slice(1) : word);
  tip ??= h("div", { class: "term-tip card small", popover: "auto" });
  button.popoverTargetElement = tip;
  return button;
}

/**
 * Put the meaning beside its word; that it is shown, and goes away again, the browser does.
 * @param {HTMLElement} word
 * @param {string} means
 */
function ready(word, means) {
  if (!tip) return;
  if (!tip.isConnected) document.body.append(tip);
  tip.textContent = means;
  const { left, top, bottom } = word.getBoundingClientRect();
  const low = top > innerHeight / 2;
  tip.style.maxWidth = `${Math.min(WIDE, innerWidth - 2 * EDGE)}px`;
  tip.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - WIDE - EDGE))}px`;
  tip.style.top = low ? "auto" : `${bottom + APART}px`;
  tip.style.bottom = low ? `${innerHeight - top + APART}px` : "auto";
}
