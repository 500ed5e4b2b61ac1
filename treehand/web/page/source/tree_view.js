// The tree: folded, focused, drawn as SVG.
import { memo } from "preact/compat";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useHeldPaths } from "./breakpoints.js";
import { NODE, count, edge, place } from "./layout.js";
import { KIND, STATUS, clock, html } from "./parts.js";
import { NodeFinder } from "./node_finder.js";
import { lineOf } from "./run_model.js";
import { bring, useSight, useTold } from "./sight.js";

const LIMIT = 60;
/** The note of nodes without memory; a sign stands for it. */
const RECHECKS = "conditions checked again at every tick";

/** Nodes that lead to what runs or has failed. @param {any} root @param {Map<string, string>} statuses */
function livePaths(root, statuses) {
  const found = new Set();
  const visit = (/** @type {any} */ node) => {
    let isLive = statuses.get(node.path) === "RUNNING";
    for (const child of node.children) isLive = visit(child) || isLive;
    if (isLive) found.add(node.path);
    return isLive;
  };
  visit(root);
  return found;
}

/** @type {any[]} */ const NO_POINTS = [];

export function TreeView({ tree, model, selected, onSelect, points = NO_POINTS }) {
  const [isDown, setDown] = useState(false);
  const [mode, setMode] = useState("auto");
  const [own, setOwn] = useState(/** @type {Map<string, boolean>} */ (new Map()));
  const [zoom, setZoom] = useState(1);
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const { root } = tree;
  const total = useMemo(() => count(root), [tree]);
  const holds = useHeldPaths(root, points);
  const live = livePaths(root, model.statuses);
  const isSmall = total <= LIMIT;
  const isFolded = (/** @type {any} */ node, /** @type {number} */ depth) => {
    const chosen = own.get(node.path);
    if (chosen !== undefined) return chosen;
    if (mode === "all") return false;
    if (isSmall && mode === "auto" && depth < 6) return false;
    if (live.has(node.path) || selected.startsWith(`${node.path}/`)) return false;
    return depth > (live.size ? 0 : 1);
  };
  const { places, width, height } = place(root, isFolded, isDown);
  const running = places.filter((spot) => model.statuses.get(spot.node.path) === "RUNNING");
  const leaf = running[running.length - 1];
  const sight = useSight(frame);
  const isLarge = total > LIMIT;
  const told = useTold(tree, model, places, isLarge ? (/** @type {any} */ spot) => spot.node.path === selected || sight(spot, zoom) : null);
  const drawn = useMemo(() => new Map(), [tree]);
  const toggle = (/** @type {any} */ node, /** @type {number} */ depth) => {
    const next = new Map(own);
    next.set(node.path, !isFolded(node, depth));
    setOwn(next);
  };
  const act = useRef({ toggle, onSelect });
  act.current = { toggle, onSelect }; // so that a node need not be drawn again for new functions
  const target = leaf ? leaf.node.path : "";
  useEffect(() => bring(frame.current, leaf, zoom), [target, isDown]);
  const spotted = places.find((spot) => spot.node.path === selected);
  useEffect(() => bring(frame.current, spotted, zoom), [selected, isDown]);
  const kept = useRef(/** @type {any} */ (null));
  kept.current = [spotted ?? leaf, zoom];
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const size = new ResizeObserver(() => bring(box, kept.current[0], kept.current[1])); // a tablet is turned
    size.observe(box);
    return () => size.disconnect();
  }, []);
  const edges = (/** @type {any[]} */ spots) =>
    spots.map((spot) => (spot.above && (!isLarge || sight(spot, zoom, spot.above)) ? edge(spot.above, spot, isDown) : "")).join("");
  const move = (/** @type {KeyboardEvent} */ event) => {
    const at = places.findIndex((spot) => spot.node.path === selected);
    const spot = places[at];
    const steps = {
      ArrowDown: () => places[at + 1],
      ArrowUp: () => places[at - 1],
      ArrowLeft: () => spot?.above,
      ArrowRight: () => {
        if (spot?.node.children.length && isFolded(spot.node, spot.depth)) toggle(spot.node, spot.depth);
        return places[at + 1];
      },
      Home: () => places[0],
      End: () => places[places.length - 1],
    };
    if (event.key === " " && spot?.node.children.length) {
      toggle(spot.node, spot.depth);
      event.preventDefault();
    } else if (event.key in steps) {
      const next = at < 0 ? places[0] : steps[event.key]();
      if (next) onSelect(next.node.path);
      event.preventDefault();
    }
  };
  return html`<div class="tree">
    <div class="bar" role="toolbar" aria-label="Tree">
      <span class="soft">${total} node${total === 1 ? "" : "s"}</span>
      ${isLarge ? html`<${NodeFinder} root=${root} selected=${selected} onSelect=${onSelect} />` : null}
      <button type="button" aria-pressed=${mode === "all"} onClick=${() => {
        setOwn(new Map());
        setMode(mode === "all" ? "focus" : "all");
      }}>${mode === "all" ? "Focus" : "Open all"}</button>
      <button type="button" onClick=${() => setDown(!isDown)}
        aria-label=${isDown ? "Draw from left to right" : "Draw from top to bottom"}>${isDown ? "→" : "↓"}</button>
      <button type="button" aria-label="Smaller" onClick=${() => setZoom(Math.max(0.4, zoom / 1.2))}>−</button>
      <button type="button" aria-label="Larger" onClick=${() => setZoom(Math.min(2, zoom * 1.2))}>+</button>
    </div>
    <div class="canvas" ref=${frame} tabindex="0" role="tree" aria-label="Behavior tree" onKeyDown=${move}
      aria-activedescendant=${selected ? `node-${selected}` : undefined}>
      <svg width=${(width + 24) * zoom} height=${(height + 24) * zoom}
        viewBox=${`-12 -12 ${width + 24} ${height + 24}`} role="presentation">
        <g class="edges"><path d=${edges(places)} /><path class="live" d=${edges(running)} /></g>
        ${places.map((spot, at) => told[at] && drawing(drawn, spot, told[at], holds.get(spot.node.path) ?? "", spot.node.path === selected, act))}
      </svg>
    </div>
  </div>`;
}

