// Calls of language models in a run, up to the moment that is looked at.
import { Card, clock, html } from "./parts.js";

/** @param {{entries: any[], seq: number, onMove: (seq: number) => void}} props */
export function ModelCalls({ entries, seq, onMove }) {
  const calls = entries.filter((one) => one.event.event === "model-called");
  if (!calls.length) return null;
  const made = calls.filter((one) => one.seq <= seq);
  return html`<${Card} title="Model calls" note=${html`<span class="soft">${made.length} of ${calls.length}</span>`}>
    ${made.length ? html`<ol class="model-calls">${made.map(({ seq: at, event }) => html`<li key=${at}>
      <p><button type="button" class="link" onClick=${() => onMove(at)}><time>${clock(event.t_s)}</time> <b>${event.purpose}</b>${event.round > 1 ? `, round ${event.round}` : ""}</button>
        <span class=${`badge ${event.outcome === "answered" ? "success" : "failure"}`}>${event.outcome === "answered" ? "✔" : "✘"} ${event.outcome}</span></p>
      <p class="soft">${figures(event)}</p>
      <${Kept} title="Prompt" text=${event.prompt} /><${Kept} title="Answer" text=${event.answer} /></li>`)}</ol>`
      : html`<p class="soft">none up to this moment</p>`}
  </${Card}>`;
}

/** Model, tokens, time and cost, those that are known. @param {any} event */
function figures(event) {
  return [
    event.served_by && event.served_by !== event.model ? `${event.model}, served by ${event.served_by}` : event.model,
    event.tokens_in == null ? "" : `${event.tokens_in} tokens in`,
    event.tokens_out == null ? "" : `${event.tokens_out} tokens out`,
    `${event.latency_s.toFixed(1)} s`,
    event.cost_usd == null ? "" : `$${event.cost_usd.toFixed(4)}`,
  ].filter(Boolean).join(" · ");
}

function Kept({ title, text }) {
  if (text == null) return html`<p class="soft">${title}: not kept</p>`;
  return html`<details><summary>${title}</summary><pre class="code" tabindex="0" role="region" aria-label=${title}>${text}</pre></details>`;
}
