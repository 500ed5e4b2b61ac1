// Files that are open in the Write view; what is not saved outlives a look at another view.
import { ApiError, ask, get, post } from "./api.js";

/** @typedef {{name: string, text: string, saved: string | null, version: string, disk: {text: string, version: string} | null}} OpenFile */

/** @type {Map<string, OpenFile>} */
const open = new Map();
const path = (/** @type {string} */ name) => name.split("/").map(encodeURIComponent).join("/");

addEventListener("beforeunload", (event) => {
  if ([...open.values()].some(isChanged)) event.preventDefault();
});

/** Kind of a file by its name. @param {string} name */
export const kindOf = (name) => (name.endsWith("treehand.yaml") ? "deployment" : (name.match(/\.(\w+)\.yaml$/)?.[1] ?? ""));

/** True if a file differs from what was read or written last. @param {OpenFile} file */
export const isChanged = (file) => file.text !== file.saved;

/** Names of the files with changes that are not saved. */
export const changedNames = () => [...open.values()].filter(isChanged).map((file) => file.name);

/**
 * Return a file as it was left, else as it is on the disk. Changes on the disk meanwhile are noted in `disk`.
 * @param {string} name @returns {Promise<OpenFile>}
 */
export async function openFile(name) {
  const known = open.get(name);
  const found = await onDisk(name);
  if (known && isChanged(known)) {
    if (known.version !== (found?.version ?? "")) known.disk = found ?? { text: "", version: "" };
    return known;
  }
  if (!found) throw new ApiError(404, { code: "unknown-file", message: `there is no file '${name}'` });
  const file = { name, text: found.text, saved: found.text, version: found.version, disk: null };
  open.set(name, file);
  return file;
}

/** Begin a file that is saved later. @param {string} name @param {string} text */
export function begin(name, text) {
  open.set(name, { name, text, saved: null, version: "", disk: null });
}

/** Write a file; if the disk has another version, that is noted and the error passed on. @param {OpenFile} file */
export async function save(file) {
  const text = file.text;
  try {
    file.version = (await ask("PUT", `/files/${path(file.name)}`, { text, version: file.version })).version;
    file.saved = text;
    file.disk = null;
  } catch (error) {
    if (error instanceof ApiError && (error.code === "changed-file" || error.code === "file-exists")) {
      file.disk = (await onDisk(file.name)) ?? { text: "", version: "" };
    }
    throw error;
  }
}

/** Take what is on the disk, and lose the changes. @param {OpenFile} file */
export function reload(file) {
  if (!file.disk) return;
  Object.assign(file, { text: file.disk.text, saved: file.disk.text, version: file.disk.version, disk: null });
}

/** Write over what is on the disk now. @param {OpenFile} file */
export async function keep(file) {
  file.version = file.disk?.version ?? file.version;
  await save(file);
}

/** Ask the language service, a trial or a starter. @param {string} task @param {string} name @param {unknown} body */
export const about = (task, name, body) => post(`/${task}/${path(name)}`, body);

async function onDisk(/** @type {string} */ name) {
  try {
    return await get(`/files/${path(name)}`);
  } catch (error) {
    if (error instanceof ApiError && error.code === "unknown-file") return null;
    throw error;
  }
}
