// Finds nodes of a large tree by words of their label, and chooses one after the other.
import { useMemo, useState } from "preact/hooks";
import { html } from "./parts.js";

/** Paths of the nodes whose label or kind has the words, in the order of execution. @param {any} root @param {string} words @returns {string[]} */
function matches(root, words) {
  /** @type {string[]} */ const found = [];
  const wanted = words.trim().toLowerCase();
  const visit = (/** @type {any} */ node) => {
    if (node.label.toLowerCase().includes(wanted)) found.push(node.path);
    node.children.forEach(visit);
  };
  if (wanted) visit(root);
  return found;
}

/** @param {{root: any, selected: string, onSelect: (path: string) => void}} props */
export function NodeFinder({ root, selected, onSelect }) {
  const [words, setWords] = useState("");
  const found = useMemo(() => matches(root, words), [root, words]);
  const at = found.indexOf(selected);
  const go = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || !found.length) return;
    event.preventDefault();
    const step = event.shiftKey ? -1 : 1;
    onSelect(found[at < 0 ? 0 : (at + step + found.length) % found.length]);
  };
  return html`<span class="finder"><input type="search" aria-label="Find a node" placeholder="find" maxlength="200" value=${words}
      title="Enter goes to the next one, Shift + Enter to the one before" onKeyDown=${go} onInput=${(/** @type {any} */ event) => setWords(event.target.value)} />
    <span class="soft" role="status">${words.trim() ? (at < 0 ? `${found.length} found` : `${at + 1} of ${found.length}`) : ""}</span></span>`;
}
