// @ts-check
/** Changes of the scene, one after the other: each is made of the scene that the one before has left. */

/** @type {WeakMap<import("./session.js").Session, Promise<any>>} */
const before = new WeakMap();

/**
 * Change parts of the scene. What is shown may be older than what was asked for last, so the parts are
 * made of the newest record, and not of the one that is shown.
 * @param {import("./session.js").Session} session
 * @param {(record: any) => Record<string, any>} make the parts that are others, of the scene's record
 * @returns {Promise<void>} rejects with the words to show
 */
export function changeScene(session, make) {
  const done = (before.get(session) ?? Promise.resolve()).then(async () => {
    const record = await session.ask("TellScene");
    await session.ask("ChangeScene", { fields: make(record) });
  });
  before.set(session, done.catch(() => undefined));
  return done;
}

/**
 * How one part of the scene changes.
 * @param {import("./session.js").Session} session
 * @param {string} name
 * @returns {(update: (value: any) => any) => Promise<void>} what the newest value becomes
 */
export function partOf(session, name) {
  return (update) => changeScene(session, (record) => ({ [name]: update(record[name]) }));
}
