// Verifies and rehearses the tree that is open, and runs the scenario that is.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "./api.js";
import { control } from "./control.js";
import { about, isChanged, kindOf } from "./open_files.js";
import { Action, Card, Problem, clock, html } from "./parts.js";
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
    onTried({ text, task: "scenario", report: await post("/suite", { files: [file.name] }) });
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
    <div aria-live="polite" class="trial">${trial ? html`<${Result} trial=${trial} suite=${desk.suite} />` : null}</div>
  </${Card}>`;
}

function Result({ trial, suite }) {
  const { task, report } = trial;
  if (task === "scenario") return html`<${ScenarioResult} key=${report.number} number=${report.number} suite=${suite} />`;
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

/** The test run of a scenario, and the story of the first of its runs that is not good. */
function ScenarioResult({ number, suite }) {
  const [report, setReport] = useState(/** @type {any} */ (null));
  const [story, setStory] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const isOver = suite && (suite.number > number || ["ended", "stopped", "refused"].includes(suite.phase));
  useEffect(() => {
    if (!isOver) return;
    const load = async () => {
      const found = await get("/suite");
      const cases = found.number === number ? await get("/suite/cases") : [];
      const told = cases.find((/** @type {any} */ one) => one.state !== "passed") ?? cases[0];
      if (told) setStory(await get(`/suite/cases/${told.number}`));
      setReport(found);
    };
    load().catch(setProblem);
  }, [isOver]);
  if (problem) return html`<${Problem} error=${problem} />`;
  if (!report) return html`<p><span class="spinner" aria-hidden="true"></span>running${suite?.number === number && suite.total ? ` ${suite.done} of ${suite.total}` : ""}…</p>`;
  if (report.number !== number) return html`<p class="soft">Another test run has begun since.</p>`;
  if (report.problem) return html`<${Problem} error=${report.problem} />`;
  const isGood = report.phase === "ended" && report.rows.every((/** @type {any} */ row) => row.is_good);
  return html`<h3><span class=${`badge ${isGood ? "success" : "failure"}`}>${isGood ? "✔ passed" : report.phase === "stopped" ? "✘ stopped" : "✘ failed"}</span> ${report.summary}</h3>
    ${report.rows.filter((/** @type {any} */ row) => row.why).map((/** @type {any} */ row) => html`<p class="problem">${row.why}</p>`)}
    ${story ? html`<pre class="code" tabindex="0" role="region" aria-label="Story of the run">${story.story}</pre>` : null}
    <p><a href="#/test">All runs of it</a></p>`;
}
