// Past runs: one scrubber over film, tree, facts and journal lines.
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask, get, post } from "./api.js";
import { control } from "./control.js";
import { ModelCalls } from "./model_calls.js";
import { Facts } from "./now_view.js";
import { Action, Card, Problem, clock, html } from "./parts.js";
import { modelAt } from "./run_model.js";
import { RunJournal, Scrubber } from "./scrubber.js";
import { NodeDetails, TreeView } from "./tree_view.js";

export function RunList({ onOpen, open }) {
  const [runs, setRuns] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useEffect(() => {
    get("/runs?most=50").then(setRuns, setProblem);
  }, [open]);
  if (problem) return html`<${Problem} error=${problem} />`;
  if (!runs) return html`<p class="soft">loading…</p>`;
  if (!runs.length) return html`<p class="soft">There are no runs yet.</p>`;
  return html`<ul class="runs">${runs.map((one) => html`<li key=${one.run}><button type="button"
    class=${open === one.run ? "open" : ""} aria-current=${open === one.run} onClick=${() => onOpen(one.run)}>
    <span class=${`badge ${tone(one.outcome)}`}>${one.outcome}</span> <b>${one.goal || "–"}</b>
    <small>${one.run} · ${one.created.replace("T", " ").slice(0, 16)}${one.t_s != null ? ` · ${clock(one.t_s)}` : ""}</small>
  </button></li>`)}</ul>`;
}

/** @param {string} outcome */
const tone = (outcome) =>
  ["success", "already-true", "answered"].includes(outcome) ? "success"
    : ["running", "clarify"].includes(outcome) ? "running"
      : ["failure", "error", "interrupted", "unfinished"].includes(outcome) ? "failure" : "";

/** Number of the last tick up to an event; the first one if there is none. @param {any[]} entries @param {number} seq */
const tickAt = (entries, seq) =>
  entries.filter((one) => one.event.event === "ticked" && one.seq <= seq).pop()?.event.tick ?? 1;

/** Executes the run again from a tick with one change. */
function Fork({ run, tick, desk }) {
  const [change, setChange] = useState("");
  const [report, setReport] = useState(/** @type {any} */ (null));
  useEffect(() => setReport(null), [run]);
  const moment = (/** @type {any} */ one) =>
    one.number ? html`<small>event ${one.number}, ${clock(one.t_s)}</small> ${one.text}` : one.text;
  return html`<${Card} title="Fork from here" note=${html`<span class="badge">tick ${tick}</span>`}>
    <p class="soft">Executes the run again in simulation with one thing changed from this tick on. Nothing is journalled.</p>
    <label class="field">Change <input value=${change} maxlength="400" placeholder="pick(red_mug)=grasp-dropped" spellcheck=${false}
      onInput=${(/** @type {any} */ event) => setChange(event.target.value)} /></label>
    <${Action} kind="primary" label="Fork" disabled=${!change.trim() || desk.is_read_only} work=${async () => {
      setReport(null);
      await control(desk);
      setReport(await post(`/runs/${run}/fork`, { tick, change }));
    }} />
    ${report ? html`<div class="fork" role="status">
      <p><b>${report.change}</b> from tick ${report.tick}: run <span class=${`badge ${tone(report.outcome)}`}>${report.outcome}</span> · fork <span class=${`badge ${tone(report.fork_outcome)}`}>${report.fork_outcome}</span></p>
      ${report.is_same ? html`<p>The change makes no difference.</p>` : html`<dl><dt>Run</dt><dd>${moment(report.before)}</dd>
        <dt>Fork</dt><dd>${moment(report.after)}</dd></dl>
        <ol class="notes" aria-label="Fork from the first difference on">${report.lines.slice(0, 40).map((/** @type {string} */ line) => html`<li>${line}</li>`)}</ol>`}
    </div>` : null}
  </${Card}>`;
}

