// @ts-check
/** Files on their way to the session: what was chosen or dropped, and how it is sent. */

const PICTURE = /\.(png|jpe?g|webp|bmp|gif)$/i;
const AT_ONCE = 4;

/** @typedef {{name: string, file: File}} Named a file, and the name that it gets in the session */

/** @param {Named} one */
export const isPicture = (one) => PICTURE.test(one.name);

/**
 * What was dropped, with what is in folders.
 * @param {DataTransfer} data
 * @returns {Promise<Named[]>}
 */
export async function dropped(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = await Promise.all(entries.map((entry) => within(/** @type {FileSystemEntry} */ (entry))));
  return found.flat();
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<Named[]>}
 */
async function within(entry) {
  const name = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [{ name, file: /** @type {File} */ (file) }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {Named[]} */
  const found = [];
  for (;;) {
    const some = /** @type {FileSystemEntry[]} */ (await new Promise((resolve, reject) => reader.readEntries(resolve, reject)));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await within(one)));
  }
}

/**
 * What was chosen in a field for files or folders.
 * @param {FileList | null} files
 * @returns {Named[]}
 */
export function chosen(files) {
  return [...(files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/**
 * Pictures as one folder that has a folder for each class.
 * @param {Named[]} pictures
 * @returns {Named[]}
 */
export function asFolder(pictures) {
  const tops = new Set(pictures.map((one) => one.name.split("/")[0]));
  const deep = pictures.every((one) => one.name.split("/").length > 2);
  if (tops.size === 1 && deep) return pictures;
  return pictures.map((one) => ({ ...one, name: `pictures/${one.name}` }));
}

/**
 * Send files, a few at a time; after one that is refused, none any more.
 * @param {string} session
 * @param {Named[]} files
 * @param {(share: number, done: number) => void} tell how far it is: a share of all bytes, files done
 * @param {AbortController} cancel
 * @returns {Promise<string[]>} their names in the session
 */
export async function sent(session, files, tell, cancel) {
  const all = files.reduce((sum, one) => sum + one.file.size, 0) || 1;
  const bytes = files.map(() => 0);
  /** @type {string[]} */
  const names = [];
  const upload = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < files.length && !cancel.signal.aborted) {
      const at = next++;
      names[at] = await send(session, upload, files[at], (loaded) => {
        bytes[at] = loaded;
        tell(bytes.reduce((sum, one) => sum + one, 0) / all, done);
      }, cancel.signal);
      done += 1;
    }
  };
  const stop = (/** @type {unknown} */ error) => {
    cancel.abort();
    throw error;
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, files.length) }, () => work().catch(stop)));
  return names;
}

/**
 * @param {string} session
 * @param {string} upload what the pictures of one folder have in common
 * @param {Named} one
 * @param {(loaded: number) => void} tell
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
function send(session, upload, one, tell, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: one.name, upload });
    request.open("POST", `/sessions/${encodeURIComponent(session)}/files?${query}`);
    request.responseType = "text";
    request.upload.onprogress = (event) => tell(event.loaded);
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) resolve(answer.name);
      else reject(new Error(answer.error ?? ""));
    };
    request.onerror = () => reject(new Error(""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(one.file);
  });
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
