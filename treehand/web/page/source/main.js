// The page: signing in, the header with STOP, the views, and the live run.
import { render } from "preact";
import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, follow, get, post } from "./api.js";
import { control } from "./control.js";
import { HoldCard, NodeBreakpoints } from "./debug_view.js";
import { Cameras, Conversation, Facts, GoalForm, LeftRun, Progress, Proposal, RunQuestion } from "./now_view.js";
import { Action, Card, Problem, View, clock, html } from "./parts.js";
import { OverdueBanner } from "./overdue.js";
import { RunModel, lineOf } from "./run_model.js";
import { PastRun, RunList } from "./runs_view.js";
import { TestView } from "./test_view.js";
import { NodeDetails, TreeView } from "./tree_view.js";
import { WriteView } from "./write_view.js";

function App() {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [count, setCount] = useState(0);
  const load = () =>
    get("/state").then(
      (found) => {
        setProblem(null);
        setCount((before) => before + 1);
        setState(found);
      },
      (error) => {
        setState(null);
        setProblem(error);
      },
    );
  useEffect(() => {
    load();
  }, []);
  useEffect(() => {
    if (!problem || problem.status === 401) return undefined;
    const timer = setTimeout(load, 2000);
    return () => clearTimeout(timer);
  }, [problem]);
  if (problem?.status === 401) return html`<${SignIn} onDone=${load} wasIn=${count > 0} />`;
  if (problem) return html`<main class="alone"><h1 class="unseen">Treehand</h1><${Card} title="No connection"><${Problem} error=${problem} /><p class="soft">trying again…</p></${Card}></main>`;
  if (!state) return html`<main class="alone"><h1 class="unseen">Treehand</h1><p class="soft">loading…</p></main>`;
  return html`<${Room} key=${count} state=${state} onLost=${load} />`;
}

function SignIn({ onDone, wasIn }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const enter = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const name = String(form.get("name"));
    try {
      await post("/session", { code: String(form.get("code")), name });
      localStorage.setItem("treehand-name", name);
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };
  return html`<main class="alone"><form class="card signin" onSubmit=${enter}>
    <img src="/page/icon.svg" alt="" width="48" height="48" /><h1>Treehand</h1>
    ${wasIn ? html`<p role="status">The server does not know this browser any more: it was started again, or it let this browser go. The robot may be moving; sign in to see.</p>` : null}
    <label>Your name<input name="name" autocomplete="name" maxlength="40" required value=${localStorage.getItem("treehand-name") ?? ""} /></label>
    <label>Code<input name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck=${false} placeholder="XXXX-XXXX-XXXX" required class="mono" /></label>
    <button class="primary">Enter</button>
    ${problem ? html`<${Problem} error=${problem} />` : html`<p class="soft">The code stands where <code>treehand serve</code> was started. It is good for one use.</p>`}
  </form></main>`;
}

/** What the address says: a view, for a past run its moment and node, for a file its name. */
function readHash() {
  const [, view = "", run = "", at = "", ...node] = location.hash.split("/");
  return { view: view || "now", run: plain(run), at: /^\d+$/.test(at) ? Number(at) : 0, node: plain(node.join("/")) };
}

