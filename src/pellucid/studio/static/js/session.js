// @ts-check
/** A session: the connection to the engine, what it says, and what it is asked. */

import { VERSION, read } from "./wire.js";

const KEPT = "pellucid-session";
const WAITS = [300, 1000, 2000, 4000];
/** Milliseconds until a studio that would not have the page is asked again: someone may have left. */
const SLOWLY = 15000;
/** Why the studio closed: it speaks another version of the messages, which asking again won't change. */
const OTHER_VERSION = 1002;

/** @typedef {(value: any) => void} Listener */

/** What the studio refused, in its own words. */
export class Refusal extends Error {}

export class Session {
  constructor() {
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {any} */
    this.status = null;
    this.connected = false;
    /** Whether this page may only watch what is done on another. */
    this.watching = false;
    /** @type {Map<string, Set<Listener>>} */
    this.listeners = new Map();
    /** @type {Map<string, Set<Listener>>} */
    this.watchers = new Map();
    /** @type {Map<string, any>} */
    this.views = new Map();
    /** @type {Map<number, {resolve: Listener, reject: Listener}>} */
    this.asked = new Map();
    this.number = 0;
    this.tries = 0;
    /** @type {Map<string, any>} */
    this.fresh = new Map();
    this.drawing = false;
    this.telling = false;
    /** Listeners whose failure was told. @type {WeakSet<Listener>} */
    this.failed = new WeakSet();
  }

  /** The name by which the session is found again after a reload. */
  get name() {
    return sessionStorage.getItem(KEPT);
  }

  /** Connect; resolves once the studio has welcomed the page. */
  connect() {
    return new Promise((resolve, reject) => {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const socket = new WebSocket(`${scheme}://${location.host}/socket`);
      socket.binaryType = "arraybuffer";
      this.socket = socket;
      let refused = false;
      socket.onopen = () => socket.send(JSON.stringify({ hello: VERSION, session: this.name }));
      socket.onmessage = (event) => {
        const message = read(event.data);
        if (message.type === "welcome") {
          sessionStorage.setItem(KEPT, message.session);
          this.connected = true;
          this.tries = 0;
          this.watching = Boolean(message.watching);
          this.tellWatched();
          this.emit("connected", message);
          resolve(message);
        } else if (message.type === "refused") {
          refused = true;
          this.emit("refused", message.error);
          reject(new Refusal(message.error));
        } else this.take(message);
      };
      socket.onclose = (event) => {
        this.closed();
        if (!refused) this.emit("lost", null);
        if (!refused || event.code !== OTHER_VERSION) this.again(refused ? SLOWLY : null);
        reject(new Refusal("closed"));
      };
    });
  }

  /** Nothing that was asked will be answered. */
  closed() {
    this.connected = false;
    for (const { reject } of this.asked.values()) reject(new Refusal("lost"));
    this.asked.clear();
  }

  /**
   * Connect again in a while.
   * @param {number | null} wait milliseconds; null: soon at first, then less and less often
   */
  again(wait) {
    const soon = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    setTimeout(() => this.connect().catch(() => undefined), wait ?? soon);
  }

  /** @param {any} message */
  take(message) {
    if (message.type === "reply" || message.type === "refusal") {
      const waiting = this.asked.get(message.id);
      this.asked.delete(message.id);
      if (!waiting) return;
      const status = this.fresh.get(""); // it came before the reply, and is at least as new
      if (status) {
        this.fresh.delete("");
        this.status = status;
        this.emit("status", status);
      }
      if (message.type === "reply") waiting.resolve(message.value);
      else waiting.reject(new Refusal(message.error));
    } else if (message.type === "problem") this.emit("problem", message.error);
    else if (message.type === "note") this.emit("note", message.text);
    else {
      this.fresh.set(message.type === "view" ? message.name : "", message);
      this.socket?.send("drawn");
      if (!this.drawing) {
        this.drawing = true;
        requestAnimationFrame(() => this.draw());
        setTimeout(() => this.draw(), 200); // a page in the background has no frames
      }
    }
  }

  /** Hand the newest of each view to those who watch it. */
  draw() {
    this.drawing = false;
    const fresh = [...this.fresh.entries()];
    this.fresh.clear();
    for (const [name, message] of fresh) {
      if (name === "") {
        this.status = message;
        this.emit("status", message);
      } else {
        this.views.set(name, message.value);
        this.tellAll(this.watchers.get(name), message.value);
      }
    }
  }

  /**
   * Ask for something to be done; the answer, or a Refusal with the words to show.
   * @param {string} what
   * @param {Record<string, any>} [fields]
   * @returns {Promise<any>}
   */
  ask(what, fields = {}) {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Refusal("lost"));
    const id = ++this.number;
    this.socket.send(JSON.stringify({ id, do: what, ...fields }));
    return new Promise((resolve, reject) => this.asked.set(id, { resolve, reject }));
  }

  /**
   * Ask, and show a refusal to the user.
   * @param {string} what
   * @param {Record<string, any>} [fields]
   * @returns {Promise<any>} undefined where it was refused
   */
  async tell(what, fields = {}) {
    try {
      return await this.ask(what, fields);
    } catch (error) {
      this.emit("problem", /** @type {Error} */ (error).message);
      return undefined;
    }
  }

  /**
   * Be shown a view from now on.
   * @param {string} name
   * @param {Listener} listener
   * @returns {() => void} stops it
   */
  watch(name, listener) {
    const found = this.watchers.get(name) ?? new Set();
    this.watchers.set(name, found);
    found.add(listener);
    if (found.size === 1) this.tellWatched();
    else if (this.views.has(name)) listener(this.views.get(name));
    return () => {
      found.delete(listener);
      if (found.size === 0) {
        this.watchers.delete(name);
        this.views.delete(name);
        this.tellWatched();
      }
    };
  }

  /** Tell the studio once, after all panels have said what they watch. */
  tellWatched() {
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      if (this.connected) this.ask("Watch", { views: [...this.watchers.keys()] }).catch(() => undefined);
    });
  }

  /**
   * Hear "light" (what a panel talks of), "status", "problem", "note", "told" (what a change did), "connected", "lost" or "refused".
   * @param {string} event
   * @param {Listener} listener
   * @returns {() => void} stops it
   */
  on(event, listener) {
    const found = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, found);
    found.add(listener);
    return () => found.delete(listener);
  }

  /**
   * @param {string} event
   * @param {any} value
   */
  emit(event, value) {
    this.tellAll(this.listeners.get(event), value);
  }

  /**
   * Each of them hears it, whatever becomes of the others.
   * @param {Set<Listener> | undefined} listeners
   * @param {any} value
   */
  tellAll(listeners, value) {
    for (const listener of listeners ?? []) {
      try {
        listener(value);
      } catch (error) {
        if (!this.failed.has(listener)) console.error(error);
        this.failed.add(listener);
      }
    }
  }
}
