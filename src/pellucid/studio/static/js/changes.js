// @ts-check
/** What a change did to the learning, where the screen alone would not say it. */

import { number, t } from "./texts.js";

/**
 * @param {any} was the status before
 * @param {any} now
 * @returns {string | null} the words; null: there is nothing to say
 */
export function told(was, now) {
  if (!was || was.kind !== now.kind || was.lesson !== now.lesson || was.stage !== now.stage) return null;
  if (!now.undo || now.redo || now.undo === was.undo && now.last >= was.last) return null;
  const learned = was.last > was.first;
  if (now.undo === "branch" && was.last > was.step && was.undo !== "branch") {
    return t("play.branched", { step: number(was.step), last: number(was.last) });
  }
  return now.undo === "scene" && learned && now.last === now.first ? t("play.anew") : null;
}
