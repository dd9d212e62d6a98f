// @ts-check
/** The workbench: data, network and learning at the left, the network in the middle, what it does around it. */

import "../texts/all.js";
import { fill, h } from "../dom.js";
import { mount as mountData } from "../controls/data.js";
import { mount as mountLearning } from "../controls/learning.js";
import { mount as mountNetwork } from "../controls/network.js";
import { PANELS, mountPanel, styled } from "../panels/index.js";
import { mount as mountPlaybar } from "../playbar.js";
import { t } from "../texts.js";

const NARROW = matchMedia("(max-width: 720px)");
const TABS = ["data", "truth", "mistakes", "digit", "weights", "steps", "maps", "confusion", "gradients", "compare", "race", "attribution", "functions", "surface"];
const KEPT = "pellucid-workbench-tab";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  /** @type {{destroy(): void}[]} */
  const mounted = [];
  let gone = false;
  let controlled = false; // whether the left column is there
  const playbar = h("div", { class: "card wb-play" });
  const network = h("div", { class: "card wb-network" });
  const left = h("div", { class: "wb-left" });
  const right = h("div", { class: "wb-right" });
  const tabs = h("div", { class: "card wb-tabs" });
  const page = h("div", { class: "workbench" }, h("h1", { class: "unseen" }, t("workbench.title")), playbar, left, h("div", { class: "wb-centre" }, network, tabs), right);
  page.hidden = true; // until its looks are there
  styled("workbench").then(() => { page.hidden = false; });
  host.append(page);

  /** A part of the left column that folds. @param {string} name @param {boolean} open */
  function part(name, open) {
    const body = h("div", { class: "fold-body" });
    const box = h("details", { class: `card fold fold-${name}`, open }, h("summary", {}, h("h2", {}, t(`workbench.${name}`))), body);
    left.append(box);
    return body;
  }

  /** Open it, and bring the controls where they are not there yet: after a lost connection, too. */
  async function open() {
    await session.tell("OpenWorkbench");
    if (gone || controlled) return;
    const catalog = await session.tell("TellChoices");
    if (gone || controlled || !catalog) return;
    controlled = true;
    const wide = !NARROW.matches;
    mounted.push(
      mountData(part("data", wide), session, catalog),
      mountNetwork(part("network", wide), session, catalog),
      mountLearning(part("learning", wide), session, catalog),
    );
  }

  mounted.push(mountPlaybar(playbar, session, { pace: 100 }));
  if (PANELS.network) mounted.push(mountPanel(network, "network", session, { workbench: true }));
  else network.append(h("div", { class: "empty quiet" }, t("workbench.no_network")));
  for (const name of ["boundary", "curves", "sample"]) {
    const card = h("div", { class: `card wb-${name}` });
    right.append(card);
    mounted.push(mountPanel(card, name, session, { draws: true }));
  }
  mounted.push(tabbed(tabs, session));
  const again = session.on("connected", open);
  if (session.connected) open();

  /** @type {{field: EventTarget | null, before: string} | null} the field in which a text is half typed, and what it held before */
  let typing = null;
  const given = () => { typing = null; };
  page.addEventListener("focusin", given);
  page.addEventListener("beforeinput", (event) => {
    if (event.target instanceof HTMLInputElement) typing ??= { field: event.target, before: event.target.value };
  });
  page.addEventListener("change", (event) => {
    if (!(event.target instanceof Element && event.target.matches("[aria-invalid=true]"))) given();
  });

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const redo = key === "y" || (key === "z" && event.shiftKey);
    if (!redo && key !== "z") return;
    const field = event.target;
    if (field instanceof HTMLInputElement && typing?.field === field && field.value !== typing.before) return; // the field undoes it itself
    given();
    field?.dispatchEvent(new Event("undone")); // a field that kept its text shows what there is again
    event.preventDefault();
    session.tell(redo ? "Redo" : "Undo");
  }
  document.addEventListener("keydown", keys);

  return {
    destroy() {
      gone = true;
      again();
      document.removeEventListener("keydown", keys);
      for (const one of mounted) one.destroy();
      page.remove();
    },
  };
}

/**
 * Panels of which one is shown at a time.
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
function tabbed(host, session) {
  const list = h("div", { class: "tab-list", role: "tablist", "aria-label": t("workbench.details") });
  const body = h("div", { class: "tab-body", role: "tabpanel", tabindex: "0" });
  host.append(list, body);
  let chosen = sessionStorage.getItem(KEPT) ?? TABS[0];
  /** @type {{destroy(): void} | null} */
  let mounted = null;
  /** @type {Set<string>} */
  let away = new Set(["truth", "mistakes", "digit", "maps"]);
  let numbers = false; // are predicted, and not classes

  /** @param {string} name @param {boolean} [focus] */
  function show(name, focus = false) {
    chosen = name;
    sessionStorage.setItem(KEPT, name);
    draw();
    if (focus) /** @type {HTMLElement | null} */ (list.querySelector('[aria-selected="true"]'))?.focus();
    mounted?.destroy();
    fill(body);
    body.setAttribute("aria-labelledby", `tab-${name}`);
    mounted = mountPanel(body, name, session);
  }

  function draw() {
    const there = TABS.filter((name) => name in PANELS && !away.has(name));
    const focus = list.contains(document.activeElement);
    fill(list, there.map((name) => h("button", {
      class: "tab", type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === chosen), tabindex: name === chosen ? "0" : "-1",
      onclick: () => show(name, true),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const to = event.key === "Home" ? there[0] : event.key === "End" ? there[there.length - 1] : by ? there[(there.indexOf(name) + by + there.length) % there.length] : null;
        if (!to) return;
        event.preventDefault();
        show(to, true);
      },
    }, t(`workbench.tab_${name === "confusion" && numbers ? "scatter" : name}`))));
    if (focus) /** @type {HTMLElement | null} */ (list.querySelector('[aria-selected="true"]'))?.focus();
  }

  const stop = session.watch("scene", (scene) => {
    if (scene.error) return;
    const next = unfit(scene);
    const same = next.size === away.size && [...next].every((one) => away.has(one));
    if (same && numbers === (scene.data.kind === "numbers")) return;
    away = next;
    numbers = scene.data.kind === "numbers";
    if (away.has(chosen)) show(TABS[0]);
    else draw();
  });
  show(TABS.includes(chosen) && !away.has(chosen) ? chosen : TABS[0]);
  return {
    destroy() {
      stop();
      mounted?.destroy();
      fill(host);
    },
  };
}

/** The tabs that have nothing to show of a scene. @param {any} scene @returns {Set<string>} */
function unfit(scene) {
  const { data, record, layers } = scene;
  const kinds = new Set(layers.map((/** @type {any} */ one) => one.kind));
  /** @type {[string, boolean][]} */
  const fits = [
    ["truth", data.rows <= 16 && !data.picture],
    ["mistakes", record.rule.rule === "Perceptron"],
    ["digit", Boolean(data.picture) && scene.classes?.length === 10],
    ["maps", kinds.has("Conv2D") || kinds.has("DepthwiseConv2D")],
    ["confusion", data.kind === "classes" || data.kind === "numbers"],
    ["race", record.rule.rule === "Backprop"],
  ];
  return new Set(fits.filter(([, fit]) => !fit).map(([name]) => name));
}
