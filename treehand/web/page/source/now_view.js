// What happens now: goal, plan to approve, question, step, facts, cameras, conversation.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, post } from "./api.js";
import { control } from "./control.js";
import { PlannedHolds } from "./debug_view.js";
import { Action, Card, Problem, clock, html, useNow } from "./parts.js";
import { PlanBody } from "./plan_view.js";

export function GoalForm({ desk, examples }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const propose = async (/** @type {string} */ words) => {
    if (!words.trim() || isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await control(desk);
      await post("/proposals", { text: words.trim() });
      setText("");
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const isOff = isBusy || desk.work !== "idle" || desk.is_read_only;
  return html`<form class="goal" aria-label="Goal" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    propose(text);
  }}>
    <label for="goal">What shall be done?</label>
    <div class="row">
      <input id="goal" value=${text} maxlength="4000" autocomplete="off" placeholder=${examples[0] ?? ""}
        disabled=${desk.is_read_only} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <button class="primary" disabled=${isOff || !text.trim()}>${isBusy ? html`<span class="spinner"></span>` : null}Plan</button>
    </div>
    ${examples.length && !desk.conversation.length ? html`<p class="chips">${examples.map((/** @type {string} */ one) =>
      html`<button type="button" disabled=${isOff} onClick=${() => propose(one)}>${one}</button>`)}</p>` : null}
    ${desk.progress ? html`<p class="soft" role="status">${desk.progress}</p>` : null}
    ${problem ? html`<${Problem} error=${problem} />` : null}
  </form>`;
}

export function Conversation({ lines }) {
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const list = end.current;
    if (list) list.scrollTop = list.scrollHeight;
  }, [lines.length]);
  if (!lines.length) return null;
  return html`<${Card} title="Conversation"><ol class="said" ref=${end} tabindex="0" aria-label="What was said" aria-live="polite">
    ${lines.map((/** @type {any} */ one) => html`<li class=${one.by ? "person" : "robot"}>
      <b>${one.by || "robot"}</b> <span>${one.text}</span></li>`)}
  </ol></${Card}>`;
}

export function Proposal({ desk, root }) {
  const proposal = desk.proposal;
  if (!proposal || desk.work === "running") return null;
  if (proposal.kind === "plan") return html`<${PlanCard} key=${proposal.hash} proposal=${proposal} desk=${desk} root=${root} />`;
  if (proposal.kind === "question") {
    return html`<${Card} title="A question about the words" tone="asks">
      <p class="big">${proposal.text}</p>
      <div class="options">${proposal.options.map((/** @type {string} */ option, /** @type {number} */ at) => html`<${Action}
        kind="option" label=${html`<b>${option}</b>${proposal.meanings[at] && proposal.meanings[at] !== option
          ? html`<small>${proposal.meanings[at]}</small>` : null}`}
        work=${async () => {
          await control(desk);
          await post(`/proposals/${proposal.id}/answer`, { choice: option });
        }} />`)}</div>
    </${Card}>`;
  }
  if (proposal.kind === "answer") return html`<${Card} title="Answer"><p class="big">${proposal.text}</p></${Card}>`;
  return html`<${Card} title=${proposal.kind === "infeasible" ? "No plan reaches it" : "Refused"} tone="bad">
    <p class="big">${proposal.message}</p>
    ${proposal.offer ? html`<p>Offered instead: <${Action} label=${proposal.offer} work=${async () => {
      await control(desk);
      await post("/proposals", { text: proposal.offer });
    }} /></p>` : null}
  </${Card}>`;
}

function PlanCard({ proposal, desk, root }) {
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useEffect(() => {
    get(`/plans/${proposal.hash}`).then(setPlan, setProblem);
  }, [proposal.hash]);
  if (problem) return html`<${Card} title="Approve"><${Problem} error=${problem} /></${Card}>`;
  if (!plan) return html`<${Card} title="Approve"><p class="soft">loading the plan…</p></${Card}>`;
  const approve = async () => {
    await control(desk);
    if (!proposal.is_approved) await post(`/plans/${plan.hash}/approve`, {});
    await post("/runs", { hash: plan.hash });
  };
  const reject = async () => {
    await control(desk);
    await post(`/plans/${plan.hash}/reject`, {});
  };
  return html`<${Card} title=${plan.is_already_true ? "It is so already" : "Approve"} tone="approve"
    note=${html`<code class="hash" title="Hash that the approval binds to">${plan.hash}</code>`}>
    <${PlanBody} plan=${plan} />
    <${PlannedHolds} root=${root} desk=${desk} />
    <p class="soft">${plan.options.join(" · ")}</p>
    <div class="decide">
      <${Action} kind="primary" label=${proposal.is_approved ? "Run it" : "Approve and run"} work=${approve}
        disabled=${desk.is_read_only || desk.stops.length > 0 || desk.work !== "idle"} />
      <${Action} label="Reject" work=${reject} disabled=${desk.is_read_only || proposal.is_approved} />
    </div>
  </${Card}>`;
}

