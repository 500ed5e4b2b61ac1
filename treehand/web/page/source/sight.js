// What of a large tree is seen: nodes in sight are drawn at every change, the others a little later.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { NODE } from "./layout.js";

const LATER_MS = 1000;
/** Sight is told in steps of so many pixels, and reaches as far beyond the edges. */
const STEP = 200;
/** Space around the drawing. */
const MARGIN = 12;

/** Scroll to a node if it is not seen. @param {HTMLElement | null} box @param {any} spot @param {number} zoom */
export function bring(box, spot, zoom) {
  if (!box || !spot) return;
  const [left, top] = [(spot.x + MARGIN) * zoom, (spot.y + MARGIN) * zoom];
  const [wide, high] = [NODE.width * zoom, NODE.height * zoom];
  const isSeen = left >= box.scrollLeft && left + wide <= box.scrollLeft + box.clientWidth
    && top >= box.scrollTop && top + high <= box.scrollTop + box.clientHeight;
  if (isSeen) return;
  box.scrollTo({ left: Math.max(0, left - (box.clientWidth - wide) / 2), top: Math.max(0, top - (box.clientHeight - high) / 2), behavior: "smooth" });
}

/**
 * Follow the part of a box that is seen.
 * @param {{current: HTMLElement | null}} frame @returns {(spot: any, zoom: number) => boolean} true for a node in sight
 */
export function useSight(frame) {
  const [seen, setSeen] = useState("");
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const look = () => {
      const sides = [box.scrollLeft - STEP, box.scrollTop - STEP, box.scrollLeft + box.clientWidth + STEP, box.scrollTop + box.clientHeight + STEP];
      setSeen(sides.map((side, at) => STEP * (at < 2 ? Math.floor(side / STEP) : Math.ceil(side / STEP))).join(" "));
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      size.disconnect();
    };
  }, []);
  const [left, top, right, bottom] = seen ? seen.split(" ").map(Number) : [-Infinity, -Infinity, Infinity, Infinity];
  return (spot, zoom) => (spot.x + NODE.width) * zoom >= left && spot.x * zoom <= right && (spot.y + NODE.height) * zoom >= top && spot.y * zoom <= bottom;
}

/**
 * What is drawn of each node: as the model tells it for those in sight, at most a second old for the others.
 * @param {any} tree @param {any} model @param {((spot: any) => boolean) | null} isSeen null if all nodes are drawn at once
 * @returns {(spot: any) => {status: string, code: string, attempts: number}}
 */
export function useTold(tree, model, isSeen) {
  const kept = useMemo(() => new Map(), [tree]);
  const [, setTurn] = useState(0);
  const wholeAt = useRef(-Infinity);
  const timer = useRef(/** @type {any} */ (0));
  const now = performance.now();
  const isWhole = !isSeen || now - wholeAt.current >= LATER_MS;
  if (isWhole) wholeAt.current = now;
  // Set while drawing: an effect of every drawing would cost a frame.
  if (!isWhole) timer.current ||= setTimeout(() => setTurn((turn) => turn + 1), LATER_MS);
  else {
    clearTimeout(timer.current);
    timer.current = 0;
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  return (spot) => {
    const { path } = spot.node;
    if (!isWhole && kept.has(path) && !isSeen(spot)) return kept.get(path);
    const told = model.nodes.get(path);
    const drawn = { status: model.statuses.get(path) ?? "INVALID", code: told?.code ?? "", attempts: told?.attempts ?? 0 };
    kept.set(path, drawn);
    return drawn;
  };
}
