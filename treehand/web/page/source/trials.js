// Verifies and rehearses the tree that is open, and runs the scenario that is.
import { control } from "./now_view.js";
import { about, isChanged, kindOf } from "./open_files.js";
import { Action, Card, clock, html } from "./parts.js";
import { PlanBody } from "./plan_view.js";

/** @param {any} props */
export function Trials({ file, text, isTree, params, given, desk, trial, hasErrors, onValue, onTried, onSave, onPropose }) {
  const isScenario = kindOf(file.name) === "scenario";
  if (!isTree && !isScenario) return null;
  const isOff = desk.is_read_only || hasErrors;
  const tried = async (/** @type {string} */ task) => {
    await control(desk);
    onTried({ text, task, report: await about(task, file.name, { text, arguments: given }) });
  };
  const tested = async () => {
    await control(desk);
    if (isChanged(file)) await onSave();
    onTried({ text, task: "scenario", report: await about("scenarios", file.name, undefined) });
  };
  const isOld = trial && trial.text !== text;
  return html`<${Card} title="Try it" note=${isOld ? html`<span class="badge running">of an earlier text</span>` : null}>
    ${Object.keys(params).length ? html`<div class="given">${Object.entries(params).map(([param, options]) => html`<label key=${param}>${param}
      <select aria-label=${param} value=${given[param]} onChange=${(/** @type {any} */ event) => onValue(param, event.target.value)}>${options.map((/** @type {string} */ one) => html`<option>${one}</option>`)}</select></label>`)}</div>` : null}
    <div class="row tries">
      ${isTree ? html`<${Action} label="Verify" disabled=${isOff} title="Explore every declared failure from the scene's start" work=${() => tried("verify")} />
        <${Action} label="Rehearse" disabled=${isOff} title="Run it in simulation from the scene's start" work=${() => tried("rehearse")} />
        <${Action} label="Propose to the robot" disabled=${isOff || desk.work !== "idle"} title="Plan it for the robot; nothing moves before it is approved" work=${onPropose} />`
      : html`<${Action} label=${isChanged(file) ? "Save and run" : "Run"} disabled=${isOff} work=${tested} />`}
    </div>
    ${hasErrors ? html`<p class="soft">Errors in the text come first.</p>` : null}
    <div aria-live="polite" class="trial">${trial ? html`<${Result} trial=${trial} />` : null}</div>
  </${Card}>`;
}

function Result({ trial }) {
  const { task, report } = trial;
  if (task === "scenario") return html`<${ScenarioResult} report=${report} />`;
  if (report.plan.kind !== "plan") return html`<p class="problem">${report.plan.message}</p>`;
  const found = report.rehearsal;
  if (!found) {
    const verdict = report.plan.verification;
    return html`<h3><span class=${`badge ${verdict?.is_proven ? "success" : "failure"}`}>${verdict?.is_proven ? "✔ proven" : "✘ not proven"}</span> Verified</h3>
      <${PlanBody} plan=${report.plan} showsStories=${true} />`;
  }
  const isGood = found.outcome === "success" || found.outcome === "already-true";
  const failures = Object.entries(found.failures).map(([code, count]) => `${code}${count > 1 ? ` ×${count}` : ""}`).join(", ");
  return html`<h3><span class=${`badge ${isGood ? "success" : "failure"}`}>${isGood ? "✔" : "✘"} ${found.outcome}</span> Rehearsed in ${found.world}</h3>
    <p>${found.message}</p>
    <p class="soft">${[clock(found.t_s), `${report.plan.steps.length} steps planned`, `${found.retries} retries`, `${found.replans} new plans`, failures].filter(Boolean).join(" · ")}</p>
    <pre class="code" tabindex="0" role="region" aria-label="Journal of the rehearsal">${found.lines.join("\n")}</pre>`;
}

function ScenarioResult({ report }) {
  const { summary, scenarios } = report.report;
  return html`<h3><span class=${`badge ${report.is_good ? "success" : "failure"}`}>${report.is_good ? "✔ passed" : "✘ failed"}</span> ${summary}</h3>
    ${scenarios.map((/** @type {any} */ one) => html`<details open=${scenarios.length === 1}><summary>${one.status}: ${one.scenario}${one.variant ? ` (${one.variant})` : ""}</summary>
      ${one.why ? html`<p>${one.why}</p>` : null}
      ${one.reports.slice(0, 1).map((/** @type {any} */ run) => html`${run.problems.map((/** @type {string} */ problem) => html`<p class="problem">${problem}</p>`)}
        <pre class="code" tabindex="0" role="region" aria-label="Journal of the scenario">${run.timeline.join("\n")}</pre>`)}</details>`)}`;
}
