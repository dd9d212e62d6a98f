// @ts-check
/** The layers of the network: add, remove, resize, move; the settings of each. */

import { h } from "../dom.js";
import { number, t } from "../texts.js";
import { partOf } from "../scene.js";
import { asked, control, fieldsOf, followScene, kept, refill, within } from "./fields.js";
import { SHAPES, SPATIAL } from "./layers.js";
import { label, plainly, said } from "./words.js";

const FIRST_UNITS = 8;
const MOST_UNITS = 100000;

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {any} catalog
 */
export function mount(host, session, catalog) {
  const list = h("ol", { class: "layers" });
  const fault = h("p", { class: "fault small", role: "alert" });
  const add = h("select", { class: "add-layer", "aria-label": t("network_controls.add"), "data-key": "add", onchange: () => adding() });
  const size = h("p", { class: "small quiet numbers" });
  const below = h("div", { class: "add-row field" }, add, fault);
  const last = h("div", {});
  const root = h("div", { class: "network-controls" }, size, list, below, last);
  host.append(root);
  /** @type {any} */
  let scene = null;
  /** @type {Set<number>} the layers whose settings are open */
  const open = new Set();
  let outputOpen = false;
  const classOf = (/** @type {any} */ record) => catalog.families.layer.find((/** @type {any} */ one) => one.name === record.layer);

  const change = partOf(session, "hidden");
  let moving = false; // until then, layers have not the places that are shown

  /** Change the order or the number of layers, once at a time. @param {HTMLElement} box @param {(hidden: any[]) => any[]} update */
  async function move(box, update) {
    if (moving) return;
    moving = true;
    await asked(box, () => change(update));
    moving = false;
  }

  function draw() {
    if (!scene) return;
    const hidden = scene.record.hidden;
    const inputs = scene.data.picture ? t("network_controls.pixels", { size: scene.data.picture.join(" × ") }) : scene.data.inputs === 1 ? t("network_controls.input") : t("network_controls.inputs", { n: number(scene.data.inputs) });
    size.textContent = t("network_controls.size", { inputs, parameters: number(scene.layers.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.parameters, 0)) });
    refill(list, hidden.map((/** @type {any} */ record, /** @type {number} */ k) => row(record, k, hidden)));
    refill(last, output());
    refill(add, h("option", { value: "" }, t("network_controls.add")), groups());
  }

  /** @param {any} record @param {number} k @param {any[]} hidden */
  function row(record, k, hidden) {
    const known = classOf(record);
    const told = scene.layers[k];
    const isOpen = open.has(k);
    /** @type {import("./fields.js").Change} */
    const replaced = (update) => change((all) => all.map((/** @type {any} */ one, /** @type {number} */ place) => (place === k ? update(one) : one)));
    const name = told?.name ?? plainly(record.layer);
    const box = h("div", { class: "layer-body" }, h("p", { class: "fault small", role: "alert" }));
    const moved = (/** @type {number} */ by) => move(box, (all) => {
      const next = [...all];
      [next[k], next[k + by]] = [next[k + by], next[k]];
      return next;
    });
    const act = (/** @type {string} */ what, /** @type {string} */ sign, /** @type {boolean} */ off, /** @type {() => void} */ onclick) =>
      h("button", { class: "button slim plain", type: "button", "data-key": `${what}.${k}`, disabled: off, "aria-label": t(`network_controls.${what}`, { name }), title: t(`network_controls.${what}`, { name }), onclick }, sign);
    const quick = quickly(record, known, replaced, k);
    const more = known ? fieldsOf(known, record, replaced, { catalog, key: `layer.${k}` }, quick ? ["units", "filters", "rate", "activation"].filter((one) => quick.names.includes(one)) : []) : [];
    return h("li", { class: "layer" },
      h("div", { class: "layer-head" },
        h("button", { class: "layer-name", type: "button", "data-key": `open.${k}`, "aria-expanded": String(isOpen), title: known ? said(known.meaning) : null, onclick: () => { if (isOpen) open.delete(k); else open.add(k); draw(); } },
          h("span", { class: "chevron", "aria-hidden": "true" }, "›"), h("strong", {}, plainly(record.layer)), told ? h("span", { class: "quiet small numbers" }, ` ${told.shape.join(" × ")}`) : null),
        act("up", "↑", k === 0, () => moved(-1)), act("down", "↓", k === hidden.length - 1, () => moved(1)),
        act("remove", "×", false, () => { open.delete(k); move(box, (all) => all.filter((_, place) => place !== k)); })),
      quick?.element,
      box,
      isOpen ? h("div", { class: "layer-more" }, known ? h("p", { class: "hint" }, said(known.meaning)) : null, known?.formula ? h("p", { class: "hint" }, h("code", {}, known.formula)) : null, more) : null);
  }

  /**
   * What is changed most, in one line: the size, the activation.
   * @param {any} record @param {any} known @param {import("./fields.js").Change} change_ @param {number} k
   */
  function quickly(record, known, change_, k) {
    if (!known) return null;
    const sized = ["units", "filters"].find((one) => one in record);
    const names = [sized, "activation" in record ? "activation" : null].filter(Boolean);
    if (!names.length) return null;
    const line = h("div", { class: "quick" });
    const wrapped = (/** @type {string} */ name, /** @type {(value: any) => any} */ update) => asked(/** @type {HTMLElement} */ (line.nextElementSibling ?? line), () => within(change_, name)(update));
    if (sized) {
      const told = known.fields.find((/** @type {any} */ one) => one.name === sized);
      const value = record[sized];
      const input = h("input", { type: "number", class: "units", min: 1, step: 1, "data-key": `units.${k}`, "aria-label": `${label(sized)}: ${said(told.doc)}, ${said(told.range)}`, title: `${said(told.doc)}: ${said(told.range)}`, placeholder: t("fields.automatic"), onchange: () => { const next = input.value === "" ? null : Number(input.value); wrapped(sized, () => next); } });
      input.value = value ?? "";
      const by = (/** @type {number} */ more) => wrapped(sized, (now) => Math.min(MOST_UNITS, Math.max(1, (now ?? 1) + more)));
      line.append(h("span", { class: "stepper" },
        h("button", { class: "button slim", type: "button", "data-key": `less.${k}`, disabled: value === 1, "aria-label": t("network_controls.fewer"), onclick: () => by(-1) }, "−"), input,
        h("button", { class: "button slim", type: "button", "data-key": `more.${k}`, "aria-label": t("network_controls.more"), onclick: () => by(1) }, "+")));
    }
    if ("activation" in record) {
      const classes = catalog.families.activation;
      const now = record.activation?.activation;
      const choose = h("select", { "data-key": `activation.${k}`, "aria-label": t("network_controls.activation"), onchange: () => { const next = classes.find((/** @type {any} */ one) => one.name === choose.value); wrapped("activation", (value) => kept(next, value)); } },
        classes.map((/** @type {any} */ one) => h("option", { value: one.name, selected: one.name === now, title: one.meaning }, plainly(one.name))));
      line.append(choose);
      const told = classes.find((/** @type {any} */ one) => one.name === now);
      for (const each of told?.fields ?? []) {
        line.append(control(each, record.activation[each.name], within(within(change_, "activation"), each.name), { catalog, key: `activation.${k}` }));
      }
    }
    return { element: line, names: /** @type {string[]} */ (names) };
  }

  /** The last layer: as the data need it, or as it is asked for. */
  function output() {
    const automatic = { ...catalog.families.layer.find((/** @type {any} */ one) => one.name === "Dense").record, units: null };
    const record = scene.record.output ?? automatic;
    const known = classOf(record);
    const told = scene.layers[scene.layers.length - 1];
    const change = partOf(session, "output");
    /** @type {import("./fields.js").Change} */
    const replaced = (update) => change((now) => update(now ?? automatic));
    const quick = quickly(record, known, replaced, -1);
    const box = h("div", { class: "layer-body" }, h("p", { class: "fault small", role: "alert" }));
    return h("div", { class: "layer output" },
      h("div", { class: "layer-head" },
        h("button", { class: "layer-name", type: "button", "data-key": "open.output", "aria-expanded": String(outputOpen), title: t("network_controls.output_means"), onclick: () => { outputOpen = !outputOpen; draw(); } },
          h("span", { class: "chevron", "aria-hidden": "true" }, "›"), h("strong", {}, t("network_controls.output")), told ? h("span", { class: "quiet small numbers" }, ` ${told.shape.join(" × ")}`) : null),
        scene.record.output ? h("button", { class: "button slim plain", type: "button", "data-key": "output.reset", onclick: () => asked(box, () => change(() => null)) }, t("network_controls.automatic")) : null),
      quick?.element, box,
      outputOpen ? h("div", { class: "layer-more" }, h("p", { class: "hint" }, t("network_controls.output_means")), fieldsOf(known, record, replaced, { catalog, key: "output" }, ["units", "activation"])) : null);
  }

  function groups() {
    const group = (/** @type {string} */ name, /** @type {string[]} */ names) => {
      const there = catalog.families.layer.filter((/** @type {any} */ one) => names.includes(one.name));
      return h("optgroup", { label: t(`network_controls.${name}`) }, there.map((/** @type {any} */ one) => h("option", { value: one.name, title: one.meaning }, plainly(one.name))));
    };
    const every = catalog.families.layer.map((/** @type {any} */ one) => one.name);
    const pictures = every.filter((/** @type {string} */ one) => SPATIAL.has(one));
    return [group("any", every.filter((/** @type {string} */ one) => !SPATIAL.has(one) && !SHAPES.has(one))), scene.data.picture || scene.data.shape?.length > 1 ? group("pictures", pictures) : null, group("shapes", [...SHAPES])];
  }

  /** Put a layer at the end, with what it needs before it. */
  function adding() {
    const known = catalog.families.layer.find((/** @type {any} */ one) => one.name === add.value);
    add.value = "";
    if (!known) return;
    const record = structuredClone(known.record);
    if (record.layer === "Dense") Object.assign(record, { units: FIRST_UNITS, activation: liked() });
    if (record.layer === "Conv2D") record.activation = { activation: "relu" };
    if (record.layer === "Reshape" && scene.data.picture) record.shape = [1, ...scene.data.picture];
    open.clear();
    asked(below, () => change((hidden) => fitted(placed(hidden, record)))).then(() => {
      if (!fault.textContent) add.focus();
    });
  }

  /** The layers with one more: what sees pictures stands before what sees rows. @param {any[]} hidden @param {any} record */
  function placed(hidden, record) {
    const wide = SPATIAL.has(record.layer) ? 1 + Math.max(-1, ...hidden.map((one, k) => (SPATIAL.has(one.layer) || one.layer === "Reshape" ? k : -1))) : hidden.length;
    return [...hidden.slice(0, wide), record, ...hidden.slice(wide)];
  }

  /** The activation that the layers have already. */
  function liked() {
    const dense = scene.record.hidden.filter((/** @type {any} */ one) => one.layer === "Dense");
    return dense.length ? structuredClone(dense[dense.length - 1].activation) : { activation: "relu" };
  }

  /** Rows become pictures where a layer needs them, and pictures rows before the first dense one. @param {any[]} hidden */
  function fitted(hidden) {
    const flat = Boolean(scene.data.picture) && scene.data.flat;
    let wide = !flat && Boolean(scene.data.picture);
    /** @type {any[]} */
    const next = [];
    for (const record of hidden) {
      if (SPATIAL.has(record.layer) && !wide && flat && !next.length) {
        next.push({ layer: "Reshape", shape: [1, ...scene.data.picture] });
        wide = true;
      }
      if (record.layer === "Reshape") wide = record.shape.length > 1;
      if (record.layer === "Flatten" || record.layer === "GlobalAvgPool2D") wide = false;
      if (record.layer === "Dense" && wide) {
        next.push({ layer: "Flatten" });
        wide = false;
      }
      next.push(record);
    }
    if (wide) next.push({ layer: "Flatten" });
    return next;
  }

  const stop = followScene(session, (next) => {
    scene = next;
    draw();
  });
  return {
    destroy() {
      stop();
      root.remove();
    },
  };
}
