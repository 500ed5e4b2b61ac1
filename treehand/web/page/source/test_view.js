// Tests: scenarios with their last results, the test run under way, stories, earlier results.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, post } from "./api.js";
import { control } from "./control.js";
import { Action, Card, Problem, View, breakable, clock, html } from "./parts.js";
import { Replay } from "./replay.js";
import { Matrix, STATE } from "./test_matrix.js";

const LIVE = ["starting", "running"];

/** The last test run, with the runs of it that have ended; it follows the stream's state. */
function useSuite(/** @type {any} */ desk) {
  const [report, setReport] = useState(/** @type {any} */ (null));
  const [ended, setEnded] = useState(/** @type {Map<number, any>} */ (new Map()));
  const kept = useRef({ number: 0, seen: 0, isBusy: false, isAgain: false });
  const state = desk.suite;
  useEffect(() => {
    if (!state) return;
    const read = async () => {
      const mark = kept.current;
      if (mark.isBusy) {
        mark.isAgain = true;
        return;
      }
      mark.isBusy = true;
      try {
        const told = await get("/suite");
        if (told.number !== mark.number) {
          Object.assign(mark, { number: told.number, seen: 0 });
          setEnded(new Map());
        }
        const more = await get(`/suite/cases?after=${mark.seen}`);
        mark.seen += more.length;
        if (more.length) setEnded((before) => new Map([...before, ...more.map((/** @type {any} */ one) => [one.number, one])]));
        setReport(told);
      } catch {
        // the stream tells the next change, and it is read then
      } finally {
        mark.isBusy = false;
        if (mark.isAgain) {
          mark.isAgain = false;
          read();
        }
      }
    };
    read();
  }, [state?.number, state?.phase, state?.done, state?.total]);
  return { report, ended };
}

export function TestView({ desk, open, go }) {
  const { report, ended } = useSuite(desk);
  const [scenarios, setScenarios] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const isLive = LIVE.includes(desk.suite?.phase);
  useEffect(() => {
    get("/scenarios").then(setScenarios, setProblem);
  }, [desk.suite?.number, isLive]);
  const number = /^\d+$/.test(open) ? Number(open) : -1;
  const name = number < 0 ? open : "";
  return html`<${View} title="Test" kind="test">
    <${ScenarioList} scenarios=${scenarios} problem=${problem} desk=${desk} isLive=${isLive} open=${name} go=${go} />
    <div class="stage">
      ${report ? html`<${SuiteCard} report=${report} desk=${desk} isLive=${isLive} />`
        : !name ? html`<div class="empty"><p>No test run yet.</p><p class="soft">Choose scenarios and run them. They run in simulation, in processes of their own; the robot is not meant.</p></div>` : null}
      ${name ? html`<${Trend} name=${name} mark=${`${desk.suite?.number}${isLive}`} onClose=${() => go("#/test")} />` : null}
      ${report?.plan ? html`<${Matrix} report=${report} ended=${ended} open=${number} onOpen=${(/** @type {number} */ one) => go(`#/test/${one}`)} />` : null}
      ${number >= 0 && ended.has(number) ? html`<${Story} key=${`${report.number}.${number}`} number=${number} />` : null}
    </div>
  </${View}>`;
}

function Result({ last }) {
  if (!last) return html`<small>not run yet</small>`;
  const tone = last.is_good ? "success" : "failure";
  const count = last.runs > 1 ? ` ${last.passed}/${last.runs}` : "";
  return html`<span class="result"><span class=${`badge ${tone}`}>${last.is_good ? "✔" : "✘"} ${last.status}${count}</span>
    ${last.is_current ? null : html`<small>before a change</small>`}</span>`;
}

