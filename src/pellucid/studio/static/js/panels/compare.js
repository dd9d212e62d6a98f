// @ts-check
/** The network beside its rivals on the same held-out rows: majority or mean, linear, nearest neighbours. */

import { fill, h } from "../dom.js";
import { number, percent, t } from "../texts.js";

/** @type {Record<string, string>} */
const NAMES = {
  "majority class": "majority", "majority of each label": "majority", mean: "mean",
  "linear model": "linear", "k nearest neighbours": "near",
};

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {any} */
  let view = null;
  let asking = false;
  let shape = "";

  const button = h("button", { class: "button", type: "button", onclick: ask }, t("compare.ask"));
  const intro = h("p", { class: "quiet small" });
  const list = h("ul", { class: "compare-rows" });
  const foot = h("div", { class: "compare-foot small" });
  const said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const box = h("section", { class: "compare", "aria-label": t("compare.title") }, h("h3", {}, t("compare.title")), intro, list, button, foot, said);
  host.append(box);

  async function ask() {
    if (asking) return;
    asking = true;
    button.disabled = true;
    button.textContent = t("compare.asking");
    const found = await session.tell("CompareModels");
    asking = false;
    button.disabled = false;
    button.textContent = t("compare.ask");
    if (!found) return;
    show(found);
    if (!view.rivals) return; // the data are others by now
    const best = rows().reduce((a, b) => ((b.value ?? -9) > (a.value ?? -9) ? b : a));
    said.textContent = t("compare.said", { name: best.label, score: shown(best.value ?? 0) });
  }

  /** @param {any} found */
  function show(found) {
    view = found;
    draw();
  }

  function rows() {
    const measure = view.measure;
    const own = { label: t("compare.network"), is: t("compare.network_is", { n: number(view.parameters) }), value: view.network ?? undefined, own: true, seconds: null };
    const rivals = (view.rivals ?? []).map((/** @type {any} */ one) => {
      const name = NAMES[one.name];
      const values = { stored: number(one.stored) };
      const from = one.rows === view.learned ? "" : `; ${t("compare.learned_from", { rows: number(one.rows) })}`;
      return { label: name ? t(`compare.${name}`) : one.name, is: name ? `${t(`compare.${name}_is`, values)}${from}` : "", value: one.scores[measure], own: false, seconds: one.seconds };
    });
    return /** @type {{label: string, is: string, value: number | undefined, own: boolean, seconds: number | null}[]} */ ([own, ...rivals]);
  }

  /** @param {number} value */
  function shown(value) {
    return view.measure === "accuracy" ? percent(value) : number(Number(value.toFixed(3)));
  }

  function draw() {
    button.hidden = Boolean(view.none) || (view.rivals && !asking);
    list.hidden = foot.hidden = Boolean(view.none);
    if (view.error && view.held === undefined) return fill(intro, view.error);
    if (view.none) return fill(intro, t(`compare.no_${view.none}`));
    const learn = t(view.taken === view.learned ? "compare.same_rows" : "compare.fewer_rows", { learned: number(view.learned), taken: number(view.taken) });
    fill(intro, `${t(view.measure === "accuracy" ? "compare.right" : "compare.r2", { held: number(view.held) })} ${learn}`);
    const all = rows();
    const best = Math.max(...all.map((one) => one.value ?? -Infinity));
    const names = all.map((one) => one.label).join();
    if (names !== shape) {
      shape = names;
      fill(list, all.map((one) => h("li", { class: one.own ? "own" : null }, h("span", { class: "compare-name" }), h("span", { class: "compare-value numbers" }), h("span", { class: "compare-bar" }, h("span", {}), h("i", {})), h("span", { class: "compare-is quiet small" }))));
    }
    all.forEach((one, k) => {
      const [name, value, bar, is] = /** @type {HTMLElement[]} */ ([...list.children[k].children]);
      const [line, range] = /** @type {HTMLElement[]} */ ([...bar.children]);
      const part = Math.max(0, Math.min(1, one.value ?? 0));
      name.textContent = one.label;
      value.textContent = one.value === undefined ? "–" : shown(one.value);
      line.style.width = `${100 * part}%`;
      const error = view.measure === "accuracy" ? 2 * Math.sqrt((part * (1 - part)) / view.held) : 0;
      range.hidden = error === 0;
      range.style.left = `${100 * Math.max(0, part - error)}%`;
      range.style.width = `${100 * (Math.min(1, part + error) - Math.max(0, part - error))}%`;
      is.textContent = one.is;
      list.children[k].classList.toggle("best", one.value !== undefined && one.value >= best - 1e-4 && all.length > 1);
    });
    const near = view.pairs?.find((/** @type {any} */ one) => NAMES[one.name] === "near");
    fill(foot,
      view.measure === "accuracy" ? h("p", {}, t("compare.give_or_take")) : null,
      near ? h("p", {}, t("compare.pairs", { both: near.both, network: near.network, rival: near.rival, none: near.none })) : null);
  }

  const stop = session.watch("compare", show);
  return {
    destroy() {
      stop();
      box.remove();
    },
  };
}