/** Part of an address as text; as it is if somebody mistyped it. @param {string} part */
function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Room({ state, onLost }) {
  const [desk, setDesk] = useState(state.desk);
  const [isConnected, setConnected] = useState(true);
  const [place, setPlace] = useState(readHash());
  const [tree, setTree] = useState(/** @type {any} */ (null));
  const [, setTick] = useState(0);
  const [selected, setSelected] = useState("");
  const model = useRef(new RunModel());
  const lines = useRef(/** @type {any[]} */ ([]));
  const wanted = useRef("");
  const stopping = useStop();
  useEffect(() => {
    const read = () => setPlace(readHash());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  useEffect(() => {
    let isOn = true;
    let isDue = false;
    let drawnAt = 0;
    let cost = 0;
    const redraw = () => {
      isDue = false;
      drawnAt = performance.now();
      if (isOn) setTick((tick) => tick + 1);
      setTimeout(() => {
        cost = performance.now() - drawnAt;
      });
    };
    const draw = () => {
      if (isDue) return;
      isDue = true;
      // At once after a pause; while events come in crowds, half of the time is for drawing.
      const wait = Math.max(25, 2 * cost) - (performance.now() - drawnAt);
      if (wait > 0) setTimeout(() => requestAnimationFrame(redraw), wait);
      else requestAnimationFrame(redraw);
    };
    const loadTree = (/** @type {string} */ run) => {
      wanted.current = run;
      setTimeout(() => {
        if (isOn && wanted.current === run) {
          wanted.current = "";
          get(`/runs/${run}/tree`).then((found) => isOn && setTree(found), () => {});
        }
      }, 80);
    };
    const take = (/** @type {any} */ entry) => {
      const { run, seq, event } = entry;
      if (event.event === "run-started") {
        model.current = new RunModel();
        model.current.run = run;
        lines.current = [];
        setTree(null);
        setSelected("");
      }
      if (run && run !== model.current.run) {
        onLost(); // a run is resumed whose beginning is not here
        return;
      }
      model.current.take({ seq, event });
      const line = lineOf(event);
      if (line) lines.current = [...lines.current.slice(-199), { t_s: event.t_s, ...line }];
      if (event.event === "planned") loadTree(run);
      if (event.event === "ticked" && Object.keys(event.changes).some((path) => !KNOWN.has(path))) loadTree(run);
      draw();
    };
    let end = () => {};
    const begin = async () => {
      const { run } = state.desk;
      if (run) {
        const found = await get(`/runs/${run}/events`).catch(() => []);
        if (!isOn) return;
        model.current.run = run;
        for (const entry of found) {
          model.current.take(entry);
          const call = entry.event.event === "call-overdue" && model.current.overdue.get(entry.event.subject);
          if (call) call.at -= 1000 * Math.max(0, state.desk.t_s - call.t_s) / (state.speed ?? Infinity);
          const line = lineOf(entry.event);
          if (line) lines.current.push({ t_s: entry.event.t_s, ...line });
        }
        loadTree(run);
        draw();
      } else {
        const facts = await get("/facts").catch(() => []);
        for (const one of facts) model.current.facts.set(one.fact, one);
        draw();
      }
      const seen = model.current.seq;
      end = follow(state.last_event, {
        event: (entry) => {
          if (entry.run !== state.desk.run || entry.seq > seen || entry.seq === 0) take(entry);
        },
        desk: setDesk,
        reset: onLost,
        connected: setConnected,
      });
    };
    begin();
    return () => {
      isOn = false;
      end();
    };
  }, []);
  const KNOWN = usePaths(tree);
  const go = (/** @type {string} */ hash) => {
    location.hash = hash;
  };
  const headline = !isConnected ? "no connection" : desk.stops.length ? "STOPPED" : desk.question ? "asks" : desk.work;
  useEffect(() => {
    document.title = `${headline} – ${state.world} – Treehand`; // so that a tab in the background tells
    return () => {
      document.title = "Treehand";
    };
  }, [headline]);
  const isProposed = desk.proposal?.kind === "plan" && desk.work !== "running";
  const planned = usePlanned(isProposed ? desk.proposal.hash : "");
  const holds = html`<${HoldCard} desk=${desk} onSelect=${setSelected} />`; // what waits for a person stands first
  const live = html`
    <${RunQuestion} desk=${desk} />
    <${Proposal} desk=${desk} root=${planned.tree?.root} />
    ${desk.problem ? html`<${Card} title="The run broke off" tone="bad"><p>${desk.problem}</p></${Card}>` : null}
    ${desk.hold.is_held ? holds : null}
    <${Progress} model=${model.current} desk=${desk} speed=${desk.hold.is_held ? null : state.speed} />
    ${desk.hold.is_held ? null : holds}
    <${LeftRun} desk=${desk} />
    <${GoalForm} desk=${desk} examples=${state.examples} />
    <${Conversation} lines=${desk.conversation} />`;
  return html`<div class="app">
    <button type="button" class="skip" onClick=${() => document.querySelector("main")?.focus()}>Skip to the view</button>
    <${Header} state=${state} desk=${desk} isConnected=${isConnected} view=${place.view} stopping=${stopping} />
    <${LostBanner} isConnected=${isConnected} press=${stopping.press} giveUp=${stopping.giveUp} />
    <${StopBanner} desk=${desk} rest=${model.current.rest} />
    <${OverdueBanner} calls=${[...model.current.overdue.values()]} desk=${desk} stop=${stopping.stop} onSelect=${(/** @type {string} */ path) => {
      go("#/");
      setSelected(path);
    }} />
    ${place.view === "runs"
      ? html`<${View} title="Look back" kind="look"><aside aria-label="Runs"><${RunList} open=${place.run} onOpen=${(/** @type {string} */ run) => go(`#/runs/${run}`)} /></aside>
          <div>${place.run ? html`<${PastRun} run=${place.run} at=${place.at} node=${place.node} desk=${desk}
            onMove=${(/** @type {number} */ at, /** @type {string} */ node) => history.replaceState(null, "", `#/runs/${place.run}/${at}${node ? `/${encodeURIComponent(node)}` : ""}`) ?? setPlace(readHash())} />`
            : html`<p class="soft empty">Choose a run.</p>`}</div></${View}>`
      : place.view === "test" ? html`<${TestView} desk=${desk} open=${place.run} go=${go} />`
      : place.view === "write" ? html`<${WriteView} state=${state} desk=${desk} name=${place.run} go=${go} />`
      : html`<${View} title="Now" kind="now">
          <div class="side">${live}</div>
          <div class="stage">
            ${isProposed ? html`<${PlannedTree} key=${desk.proposal.hash} planned=${planned} desk=${desk} />`
              : tree ? html`<${Card} title="Tree"><${TreeView} tree=${tree} model=${model.current} selected=${selected} onSelect=${setSelected} points=${desk.hold.breakpoints} />
              ${selected ? html`<${NodeBreakpoints} root=${tree.root} path=${selected} desk=${desk} /><${NodeDetails} tree=${tree} model=${model.current} path=${selected} onSelect=${setSelected} />` : null}</${Card}>`
              : html`<${Card} title="Tree"><div class="empty"><p>No run yet.</p><p class="soft">Say what shall be done, and look at the plan. Nothing moves before you approve it.</p></div></${Card}>`}
            <div class="pair"><${Cameras} names=${state.cameras} /><${Facts} model=${model.current} t_s=${Math.max(model.current.t_s, desk.t_s)} /></div>
            ${lines.current.length ? html`<${Journal} lines=${lines.current} />` : null}
          </div>
        </${View}>`}
  </div>`;
}

/** The tree of a plan that waits for approval; none without a hash. @param {string} hash @returns {{tree: any, problem: any}} */
function usePlanned(hash) {
  const [found, setFound] = useState(/** @type {any} */ ({ hash: "", tree: null, problem: null }));
  useEffect(() => {
    if (!hash) return undefined;
    let isOn = true;
    get(`/plans/${hash}/tree`).then(
      (tree) => isOn && setFound({ hash, tree, problem: null }),
      (problem) => isOn && setFound({ hash, tree: null, problem }),
    );
    return () => {
      isOn = false;
    };
  }, [hash]);
  return found.hash === hash ? found : { tree: null, problem: null };
}

/** That tree, what each node would do, and where its run is to be held. */
function PlannedTree({ planned, desk }) {
  const { tree, problem } = planned;
  const [selected, setSelected] = useState("");
  const [model] = useState(() => new RunModel());
  useEffect(() => {
    get("/facts").then((facts) => facts.forEach((/** @type {any} */ one) => model.facts.set(one.fact, one)), () => {});
  }, []);
  return html`<${Card} title="Tree to approve">
    ${problem ? html`<${Problem} error=${problem} />` : tree ? html`<${TreeView} tree=${tree} model=${model} selected=${selected} onSelect=${setSelected} points=${desk.hold.breakpoints} />
      ${selected ? html`<${NodeBreakpoints} root=${tree.root} path=${selected} desk=${desk} /><${NodeDetails} tree=${tree} model=${model} path=${selected} onSelect=${setSelected} />` : null}` : html`<p class="soft">loading…</p>`}
  </${Card}>`;
}

/** Paths of all nodes of a tree. @param {any} tree @returns {Set<string>} */
function usePaths(tree) {
  const paths = useRef(new Set());
  const seen = useRef(/** @type {any} */ (null));
  if (tree !== seen.current) {
    seen.current = tree;
    paths.current.clear();
    const visit = (/** @type {any} */ node) => {
      paths.current.add(node.path);
      node.children.forEach(visit);
    };
    if (tree) visit(tree.root);
  }
  return paths.current;
}

const Journal = memo((/** @type {any} */ { lines }) => {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines.length]);
  return html`<${Card} title="Journal"><ol class="journal" ref=${list} tabindex="0" aria-label="Lines of the journal">${lines.map((/** @type {any} */ one) => html`<li class=${one.tone}>
    <time>${one.t_s.toFixed(1)} s</time> ${one.text}</li>`)}</ol></${Card}>`;
});

