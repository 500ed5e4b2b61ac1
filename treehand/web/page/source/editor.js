// The text editor of the Write view: CodeMirror in a shadow root, loaded when the view is opened.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, ensureSyntaxTree, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, showTooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** @typedef {{path: string, line: number, column: number}} Place */
/** @typedef {{path: string, from: number, to: number}} Range */

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--brand)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--run)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.comment, tags.punctuation, tags.separator], color: "var(--soft)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--ground)", fontSize: "13.5px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".4rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-line.of-node": { backgroundColor: "var(--run-ground)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--focus) 30%, transparent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--press)", outline: "1px solid var(--soft)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "9px", boxShadow: "0 6px 24px #0004", maxWidth: "min(34rem, 86vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "15rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".25rem .6rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--brand)", color: "var(--brand-ink)" },
  ".cm-tooltip-autocomplete li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { color: "var(--soft)", fontStyle: "normal" },
  ".cm-completionInfo": { padding: ".4rem .7rem", fontFamily: "system-ui, sans-serif" },
  ".about": { padding: ".45rem .7rem", font: "14px/1.45 system-ui, sans-serif", whiteSpace: "pre-line" },
  ".about b": { fontFamily: "var(--mono)", display: "block" },
  ".about code": { fontFamily: "var(--mono)", fontSize: ".92em" },
  ".cm-diagnostic": { padding: ".35rem .7rem", font: "14px/1.45 system-ui, sans-serif", whiteSpace: "pre-line" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--run-line)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textDecorationSkipInk: "none" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--run-line)", textDecorationSkipInk: "none" },
  ".cm-panels": { backgroundColor: "var(--card)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: ".4rem .6rem", font: "14px system-ui, sans-serif" },
  ".cm-textfield, .cm-button": { backgroundImage: "none", backgroundColor: "var(--ground)", color: "inherit", border: "1px solid var(--line)", borderRadius: "7px", fontSize: "inherit" },
  ".cm-panel.cm-search [name=close]": { color: "inherit", fontSize: "1.2rem" },
  ".cm-searchMatch": { backgroundColor: "var(--run-ground)", outline: "1px solid var(--run-line)" },
  ".cm-selectionMatch": { backgroundColor: "var(--press)" },
});

/** @type {import("@codemirror/state").StateEffectType<Range | null>} */
const chosen = StateEffect.define();
/** Lines of the node that is selected in the drawing. */
const CHOSEN = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    let now = marks.map(change.changes);
    for (const effect of change.effects) if (effect.is(chosen)) now = lines(change.state, effect.value);
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** @type {import("@codemirror/state").StateEffectType<import("@codemirror/view").Tooltip | null>} */
const explaining = StateEffect.define();
/** Explanation that was asked for by key; it goes when the cursor moves. */
const EXPLAINED = StateField.define({
  /** @returns {import("@codemirror/view").Tooltip | null} */
  create: () => null,
  update(now, change) {
    for (const effect of change.effects) if (effect.is(explaining)) return effect.value;
    return change.docChanged || change.selection ? null : now;
  },
  provide: (field) => showTooltip.from(field),
});

/** @param {EditorState} state @param {Range | null} range */
function lines(state, range) {
  if (!range) return Decoration.none;
  const first = state.doc.lineAt(range.from).number;
  const last = state.doc.lineAt(Math.min(range.to, state.doc.length)).number;
  const mark = Decoration.line({ class: "of-node" });
  return Decoration.set(Array.from({ length: last - first + 1 }, (_, at) => mark.range(state.doc.line(first + at).from)));
}

/** Position of a line and column, which count characters; a text counts halves of some. */
function position(/** @type {EditorState} */ state, /** @type {number} */ line, /** @type {number} */ column) {
  if (line < 1) return 0;
  const found = state.doc.line(Math.min(line, state.doc.lines));
  const before = [...found.text].slice(0, Math.max(0, column - 1)).join("");
  return found.from + before.length;
}

