// @ts-check
/** What a class sees of a shared session: the network and its answers, with nothing to press. */

import "../texts/all.js";
import { fill, h } from "../dom.js";
import { mountPanel } from "../panels/index.js";
import { number, t } from "../texts.js";

/** @type {Record<string, string[]>} */
const SHOWN = {
  network: ["network", "boundary", "curves", "sample"],
  memory: ["memory"],
  map: ["map"],
};

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 */
export function mount(host, session) {
  const standing = h("p", { class: "numbers quiet", "aria-live": "off" });
  const panels = h("div", { class: "watch-panels" });
  panels.inert = true; // nothing in it does anything here
  host.append(h("h1", { class: "watch-title" }, t("watch.title")), h("p", { class: "quiet" }, t("watch.words")), standing, panels);
  /** @type {{destroy(): void}[]} */
  let mounted = [];
  let kind = "";

  /** @param {any} status */
  function draw(status) {
    if (!status) return;
    standing.textContent = t(status.playing ? "watch.learning" : "watch.paused", { step: number(status.step) });
    if (status.kind === kind) return;
    kind = status.kind;
    for (const one of mounted) one.destroy();
    const names = SHOWN[kind] ?? [];
    const hosts = names.map((name) => h("section", { class: `card panel panel-${name}` }));
    fill(panels, hosts);
    mounted = names.map((name, k) => mountPanel(hosts[k], name, session, { lesson: true }));
  }

  const stop = session.on("status", draw);
  draw(session.status);
  return {
    destroy() {
      stop();
      for (const one of mounted) one.destroy();
    },
  };
}
