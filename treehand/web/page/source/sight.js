// What of a large tree is seen: nodes in sight are drawn at every change, the others a little later.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { NODE } from "./layout.js";

/** Nodes out of sight that one drawing takes up. */
const SLICE = 100;
/** Pause before the next slice if nothing else is drawn: of nodes that have changed, and of those not drawn yet. */
const LATER_MS = 150;
const SOON_MS = 20;
/** Sight is told in steps of so many pixels, and reaches as far beyond the edges. */
const STEP = 200;
/** Sides of what is taken to be seen before the box is measured. */
const FIRST = `${-STEP} ${-STEP} 1600 1000`;
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
  const [seen, setSeen] = useState(FIRST);
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
  const [left, top, right, bottom] = seen.split(" ").map(Number);
  return (spot, zoom) => (spot.x + NODE.width) * zoom >= left && spot.x * zoom <= right && (spot.y + NODE.height) * zoom >= top && spot.y * zoom <= bottom;
}

/**
 * What is drawn of each node: as the model tells it for those in sight, a little older for the others. Each drawing takes
 * up a slice of those, so that none of them takes long.
 * @param {any} tree @param {any} model @param {any[]} places nodes in order
 * @param {((spot: any) => boolean) | null} isSeen null if all nodes are drawn at once
 * @returns {({status: string, code: string, attempts: number} | undefined)[]} for each place; undefined if it is not drawn yet
 */
export function useTold(tree, model, places, isSeen) {
  const kept = useMemo(() => new Map(), [tree]);
  const [, setTurn] = useState(0);
  const next = useRef(0);
  const timer = useRef(/** @type {any} */ (0));
  const total = places.length;
  const begin = next.current % Math.max(total, 1);
  next.current = begin + SLICE;
  let later = 0;
  const found = places.map((spot, at) => {
    const { path } = spot.node;
    const told = model.nodes.get(path);
    const old = kept.get(path);
    const [status, code, attempts] = [model.statuses.get(path) ?? "INVALID", told?.code ?? "", told?.attempts ?? 0];
    if (old && old.status === status && old.code === code && old.attempts === attempts) return old;
    if (isSeen && (at - begin + total) % total >= SLICE && !isSeen(spot)) {
      later = old ? later || LATER_MS : SOON_MS;
      return old;
    }
    const drawn = { status, code, attempts };
    kept.set(path, drawn);
    return drawn;
  });
  // Set while drawing: an effect of every drawing would cost a frame.
  clearTimeout(timer.current);
  if (later) timer.current = setTimeout(() => setTurn((turn) => turn + 1), later);
  useEffect(() => () => clearTimeout(timer.current), []);
  return found;
}