/** The element of a node; the same one as before while nothing of it has changed, so that it is not compared. */
function drawing(/** @type {Map<string, any>} */ drawn, /** @type {any} */ spot, /** @type {any} */ told, /** @type {string} */ holds, /** @type {boolean} */ isSelected, /** @type {any} */ act) {
  const { node, x, y, hidden, depth } = spot;
  const old = drawn.get(node.path);
  if (old && old.told === told && old.x === x && old.y === y && old.hidden === hidden && old.holds === holds && old.isSelected === isSelected) return old.element;
  const element = html`<${TreeNode} key=${node.path} node=${node} x=${x} y=${y} ...${told} hidden=${hidden} holds=${holds} depth=${depth} rank=${spot.rank} siblings=${spot.above?.node.children.length ?? 1} isSelected=${isSelected} act=${act} />`;
  drawn.set(node.path, { told, x, y, hidden, holds, isSelected, element });
  return element;
}

const TreeNode = memo(
  (/** @type {any} */ { node, x, y, status, hidden, holds, code, attempts, depth, rank, siblings, isSelected, act }) => {
    const kind = KIND[node.kind] ?? { sign: "▪", word: node.kind };
    const state = STATUS[status] ?? STATUS.INVALID;
    const isBad = code && status !== "SUCCESS" && status !== "RUNNING";
    const notes = node.notes.filter((/** @type {string} */ note) => note !== RECHECKS);
    const sign = notes.length < node.notes.length ? `${kind.sign}⟲` : kind.sign;
    const shown = isBad ? code : attempts > 1 ? `attempt ${attempts}` : notes[0] ?? "";
    const name = `${kind.word} ${node.label}, ${state.word}${isBad ? `, ${code}` : ""}${holds ? `, holds ${holds.replace(" ", " and ")}` : ""}`;
    const open = node.children.length ? !hidden : undefined;
    return html`<g class=${`node ${node.kind} ${status.toLowerCase()} ${isSelected ? "selected" : ""}`}
      transform=${`translate(${x} ${y})`} role="treeitem" id=${`node-${node.path}`} aria-label=${name}
      aria-level=${depth + 1} aria-posinset=${rank} aria-setsize=${siblings} aria-selected=${isSelected} aria-expanded=${open}
      onClick=${() => act.current.onSelect(node.path)} onDblClick=${() => node.children.length && act.current.toggle(node, depth)}>
      <title>${node.label}${node.notes.length ? `\n${node.notes.join("\n")}` : ""}</title>
      <rect width=${NODE.width} height=${NODE.height} rx="8" />
      <text class="kind" x="16" y=${shown ? 17 : 25} text-anchor="middle">${sign}</text>
      <text class="label" x="32" y=${shown ? 17 : 25}>${cut(node.label, hidden ? 19 : 25)}</text>
      ${shown ? html`<text class=${isBad ? "note bad" : "note"} x="32" y="32">${cut(shown, hidden ? 22 : 30)}</text>` : null}
      <text class="state" x=${NODE.width - 14} y="25" text-anchor="middle">${state.sign}</text>
      ${holds.includes("before") ? html`<circle class="hold" cx="0" cy=${NODE.height / 2} r="6.5" />` : null}
      ${holds.includes("after") ? html`<circle class="hold" cx=${NODE.width} cy=${NODE.height / 2} r="6.5" />` : null}
      ${hidden ? html`<g class="more" onClick=${(/** @type {Event} */ event) => {
        event.stopPropagation();
        act.current.toggle(node, depth);
      }}><rect x=${NODE.width - 62} y="10" width="36" height="20" rx="10" />
        <text x=${NODE.width - 44} y="24" text-anchor="middle">+${hidden}</text></g>` : null}
    </g>`;
  },
);

