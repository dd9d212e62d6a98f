// @ts-check
/** The few controls that a lesson's stage has: learning rate, activation, hidden layers, dropout, start, row. */

import { counted } from "./counting.js";
import { fill, h } from "./dom.js";
import { changeScene } from "./scene.js";
import { number, t } from "./texts.js";

const ACTIVATIONS = ["linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gelu"];
const OPTIMIZERS = ["SGD", "momentum", "AdaGrad", "RMSProp", "Adam"];
const MOMENTUM = 0.9;
const PENALTIES = ["l1", "l2"];
const TABLES = ["diabetes", "wine", "iris", "breast_cancer"];
const MOST_UNITS = 64;
const MOST_LAYERS = 5;

/**
 * @param {HTMLElement} host
 * @param {import("./session.js").Session} session
 * @param {string[]} names which of them
 * @returns {{destroy(): void}}
 */
export function mount(host, session, names) {
  const made = names.filter((name) => name in CONTROLS).map((name) => CONTROLS[name](session));
  if (made.length === 0) return { destroy() {} };
  const box = h("div", { class: "stage-controls" }, made.map((one) => one.element));
  host.append(box);
  const draw = (/** @type {any} */ scene) => {
    if (scene.record) for (const one of made) one.draw(scene);
  };
  const stops = [session.watch("scene", draw), session.on("status", (status) => made.forEach((one) => one.status?.(status)))];
  return {
    destroy() {
      for (const stop of stops) stop();
      for (const one of made) one.destroy?.();
      box.remove();
    },
  };
}

/**
 * A control: what is shown, and how it follows the scene, what is to be ended with it.
 * @typedef {{element: HTMLElement, draw(scene: any): void, status?(status: any): void, destroy?(): void}} Control
 */

/** @type {Record<string, (session: import("./session.js").Session) => Control>} */
const CONTROLS = { rate, activation, layers, dropout, rule, penalty, source, seed, row, rows: row };

/**
 * @param {import("./session.js").Session} session
 * @param {(record: any) => Record<string, any>} make the parts that are others, of the newest record
 */
const change = (session, make) => changeScene(session, make).catch((error) => session.emit("problem", error.message));

let made = 0;

/**
 * @param {string} name
 * @param {...any} inside
 */
function field(name, ...inside) {
  const label = h("span", { class: "label", id: `stage-control-${++made}` }, t(`stage.${name}`));
  return h("div", { class: "field stage-field", role: "group", "aria-labelledby": label.id }, label, h("div", { class: "stage-field-in" }, inside));
}

/** @param {any} rule the rate's record in a rule's, and how to put another there */
function ratePart(rule) {
  const holder = rule.optimizer?.rate ? rule.optimizer : rule;
  return holder.rate;
}