/** Makes a scenario of the run: shown, and open to changes, before it is written. */
function MakeScenario({ run, desk }) {
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [written, setWritten] = useState("");
  useEffect(() => {
    setName(`run_${run}.scenario.yaml`);
    setText("");
    setWritten("");
  }, [run]);
  return html`<${Card} title="Make this run a scenario">
    <p class="soft">A test that begins as this run did, with its seed, faults and answers, and expects what came of it.</p>
    <label class="field">File <input value=${name} maxlength="255" spellcheck=${false} onInput=${(/** @type {any} */ event) => {
      setName(event.target.value);
      setText("");
      setWritten("");
    }} /></label>
    <${Action} kind=${text ? "" : "primary"} label="Show the scenario" disabled=${!name.trim()} work=${async () => {
      setWritten("");
      setText((await get(`/runs/${run}/scenario?name=${encodeURIComponent(name.trim())}`)).text);
    }} />
    ${text ? html`<textarea class="code draft" aria-label="Scenario" spellcheck=${false} rows=${Math.min(24, text.split("\n").length + 1)} value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>
      <${Action} kind="primary" label="Write the file" disabled=${desk.is_read_only || written !== ""} work=${async () => {
        await control(desk);
        await ask("PUT", `/files/${name.trim().split("/").map(encodeURIComponent).join("/")}`, { text });
        setWritten(name.trim());
      }} />` : null}
    ${written ? html`<p role="status">Written. <a href=${`#/test/${encodeURIComponent(written)}`}>Open it under Test</a></p>` : null}
  </${Card}>`;
}

/** What was to be seen at one event, drawn from the motion that was kept, while the robot runs nothing. */
function Film({ run, seq, isRunning }) {
  const [cameras, setCameras] = useState(/** @type {string[]} */ ([]));
  const [camera, setCamera] = useState("");
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    setCameras([]);
    setCamera("");
  }, [run]);
  useEffect(() => {
    if (!problem && !isRunning) get(`/runs/${run}/cameras`).then(setCameras, () => {}); // the picture tells what is wrong
  }, [run, problem, isRunning]);
  useEffect(() => {
    let isOn = true;
    if (isRunning) {
      setProblem("moments are drawn once the run under way has ended");
      return undefined;
    }
    const timer = setTimeout(async () => {
      const answer = await fetch(`/api/runs/${run}/picture?at=${seq}&camera=${encodeURIComponent(camera)}`).catch(() => null);
      if (!isOn) return;
      if (!answer?.ok) {
        const told = answer ? await answer.json() : { message: "the server does not answer", hint: "" };
        setProblem([told.message, told.hint].filter(Boolean).join(": "));
        return;
      }
      const url = URL.createObjectURL(await answer.blob());
      if (!isOn) {
        URL.revokeObjectURL(url);
        return;
      }
      setProblem("");
      setShown({ url, t_s: Number(answer.headers.get("x-run-time")) });
    }, 60); // a slider that moves on asks for no picture on its way
    return () => {
      isOn = false;
      clearTimeout(timer);
    };
  }, [run, seq, camera, isRunning]);
  useEffect(() => () => shown && URL.revokeObjectURL(shown.url), [shown]);
  return html`<${Card} title="Film" note=${shown && !problem ? html`<span class="soft">${clock(shown.t_s)}</span>` : null}>
    ${cameras.length ? html`<label class="field camera">Camera <select value=${camera} onChange=${(/** @type {any} */ event) => setCamera(event.target.value)}>
      <option value="">view for people</option>${cameras.map((one) => html`<option value=${one}>${one}</option>`)}</select></label>` : null}
    <div class="view film">${shown ? html`<img src=${shown.url} alt=${`The world at ${clock(shown.t_s)}`} hidden=${problem !== ""} />` : null}
      ${problem || !shown ? html`<p class="soft" role=${problem ? "status" : undefined}>${problem || "drawing…"}</p>` : null}</div></${Card}>`;
}

