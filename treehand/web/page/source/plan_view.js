// A plan as a person looks at it before it is approved: steps, risks, verdict of the verifier.
import { clock, html, share } from "./parts.js";

/** @param {{plan: any, showsStories?: boolean}} props */
export function PlanBody({ plan, showsStories = false }) {
  const estimates = plan.estimates;
  const found = plan.verification;
  return html`
    <p class="big">${plan.text}</p>
    ${plan.words !== plan.text ? html`<ul class="notes understood">${(plan.parts.length ? plan.parts : [plan.words]).map((/** @type {string} */ one) => html`<li>${one}</li>`)}</ul>` : null}
    ${plan.within_s ? html`<p>within ${clock(plan.within_s)}</p>` : null}
    ${plan.never.map((/** @type {string} */ one) => html`<p><b>never</b> <code>${one}</code></p>`)}
    ${plan.irreversible.length ? html`<div class="final"><b>Cannot be undone</b>
      <ul>${plan.irreversible.map((/** @type {string} */ one) => html`<li><code>${one}</code></li>`)}</ul></div>` : null}
    ${plan.cautions.map((/** @type {any} */ one) => html`<p class="caution"><b>Mind</b> ${one.text}</p>`)}
    ${plan.is_already_true ? null : html`
    <dl class="figures">
      <div><dt>steps</dt><dd>${plan.steps.length}</dd></div>
      <div><dt>takes</dt><dd>${clock(estimates.duration_s)}</dd></div>
      <div><dt>succeeds</dt><dd>${share(estimates.correlated_probability ?? estimates.success_probability)}</dd></div>
      <div><dt>verified</dt><dd class=${found?.is_proven ? "good" : "warn"}>${found ? (found.is_proven ? "✔ proven" : "not proven") : "–"}</dd></div>
    </dl>
    <ol class="steps">${plan.steps.map((/** @type {any} */ one) => html`<li class=${one.irreversible ? "final-step" : ""}>
      <code>${one.call}</code>${one.irreversible ? html` <b>cannot be undone</b>` : null}</li>`)}</ol>
    ${plan.branches.map((/** @type {any} */ one) => html`<p>If ${one.conditions.join(" and ")}: ${one.steps.map((/** @type {any} */ s) => s.call).join(", ") || "nothing to do"}</p>`)}`}
    <${Difference} plan=${plan} />
    <details><summary>Risk, and what it rests on</summary>
      <p>${share(estimates.correlated_probability)} succeed, ${share(estimates.first_try_probability)} without any retry.</p>
      <p class="soft">${estimates.basis}</p>
      ${estimates.weakest?.map((/** @type {any} */ one) => html`<p>Likeliest to fail for good: <code>${one.call}</code> ${one.code}</p>`)}
      ${plan.conditional.length ? html`<p>Cannot be undone, if it comes to that: ${plan.conditional.map((/** @type {string} */ one) => html`<code>${one}</code> `)}</p>` : null}
    </details>
    ${found ? html`<details open=${showsStories}><summary>Verification: ${found.summary}</summary>
      ${found.stories.map((/** @type {string[]} */ story) => html`<pre class="code">${story.join("\n")}</pre>`)}
      ${found.given_up.length ? html`<p>Gives up after: ${found.given_up.join("; ")}</p>` : null}
      <p class="soft">${found.tried.join(" · ")}</p></details>` : null}
    <details><summary>Every call in the tree (${plan.calls.length})</summary>
      <ul class="calls">${plan.calls.map((/** @type {any} */ one) => html`<li class=${one.irreversible ? "final-step" : ""}><code>${one.call}</code>${one.irreversible ? html` <b>cannot be undone</b>` : null}</li>`)}</ul>
      <p class="soft">${plan.checked.join(" · ")}</p></details>`;
}

/** Most steps in a row that both plans have and that are shown. */
const SAME = 2;

/** The difference from the plan before, by steps; those that both have are folded. @param {{plan: any}} props */
function Difference({ plan }) {
  const { changes, step_changes: steps } = plan;
  if (!changes.length) return null;
  const isSame = (/** @type {string} */ one) => one[0] === " ";
  const changed = steps.filter((/** @type {string} */ one) => !isSame(one)).length;
  const groups = /** @type {string[][]} */ ([]);
  for (const one of steps) {
    const last = groups[groups.length - 1];
    if (last && isSame(last[0]) === isSame(one)) last.push(one);
    else groups.push([one]);
  }
  const line = (/** @type {string} */ one) => html`<span class=${one[0] === "+" ? "add" : one[0] === "-" ? "del" : "soft"}>${one}\n</span>`;
  return html`<details open=${changed > 0 && steps.some(isSame)}>
    <summary>Changes since the plan before (${changed ? `${changed} ${changed === 1 ? "step" : "steps"}` : "same steps"})</summary>
    ${changed ? html`<div class="difference">${groups.map((group) => isSame(group[0]) && group.length > SAME
      ? html`<details><summary>${group.length} steps as before</summary><pre class="diff">${group.map(line)}</pre></details>`
      : html`<pre class="diff">${group.map(line)}</pre>`)}</div>` : null}
    <details><summary>Lines of the tree (${changes.length})</summary><pre class="diff">${changes.map(line)}</pre></details>
  </details>`;
}