function Header({ state, desk, isConnected, view, stopping }) {
  const [isOpen, setOpen] = useState(false);
  const you = desk.viewers.find((/** @type {any} */ one) => one.is_you);
  const holder = desk.viewers.find((/** @type {any} */ one) => one.is_controller);
  const work = isConnected ? desk.work : "no connection";
  return html`<header class="top">
    <a class="brand" href="#/" aria-label="Treehand"><img src="/page/icon.svg" alt="" width="28" height="28" /><b>Treehand</b></a>
    <span class=${`badge ${isConnected ? (desk.stops.length ? "failure" : desk.work === "idle" ? "" : "running") : "failure"}`} role="status">${desk.stops.length && isConnected ? "stopped" : work}</span>
    <span class="world soft">${state.world}${state.is_simulated ? " · simulated" : ""}</span>
    <nav aria-label="Views"><a href="#/" aria-current=${view === "now" ? "page" : undefined}>Now</a>
      <a href="#/runs" aria-current=${view === "runs" ? "page" : undefined}>Look back</a>
      <a href="#/write" aria-current=${view === "write" ? "page" : undefined}>Write</a>
      <a href="#/test" aria-current=${view === "test" ? "page" : undefined}>Test</a></nav>
    <div class="people">
      <button type="button" class="who" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
        ${you?.is_controller ? "You have control" : holder ? `${holder.name} has control` : desk.is_read_only ? "read-only" : "Nobody has control"} ▾</button>
      ${isOpen ? html`<${People} desk=${desk} you=${you} onClose=${() => setOpen(false)} />` : null}
    </div>
    <${StopButton} press=${stopping.press} stop=${stopping.stop} />
  </header>`;
}

