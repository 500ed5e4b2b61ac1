// One moment of a past run: a slider over its events, and its journal.
import { useEffect, useRef } from "preact/hooks";
import { Card, clock, html } from "./parts.js";
import { isFailure, lineOf } from "./run_model.js";

/** The slider with steps to the event and to the failure before and after. */
export function Scrubber({ entries, seq, t_s, onMove, children = null }) {
  const last = entries[entries.length - 1].seq;
  const failures = entries.filter((/** @type {any} */ one) => isFailure(one.event)).map((/** @type {any} */ one) => one.seq);
  const before = failures.filter((/** @type {number} */ one) => one < seq).pop();
  const after = failures.find((/** @type {number} */ one) => one > seq);
  return html`<div class="scrubber">
      <input type="range" min="1" max=${last} value=${seq} aria-label="Moment of the run"
        aria-valuetext=${`event ${seq} of ${last}, ${clock(t_s)}`}
        onInput=${(/** @type {any} */ event) => onMove(Number(event.target.value))} />
      <output>${clock(t_s)} · event ${seq} of ${last}</output>
    </div>
    <div class="bar">
      <button type="button" onClick=${() => onMove(Math.max(1, seq - 1))} aria-label="Event before">‹</button>
      <button type="button" onClick=${() => onMove(Math.min(last, seq + 1))} aria-label="Event after">›</button>
      <button type="button" disabled=${before == null} onClick=${() => before && onMove(before)}>‹ failure</button>
      <button type="button" disabled=${after == null} onClick=${() => after && onMove(after)}>failure ›</button>
      ${children}
    </div>`;
}

/** The lines of a run; those after the moment are pale. */
export function RunJournal({ entries, seq, onMove }) {
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const box = log.current;
    const line = /** @type {HTMLElement | null} */ (box?.querySelector(".here") ?? null);
    if (!box || !line) return; // the box alone scrolls, never the page
    const top = line.offsetTop - box.offsetTop;
    if (top < box.scrollTop || top + line.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 2;
  }, [seq, entries]);
  const shown = entries.map((/** @type {any} */ one) => ({ seq: one.seq, t_s: one.event.t_s, line: lineOf(one.event) }))
    .filter((/** @type {any} */ one) => one.line);
  const here = shown.filter((/** @type {any} */ one) => one.seq <= seq).pop()?.seq;
  return html`<${Card} title="Journal"><ol class="journal" ref=${log} tabindex="0" aria-label="Lines of the journal">${shown.map((/** @type {any} */ one) => html`<li key=${one.seq}
    class=${`${one.line.tone} ${one.seq === here ? "here" : ""} ${one.seq > seq ? "later" : ""}`}>
    <button type="button" class="link" onClick=${() => onMove(one.seq)}><time>${one.t_s.toFixed(1)} s</time> ${one.line.text}</button></li>`)}</ol></${Card}>`;
}
