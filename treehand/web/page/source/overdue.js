// Calls of skills and worlds that have not returned: which, since when, at which line, and what a person can do.
import { clock, html, useNow } from "./parts.js";

/** @param {{calls: any[], desk: any, stop: () => void, onSelect: (path: string) => void}} props */
export function OverdueBanner({ calls, desk, stop, onSelect }) {
  const isOn = calls.length > 0 && desk.work === "running";
  const now = useNow(1000, isOn);
  if (!isOn) return null;
  const isStopped = desk.stops.length > 0;
  return html`<section class="overdue" aria-label="A call does not return">
    <div role="alert">${calls.map((one) => html`<div key=${one.subject}>
      <h2>${one.path ? html`<button type="button" class="link" onClick=${() => onSelect(one.path)}>${one.subject}</button>` : one.subject} has not returned</h2>
      <dl><div><dt>call</dt><dd><code>${one.method}</code></dd></div>
        <div><dt>for</dt><dd aria-live="off"><b>${clock(one.for_s + Math.max(0, now - one.at) / 1000)}</b></dd></div>
        ${one.place ? html`<div><dt>at</dt><dd><code>${one.place}</code></dd></div>` : null}
        ${one.of ? html`<div><dt>class</dt><dd><code>${one.of}</code></dd></div>` : null}</dl>
    </div>`)}
    <p>${isStopped ? "The stop holds: no command of the call reaches the robot any more. The run ends when the call returns."
      : "It is not broken off, because it may be moving the robot. Wait for it, or stop the robot: a stop does not wait for the call."}</p></div>
    ${isStopped ? null : html`<button type="button" class="danger" onClick=${stop}>Stop now</button>`}
  </section>`;
}