function People({ desk, you, onClose }) {
  const [code, setCode] = useState("");
  return html`<div class="menu card" role="dialog" aria-label="Viewers" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && onClose()}>
    <ul>${desk.viewers.map((/** @type {any} */ one) => html`<li><b>${one.name}</b>${one.is_you ? " (you)" : ""}${one.is_controller ? html` <span class="badge running">control</span>` : null}
      ${you?.is_controller && !one.is_you ? html`<${Action} label="Hand over" work=${() => post("/control/hand-over", { to: one.id })} />` : null}</li>`)}</ul>
    ${you?.is_controller ? html`<${Action} label="Give control up" work=${() => ask("DELETE", "/control")} />`
      : desk.is_read_only ? html`<p class="soft">This server is read-only: look, and stop.</p>`
      : html`<${Action} kind="primary" label="Take control" work=${() => post("/control")} />`}
    <${Action} label="Invite somebody" work=${async () => setCode((await post("/invitations")).code)} />
    ${code ? html`<p>Code for one sign-in, 10 minutes:<br /><code class="code-word">${code.match(/.{4}/g)?.join("-")}</code></p>` : null}
    <${Action} label="Leave" work=${async () => {
      await ask("DELETE", "/session");
      location.reload();
    }} />
  </div>`;
}

/** Longest wait for an answer to STOP, and pause before it is sent again, in milliseconds. */
const ANSWER = 4000;
const AGAIN = 1000;