/** End of a node without the empty lines and comments behind it. @param {EditorState} state @param {number} from @param {number} to */
function lastOf(state, from, to) {
  let line = state.doc.lineAt(to);
  while (line.from > from && /^\s*(#.*)?$/.test(line.text)) line = state.doc.line(line.number - 1);
  return Math.min(to, line.to);
}

function place(/** @type {EditorState} */ state, /** @type {number} */ at) {
  const line = state.doc.lineAt(at);
  return { line: line.number, column: [...line.text.slice(0, at - line.from)].length + 1 };
}

/** Text of a description: `code` in its own face. @param {string} title @param {string} text */
function about(title, text) {
  const box = document.createElement("div");
  box.className = "about";
  if (title) box.append(Object.assign(document.createElement("b"), { textContent: title }));
  text.replace(/\n{2,}/g, "\n").split("`").forEach((part, at) => {
    box.append(at % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part);
  });
  return box;
}

const TYPES = { key: "property", value: "enum", skill: "function", predicate: "method", tree: "class", object: "variable", variable: "variable", code: "constant", type: "type" };

/**
 * Open an editor in an element that has none yet.
 * @param {HTMLElement} host
 * @param {{text: string, label: string, isReadOnly: boolean, onText: (text: string) => void, onNode: (path: string) => void,
 *   complete: (at: any) => Promise<any[]>, hover: (at: any) => Promise<any>}} to
 */
export function openEditor(host, to) {
  const root = host.attachShadow({ mode: "open" });
  /** @type {Range[]} */ let ranges = [];
  let at = "";
  const whole = (/** @type {EditorState} */ state, /** @type {number} */ pos) => ({ text: state.doc.toString(), ...place(state, pos) });
  const completions = async (/** @type {any} */ context) => {
    const word = context.matchBefore(/[A-Za-z_][\w-]*/);
    const before = context.state.sliceDoc(Math.max(0, context.pos - 2), context.pos);
    if (!word && !context.explicit && !/(\(|, |: |- )$/.test(before)) return null;
    const found = await to.complete(whole(context.state, context.pos)).catch(() => []);
    if (!found.length) return null;
    const next = context.state.sliceDoc(context.pos, context.pos + 1);
    /** What stands behind the cursor already is not inserted again. @param {string} text */
    const rest = (text) => (next && text.trimEnd().endsWith(next) ? text.trimEnd().slice(0, -1) : text);
    const options = found.map((/** @type {any} */ one, /** @type {number} */ rank) => ({
      label: one.label, apply: rest(one.insert), type: TYPES[one.kind], detail: one.detail, boost: -Math.min(rank, 99) / 10,
      info: one.about ? () => about("", one.about) : undefined,
    }));
    return { from: word ? word.from : context.pos, options, validFor: /^[\w-]*$/ };
  };
  const explained = async (/** @type {EditorView} */ view, /** @type {number} */ pos) => {
    const found = await to.hover(whole(view.state, pos)).catch(() => null);
    if (!found?.title) return null;
    const word = view.state.wordAt(pos);
    return { pos: word?.from ?? pos, end: word?.to, above: true, create: () => ({ dom: about(found.title, found.about) }) };
  };
  const explain = (/** @type {EditorView} */ view) => {
    explained(view, view.state.selection.main.head).then((found) => {
      const said = found?.create().dom.textContent ?? "There is nothing to explain here.";
      view.dispatch({ effects: [explaining.of(found), EditorView.announce.of(said)] });
    });
    return true;
  };
  const silence = (/** @type {EditorView} */ view) => {
    if (!view.state.field(EXPLAINED)) return false;
    view.dispatch({ effects: explaining.of(null) });
    return true;
  };
  const within = (/** @type {number} */ pos) => {
    /** @type {Range | null} */ let best = null;
    for (const one of ranges) {
      if (one.from <= pos && pos <= one.to && (!best || one.to - one.from < best.to - best.from)) best = one;
    }
    return best;
  };
  const moved = EditorView.updateListener.of((update) => {
    if (update.docChanged) {
      ranges = ranges.map((one) => ({ path: one.path, from: update.changes.mapPos(one.from, -1), to: update.changes.mapPos(one.to, 1) }));
      to.onText(update.state.doc.toString());
    }
    if (update.selectionSet && update.transactions.some((one) => one.isUserEvent("select"))) {
      const found = within(update.state.selection.main.head);
      if (found && found.path !== at) {
        at = found.path;
        to.onNode(at);
        queueMicrotask(() => view.dispatch({ effects: chosen.of(found) }));
      }
    }
  });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: to.text,
      extensions: [
        lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), highlightActiveLine(), indentOnInput(), bracketMatching(), closeBrackets(),
        autocompletion({ override: [completions] }), hoverTooltip(explained), highlightSelectionMatches(), search({ top: true }),
        yaml(), indentUnit.of("  "), syntaxHighlighting(COLOURS), LOOK, CHOSEN, EXPLAINED, moved, EditorView.lineWrapping,
        EditorState.readOnly.of(to.isReadOnly),
        EditorView.contentAttributes.of({ "aria-label": to.label, "aria-description": "F1 explains the word at the cursor.", spellcheck: "false", autocorrect: "off", autocapitalize: "off" }),
        keymap.of([{ key: "F1", run: explain, preventDefault: true }, { key: "Escape", run: silence }, { key: "Tab", run: acceptCompletion }, ...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap]),
      ],
    }),
  });
  return {
    /** Show findings at their columns. @param {any[]} found */
    showFindings(found) {
      const { state } = view;
      const shown = found.map((one) => {
        const from = position(state, one.line, one.column);
        const line = state.doc.lineAt(from);
        const word = state.sliceDoc(from, line.to).match(/^[\w-]+/)?.[0].length ?? 1;
        const to = Math.min(from + word, line.to);
        return { from: to === from && from > line.from ? from - 1 : from, to, severity: one.severity, message: one.hint ? `${one.message}\n${one.hint}` : one.message, source: one.code };
      });
      view.dispatch(setDiagnostics(state, /** @type {any} */ (shown.sort((a, b) => a.from - b.from))));
    },
    /** Say which nodes the text has. @param {Place[]} places */
    setNodes(places) {
      const before = ranges.find((one) => one.path === at);
      const tree = ensureSyntaxTree(view.state, view.state.doc.length, 200);
      ranges = places.map((one) => {
        const from = position(view.state, one.line, one.column);
        let node = tree?.resolveInner(from, 1) ?? null;
        while (node && !/^(Block|Flow)Mapping$/.test(node.name)) node = node.parent;
        return { path: one.path, from, to: node ? lastOf(view.state, from, node.to) : view.state.doc.lineAt(from).to };
      });
      // A rehearsal names its nodes with objects in the place of parameters; their lines are the same.
      const found = ranges.find((one) => one.path === at) ?? ranges.find((one) => one.from === before?.from) ?? null;
      view.dispatch({ effects: chosen.of(found) });
      if (found && found.path !== at) {
        at = found.path;
        to.onNode(at);
      }
    },
    /** Select the lines of a node. @param {string} path */
    selectNode(path) {
      const found = ranges.find((one) => one.path === path);
      at = path;
      if (!found) return;
      view.dispatch({ selection: { anchor: found.from, head: found.to }, effects: [chosen.of(found), EditorView.scrollIntoView(found.from, { y: "center" })] });
    },
    /** Put the cursor to a place. @param {number} line @param {number} column */
    goTo(line, column) {
      const to = position(view.state, line, column);
      view.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(to, { y: "center" }), userEvent: "select" });
      view.focus();
    },
    /** Take another text, as one change of what differs. @param {string} text */
    setText(text) {
      const now = view.state.doc.toString();
      let from = 0;
      while (from < now.length && now[from] === text[from]) from += 1;
      let same = 0;
      while (same < Math.min(now.length, text.length) - from && now[now.length - 1 - same] === text[text.length - 1 - same]) same += 1;
      if (now !== text) view.dispatch({ changes: { from, to: now.length - same, insert: text.slice(from, text.length - same) } });
    },
    close: () => view.destroy(),
  };
}
