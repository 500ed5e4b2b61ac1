// The matrix of a test run: a cell for each run, filled while it goes on.
import { useRef, useState } from "preact/hooks";
import { Card, html } from "./parts.js";

export const STATE = {
  passed: { sign: "✔", word: "passed", tone: "success" },
  failed: { sign: "✘", word: "failed", tone: "failure" },
  error: { sign: "!", word: "cannot be judged", tone: "failure" },
  recovered: { sign: "✔", word: "recovered", tone: "success" },
  unrecovered: { sign: "✘", word: "not recovered", tone: "failure" },
  untriggered: { sign: "–", word: "never triggered", tone: "idle" },
  planned: { sign: "○", word: "not run yet", tone: "planned" },
  skipped: { sign: "○", word: "not run", tone: "planned" },
};

/** Move between cells: left and right along the order, up and down between rows. @param {KeyboardEvent} event */
function move(event) {
  const here = /** @type {HTMLElement} */ (event.target);
  if (!here.classList.contains("cell")) return;
  const all = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("button.cell:not(:disabled)")];
  const at = all.indexOf(here);
  const row = (/** @type {Element} */ one) => one.closest("[data-row]");
  const within = all.filter((one) => row(one) === row(here)).indexOf(here);
  const other = (/** @type {number} */ by) => {
    const rows = [...new Set(all.map(row))];
    const to = rows[rows.indexOf(row(here)) + by];
    const cells = all.filter((one) => row(one) === to);
    return cells[Math.min(within, cells.length - 1)];
  };
  const to = event.key === "ArrowRight" ? all[at + 1] : event.key === "ArrowLeft" ? all[at - 1]
    : event.key === "ArrowDown" ? other(1) : event.key === "ArrowUp" ? other(-1)
      : event.key === "Home" ? all[0] : event.key === "End" ? all[all.length - 1] : null;
  if (!to) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (to).focus();
}

/** Letter of a phase, where there are three in a cell. @param {string} label */
const short = (label) => ({ before: "b", during: "d", after: "a" })[label] ?? label;

export function Matrix({ report, ended, open, onOpen }) {
  const { plan, rows: rowEnds, kind } = report;
  const isOver = !["starting", "running"].includes(report.phase);
  const [focused, setFocused] = useState(-1);
  const box = useRef(null);
  const first = plan.cells.findIndex((/** @type {any} */ _, /** @type {number} */ number) => ended.has(number));
  const home = ended.has(focused) ? focused : first;
  const whole = new Map(rowEnds.map((/** @type {any} */ one) => [one.row, one]));
  const byRow = plan.rows.map(() => /** @type {number[]} */ ([]));
  plan.cells.forEach((/** @type {any} */ cell, /** @type {number} */ number) => byRow[cell.row].push(number));
  const cell = (/** @type {number} */ number) => {
    const { row, column, label } = plan.cells[number];
    const end = ended.get(number);
    const told = STATE[end?.state ?? (isOver || whole.has(row) ? "skipped" : "planned")];
    const place = [plan.rows[row].label, plan.columns[column], column < 0 && kind !== "campaign" ? (label === "file" ? "" : `seed ${label}`) : label].filter(Boolean).join(", ");
    return html`<button type="button" key=${number} class=${`cell ${told.tone} ${open === number ? "open" : ""}`} disabled=${!end}
      tabindex=${number === home ? 0 : -1} aria-pressed=${open === number} onFocus=${() => setFocused(number)} onClick=${() => onOpen(number)}
      aria-label=${`${place}: ${told.word}`} title=${`${place}: ${told.word}${end?.why ? `. ${end.why}` : ""}`}>
      <span aria-hidden="true">${told.sign}</span> ${short(label)}</button>`;
  };
  const used = new Set([...[...ended.values()].map((one) => one.state), ...(ended.size < plan.cells.length ? [isOver ? "skipped" : "planned"] : [])]);
  const legend = html`<p class="legend soft">${[...used].map((state) => html`<span key=${state}><span class=${`cell ${STATE[state].tone}`} aria-hidden="true">${STATE[state].sign}</span> ${STATE[state].word}</span>`)}
    ${plan.columns.length ? html`<span><b>b</b> before, <b>d</b> during, <b>a</b> after the step</span>` : null}</p>`;
  return html`<${Card} title="Matrix" note=${html`<small>${kind === "campaign" ? "step × failure" : "scenario × seed"}</small>`}>
    ${legend}
    <div ref=${box} onKeyDown=${move}>${plan.columns.length ? table(plan, byRow, cell) : html`<ul class="matrix">${plan.rows.map((/** @type {any} */ row, /** @type {number} */ at) => html`<li key=${at} data-row=${at}>
      <span class="what"><b>${row.label}</b><small>${row.path}${row.variant ? ` · ${row.variant}` : ""}</small></span>
      <span class="cells">${byRow[at].map(cell)}</span>
      ${whole.has(at) ? html`<span class=${`badge ${whole.get(at).is_good ? "success" : "failure"}`} title=${whole.get(at).why}>${whole.get(at).status}</span>` : html`<span class="badge">${isOver ? "not finished" : "…"}</span>`}
      ${whole.get(at)?.rate ? html`<small class="rate">${whole.get(at).rate}</small>` : null}</li>`)}</ul>`}</div>
  </${Card}>`;
}

/** Steps by failure codes. */
function table(/** @type {any} */ plan, /** @type {number[][]} */ byRow, /** @type {(number: number) => any} */ cell) {
  return html`<div class="wide" tabindex="0" role="group" aria-label="Steps by failures"><table class="campaign"><thead><tr><th scope="col">step</th>${plan.columns.map((/** @type {string} */ code) => html`<th scope="col" key=${code}>${code}</th>`)}</tr></thead>
    <tbody>${plan.rows.map((/** @type {any} */ row, /** @type {number} */ at) => {
      const loose = byRow[at].filter((number) => plan.cells[number].column < 0);
      return html`<tr key=${at} data-row=${at}><th scope="row">${row.label}</th>
        ${loose.length ? html`<td colspan=${plan.columns.length}><span class="cells">${loose.map(cell)}</span></td>`
          : plan.columns.map((/** @type {string} */ code, /** @type {number} */ column) => html`<td key=${code}><span class="cells">${byRow[at].filter((number) => plan.cells[number].column === column).map(cell)}</span></td>`)}</tr>`;
    })}</tbody></table></div>`;
}