/** STOP, sent until the robot's server has it. */
function useStop() {
  const [press, setPress] = useState(/** @type {{state: string, why?: any}} */ ({ state: "" }));
  const current = useRef("");
  const stop = async () => {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    current.current = id; // a second press is a second stop; the first is no longer repeated
    setPress({ state: "sending" });
    for (let isSent = false; !isSent && current.current === id; ) {
      const slow = setTimeout(() => current.current === id && setPress({ state: "lost" }), AGAIN);
      try {
        await ask("POST", "/stop", { press: id }, ANSWER);
        isSent = true;
        if (current.current === id) setPress({ state: "" });
      } catch (why) {
        if (current.current === id) setPress({ state: "lost", why });
        await new Promise((done) => setTimeout(done, AGAIN));
      } finally {
        clearTimeout(slow);
      }
    }
  };
  const giveUp = () => {
    current.current = "";
    setPress({ state: "" });
  };
  useEffect(() => {
    const key = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey && event.key === ".") {
        event.preventDefault();
        stop();
      }
    };
    addEventListener("keydown", key);
    return () => {
      removeEventListener("keydown", key);
      current.current = "";
    };
  }, []);
  return { press, stop, giveUp };
}

function StopButton({ press, stop }) {
  return html`<button type="button" class="stop" onClick=${stop} title="Stop the robot (Ctrl + .)" aria-label="Stop the robot" aria-keyshortcuts="Control+.">
    ${press.state === "" ? "STOP" : press.state === "lost" ? "NOT SENT" : "stopping…"}</button>`;
}

/** Says that the connection is lost, and whether STOP has reached the robot. */
function LostBanner({ isConnected, press, giveUp }) {
  const isLost = press.state === "lost";
  if (isConnected && !isLost) return null;
  return html`<section class="stopped lost" role="alert" aria-label=${isLost ? "STOP not sent" : "No connection"}>
    <div><h2>${isLost ? "STOP has not reached the robot" : "No connection"}</h2>
      <p>${isLost ? html`<b>Use the robot's own stop.</b> ${press.why?.message ?? "no answer yet"}; it is sent again every second.`
        : "The server does not answer. What stands below is what was known last; the robot may go on."}</p></div>
    ${isLost ? html`<div class="rearm"><button type="button" onClick=${giveUp}>Send it no more</button></div>` : null}
  </section>`;
}

function StopBanner({ desk, rest }) {
  const [seen, setSeen] = useState(/** @type {any} */ (null));
  if (!desk.stops.length) return null;
  const ids = desk.stops.map((/** @type {any} */ one) => one.id);
  const isShown = seen && seen.ids.join() === ids.join();
  const all = rest ? [...rest.robots.map((/** @type {any} */ one) => ({ who: `robot ${one.robot}`, ...one })),
    ...rest.leaves.map((/** @type {any} */ one) => ({ who: one.call, ...one }))] : [];
  return html`<section class="stopped" role="alert" aria-label="Stopped">
    <div><h2>Stopped</h2>
      <ul>${desk.stops.map((/** @type {any} */ one) => html`<li><b>${one.by}</b>: ${one.reason} <small>${one.at.replace("T", " ").slice(0, 19)}</small></li>`)}</ul>
      ${all.length ? html`<ul class="rest">${all.map((one) => html`<li><span class=${`badge ${one.state === "stopped" ? "success" : "failure"}`}>${one.state === "stopped" ? "✔ at rest" : `✘ ${one.state}`}</span> ${one.who}${one.detail ? html` <small>${one.detail}</small>` : null}</li>`)}</ul>` : null}
    </div>
    ${desk.work === "idle" || desk.work === "looking" ? html`<div class="rearm">
      ${isShown ? html`<p>Seen to be true now:</p><p class="seen">${seen.facts.join(", ")}</p>
        <${Action} kind="primary" label="The way is clear: re-arm" work=${async () => {
          await control(desk);
          await post("/rearm", { stops: seen.ids });
          setSeen(null);
        }} />`
        : html`<${Action} label="Look and re-arm…" disabled=${desk.is_read_only} work=${async () => {
          await control(desk);
          const { facts } = await post("/look");
          setSeen({ ids, facts });
        }} />`}</div>` : null}
  </section>`;
}

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
export { clock };
