// The scrubber of a report of `treehand test`: a run that is held in the file itself.
import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Facts } from "./now_view.js";
import { Card, html } from "./parts.js";
import { modelAt } from "./run_model.js";
import { RunJournal, Scrubber } from "./scrubber.js";
import { NodeDetails, TreeView } from "./tree_view.js";

function Replay({ data }) {
  const { entries, trees, pictures } = data;
  const failed = entries.findLast((/** @type {any} */ one) => one.event.event === "skill-ended" && one.event.result !== "success");
  const [seq, setSeq] = useState(failed?.seq ?? entries[entries.length - 1].seq);
  const [node, setNode] = useState(failed?.event.path ?? "");
  const model = useMemo(() => modelAt(entries, seq), [seq]);
  const tree = trees.findLast((/** @type {any} */ one) => one.at <= seq) ?? trees[0];
  const picture = pictures.findLast((/** @type {any} */ one) => one.t_s <= model.t_s + 1e-6) ?? pictures[0];
  return html`<div class="replay">
    <${Scrubber} entries=${entries} seq=${seq} t_s=${model.t_s} onMove=${setSeq} />
    ${picture ? html`<figure><img src=${picture.source} alt=${`The world at ${picture.t_s} s`} /><figcaption class="soft">${picture.t_s.toFixed(1)} s</figcaption></figure>` : null}
    <${Card} title="Tree"><${TreeView} tree=${tree} model=${model} selected=${node} onSelect=${setNode} />
      ${node ? html`<${NodeDetails} tree=${tree} model=${model} path=${node} onSelect=${setNode} />` : null}</${Card}>
    <div class="pair"><${RunJournal} entries=${entries} seq=${seq} onMove=${setSeq} /><${Facts} model=${model} t_s=${model.t_s} /></div>
  </div>`;
}

/** Draws the run of one story, the first time that it is unfolded. @param {HTMLElement} place */
function show(place) {
  const held = document.getElementById(place.dataset.replay ?? "");
  if (!held || place.dataset.isShown) return;
  place.dataset.isShown = "yes";
  place.replaceChildren();
  place.classList.remove("drawn");
  render(html`<${Replay} data=${JSON.parse(held.textContent ?? "")} />`, place);
}

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-replay]"))) {
  const story = place.closest("details");
  if (!story || story.open) show(place);
  else story.addEventListener("toggle", () => show(place), { once: true });
}