export function RunQuestion({ desk }) {
  const question = desk.question;
  const now = useNow(500, Boolean(question?.left_s));
  const [since, setSince] = useState(now);
  useEffect(() => setSince(performance.now()), [question?.number]);
  if (!question) return null;
  const left = question.left_s == null ? null : Math.max(0, question.left_s - (now - since) / 1000);
  return html`<${Card} title="The robot asks" tone="asks">
    <p class="big" role="alert">${question.text}</p>
    ${question.has_picture ? html`<img class="picture" alt="What the robot sees" src=${`/api/questions/${question.number}/picture`} />` : null}
    ${left != null ? html`<p class="soft">${clock(left)} left${question.default ? `, then: ${question.default}` : ""}</p>` : null}
    <div class="options">${question.options.map((/** @type {string} */ option) => html`<${Action} key=${option} kind="option" label=${html`<b>${option}</b>`}
      disabled=${desk.is_read_only} work=${async () => {
        await control(desk);
        await post(`/questions/${question.number}/answer`, { choice: option });
      }} />`)}</div>
  </${Card}>`;
}

export function Progress({ model, desk, speed }) {
  const isRunning = desk.work === "running";
  const now = useNow(500, isRunning);
  const seen = useMemo(() => ({ t_s: model.t_s, at: performance.now() }), [model.t_s]);
  if (!model.goal) return null;
  const t_s = isRunning && !desk.question ? Math.max(model.t_s, seen.t_s + ((now - seen.at) / 1000) * (speed ?? 0)) : model.t_s;
  const calls = [...model.running.values()];
  const total = model.steps.length;
  const left = [...model.steps];
  for (const call of model.done) {
    const at = left.indexOf(call);
    if (at >= 0) left.splice(at, 1);
  }
  const done = total - left.length;
  const next = left.filter((call) => !calls.includes(call))[0];
  const passed = t_s - model.began_s;
  const ended = model.ended;
  const tone = ended ? (ended.outcome === "success" || ended.outcome === "already-true" ? "good" : "bad") : "";
  return html`<${Card} title=${ended ? `Run ${model.run}: ${ended.outcome}` : `Run ${model.run}`} tone=${tone}>
    <p class="big">${model.goal}</p>
    ${ended ? html`<p>${ended.message}${ended.world_true != null ? html` <span class="soft">· goal really holds: ${ended.world_true ? "yes" : "no"}</span>` : null}</p>` : html`
      <p class="step"><b>${calls.join(", ") || (desk.question ? "holds still: it asks" : desk.hold.is_held ? "held" : "…")}</b></p>
      ${total ? html`<p class="soft">${next ? `next: ${next}` : "last step"}</p>` : null}`}
    <progress max=${Math.max(total, 1)} value=${ended && tone === "good" ? Math.max(total, 1) : done} aria-label="Steps done"></progress>
    <dl class="figures">
      <div><dt>${total ? "step" : "calls"}</dt><dd>${total ? `${Math.min(done + (ended ? 0 : 1), total)} of ${total}` : model.done.length}</dd></div>
      <div><dt>time</dt><dd>${clock(passed)}</dd></div>
      <div><dt>${ended ? "planned" : "left"}</dt><dd>${ended ? clock(model.duration_s) : clock(Math.max(0, model.duration_s - passed))}</dd></div>
      <div><dt>failures</dt><dd>${[...model.nodes.values()].reduce((sum, one) => sum + one.took.filter((/** @type {any} */ t) => t.result === "failure").length, 0)}</dd></div>
    </dl>
  </${Card}>`;
}

