// One open file: its text, its findings, its tree, and what is done with it.
import { useEffect, useRef, useState } from "preact/hooks";
import { post } from "./api.js";
import { control } from "./control.js";
import { about, isChanged, keep, kindOf, openFile, reload, save } from "./open_files.js";
import { Action, Card, Problem, html } from "./parts.js";
import { SaveAs } from "./save_as.js";
import { TreeView } from "./tree_view.js";
import { Trials } from "./trials.js";

/** Milliseconds of rest after which a text is checked. */
const REST_MS = 250;
const NOTHING = { statuses: new Map(), nodes: new Map() };

/** @param {{name: string, names: string[], state: any, desk: any, show: (name: string) => void, onChanged: () => void, onSaved: () => void}} props */
export function FileDesk({ name, names, state, desk, show, onChanged, onSaved }) {
  const [file, setFile] = useState(/** @type {import("./open_files.js").OpenFile | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useEffect(() => {
    openFile(name).then(setFile, setProblem);
  }, []);
  if (problem) return html`<div class="desk"><${Problem} error=${problem} /></div>`;
  if (!file) return html`<p class="soft empty">loading…</p>`;
  return html`<${OpenDesk} file=${file} names=${names} state=${state} desk=${desk} show=${show} onChanged=${onChanged} onSaved=${onSaved} />`;
}

function OpenDesk({ file, names, state, desk, show, onChanged, onSaved }) {
  const [text, setText] = useState(file.text);
  const [findings, setFindings] = useState(/** @type {any[] | null} */ (null));
  const [draft, setDraft] = useState(/** @type {any} */ ({ root: null, params: {} }));
  const [isOld, setOld] = useState(false);
  const [selected, setSelected] = useState("");
  const [trial, setTrial] = useState(/** @type {any} */ (null));
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const [editor, setEditor] = useState(/** @type {any} */ (null));
  const isTree = kindOf(file.name) === "tree";
  const take = (/** @type {string} */ next) => {
    file.text = next;
    setText(next);
    onChanged();
  };
  useEffect(() => {
    let isOn = true;
    const timer = setTimeout(() => {
      about("check", file.name, { text }).then((found) => {
        if (!isOn) return;
        setFindings(found);
        editor?.showFindings(found);
      }, (error) => isOn && setProblem(error));
      if (isTree) {
        about("drafts", file.name, { text }).then((found) => {
          if (!isOn) return;
          setOld(!found.root);
          setDraft((/** @type {any} */ before) => (found.root ? found : before));
        }, () => {});
      }
    }, REST_MS);
    return () => {
      isOn = false;
      clearTimeout(timer);
    };
  }, [text, editor]);
  const act = async (/** @type {() => Promise<void>} */ work) => {
    setBusy(true);
    setProblem(null);
    try {
      await control(desk);
      await work();
      onSaved();
    } catch (error) {
      if (!file.disk) setProblem(error);
    } finally {
      setBusy(false);
      onChanged();
    }
  };
  const store = () => act(() => save(file));
  const settle = (/** @type {() => Promise<void> | void} */ work) => act(async () => {
    await work();
    editor?.setText(file.text);
    setText(file.text);
  });
  const choose = (/** @type {string} */ path) => {
    setSelected(path);
    editor?.selectNode(path);
  };
  const tried = trial?.text === text ? trial.report.rehearsal : null;
  const root = tried?.root ?? draft.root;
  useEffect(() => {
    if (root && !isOld) editor?.setNodes(nodesOf(root, root.source));
  }, [root, editor]);
  const given = Object.fromEntries(Object.entries(draft.params).map(([param, options]) => [param, options.includes(values[param]) ? values[param] : (options[0] ?? "")]));
  return html`<div class="desk" onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (!desk.is_read_only && isChanged(file)) store();
    }
  }}>
    <div class="file-bar">
      <a class="back" href="#/write">‹ Files</a>
      <h2>${file.name}</h2>
      <span class=${`badge ${isChanged(file) ? "running" : ""}`} role="status">${isChanged(file) ? "not saved" : "saved"}</span>
      <span class="tools">
        <${Action} label="Format" disabled=${desk.is_read_only} work=${async () => editor?.setText((await about("format", file.name, { text })).text)} />
        <button type="button" class="primary" aria-keyshortcuts="Control+S" title="Save (Ctrl + S)" disabled=${desk.is_read_only || isBusy || !isChanged(file)} onClick=${store}>${isBusy ? html`<span class="spinner" aria-hidden="true"></span>` : null}Save</button>
        ${desk.is_read_only ? null : html`<${SaveAs} file=${file} names=${names} desk=${desk} given=${given} outcome=${tried?.outcome} show=${show} onSaved=${onSaved} />`}
      </span>
    </div>
    ${problem ? html`<${Problem} error=${problem} />` : null}
    ${file.disk ? html`<${Conflict} file=${file} isBusy=${isBusy} onReload=${() => settle(() => reload(file))} onKeep=${() => settle(() => keep(file))} />` : null}
    <div class=${isTree ? "sheets" : "sheets alone"}>
      <section class="card sheet" aria-label="Text">
        <${TextEditor} file=${file} isReadOnly=${desk.is_read_only} onText=${take} onNode=${setSelected} onOpen=${setEditor} />
        <${Findings} found=${findings} onOpen=${(/** @type {any} */ one) => editor?.goTo(one.line, one.column)} />
      </section>
      ${isTree ? html`<${Card} title="Tree" note=${isOld ? html`<span class="badge running">as last readable</span>` : tried ? html`<span class="badge">as rehearsed</span>` : null}>
        ${root ? html`<${TreeView} tree=${{ root }} model=${tried ? rehearsed(tried.root) : NOTHING} selected=${selected} onSelect=${choose} />` : html`<p class="soft empty">No tree can be read from the text yet.</p>`}
      </${Card}>` : null}
    </div>
    <${Trials} file=${file} text=${text} isTree=${isTree} params=${draft.params} given=${given} desk=${desk} trial=${trial} hasErrors=${findings?.some((one) => one.severity === "error")}
      onValue=${(/** @type {string} */ param, /** @type {string} */ value) => setValues({ ...values, [param]: value })} onTried=${setTrial} onSave=${() => save(file).then(onSaved)}
      onPropose=${async () => {
        await control(desk);
        await post("/proposals/tree", { text, arguments: given });
        location.hash = "#/";
      }} />
  </div>`;
}