function ScenarioList({ scenarios, problem, desk, isLive, open, go }) {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(/** @type {Set<string>} */ (new Set()));
  if (problem) return html`<aside><${Problem} error=${problem} /></aside>`;
  if (!scenarios) return html`<aside><p class="soft">loading…</p></aside>`;
  const shown = scenarios.filter((/** @type {any} */ one) => `${one.name} ${one.scenario} ${one.tags.join(" ")}`.toLowerCase().includes(words.toLowerCase()));
  const files = scenarios.map((/** @type {any} */ one) => one.name).filter((/** @type {string} */ one) => chosen.has(one));
  const begin = (/** @type {any} */ body) => async () => {
    await control(desk);
    await post("/suite", body);
    go("#/test");
  };
  const isOff = isLive || desk.is_read_only || !scenarios.length;
  const toggle = (/** @type {string} */ name) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  const areAll = shown.length > 0 && shown.every((/** @type {any} */ one) => chosen.has(one.name));
  return html`<aside aria-label="Scenarios"><${Card} title="Scenarios" note=${html`<small>${scenarios.length}</small>`}>
    <div class="bar">
      <${Action} kind="primary" disabled=${isOff} label=${files.length ? `Run ${files.length} chosen` : "Run all"} work=${begin({ files })} />
      <${Action} disabled=${isOff || files.length !== 1} label="Campaign" title="Inject every declared failure into each step of the chosen scenario, one at a time"
        work=${begin({ files, kind: "campaign" })} />
    </div>
    ${desk.is_read_only ? html`<p class="soft">This server is read-only: tests cannot be run.</p>` : null}
    ${scenarios.length ? html`<input class="filter" type="search" aria-label="Filter scenarios" placeholder="filter" value=${words}
      onInput=${(/** @type {any} */ event) => setWords(event.target.value)} />
    <label class="toggle"><input type="checkbox" checked=${areAll} onChange=${() => setChosen(areAll ? new Set() : new Set(shown.map((/** @type {any} */ one) => one.name)))} /> choose ${words ? "those shown" : "all"}</label>`
      : html`<p class="soft">There is no scenario in the served folder. <code>treehand new scenario NAME</code> writes one; "Look back" makes one of a run.</p>`}
    <ul class="scenarios">${shown.map((/** @type {any} */ one) => html`<li key=${one.name} class=${open === one.name ? "open" : ""}>
      <input type="checkbox" aria-label=${`Choose ${one.name}`} checked=${chosen.has(one.name)} onChange=${() => toggle(one.name)} />
      <button type="button" class="link" aria-current=${open === one.name} onClick=${() => go(`#/test/${encodeURIComponent(one.name)}`)}>
        <b>${breakable(one.name.replace(/\.scenario\.yaml$/, ""))}</b>
        <small>${one.problem ? html`<span class="wrong">${one.problem}</span>` : `${one.scenario}${one.cases > 1 ? ` · ${one.cases} runs` : ""}`}</small>
        <${Result} last=${one.last} /></button></li>`)}</ul>
  </${Card}></aside>`;
}

function SuiteCard({ report, desk, isLive }) {
  const { done, total, phase } = report;
  const bad = ["failed", "error", "unrecovered"].reduce((sum, state) => sum + (report.counts[state] ?? 0), 0);
  const tone = isLive ? "running" : phase === "ended" ? (bad ? "failure" : "success") : phase === "refused" ? "failure" : "";
  const words = phase === "ended" ? (bad ? `✘ ${bad} bad` : "✔ all good") : phase;
  const what = report.kind === "campaign" ? `Campaign: ${report.files[0]}` : report.files.length === 1 ? report.files[0] : report.files.length ? `${report.files.length} scenarios` : "All scenarios";
  return html`<${Card} title=${`Test run ${report.number}`} tone=${tone === "failure" ? "bad" : ""}
    note=${isLive ? html`<${Action} label="Stop the tests" disabled=${desk.is_read_only} work=${async () => {
      await control(desk);
      await post("/suite/stop");
    }} />` : null}>
    <p class="big">${what}</p>
    <p role="status"><span class=${`badge ${tone}`}>${words}</span> <span class="soft">${total ? `${done} of ${total} runs` : phase === "starting" ? "reading the files…" : ""} · ${clock(report.wall_s)} · ${report.by}</span></p>
    ${report.summary ? html`<p>${report.summary}</p>` : null}
    ${isLive ? html`<progress max=${total || 1} value=${total ? done : undefined} aria-label="Runs that have ended"></progress>` : null}
    <ul class="counts">${Object.entries(report.counts).map(([state, count]) => html`<li key=${state}><span class=${`cell ${STATE[state].tone}`} aria-hidden="true">${STATE[state].sign}</span> ${count} ${STATE[state].word}</li>`)}</ul>
    ${report.problem ? html`<${Problem} error=${report.problem} />` : null}
  </${Card}>`;
}