/** Offers to go on with the newest run if it was left before its end, also before this server began. */
export function LeftRun({ desk }) {
  const [left, setLeft] = useState(/** @type {any} */ (null));
  const isOver = desk.work === "idle" && !desk.proposal;
  useEffect(() => {
    setLeft(null);
    if (!isOver) return undefined;
    let isOn = true;
    get("/runs?most=1").then(([newest]) => isOn && setLeft(newest?.can_resume ? newest : null), () => {});
    return () => {
      isOn = false;
    };
  }, [isOver, desk.run, desk.result]);
  if (!isOver || !left) return null;
  const isBroken = left.outcome === "unfinished";
  return html`<${Card} title=${`Run ${left.run} was left before its end`} tone="bad">
    <p class="big">${left.goal}</p>
    <p class="soft">${isBroken ? "Its process ended while it ran." : left.message} <a href=${`#/runs/${left.run}`}>Look at it</a></p>
    <p><${Action} kind="primary" label="Resume this run" disabled=${desk.is_read_only || desk.stops.length > 0} work=${async () => {
      await control(desk);
      await post(`/runs/${left.run}/resume`);
    }} />${desk.stops.length ? html` <span class="soft">once the robot is re-armed</span>` : null}</p>
  </${Card}>`;
}

const GIVEN = new Set(["scene"]);

export function Facts({ model, t_s }) {
  const [words, setWords] = useState("");
  const [isAll, setAll] = useState(false);
  const known = [...model.facts.values()]
    .filter((one) => (isAll || (one.value && !GIVEN.has(one.source))) && one.fact.includes(words))
    .sort((a, b) => b.t_s - a.t_s || (a.fact < b.fact ? -1 : 1));
  return html`<${Card} title="Facts" note=${html`<label class="toggle"><input type="checkbox" checked=${isAll}
      onChange=${() => setAll(!isAll)} /> all<span class="unseen"> facts</span></label>`}>
    <input class="filter" type="search" aria-label="Filter facts" placeholder="filter" value=${words}
      onInput=${(/** @type {any} */ event) => setWords(event.target.value)} />
    <div class="scroll" tabindex="0" role="group" aria-label="Facts that are known"><table class="beliefs"><thead><tr><th>fact</th><th>source</th><th>age</th></tr></thead>
      <tbody>${known.slice(0, 300).map((one) => html`<tr key=${one.fact} class=${one.value == null ? "unknown" : one.value ? "" : "false"}>
        <td><code>${one.value === false ? "not " : ""}${one.fact}</code>${one.value == null ? " unknown" : ""}</td>
        <td>${one.source}</td><td>${clock(t_s - one.t_s)}</td></tr>`)}</tbody></table>
      ${known.length ? null : html`<p class="soft">nothing yet</p>`}</div>
  </${Card}>`;
}

/** A picture of one clear pixel. */
const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

export function Cameras({ names }) {
  const [camera, setCamera] = useState(names.includes("overview") ? "overview" : names[0]);
  const [problem, setProblem] = useState("");
  const [tries, setTries] = useState(0);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const image = useRef(/** @type {HTMLImageElement | null} */ (null));
  useEffect(() => {
    const [frame, img] = [box.current, image.current];
    if (!camera || !frame || !img) return undefined;
    let isInView = false;
    let isOn = false;
    let timer = 0;
    const path = `/api/cameras/${encodeURIComponent(camera)}`;
    const look = () => {
      const isSeen = isInView && !document.hidden;
      if (isSeen === isOn) return;
      isOn = isSeen;
      img.src = isSeen ? `${path}/stream` : BLANK; // which ends the stream
    };
    img.onload = () => setProblem("");
    img.onerror = async () => {
      const answer = await fetch(path).catch(() => null);
      setProblem(answer?.ok ? "" : answer ? (await answer.json()).message : "the server does not answer");
      timer = setTimeout(() => setTries(tries + 1), answer?.ok ? 300 : 5000);
    };
    const watch = new IntersectionObserver((found) => {
      isInView = found[found.length - 1].isIntersecting;
      look();
    });
    watch.observe(frame);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      watch.disconnect();
      document.removeEventListener("visibilitychange", look);
      img.onerror = img.onload = null;
      img.src = BLANK;
    };
  }, [camera, tries]);
  if (!names.length) return null;
  return html`<${Card} title="Cameras" note=${names.length > 1 ? html`<select aria-label="Camera" value=${camera}
      onChange=${(/** @type {any} */ event) => setCamera(event.target.value)}>${names.map((/** @type {string} */ one) => html`<option>${one}</option>`)}</select>` : html`<span class="soft">${camera}</span>`}>
    <div ref=${box} class="view"><img ref=${image} src=${BLANK} alt=${`Camera ${camera}`} hidden=${problem !== ""} />${problem ? html`<p class="soft">${problem}</p>` : null}</div>
  </${Card}>`;
}
