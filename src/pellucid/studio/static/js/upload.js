// @ts-check
/** Your own data: drop or choose a table, pictures, a scene or a model; look; learn from it. */

import { fill, h } from "./dom.js";
import { asFolder, chosen, dropped, isPicture, sent } from "./files.js";
import { styled } from "./panels/index.js";
import { number, t } from "./texts.js";

/** @typedef {import("./files.js").Named} Named */

const SHOWN = 60;
const HOLDS = ["", "classes", "numbers"];
const FEW = 8;

/** @param {{name: string, count: number}} one a class */
const counted = (one) => t("upload.count", { name: one.name, n: number(one.count) });

/** @param {string[]} names */
const few = (names) => names.slice(0, FEW).join(", ") + (names.length > FEW ? " …" : "");

/**
 * @param {HTMLElement} host
 * @param {import("./session.js").Session} session
 * @param {{onScene?: (told: any) => void}} [options] `onScene`: told what was put on the bench
 */
export function mount(host, session, options = {}) {
  styled("share");
  let cancel = new AbortController();
  let asked = 0;
  const input = (/** @type {Record<string, any>} */ more) =>
    /** @type {HTMLInputElement} */ (h("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true", ...more }));
  const file = input({ onchange: () => take(chosen(file.files)) });
  const folder = input({ webkitdirectory: true, onchange: () => take(chosen(folder.files)) });
  const said = h("div", { class: "upload-said", role: "status", "aria-live": "polite" });
  const wrong = h("div", { class: "upload-wrong", role: "alert" });
  const zone = h("div", { class: "upload-zone", ondragover: over, ondragleave: () => zone.classList.remove("over"), ondrop: drop },
    h("p", { class: "upload-drop" }, t("upload.drop")),
    h("div", { class: "upload-buttons" },
      h("button", { class: "button main", type: "button", onclick: () => file.click() }, t("upload.file")),
      h("button", { class: "button", type: "button", onclick: () => folder.click() }, t("upload.folder"))),
    h("p", { class: "quiet small" }, t("upload.kinds"), " ", t("upload.stays")),
    file,
    folder);
  const root = h("section", { class: "upload", "aria-label": t("upload.title") }, zone, wrong, said);
  host.append(root);

  /** @param {DragEvent} event */
  function over(event) {
    event.preventDefault();
    zone.classList.add("over");
  }

  /** @param {DragEvent} event */
  async function drop(event) {
    event.preventDefault();
    zone.classList.remove("over");
    const files = event.dataTransfer ? await dropped(event.dataTransfer).catch(() => null) : [];
    if (files) take(files);
    else refuse(t("upload.unread"));
  }

  /** @param {Named[]} files */
  async function take(files) {
    file.value = folder.value = "";
    fill(wrong);
    if (files.length === 0) return;
    const pictures = files.filter(isPicture);
    const others = files.filter((one) => !isPicture(one) && !one.name.includes("/"));
    if (others.length > 1) return refuse(t("upload.several"));
    if (others.length === 0 && pictures.length === 0) return refuse(t("upload.none"));
    const many = others.length === 0 && (pictures.length > 1 || pictures[0].name.includes("/"));
    const sending = many ? asFolder(pictures) : others.length ? others : pictures;
    cancel.abort(); // what is on its way
    asked += 1;
    const own = cancel = new AbortController();
    try {
      const names = await send(sending);
      if (own === cancel) await look({ file: names[0].split("/")[0] });
    } catch (error) {
      if (own !== cancel) return;
      const stopped = error instanceof DOMException;
      fill(said);
      if (!stopped) refuse(/** @type {Error} */ (error).message || t("upload.failed"));
    }
  }

  /** @param {Named[]} files */
  function send(files) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": t("upload.title") });
    const words = h("span", {});
    const tell = (/** @type {number} */ share, /** @type {number} */ done) => {
      bar.value = share;
      const one = files.length === 1;
      fill(words, one ? t("upload.sending", { name: files[0].name }) : t("upload.sending_many", { n: number(done), total: number(files.length) }));
    };
    tell(0, 0);
    fill(said, h("div", { class: "upload-sending" }, words, bar,
      h("button", { class: "button", type: "button", onclick: () => cancel.abort() }, t("upload.cancel"))));
    return sent(session.name ?? "", files, tell, cancel);
  }

  /** @param {string} words */
  function refuse(words) {
    const told = h("p", { tabindex: "-1" }, words);
    fill(wrong, told);
    told.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
  }

  /**
   * Look at what arrived.
   * @param {{file: string, target?: string, kind?: string | null}} what
   */
  async function look(what) {
    const own = ++asked;
    fill(wrong);
    if (!what.target) fill(said, h("p", { class: "quiet" }, t("upload.looking", { name: what.file })));
    try {
      const told = await session.ask("LookAtFile", what);
      if (own !== asked) return;
      show(told);
      if (!what.target) lead();
    } catch (error) {
      if (own !== asked) return;
      fill(said);
      refuse(/** @type {Error} */ (error).message);
    }
  }

  /** Bring what was found before the eyes, and the keyboard to it. */
  function lead() {
    const title = said.querySelector("h3");
    if (!title) return;
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    said.scrollIntoView({ block: "start" });
  }

  /** @param {any} told */
  function show(told) {
    const kinds = { table, arrays, pictures, scene: saved, model: saved };
    const parts = kinds[/** @type {keyof typeof kinds} */ (told.kind)](told);
    fill(said, h("div", { class: "upload-found" }, parts));
  }

  /** @param {any} told */
  function start(told) {
    const button = h("button", { class: "button main", type: "button", disabled: Boolean(told.problem), onclick: () => begin(told, button) },
      t(told.kind === "scene" || told.kind === "model" ? "upload.open" : "upload.learn"));
    return h("div", { class: "upload-buttons" }, button,
      h("button", { class: "button plain", type: "button", onclick: () => (fill(said), fill(wrong)) }, t("upload.other")));
  }

  /**
   * @param {any} told
   * @param {HTMLButtonElement} button
   */
  async function begin(told, button) {
    button.disabled = true;
    fill(button, t("upload.opening"));
    try {
      const opens = { scene: "OpenSceneFile", model: "OpenModelFile" };
      const what = opens[/** @type {"scene" | "model"} */ (told.kind)];
      const answer = await (what ? session.ask(what, { file: told.file }) : session.ask("OpenScene", { scene: told.scene }));
      fill(said, h("p", {}, t("upload.opened", { name: told.file }), ...(answer?.notes ?? []).map((/** @type {string} */ note) => ` ${note}`)));
      options.onScene?.(told);
    } catch (error) {
      button.disabled = false;
      fill(button, t(what_(told)));
      refuse(/** @type {Error} */ (error).message);
    }
  }

  /** @param {any} told */
  function what_(told) {
    return told.kind === "scene" || told.kind === "model" ? "upload.open" : "upload.learn";
  }

  /** @param {any} told */
  function table(told) {
    const target = h("select", { id: "upload-target", onchange: () => look({ file: told.file, target: target.value }) },
      told.columns.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one.name === told.target }, one.name)));
    const kind = h("select", { id: "upload-kind", onchange: () => look({ file: told.file, target: told.target, kind: kind.value || null }) },
      HOLDS.map((one) => h("option", { value: one, selected: one === (told.target_kind ?? "") }, t(`upload.${one || "guess"}`))));
    const names = (told.classes ?? []).map(counted);
    const answer = told.problem ? null : told.predicts === "classes"
      ? t("upload.predicts_classes", { n: number(names.length), names: few(names) })
      : t("upload.predicts_numbers");
    return [
      h("h3", {}, t("upload.table", { name: told.file, rows: number(told.rows), columns: number(told.count) })),
      h("p", { class: "quiet small" }, told.reading),
      h("div", { class: "upload-target" },
        h("div", { class: "field" }, h("label", { for: "upload-target" }, t("upload.target")), target, h("span", { class: "hint" }, t("upload.target_hint"))),
        h("div", { class: "field" }, h("label", { for: "upload-kind" }, t("upload.holds")), kind, answer ? h("span", { class: "hint" }, answer) : null)),
      told.problem ? h("p", { class: "upload-problem", role: "alert" }, told.problem) : null,
      findings(told.findings ?? []),
      start(told),
      columns(told),
    ];
  }

  /** @param {any[]} found */
  function findings(found) {
    if (found.length === 0) return null;
    return h("div", { class: "upload-findings" }, h("h4", {}, t("upload.findings")),
      h("ul", {}, found.map((one) => h("li", { class: one.severity }, h("strong", {}, one.title), " ", one.remedy))));
  }

  /** @param {any} told */
  function columns(told) {
    const rows = told.columns.slice(0, SHOWN).map((/** @type {any} */ one) =>
      h("tr", { class: one.name === told.target ? "target" : null },
        h("th", { scope: "row" }, one.name), h("td", {}, t(`upload.${one.kind}`)),
        h("td", { class: "n" }, one.missing ? number(one.missing) : ""), h("td", { class: "quiet" }, one.examples.join(", "))));
    const head = ["column", "kind", "missing", "examples"].map((name) => h("th", { scope: "col" }, t(`upload.${name}`)));
    const more = told.count - Math.min(told.columns.length, SHOWN);
    return h("details", { open: told.count <= 12 }, h("summary", {}, t("upload.columns")),
      h("div", { class: "upload-scroll", tabindex: "0", role: "group", "aria-label": t("upload.columns") },
        h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows))),
      more > 0 ? h("p", { class: "quiet small" }, t("upload.more_columns", { n: number(more) })) : null);
  }

  /** @param {any} told */
  function arrays(told) {
    const values = told.shape.map(number).join(" x ");
    return [
      h("h3", {}, t("upload.arrays", { name: told.file, rows: number(told.rows), values })),
      h("p", { class: "quiet" }, told.classes ? t("upload.predicts_classes", { n: number(told.classes.length), names: few(told.classes.map(counted)) }) : t("upload.predicts_numbers")),
      start(told),
    ];
  }

  /** @param {any} told */
  function pictures(told) {
    return [
      h("h3", {}, t("upload.pictures", { name: told.file, rows: number(told.rows), n: number(told.classes.length) })),
      h("ul", { class: "upload-classes" }, told.classes.map((/** @type {any} */ one) => h("li", {}, counted(one)))),
      told.notes.map((/** @type {string} */ note) => h("p", { class: "quiet small" }, note)),
      start(told),
    ];
  }

  /** @param {any} told */
  function saved(told) {
    const scene = told.kind === "scene";
    return [
      h("h3", {}, scene ? t("upload.scene", { name: told.file, steps: number(told.steps) }) : t("upload.model", { name: told.file, n: number(told.parameters) })),
      h("p", { class: "quiet" }, scene ? t("upload.scene_words") : told.words),
      (told.notes ?? []).map((/** @type {string} */ note) => h("p", { class: "small" }, note)),
      start(told),
    ];
  }

  return {
    destroy() {
      cancel.abort();
      root.remove();
    },
  };
}
