// @ts-check
/** What is taken away: the scene, the network for other programs, its picture, its curves. */

import "./texts/all.js";
import { fill, h } from "./dom.js";
import { styled } from "./panels/index.js";
import { number, t } from "./texts.js";

const KINDS = ["scene", "python", "onnx", "model", "png", "svg", "csv"];
const SHARP = 2; // pixels of a PNG for each of the page

/**
 * A button that opens a dialog with all kinds of files.
 * @param {HTMLElement} host
 * @param {import("./session.js").Session} session
 * @param {{plain?: boolean}} [options] `plain`: without button and dialog, all kinds at once
 */
export function mount(host, session, options = {}) {
  styled("share");
  const said = h("p", { class: "share-said", role: "status", "aria-live": "polite" });
  const wrong = h("div", { class: "upload-wrong", role: "alert" });
  const rows = KINDS.map((kind) => {
    const words = `share-${kind}-${Math.random().toString(36).slice(2, 8)}`;
    const button = /** @type {HTMLButtonElement} */ (h("button", { class: "button", type: "button", "aria-describedby": words, onclick: () => take(kind, button) },
      t("share.save"), h("span", { class: "unseen" }, ` ${t(`share.${kind}`)}`)));
    return h("li", {}, h("div", {}, h("strong", {}, t(`share.${kind}`)), h("p", { class: "quiet small", id: words }, t(`share.${kind}_words`))), button);
  });
  const body = [h("p", { class: "quiet small" }, t("share.lead")), h("ul", { class: "share-kinds" }, rows), said, wrong];
  const root = options.plain ? h("section", { class: "share", "aria-label": t("share.title") }, body) : dialog();
  host.append(root);

  function dialog() {
    const title = `share-title-${Math.random().toString(36).slice(2, 8)}`;
    const box = h("dialog", { class: "share-dialog", "aria-labelledby": title, onclick: (/** @type {MouseEvent} */ event) => event.target === box && box.close() },
      h("div", { class: "share" },
        h("div", { class: "share-head" }, h("h2", { id: title }, t("share.title")),
          h("button", { class: "button plain", type: "button", "aria-label": t("share.close"), onclick: () => box.close() }, "×")),
        body));
    const open = () => {
      fill(said);
      fill(wrong);
      box.showModal();
    };
    return h("div", { class: "share-menu" }, h("button", { class: "button", type: "button", "aria-haspopup": "dialog", onclick: open }, t("share.open")), box);
  }

  /**
   * @param {string} kind
   * @param {HTMLButtonElement} button
   */
  async function take(kind, button) {
    button.disabled = true;
    fill(said, t("share.making"));
    fill(wrong);
    try {
      await session.ask("CheckFile", { kind: kind === "png" ? "svg" : kind });
      const found = await fetched(session.name ?? "", kind === "png" ? "svg" : kind);
      const file = kind === "png" ? { name: found.name.replace(/\.svg$/, ".png"), blob: await painted(found.blob) } : found;
      save(file.name, file.blob);
      fill(said, t("share.saved", { name: file.name, size: size(file.blob.size) }));
    } catch (error) {
      fill(said);
      fill(wrong, h("p", {}, /** @type {Error} */ (error).message || t("share.failed")));
    } finally {
      button.disabled = false;
    }
  }

  return {
    destroy() {
      root.remove();
    },
  };
}

/**
 * @param {string} session
 * @param {string} kind
 * @returns {Promise<{name: string, blob: Blob}>}
 */
async function fetched(session, kind) {
  const answer = await fetch(`/sessions/${encodeURIComponent(session)}/files/${kind}`).catch(() => {
    throw new Error("");
  });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error ?? "");
  }
  const told = answer.headers.get("content-disposition") ?? "";
  const name = told.match(/filename\*=UTF-8''([^;]+)/)?.[1] ?? told.match(/filename="([^"]+)"/)?.[1] ?? kind;
  return { name: decodeURIComponent(name), blob: await answer.blob() };
}

/**
 * @param {string} name
 * @param {Blob} blob
 */
function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/**
 * An SVG as the pixels that it is drawn with.
 * @param {Blob} svg
 * @returns {Promise<Blob>}
 */
async function painted(svg) {
  const image = new Image();
  const address = URL.createObjectURL(svg);
  try {
    image.src = address;
    await image.decode();
    const canvas = h("canvas", { width: image.naturalWidth * SHARP, height: image.naturalHeight * SHARP });
    const context = canvas.getContext("2d");
    if (!context) throw new Error("");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((found) => (found ? resolve(found) : reject(new Error(""))), "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @param {number} bytes */
function size(bytes) {
  if (bytes < 1000) return t("share.bytes", { n: number(bytes) });
  if (bytes < 1e6) return t("share.kilobytes", { n: number(Math.round(bytes / 100) / 10) });
  return t("share.megabytes", { n: number(Math.round(bytes / 1e5) / 10) });
}
