// @ts-check
/** The shell: the bar on top, notices, and the page that the address names. */

import { fill, h, s } from "./dom.js";
import { Session } from "./session.js";
import { t } from "./texts.js";

/** @typedef {{destroy(): void}} Mounted */

/** @type {[RegExp, () => Promise<any>, string][]} */
const PAGES = [
  [/^\/$/, () => import("./pages/home.js"), "home"],
  [/^\/workbench$/, () => import("./pages/workbench.js"), "workbench"],
  [/^\/lessons$/, () => import("./pages/lessons.js"), "lessons"],
  [/^\/lessons\/([\w-]+)$/, () => import("./pages/lesson.js"), "lessons"],
];

/** What there is to see for one who may only watch, whatever the address.
 * @type {[RegExp, () => Promise<any>, string]} */
const WATCH = [/^/, () => import("./pages/watch.js"), "watch"];

export const session = new Session();
const bar = h("header", { class: "bar" });
const main = h("main", { id: "main", tabindex: "-1" });
const notices = h("div", { class: "notices", role: "status", "aria-live": "polite" });
/** @type {Mounted | null} */
let mounted = null;

/** @type {Mounted | null} */
let sharing = null;

/** @param {string} current */
function drawBar(current) {
  sharing?.destroy();
  sharing = null;
  const link = (/** @type {string} */ name, /** @type {string} */ to) =>
    h("a", { href: to, "aria-current": current === name ? "page" : null }, t(`app.${name}`));
  fill(
    bar,
    h("a", { class: "name", href: "/", "aria-label": t("app.name") }, logo(), h("span", {}, t("app.name"))),
    session.watching ? null : h("nav", { "aria-label": t("app.pages") }, link("lessons", "/lessons"), link("workbench", "/workbench")),
  );
  if (current !== "workbench") return;
  const end = h("div", { class: "bar-end" });
  bar.append(end);
  import("./share.js").then((share) => {
    if (end.isConnected) sharing = share.mount(end, session);
  }, missing);
}

function logo() {
  return s(
    "svg",
    { viewBox: "0 0 32 32", width: 28, height: 28, "aria-hidden": "true" },
    s("path", { d: "M7 9 25 16M7 23 25 16", fill: "none", stroke: "var(--accent)", "stroke-width": 2.2 }),
    s("circle", { cx: 7, cy: 9, r: 4, fill: "var(--sheet)", stroke: "var(--accent)", "stroke-width": 2.2 }),
    s("circle", { cx: 7, cy: 23, r: 4, fill: "var(--sheet)", stroke: "var(--accent)", "stroke-width": 2.2 }),
    s("circle", { cx: 25, cy: 16, r: 4.6, fill: "var(--negative)" }),
  );
}

/**
 * Say something at the bottom of the page.
 * @param {string} text
 * @param {{stays?: boolean, name?: string, lasts?: number}} [how] `name`: takes the place of a notice of that name; `lasts`: so many milliseconds
 */
function notice(text, how = {}) {
  if (how.name) notices.querySelector(`[data-name="${how.name}"]`)?.remove();
  const close = h("button", { class: "button plain", onclick: () => box.remove(), "aria-label": t("app.close") }, "×");
  const box = h("div", { class: "notice", "data-name": how.name ?? null }, h("span", {}, text), close);
  notices.append(box);
  while (notices.children.length > 3) notices.firstElementChild?.remove();
  if (!how.stays) setTimeout(() => box.remove(), how.lasts ?? 12000);
}

/** Say that a part of the page did not come. @param {unknown} error */
function missing(error) {
  console.error(error);
  notice(t("app.missing"), { stays: true, name: "missing" });
}

/** The path of the page that is shown, or is being brought. */
let at = "";
let brought = 0; // of pages that are on their way, only the last is shown

/** The page that is shown hears and does no more. */
function leave() {
  mounted?.destroy();
  mounted = null;
}

/** Show the page of the present address; the one before stays until it is there. */
async function show() {
  const own = ++brought;
  const path = location.pathname;
  at = path;
  const found = session.watching ? WATCH : PAGES.find(([pattern]) => pattern.test(path)) ?? PAGES[0];
  const words = path.match(found[0]);
  drawBar(found[2]);
  const page = await found[1]().catch(missing);
  if (own !== brought || !page) return;
  leave();
  main.className = `page-${found[2]}`;
  main.replaceChildren();
  mounted = page.mount(main, session, { name: words?.[1], go });
  document.title = `${main.querySelector("h1")?.textContent ?? t("app.name")} · Pellucid`;
}

/**
 * Go to another page without loading all anew.
 * @param {string} path
 */
function go(path) {
  history.pushState(null, "", path);
  scrollTo(0, 0);
  show().then(() => main.focus({ preventScroll: true }));
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const plain = event instanceof MouseEvent && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (!link || !plain || link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (!PAGES.some(([pattern]) => pattern.test(link.pathname))) return;
  if (link.hash && link.pathname === location.pathname) return; // a place on this page
  event.preventDefault();
  if (link.pathname !== location.pathname) go(link.pathname);
});
addEventListener("popstate", () => {
  if (location.pathname !== at) show(); // another place on this page changes nothing
});

let wasLost = false;
session.on("note", (text) => notice(text, { stays: true }));
session.on("told", (text) => notice(text, { name: "told", lasts: 5000 }));
session.on("problem", (text) => (text === "lost" ? notice(t("app.lost"), { stays: true, name: "lost" }) : notice(text)));
session.on("lost", () => {
  wasLost = true;
  notice(t("app.lost"), { stays: true, name: "lost" });
});
session.on("refused", (text) => notice(text, { stays: true, name: "lost" }));
session.on("connected", (welcome) => {
  notices.querySelector('[data-name="lost"]')?.remove();
  if (wasLost) notice(welcome.again ? t("app.back") : t("app.anew"), { name: "back" });
  if (wasLost ? !welcome.again : welcome.watching) {
    leave(); // what is shown is of another session, or not for one who watches
    show();
  }
  wasLost = false;
});

const skip = h("a", { class: "skip", href: "#main" }, t("app.skip"));
document.getElementById("app")?.append(skip, bar, main, notices);
session.connect().catch(() => undefined);
show();