/** @param {string} text @param {number} most */
function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Most events of a node that are shown; older ones are counted. */
const EVENTS = 12;

/** What a node made happen, the newest first; a press goes to the moment where the view has moments. */
function NodeEvents({ told, onMove }) {
  const lines = told.events.map((/** @type {any} */ one) => ({ seq: one.seq, t_s: one.event.t_s, line: lineOf(one.event) })).filter((/** @type {any} */ one) => one.line);
  if (!lines.length) return null;
  const shown = lines.slice(-EVENTS).reverse();
  return html`<h4>Events</h4><ol class="journal made" aria-label="Events of this node">${shown.map((/** @type {any} */ one) => {
    const text = html`<time>${one.t_s.toFixed(1)} s</time> ${one.line.text}`;
    return html`<li key=${one.seq} class=${one.line.tone}>${onMove ? html`<button type="button" class="link" onClick=${() => onMove(one.seq)}>${text}</button>` : text}</li>`;
  })}</ol>${lines.length > EVENTS ? html`<p class="soft">and ${lines.length - EVENTS} before</p>` : null}`;
}

/** Everything about one node. @param {{tree: any, model: any, path: string, onSelect: (path: string) => void, onMove?: (seq: number) => void}} props */
export function NodeDetails({ tree, model, path, onSelect, onMove }) {
  const node = find(tree.root, path);
  if (!node) return null;
  const told = model.nodes.get(path);
  const status = model.statuses.get(path) ?? "INVALID";
  const lines = node.source ? tree.sources[node.source].split("\n") : [];
  const from = Math.max(0, node.line - 3);
  const shown = node.line ? lines.slice(from, node.line + 5) : [];
  const above = path.split("/").slice(0, -1);
  return html`<div class="details">
    <p class="trail">${above.map((label, at) => html`<button type="button" class="link"
      onClick=${() => onSelect(above.slice(0, at + 1).join("/"))}>${label}</button> › `)}</p>
    <h3><span class=${`badge ${status.toLowerCase()}`}>${STATUS[status].sign} ${STATUS[status].word}</span> ${node.label}</h3>
    <p class="soft">${KIND[node.kind]?.word ?? node.kind}${node.limit_s && !node.notes.includes(`at most ${node.limit_s} s`) ? `, at most ${node.limit_s} s` : ""}${node.irreversible ? ", cannot be undone" : ""}</p>
    ${node.notes.length ? html`<ul class="notes">${node.notes.map((note) => html`<li>${note}</li>`)}</ul>` : null}
    ${told?.code ? html`<p class="problem">${told.code}${told.detail ? `: ${told.detail}` : ""}</p>` : null}
    ${node.preconditions.length ? html`<h4>Needs</h4><ul class="facts">${node.preconditions.map((one) => html`<${Fact} text=${one} model=${model} />`)}</ul>` : null}
    ${node.effects.length ? html`<h4>Makes true</h4><ul class="facts">${node.effects.map((one) => html`<${Fact} text=${one} model=${model} />`)}</ul>` : null}
    ${told?.took.length ? html`<h4>Last visits</h4><ul class="visits">${told.took.slice(-5).reverse().map((one) => html`<li>
      <span class=${`badge ${one.result === "success" ? "success" : "failure"}`}>${one.result === "success" ? "✔" : "✘"}</span>
      ${clock(one.t_s)}, took ${one.took_s.toFixed(1)} s ${one.code ?? ""}</li>`)}</ul>` : null}
    ${told ? html`<${NodeEvents} told=${told} onMove=${onMove} />` : null}
    ${shown.length ? html`<h4>${node.source}.tree.yaml, line ${node.line}</h4><pre class="code">${shown.map((line, at) =>
      html`<span class=${from + at + 1 === node.line ? "here" : ""}><i>${from + at + 1}</i>${line}\n</span>`)}</pre>` : null}
  </div>`;
}

function Fact({ text, model }) {
  const isNegative = text.startsWith("not ");
  const known = model.facts.get(isNegative ? text.slice(4) : text);
  const value = known ? known.value : null;
  const holds = value == null ? null : value !== isNegative;
  const sign = holds == null ? "?" : holds ? "✔" : "✘";
  const word = holds == null ? "unknown" : holds ? `since ${clock(known.t_s)}, ${known.source}` : `not so, ${known.source}`;
  return html`<li><span class=${`badge ${holds == null ? "" : holds ? "success" : "failure"}`}>${sign}</span>
    <code>${text}</code> <span class="soft">${word}</span></li>`;
}

/** @param {any} node @param {string} path @returns {any} */
function find(node, path) {
  if (node.path === path) return node;
  for (const child of node.children) {
    if (path === child.path || path.startsWith(`${child.path}/`)) {
      const found = find(child, path);
      if (found) return found;
    }
  }
  return null;
}