function Story({ number }) {
  const [story, setStory] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    get(`/suite/cases/${number}`).then(setStory, setProblem);
  }, [number]);
  useEffect(() => {
    if (story) place.current?.scrollIntoView({ block: "start", behavior: "smooth" });
  }, [story]);
  const data = useMemo(() => (story?.replay ? JSON.parse(story.replay) : null), [story]);
  if (problem) return html`<${Problem} error=${problem} />`;
  if (!story) return html`<p class="soft">loading the story…</p>`;
  const told = STATE[story.state];
  return html`<div class="story" ref=${place}><${Card} title=${story.title} note=${html`<span class=${`badge ${told.tone}`}>${told.sign} ${told.word}</span>`}>
      <p class="big">${story.scenario}</p>
      <p class="soft">${story.goal}${story.goal ? ` · seed ${story.seed}` : ""}</p>
      ${story.problems.length ? html`<ul class="notes wrong" aria-label="Not as expected">${story.problems.map((/** @type {string} */ one) => html`<li>${one}</li>`)}</ul>` : null}
      <div class="row again"><code class="code">${story.command}</code><${Action} label="Copy" work=${() => navigator.clipboard.writeText(story.command)} /></div>
      <details open=${!data}><summary>The story as text</summary><pre class="code" tabindex="0" role="region" aria-label="The story as text">${story.story}</pre></details>
      ${data ? null : story.goal ? html`<p class="soft">No recording of this run is kept; the command repeats it.</p>` : null}
    </${Card}>
    ${data ? html`<${Replay} data=${data} />` : null}
  </div>`;
}

const HEIGHT = 64;

function Trend({ name, mark, onClose }) {
  const [points, setPoints] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useEffect(() => {
    setProblem(null);
    get(`/trend/${name.split("/").map(encodeURIComponent).join("/")}`).then(setPoints, setProblem);
  }, [name, mark]);
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (points) place.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [name, !points]);
  if (problem) return html`<${Problem} error=${problem} />`;
  if (!points) return html`<p class="soft">loading…</p>`;
  const longest = Math.max(1e-9, ...points.map((one) => one.t_s ?? 0));
  return html`<div class="story" ref=${place}><${Card} title="Earlier results" note=${html`<button type="button" onClick=${onClose}>Close</button>`}>
    <p class="big">${name}</p>
    <p><a href=${`#/write/${encodeURIComponent(name)}`}>Open the file</a></p>
    ${points.length ? html`<div class="trend" role="img" aria-label=${`${points.filter((one) => one.is_good).length} of the last ${points.length} results good; run time ${clock(points[points.length - 1].t_s ?? NaN)} in the last`}>
      ${points.map((one, at) => html`<span key=${at} class=${`point ${one.is_good ? "success" : "failure"} ${at && points[at - 1].version !== one.version ? "changed" : ""}`} title=${`${one.at}: ${one.status}, ${one.t_s ?? "–"} s`}>
        <i style=${`height: ${Math.round(4 + HEIGHT * (one.t_s ?? 0) / longest)}px`}></i>${one.is_good ? "✔" : "✘"}</span>`)}</div>
    <p class="soft">Bars show the run time, longest ${clock(longest)}; a dashed line stands where the files changed.</p>
    <div class="wide" tabindex="0" role="group" aria-label="Results by date"><table class="beliefs results"><thead><tr><th>date</th><th>result</th><th>runs</th><th>version</th><th>run time</th></tr></thead>
      <tbody>${[...points].reverse().map((one) => html`<tr><td>${one.at.replace("T", " ").slice(0, 16)}</td>
        <td>${one.is_good ? "✔" : "✘"} ${one.kind === "campaign" ? "campaign " : ""}${one.status}${one.variant ? html` <small>${one.variant}</small>` : null}</td>
        <td>${one.passed}/${one.runs}</td><td><code>${one.version.slice(0, 8)}</code></td><td>${one.t_s != null ? `${one.t_s.toFixed(1)} s` : "–"}</td></tr>`)}</tbody></table></div>`
      : html`<p class="soft">It was not run yet in this workspace.</p>`}
  </${Card}></div>`;
}