/** The text editor, which is loaded when the first file is opened. */
function TextEditor({ file, isReadOnly, onText, onNode, onOpen }) {
  const host = useRef(/** @type {HTMLElement | null} */ (null));
  const [problem, setProblem] = useState("");
  const to = useRef({ onText, onNode });
  to.current = { onText, onNode };
  useEffect(() => {
    let isOn = true;
    let close = () => {};
    const place = new URL("./editor.js", import.meta.url).href;
    /** @type {Promise<typeof import("./editor.js")>} */ (import(place)).then((loaded) => {
      if (!isOn || !host.current) return;
      const made = loaded.openEditor(host.current, {
        text: file.text,
        label: `Text of ${file.name}`,
        isReadOnly,
        onText: (text) => to.current.onText(text),
        onNode: (path) => to.current.onNode(path),
        complete: (at) => about("completions", file.name, at),
        hover: (at) => about("hover", file.name, at),
      });
      close = made.close;
      onOpen(made);
    }, () => setProblem("the editor cannot be loaded"));
    return () => {
      isOn = false;
      close();
    };
  }, []);
  return html`<div class="text" ref=${host}>${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}</div>`;
}

function Findings({ found, onOpen }) {
  if (!found) return html`<p class="soft" role="status">checking…</p>`;
  const errors = found.filter((/** @type {any} */ one) => one.severity === "error").length;
  const told = [errors ? `${errors} error${errors === 1 ? "" : "s"}` : "", found.length - errors ? `${found.length - errors} warning${found.length - errors === 1 ? "" : "s"}` : ""].filter(Boolean);
  return html`<div class="findings">
    <p role="status" class=${found.length ? "" : "good"}>${told.join(", ") || "✔ no findings"}</p>
    ${found.length ? html`<ul aria-label="Findings">${found.map((/** @type {any} */ one) => html`<li class=${one.severity}><button type="button" class="link" onClick=${() => onOpen(one)}>
      <b>${one.severity === "error" ? "✘" : "▲"} ${one.line}:${one.column}</b> ${one.message} <code>${one.code}</code>${one.hint ? html`<small>${one.hint}</small>` : null}</button></li>`)}</ul>` : null}
  </div>`;
}

function Conflict({ file, isBusy, onReload, onKeep }) {
  const isGone = !file.disk.version;
  return html`<section class="card bad" role="alert" aria-label="Changed on the disk">
    <p class="big">${isGone ? `${file.name} is not on the disk any more.` : `${file.name} has changed on the disk since you opened it.`}</p>
    ${isGone ? null : html`<details><summary>What is on the disk now</summary><pre class="code">${file.disk.text}</pre></details>`}
    <div class="decide">
      ${isGone ? null : html`<button type="button" disabled=${isBusy} onClick=${onReload}>Reload, and lose mine</button>`}
      <button type="button" disabled=${isBusy} onClick=${onKeep}>${isGone ? "Write mine again" : "Keep mine, and overwrite it"}</button>
    </div>
  </section>`;
}

/** Nodes that stand in the text itself. @param {any} node @param {string} source @returns {any[]} */
function nodesOf(node, source) {
  const own = node.source === source && node.line ? [{ path: node.path, line: node.line, column: node.column }] : [];
  return [...own, ...node.children.flatMap((/** @type {any} */ child) => nodesOf(child, source))];
}

/** What the drawing shows of a rehearsal. @param {any} root */
function rehearsed(root) {
  const statuses = new Map();
  const visit = (/** @type {any} */ node) => {
    statuses.set(node.path, node.status);
    node.children.forEach(visit);
  };
  visit(root);
  return { statuses, nodes: new Map() };
}
