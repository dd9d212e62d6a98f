// @ts-check
/** What the catalog tells, in the words of the page. */

import { t } from "../texts.js";

/**
 * A text that may not be there.
 * @param {string} name
 * @returns {string | null}
 */
export function maybe(name) {
  try {
    return t(name);
  } catch {
    return null;
  }
}

/** A meaning or range as a reader finds it plain. @param {string} text */
export function said(text) {
  return text.replace(/ and at most 9\.22337e\+18/g, "").replace(/\d(\.\d+)?e\+\d+/g, (found) => Number(found).toLocaleString("en")).replace(/True or False/g, t("fields.yes_or_no")).replace(/ or None\b/g, t("fields.or_empty")).replace(/\bNone\b/g, t("fields.empty"));
}

/** What a field is called. @param {string} name */
export function label(name) {
  return maybe(`fields.names.${name}`) ?? plainly(name);
}

/** A name of a program as words. @param {string} name */
export function plainly(name) {
  return maybe(`fields.classes.${name}`) ?? name.replace(/_/g, " ");
}
