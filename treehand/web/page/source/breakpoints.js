// Which nodes breakpoints concern: by path, label, or a pattern of paths, as the server reads them.
import { useMemo } from "preact/hooks";

/** @typedef {{node: string, moment: string}} Point */

/** True if a breakpoint's words fit a node's path; its cost is the product of both lengths at most. @param {string} node @param {string} path */
export function fits(node, path) {
  if (node === path) return true;
  const pattern = node.includes("/") || node.includes("**") ? node : `**/${node}`;
  let reached = new Set([0]);
  for (const piece of pattern.split(/(\*\*\/|\*\*|\*)/).filter(Boolean)) reached = after(piece, path, reached);
  return reached.has(path.length);
}

/** Ends of all matches of a piece that begin where the pieces before may end. @param {string} piece @param {string} path @param {Set<number>} reached */
function after(piece, path, reached) {
  const found = new Set(piece === "**/" ? reached : []);
  for (const start of reached) {
    if (piece === "**/") {
      for (let at = start; at < path.length; at += 1) if (path[at] === "/") found.add(at + 1);
    } else if (piece === "**" || piece === "*") {
      const end = piece === "*" ? path.indexOf("/", start) : -1;
      for (let at = start; at <= (end < 0 ? path.length : end); at += 1) found.add(at);
    } else if (path.startsWith(piece, start)) found.add(start + piece.length);
  }
  return found;
}

/** True if a breakpoint holds a node, or may do so for one of the objects that the node is shown once for. @param {string} point @param {any} node */
function concerns(point, { path, pattern }) {
  if (fits(point, path)) return true;
  if (!pattern) return false;
  return fits(point, pattern) || fits(pattern, point) || (!point.includes("/") && fits(pattern.split("/").pop(), point));
}

/** Words of a breakpoint at a node: its path, or the pattern of the paths that it has in a run. @param {any} root @param {string} path @returns {string} */
export function pointAt(root, path) {
  const visit = (/** @type {any} */ node) => {
    if (node.path === path) return node;
    for (const child of node.children) {
      const found = path === child.path || path.startsWith(`${child.path}/`) ? visit(child) : null;
      if (found) return found;
    }
    return null;
  };
  return visit(root)?.pattern || path;
}

/** Paths of a tree's nodes with the moments at which a run is held there, "before", "after" or "before after". @param {any} root @param {Point[]} points @returns {Map<string, string>} */
export function heldPaths(root, points) {
  const found = new Map();
  const visit = (/** @type {any} */ node) => {
    const moments = ["before", "after"].filter((moment) => points.some((one) => one.moment === moment && concerns(one.node, node)));
    if (moments.length) found.set(node.path, moments.join(" "));
    node.children.forEach(visit);
  };
  if (root && points.length) visit(root);
  return found;
}

/** The same, worked out anew only for another tree or other breakpoints. @param {any} root @param {Point[]} points */
export function useHeldPaths(root, points) {
  return useMemo(() => heldPaths(root, points), [root, JSON.stringify(points)]);
}
