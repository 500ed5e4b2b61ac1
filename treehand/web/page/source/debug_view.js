// Breakpoints: where a run is held, and what a person does there.
import { useState } from "preact/hooks";
import { post } from "./api.js";
import { fits, heldPaths, pointAt } from "./breakpoints.js";
import { control } from "./control.js";
import { Action, Card, html } from "./parts.js";

/** Switches of a node: hold before it begins, after it has ended. */
export function NodeBreakpoints({ root, path, desk }) {
  const node = pointAt(root, path);
  const others = desk.hold.breakpoints.filter((/** @type {any} */ one) => one.node !== node && fits(one.node, path));
  const isSet = (/** @type {string} */ moment) =>
    desk.hold.breakpoints.some((/** @type {any} */ one) => one.node === node && one.moment === moment);
  const toggle = async (/** @type {string} */ moment) => {
    await control(desk);
    await post(isSet(moment) ? "/breakpoints/remove" : "/breakpoints", { node, moment });
  };
  return html`<div class="breakpoints" role="group" aria-label="Breakpoints of this node">
    ${["before", "after"].map((moment) => html`<${Action} key=${moment} disabled=${desk.is_read_only}
      kind=${isSet(moment) ? "set" : ""} label=${`${isSet(moment) ? "◉" : "○"} hold ${moment}`}
      work=${() => toggle(moment)} />`)}${others.map((/** @type {any} */ one) => html`<span key=${`${one.moment} ${one.node}`} class="soft">also held ${one.moment}, by <code>${one.node}</code></span>`)}</div>`;
}

/** What holds the run, the ways on, and every breakpoint. */
export function HoldCard({ desk, onSelect }) {
  const { hold } = desk;
  const isRunning = desk.work === "running";
  const isProposed = desk.proposal?.kind === "plan"; // then the card "Approve" lists them
  if (!isRunning && (isProposed || !hold.breakpoints.length)) return null;
  const act = (/** @type {string} */ path, /** @type {any} */ body = undefined) => async () => {
    await control(desk);
    await post(path, body);
  };
  const isOff = desk.is_read_only;
  return html`<${Card} title=${hold.is_held ? "Held" : "Breakpoints"} tone=${hold.is_held ? "asks" : ""}>
    ${hold.nodes.map((/** @type {any} */ one) => html`<p class="held-at">${one.moment} <button type="button" class="link"
      onClick=${() => onSelect(one.node)}><b>${one.node.split("/").pop()}</b></button></p>`)}
    ${hold.is_held && !hold.nodes.length ? html`<p>The robot holds still after the step under way.</p>` : null}
    ${isRunning ? html`<div class="bar">${hold.is_held
      ? html`<${Action} kind="primary" label="Go on" disabled=${isOff} work=${act("/hold/go-on")} />
        <${Action} label="Step" title="Go on to the next skill or question" disabled=${isOff} work=${act("/hold/step")} />`
      : html`<${Action} label="Hold" title="Hold still after the step under way" disabled=${isOff} work=${act("/hold")} />`}</div>` : null}
    ${isRunning && hold.is_held ? html`<${FactForm} act=${act} isOff=${isOff} />` : null}
    ${hold.breakpoints.length ? html`<${Points} desk=${desk} label="All breakpoints" />` : null}
  </${Card}>`;
}

/** Every breakpoint, and what removes it. @param {{desk: any, label: string, note?: (point: any) => string}} props */
function Points({ desk, label, note = () => "" }) {
  return html`<ul class="points" aria-label=${label}>${desk.hold.breakpoints.map((/** @type {any} */ one) => html`<li key=${`${one.moment} ${one.node}`}>
    <span>${one.moment} <code title=${one.node}>${one.node.split("/").pop()}</code> <span class="soft">${note(one)}</span></span>
    <${Action} label="Remove" disabled=${desk.is_read_only} work=${async () => {
      await control(desk);
      await post("/breakpoints/remove", one);
    }} /></li>`)}</ul>`;
}

/** Where the run of a plan is to be held; breakpoints that hold none of its nodes are told, too. */
export function PlannedHolds({ root, desk }) {
  if (!root || !desk.hold.breakpoints.length) return null;
  const note = (/** @type {any} */ point) => {
    const count = heldPaths(root, [point]).size;
    return count === 1 ? "" : count ? `${count} nodes` : "not in this plan";
  };
  return html`<div class="holds"><b>The run will be held</b><${Points} desk=${desk} label="The run will be held" note=${note} /></div>`;
}

function FactForm({ act, isOff }) {
  const [fact, setFact] = useState("");
  return html`<form class="state-fact" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <label for="stated">State a fact, as a person</label>
    <input id="stated" value=${fact} maxlength="400" autocomplete="off" placeholder="on(red_mug, table)"
      onInput=${(/** @type {any} */ event) => setFact(event.target.value)} />
    <div class="bar">${[true, false].map((value) => html`<${Action} key=${value} label=${value ? "It is so" : "It is not so"}
      disabled=${isOff || !fact.trim()} work=${act("/hold/facts", { fact: fact.trim(), value })} />`)}</div>
  </form>`;
}