export function PastRun({ run, at, node, desk, onMove }) {
  const [entries, setEntries] = useState(/** @type {any[] | null} */ (null));
  const [about, setAbout] = useState(/** @type {any} */ (null));
  const [tree, setTree] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [answer, setAnswer] = useState(/** @type {string[] | null} */ (null));
  useEffect(() => {
    setEntries(null);
    setTree(null);
    setAnswer(null);
    setProblem(null);
    Promise.all([get(`/runs/${run}/events`), get(`/runs/${run}`)]).then(([found, told]) => {
      setEntries(found);
      setAbout(told);
    }, setProblem);
  }, [run]);
  const last = entries?.length ? entries[entries.length - 1].seq : 0;
  const seq = at && at <= last ? at : last;
  const model = useMemo(() => (entries ? modelAt(entries, seq) : null), [entries, seq]);
  const hash = model?.planHash ?? "";
  useEffect(() => {
    if (!hash) return;
    get(`/runs/${run}/tree?at=${seq}`).then(setTree, () => setTree(null));
  }, [run, hash]);
  if (problem) return html`<${Problem} error=${problem} />`;
  if (!entries || !model) return html`<p class="soft">loading the run…</p>`;
  const go = (/** @type {number} */ to) => onMove(to, node);
  const journal = html`<${RunJournal} entries=${entries} seq=${seq} onMove=${go} />`;
  return html`<div class="past">
    <${Card} title=${`Run ${run}`} note=${html`<span class=${`badge ${tone(about.outcome)}`}>${about.outcome}</span>`}>
      <p class="big">${about.goal}</p>
      <p class="soft">${about.message}${about.world_true != null ? ` · goal really holds: ${about.world_true ? "yes" : "no"}` : ""}</p>
      <${Scrubber} entries=${entries} seq=${seq} t_s=${model.t_s} onMove=${go}>
        ${about.can_resume ? html`<${Action} kind="primary" label="Resume this run" disabled=${desk.is_read_only || desk.work !== "idle" || desk.stops.length > 0} title=${desk.stops.length ? "once the robot is re-armed" : ""}
          work=${async () => {
            await control(desk);
            await post(`/runs/${run}/resume`);
            location.hash = "#/";
          }} />` : null}
      </${Scrubber}>
      ${about.has_pictures ? null : html`<p class="soft">No film: the motion of this run was not kept. Worlds that record it do so with <code>--states</code>.</p>`}
    </${Card}>
    ${about.has_pictures ? html`<div class="pair"><${Film} run=${run} seq=${seq} isRunning=${desk.work === "running"} />${journal}</div>` : null}
    ${tree ? html`<${Card} title="Tree"><${TreeView} tree=${tree} model=${model} selected=${node} onSelect=${(/** @type {string} */ path) => onMove(seq, path)} />
      ${node ? html`<${NodeDetails} tree=${tree} model=${model} path=${node} onSelect=${(/** @type {string} */ path) => onMove(seq, path)} onMove=${go} />` : null}</${Card}>` : null}
    ${about.has_pictures ? null : journal}
    <${ModelCalls} entries=${entries} seq=${seq} onMove=${go} />
    <${Facts} model=${model} t_s=${model.t_s} />
    <${MakeScenario} run=${run} desk=${desk} />
    <${Fork} run=${run} tick=${tickAt(entries, seq)} desk=${desk} />
    <${Card} title="Ask about this run"><form class="row" onSubmit=${async (/** @type {any} */ event) => {
      event.preventDefault();
      const words = new FormData(event.target).get("question");
      setAnswer(await get(`/runs/${run}/explanation?question=${encodeURIComponent(String(words))}`).catch((error) => [error.message]));
    }}><input name="question" aria-label="Question" placeholder="why did it fail?" maxlength="400" /><button>Ask</button></form>
      ${answer ? html`<ul class="notes">${answer.map((line) => html`<li>${line}</li>`)}</ul>` : null}</${Card}>
  </div>`;
}
