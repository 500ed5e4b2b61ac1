// Write: the files of the served folder, and one of them open.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api.js";
import { FileDesk } from "./file_desk.js";
import { about, begin, changedNames, kindOf } from "./open_files.js";
import { Action, Problem, View, breakable, html } from "./parts.js";

const GROUPS = [["tree", "Trees"], ["scenario", "Scenarios"], ["scene", "Scenes"], ["domain", "Domains"], ["", "Others"]];
const ENDINGS = [["tree", "tree"], ["scenario", "scenario"], ["scene", "scene"], ["domain", "domain"]];

/** @param {{state: any, desk: any, name: string, go: (hash: string) => void}} props */
export function WriteView({ state, desk, name, go }) {
  const [files, setFiles] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [, setCount] = useState(0);
  const load = () => get("/files").then(setFiles, setProblem);
  const show = (/** @type {string} */ next) => go(next ? `#/write/${encodeURIComponent(next)}` : "#/write");
  useEffect(() => {
    load();
  }, [name]);
  const changed = changedNames();
  const names = [...new Set([...(files ?? []).map((one) => one.name), ...changed])].sort();
  return html`<${View} title="Write" kind=${`write ${name ? "opened" : ""}`}>
    <aside aria-label="Files">
      ${desk.is_read_only ? null : html`<${NewFile} names=${names} onMade=${show} />`}
      ${problem ? html`<${Problem} error=${problem} />` : files ? html`<${FileList} names=${names} changed=${changed} open=${name} onOpen=${show} />` : html`<p class="soft">loading…</p>`}
    </aside>
    ${name ? html`<${FileDesk} key=${name} name=${name} names=${names} state=${state} desk=${desk} show=${show}
        onChanged=${() => setCount((count) => count + 1)} onSaved=${load} />`
      : html`<p class="soft empty">Choose a file${desk.is_read_only ? "" : ", or begin a new one"}.</p>`}
  </${View}>`;
}

/** Number of files from which on they can be filtered. */
const MANY = 12;

function FileList({ names: all, changed, open, onOpen }) {
  const [words, setWords] = useState("");
  const names = all.filter((/** @type {string} */ one) => one.includes(words.trim()));
  if (!all.length) return html`<p class="soft">There are no files in the served folder yet.</p>`;
  const known = new Set(GROUPS.map(([kind]) => kind));
  return html`${all.length >= MANY ? html`<input class="filter" type="search" aria-label="Filter files" placeholder="filter" value=${words}
      onInput=${(/** @type {any} */ event) => setWords(event.target.value)} />` : null}
  <nav class="files" aria-label="Files of the served folder">${names.length ? null : html`<p class="soft">no file of that name</p>`}${GROUPS.map(([kind, title]) => {
    const own = names.filter((/** @type {string} */ one) => (kind ? kindOf(one) === kind : !known.has(kindOf(one))));
    return own.length ? html`<h2>${title}</h2><ul>${own.map((/** @type {string} */ one) => html`<li key=${one}><button type="button"
      class=${open === one ? "open" : ""} aria-current=${open === one ? "page" : undefined} onClick=${() => onOpen(one)}>
      <span>${breakable(kind ? one.slice(0, -`.${kind}.yaml`.length) : one)}</span>${changed.includes(one) ? html`<b title="not saved"><span aria-hidden="true">●</span><span class="unseen">not saved</span></b>` : null}</button></li>`)}</ul>` : null;
  })}</nav>`;
}

function NewFile({ names, onMade }) {
  const [own, setOwn] = useState("");
  const [kind, setKind] = useState("tree");
  const name = `${own.trim()}.${kind}.yaml`;
  const make = async () => {
    const { text } = await about("starters", name, {});
    begin(name, text);
    setOwn("");
    onMade(name);
  };
  return html`<details class="new"><summary>New file</summary>
    <label>Name<input value=${own} maxlength="120" autocomplete="off" spellcheck=${false} placeholder="put_away" onInput=${(/** @type {any} */ event) => setOwn(event.target.value)} /></label>
    <label>Kind<select aria-label="Kind" value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)}>${ENDINGS.map(([value, word]) => html`<option value=${value}>${word}</option>`)}</select></label>
    ${names.includes(name) ? html`<p class="problem">There is a file ${name} already.</p>` : null}
    <${Action} label="Begin" disabled=${!own.trim() || names.includes(name)} work=${make} />
  </details>`;
}