/** @param {import("./session.js").Session} session @returns {Control} */
function rate(session) {
  const shown = h("output", { class: "numbers" });
  const slider = h("input", { type: "range", min: -4, max: 1, step: 0.1, "aria-label": t("stage.rate"), oninput: () => (shown.textContent = number(value())), onchange: put });
  const value = () => Number((10 ** Number(slider.value)).toPrecision(2));
  function put() {
    const next = value();
    change(session, ({ rule }) => {
      const part = ratePart(rule);
      part["first" in part ? "first" : "value"] = next;
      return { rule };
    });
  }
  return {
    element: field("rate", slider, shown),
    draw(scene) {
      const part = ratePart(scene.record.rule);
      const now = part?.value ?? part?.first;
      slider.disabled = now === undefined;
      if (now === undefined) return;
      slider.value = String(Math.log10(now));
      shown.textContent = number(now);
      slider.setAttribute("aria-valuetext", number(now));
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function activation(session) {
  const choose = h("select", { "aria-label": t("stage.activation"), onchange: () => put(choose.value) }, ACTIVATIONS.map((name) => h("option", { value: name }, name.replace("_", " "))));
  function put(/** @type {string} */ name) {
    const own = { activation: name };
    change(session, ({ hidden, output }) => {
      if (!hidden.some((/** @type {any} */ layer) => "activation" in layer)) return output ? { output: { ...output, activation: own } } : {};
      return { hidden: hidden.map((/** @type {any} */ layer) => ("activation" in layer ? { ...layer, activation: own } : layer)) };
    });
  }
  return {
    element: field("activation", choose),
    draw(scene) {
      const { record } = scene;
      const found = record.hidden.find((/** @type {any} */ layer) => layer.activation) ?? record.output;
      if (found?.activation) choose.value = found.activation.activation;
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function layers(session) {
  const list = h("div", { class: "stage-layers" });
  /** @type {any} */
  let record = null;
  const put = (/** @type {(hidden: any[]) => any[]} */ update) => change(session, ({ hidden }) => ({ hidden: update(hidden) }));
  let removing = false; // until then, layers have not the places that are shown
  async function remove(/** @type {number} */ k) {
    if (removing) return;
    removing = true;
    await put((hidden) => hidden.filter((_, at) => at !== k));
    removing = false;
  }
  const button = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {boolean} */ off, /** @type {() => void} */ onclick) =>
    h("button", { class: "button small", type: "button", "aria-label": name, title: name, disabled: off, onclick }, sign);
  function draw() {
    const dense = record.hidden.map((/** @type {any} */ layer, /** @type {number} */ k) => ({ layer, k })).filter((/** @type {any} */ one) => one.layer.layer === "Dense");
    const other = (/** @type {number} */ k, /** @type {number} */ by) => put((hidden) => hidden.map((layer, at) => (at === k ? { ...layer, units: Math.min(MOST_UNITS, Math.max(1, layer.units + by)) } : layer)));
    fill(
      list,
      dense.map((/** @type {any} */ { layer, k }, /** @type {number} */ place) =>
        h("span", { class: "stage-layer" },
          button("−", t("stage.fewer", { n: place + 1 }), layer.units <= 1, () => other(k, -1)),
          h("span", { class: "numbers" }, layer.units === 1 ? t("stage.unit") : t("stage.units", { n: layer.units })),
          button("+", t("stage.more", { n: place + 1 }), layer.units >= MOST_UNITS, () => other(k, 1)),
          button("×", t("stage.remove", { n: place + 1 }), false, () => remove(k)))),
      dense.length ? null : h("span", { class: "quiet" }, t("stage.none")),
      button("+ " + t("stage.layer"), t("stage.add"), dense.length >= MOST_LAYERS, () => {
        put((hidden) => {
          const all = hidden.filter((layer) => layer.layer === "Dense");
          const last = all.at(-1) ?? { layer: "Dense", units: 2, activation: { activation: "tanh" } };
          return all.length < MOST_LAYERS ? [...hidden, { ...last, name: null }] : hidden;
        });
      }),
    );
  }
  return {
    element: field("layers", list),
    draw(scene) {
      record = scene.record;
      draw();
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function dropout(session) {
  const shown = h("output", { class: "numbers" });
  const slider = h("input", { type: "range", min: 0, max: 0.8, step: 0.1, "aria-label": t("stage.dropout"), oninput: tell, onchange: put });
  /** @type {any} */
  let record = null;
  function tell() {
    shown.textContent = `${Math.round(100 * Number(slider.value))} %`;
  }
  function put() {
    const share = Number(slider.value);
    const drop = { layer: "Dropout", name: null, rate: share };
    change(session, ({ hidden }) => {
      const plain = hidden.filter((/** @type {any} */ layer) => layer.layer !== "Dropout");
      return { hidden: share ? plain.flatMap((/** @type {any} */ layer) => (layer.layer === "Dense" ? [layer, drop] : [layer])) : plain };
    });
  }
  return {
    element: field("dropout", slider, shown),
    draw(scene) {
      record = scene.record;
      slider.value = String(record.hidden.find((/** @type {any} */ layer) => layer.layer === "Dropout")?.rate ?? 0);
      tell();
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function rule(session) {
  /** @type {any} */
  let record = null;
  const choose = h("select", { "aria-label": t("stage.rule"), onchange: put }, OPTIMIZERS.map((name) => h("option", {}, name)));
  function put() {
    const own = choose.value === "momentum" ? { optimizer: "SGD", momentum: MOMENTUM } : { optimizer: choose.value };
    change(session, ({ rule }) => ({ rule: { ...rule, optimizer: { ...own, rate: rule.optimizer.rate } } }));
  }
  return {
    element: field("rule", choose),
    draw(scene) {
      record = scene.record;
      choose.disabled = !record.rule.optimizer;
      const now = record.rule.optimizer;
      if (now) choose.value = now.optimizer === "SGD" && now.momentum ? "momentum" : now.optimizer;
    },
  };
}

/** What large weights cost. @param {import("./session.js").Session} session @returns {Control} */
function penalty(session) {
  /** @type {any} */
  let record = null;
  const inputs = PENALTIES.map((name) => {
    const input = h("input", { id: `stage-${name}-${++made}`, type: "number", min: 0, step: "any", class: "numbers stage-number", onchange: () => put(name, input) });
    return { name, input };
  });
  /**
   * @param {string} name
   * @param {HTMLInputElement} input
   */
  function put(name, input) {
    const value = Number(input.value);
    if (!record || input.value === "" || Number.isNaN(value) || value === record.rule[name]) return;
    change(session, ({ rule }) => ({ rule: { ...rule, [name]: value } }));
  }
  return {
    element: field("penalty", inputs.map(({ name, input }) => h("label", { class: "stage-pair", for: input.id }, t(`stage.${name}`), input))),
    draw(scene) {
      record = scene.record;
      for (const { name, input } of inputs) {
        input.disabled = record.rule[name] === undefined;
        if (document.activeElement !== input) input.value = String(record.rule[name] ?? 0);
      }
    },
  };
}

/** Which table is learned from: a sample, or one's own. @param {import("./session.js").Session} session @returns {Control} */
function source(session) {
  const choose = h("select", { "aria-label": t("stage.source"), onchange: () => choose.value && put(choose.value) },
    h("option", { value: "" }, t("stage.own")), TABLES.map((name) => h("option", { value: name }, name.replace("_", " "))));
  const put = (/** @type {string} */ name) => change(session, () => ({ source: { source: "Sample", name } }));
  const room = h("div", { class: "stage-upload" });
  /** @type {{destroy(): void} | null} */
  let uploading = null;
  let gone = false;
  async function offer() {
    if (uploading) return;
    const upload = await import("./upload.js").catch(() => null);
    if (gone || uploading) return;
    if (upload) uploading = upload.mount(room, session);
    else fill(room, h("p", { class: "quiet small" }, t("app.missing")));
  }
  const more = h("details", { ontoggle: offer }, h("summary", {}, t("stage.upload")), room);
  return {
    element: field("source", choose, more),
    draw(scene) {
      const own = scene.record.source;
      choose.value = own.source === "Sample" && TABLES.includes(own.name) ? own.name : "";
    },
    destroy() {
      gone = true;
      uploading?.destroy();
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function seed(session) {
  const button = h("button", { class: "button", type: "button", onclick: () => change(session, ({ seed }) => ({ seed: seed + 1 })) }, t("stage.another"));
  const shown = h("output", { class: "quiet small numbers" });
  return {
    element: field("seed", button, shown),
    draw(scene) {
      shown.textContent = t("stage.seed_is", { n: scene.record.seed });
    },
  };
}

/** @param {import("./session.js").Session} session @returns {Control} */
function row(session) {
  let at = 0;
  let count = 1;
  const shown = h("output", { class: "numbers" });
  const go = (/** @type {number} */ by) => session.tell("ChooseRow", { row: (at + by + count) % count });
  const button = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {number} */ by) =>
    h("button", { class: "button small", type: "button", "aria-label": t(`stage.${name}`), title: t(`stage.${name}`), onclick: () => go(by) }, sign);
  return {
    element: field("row", button("‹", "previous", -1), shown, button("›", "next", 1)),
    draw(scene) {
      count = scene.data.rows;
    },
    status(status) {
      if (status.chosen === undefined) return;
      at = status.chosen;
      shown.textContent = t("stage.row_is", { n: counted(at), last: counted(count - 1) });
    },
  };
}
