// Saves an open file under another name, or a tree as a scenario that runs it.
import { useState } from "preact/hooks";
import { control } from "./control.js";
import { about, begin, isChanged, kindOf, openFile, save } from "./open_files.js";
import { Action, html } from "./parts.js";

export function SaveAs({ file, names, desk, given, outcome, show, onSaved }) {
  const [isOpen, setOpen] = useState(false);
  const own = kindOf(file.name);
  const [kind, setKind] = useState(own);
  const stem = file.name.replace(/(\.\w+)?\.yaml$/, "");
  const [wanted, setWanted] = useState(`${stem}_2`);
  const name = `${wanted.trim()}.${kind}.yaml`;
  const isTaken = names.includes(name);
  if (own === "deployment" || !own) return null;
  const store = async () => {
    await control(desk);
    let text = file.text;
    if (kind !== own) {
      if (isChanged(file)) await save(file);
      text = (await about("starters", name, { tree: file.name, arguments: given, outcome: outcome ?? "success" })).text;
    } else if (kind === "tree") {
      text = text.replace(/^tree:.*$/m, `tree: ${wanted.trim().split("/").pop()}`);
    }
    begin(name, text);
    await save(await openFile(name));
    onSaved();
    show(name);
  };
  return html`<span class="save-as"><button type="button" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>Save as ▾</button>
    ${isOpen ? html`<div class="menu card" role="dialog" aria-label="Save as" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && setOpen(false)}>
      ${own === "tree" ? html`<label>As<select aria-label="As" value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)}>
        <option value="tree">tree</option><option value="scenario">scenario that runs this tree</option></select></label>` : null}
      <label>Name<input value=${wanted} maxlength="120" autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} /></label>
      <p class="soft">${isTaken ? `There is a file ${name} already.` : name}</p>
      ${kind !== own && Object.keys(given).length ? html`<p class="soft">with ${Object.entries(given).map(([param, value]) => `${param} ${value}`).join(", ")}</p>` : null}
      <${Action} kind="primary" label="Save" disabled=${!wanted.trim() || isTaken} work=${store} />
    </div>` : null}</span>`;
}
