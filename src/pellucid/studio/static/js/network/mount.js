// @ts-check
/** The network as a panel of the studio. */

import { gesture } from "../gesture.js";
import { newestWins } from "./edit.js";
import { NetworkView } from "./view.js";

/**
 * @param {HTMLElement} host
 * @param {import("../session.js").Session} session
 * @param {import("./view.js").Options & {readonly?: boolean}} [options]
 * @returns {{view: NetworkView, destroy: () => void}}
 */
export function mount(host, session, options = {}) {
  const send = newestWins(({ parameter, place, value, own }) => session.tell("EditWeight", { parameter, place, value, gesture: own }));
  /** @type {{key: string, own: number} | null} the gesture that goes on: dragging a line, typing a number */
  let held = null;
  const touching = options.readonly || session.watching
    ? {}
    : {
        /** @type {import("./view.js").Options["onEdit"]} */
        onEdit: (parameter, place, value, { final }) => {
          const key = `${parameter} ${place}`;
          if (held?.key !== key) held = final ? null : { key, own: gesture() };
          send({ parameter, place, value, final, own: held?.own ?? null });
          if (final) held = null;
        },
        /** @type {import("./view.js").Options["onKnock"]} */
        onKnock: (layer, unit) => void session.tell("KnockOut", { layer, unit }),
      };
  const view = new NetworkView(host, { ...touching, ...options });
  const stop = session.watch("network", (value) => view.update(value));
  const dark = session.on("light", (what) => view.light(what));
  return {
    view,
    destroy() {
      stop();
      dark();
      view.destroy();
    },
  };
}
