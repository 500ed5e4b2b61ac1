// Calls of skills and worlds that have not returned: which, since when, at which line, and what a person can do.
import { useMemo } from "preact/hooks";
import { clock, html, useNow } from "./parts.js";

/** @param {{calls: any[], desk: any, stop: () => void, onSelect: (path: string) => void}} props */
export function OverdueBanner({ calls, desk, stop, onSelect }) {
  const look = desk.late;
  const told = useMemo(() => (look ? { ...look, at: performance.now() } : null), [look?.subject, look?.method, look?.for_s]);
  const shown = desk.work === "running" ? calls : told ? [told] : [];
  const now = useNow(1000, shown.length > 0);
  if (!shown.length) return null;
  const isStopped = desk.stops.length > 0;
  const words = told && desk.work !== "running" ? `The robot is looked at, and not moved. The look is broken off after ${clock(look.limit_s)}.`
    : isStopped ? "The stop holds: no command of the call reaches the robot any more. The run ends when the call returns."
      : "It is not broken off, because it may be moving the robot. Wait for it, or stop the robot: a stop does not wait for the call.";
  return html`<section class="overdue" aria-label="A call does not return">
    <div role="alert">${shown.map((one) => html`<div key=${one.subject}>
      <h2>${one.path ? html`<button type="button" class="link" onClick=${() => onSelect(one.path)}>${one.subject}</button>` : one.subject} has not returned</h2>
      <dl><div><dt>call</dt><dd><code>${one.method}</code></dd></div>
        <div><dt>for</dt><dd aria-live="off"><b>${clock(one.for_s + Math.max(0, now - one.at) / 1000)}</b></dd></div>
        ${one.place ? html`<div><dt>at</dt><dd><code>${one.place}</code></dd></div>` : null}
        ${one.of ? html`<div><dt>class</dt><dd><code>${one.of}</code></dd></div>` : null}</dl>
    </div>`)}
    <p>${words}</p></div>
    ${isStopped ? null : html`<button type="button" class="danger" onClick=${stop}>Stop now</button>`}
  </section>`;
}
