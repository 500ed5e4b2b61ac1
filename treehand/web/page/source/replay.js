// A recorded run with its tree, pictures and journal: in reports, and of the runs of tests.
import { useMemo, useState } from "preact/hooks";
import { Facts } from "./now_view.js";
import { Card, html } from "./parts.js";
import { modelAt } from "./run_model.js";
import { RunJournal, Scrubber } from "./scrubber.js";
import { NodeDetails, TreeView } from "./tree_view.js";

export function Replay({ data }) {
  const { entries, trees, pictures } = data;
  const failed = entries.findLast((/** @type {any} */ one) => one.event.event === "skill-ended" && one.event.result !== "success");
  const [seq, setSeq] = useState(failed?.seq ?? entries[entries.length - 1].seq);
  const [node, setNode] = useState(failed?.event.path ?? "");
  const model = useMemo(() => modelAt(entries, seq), [entries, seq]);
  const tree = trees.findLast((/** @type {any} */ one) => one.at <= seq) ?? trees[0];
  const picture = pictures.findLast((/** @type {any} */ one) => one.t_s <= model.t_s + 1e-6) ?? pictures[0];
  return html`<div class="replay">
    <${Scrubber} entries=${entries} seq=${seq} t_s=${model.t_s} onMove=${setSeq} />
    ${picture ? html`<figure><img src=${picture.source} alt=${`The world at ${picture.t_s} s`} /><figcaption class="soft">${picture.t_s.toFixed(1)} s</figcaption></figure>` : null}
    <${Card} title="Tree"><${TreeView} tree=${tree} model=${model} selected=${node} onSelect=${setNode} />
      ${node ? html`<${NodeDetails} tree=${tree} model=${model} path=${node} onSelect=${setNode} onMove=${setSeq} />` : null}</${Card}>
    <div class="pair"><${RunJournal} entries=${entries} seq=${seq} onMove=${setSeq} /><${Facts} model=${model} t_s=${model.t_s} /></div>
  </div>`;
}
