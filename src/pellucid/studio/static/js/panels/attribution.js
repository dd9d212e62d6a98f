// @ts-check
/** What the answer for the chosen row is made of: a veil over its picture, or a bar for each column. */

import { counted } from "../counting.js";
import { fill, h } from "../dom.js";
import { number, t } from "../texts.js";
import { paintPicture, paintVeil } from "./pixels.js";

const METHODS = ["integrated_gradients", "gradient_x_input", "smoothgrad", "deeplift", "occlusion", "grad_cam", "exact_shapley", "sampled_shapley"];
const COLUMNS = ["column", "value", "", "share"];
const SETTLED = 350; // milliseconds without a change before it is computed anew

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {{method?: string}} [options]
 */
export function mount(host, session, options = {}) {
  let revision = 0; // of what was asked for
  let asked = 0;
  let asking = false;
  let acted = false; // by hand, since words were last said
  /** @type {number | undefined} */
  let waiting;
  /** @type {string[]} */
  let classes = [];

  const method = h("select", { id: unique("method"), onchange: act }, METHODS.map((name) => h("option", { value: name }, t(`attribution.${name}`))));
  if (options.method) method.value = options.method;
  const output = h("select", { id: unique("output"), onchange: act }, h("option", { value: "" }, t("attribution.answered")));
  const meaning = h("p", { class: "quiet small" });
  const head = h("p", { class: "attribution-head" }, t("attribution.loading"));
  const said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const body = h("div", { class: "attribution-body" });
  const foot = h("div", { class: "attribution-foot small" });
  const box = h("section", { class: "attribution", "aria-label": t("attribution.title") },
    h("h3", {}, t("attribution.title")),
    h("div", { class: "attribution-choose" },
      h("div", { class: "field" }, h("label", { for: method.id }, t("attribution.method")), method),
      h("div", { class: "field attribution-output" }, h("label", { for: output.id }, t("attribution.output")), output)),
    meaning,
    head,
    said,
    body,
    foot);
  host.append(box);

  function act() {
    acted = true;
    ask();
  }

  /** Said aloud only after an act, or at rest: while it learns, there is something new each second. */
  function say() {
    if (!acted && session.status?.playing) return;
    acted = false;
    if (said.textContent !== head.textContent) said.textContent = head.textContent;
  }

  async function ask() {
    meaning.textContent = t(`attribution.${method.value}_is`);
    if (asking) {
      asked += 1;
      return;
    }
    asking = true;
    let own;
    do {
      own = asked;
      box.classList.add("waiting");
      try {
        show(await session.ask("Attribute", { method: method.value, output: output.value || null }));
      } catch (error) {
        fill(head, /** @type {Error} */ (error).message === "lost" ? t("attribution.loading") : /** @type {Error} */ (error).message);
        fill(body);
        fill(foot);
      }
      say();
    } while (own !== asked);
    asking = false;
    box.classList.remove("waiting");
  }

  /** @param {any} found */
  function show(found) {
    if (String(found.classes) !== String(classes)) {
      classes = found.classes ?? [];
      const kept = output.value;
      fill(output, h("option", { value: "" }, t("attribution.answered")), classes.map((name) => h("option", { value: name }, word(name))));
      output.value = classes.includes(kept) ? kept : "";
      /** @type {HTMLElement} */ (output.parentElement).hidden = classes.length === 0;
    }
    const label = found.label === null || !found.classes ? t("attribution.number") : word(String(found.label));
    fill(head, t("attribution.why", { row: counted(found.row), label }));
    if (found.map) pictured(found);
    else barred(found, label);
    const share = found.share === null ? "" : ` (${percent(found.share)})`;
    fill(foot,
      h("p", {}, t("attribution.adds", { score: signed(found.score), baseline: found.baseline, other: signed(found.baseline_score), difference: signed(found.difference), sum: signed(found.sum) })),
      h("p", {}, t("attribution.missing", { residual: signed(found.residual) }), share, ". ", t("attribution.took", { n: number(found.evaluations) })));
  }

  /** @param {any} found */
  function pictured(found) {
    const under = h("canvas", { class: "attribution-picture" });
    const veil = h("canvas", { class: "attribution-veil" });
    const strength = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0.85, "aria-label": t("attribution.veil"), oninput: () => (veil.style.opacity = strength.value) });
    const own = found.picture;
    paintPicture(under, greyed(own), { light: own.shape[0] > 1 });
    paintVeil(veil, found.map);
    veil.style.opacity = "0.85";
    fill(body,
      h("div", { class: "attribution-frame", role: "img", "aria-label": t("attribution.map_words", { sum: signed(found.sum) }) }, under, veil),
      h("div", { class: "attribution-side" },
        h("p", { class: "attribution-key" }, h("span", { class: "swatch for" }), t("attribution.for"), h("span", { class: "swatch against" }), t("attribution.against")),
        h("label", { class: "small quiet" }, t("attribution.veil"), strength)));
  }

  /**
   * @param {any} found
   * @param {string} label
   */
  function barred(found, label) {
    const top = Math.max(...found.columns.map((/** @type {any} */ one) => Math.abs(one.share)), 1e-12);
    const rows = found.columns.map((/** @type {any} */ one) => {
      const bar = h("span", { class: one.share < 0 ? "against" : "for" });
      bar.style.width = `${(50 * Math.abs(one.share)) / top}%`;
      return h("tr", {},
        h("th", { scope: "row" }, word(one.name)),
        h("td", { class: "numbers quiet" }, typeof one.value === "number" ? number(one.value) : String(one.value ?? "–")),
        h("td", { class: "attribution-bar", "aria-hidden": "true" }, h("span", {}, bar)),
        h("td", { class: "numbers" }, signed(one.share)));
    });
    fill(body, h("table", { class: "attribution-bars" },
      h("caption", { class: "unseen" }, t("attribution.why", { row: counted(found.row), label })),
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, name ? t(`attribution.${name}`) : "")))),
      h("tbody", {}, rows, found.more ? h("tr", {}, h("th", { scope: "row" }, t("attribution.more", { n: found.more })), h("td"), h("td"), h("td", { class: "numbers" }, signed(found.rest))) : null)));
  }

  /** Compute anew once nothing has changed for a while. @param {any} status */
  function follow(status) {
    if (status.revision === revision) return;
    revision = status.revision;
    box.classList.add("waiting");
    if (status.playing && waiting !== undefined) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = undefined;
      ask();
    }, status.playing ? 3 * SETTLED : SETTLED);
  }

  meaning.textContent = t(`attribution.${method.value}_is`);
  const stop = session.on("status", follow);
  if (session.status) follow(session.status);
  return {
    destroy() {
      stop();
      clearTimeout(waiting);
      box.remove();
    },
  };
}

let made = 0;
/** @param {string} name */
const unique = (name) => `attribution-${name}-${++made}`;

/** A picture in paler grey, so that the veil is seen. @param {any} picture */
function greyed(picture) {
  if (picture.shape[0] < 3) return picture;
  const size = picture.shape[1] * picture.shape[2];
  const data = new Uint8Array(size);
  for (let k = 0; k < size; k++) {
    data[k] = 120 + 0.5 * (0.3 * picture.data[k] + 0.59 * picture.data[size + k] + 0.11 * picture.data[2 * size + k]);
  }
  return { shape: [1, picture.shape[1], picture.shape[2]], data };
}

/** @param {string} text */
const word = (text) => text.replaceAll("_", " ");

/** @param {number} value */
function signed(value) {
  if (Math.abs(value) < 1e-9) return "0";
  return (value > 0 ? "+" : "") + number(Number(value.toPrecision(3)));
}

/** @param {number} share */
function percent(share) {
  return share < 0.0001 ? t("attribution.nothing") : `${(100 * share).toPrecision(2)} %`;
}
