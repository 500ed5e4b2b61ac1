// What of a large tree is seen: nodes in sight are drawn, the others when they come into sight.
import { useEffect, useMemo, useState } from "preact/hooks";
import { NODE } from "./layout.js";

/** Sight is told in steps of so many pixels, and reaches as far beyond the edges. */
const STEP = 240;
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
 * @param {{current: HTMLElement | null}} frame @returns {(spot: any, zoom: number, from?: any) => boolean} true for a node in sight, or for a line to it from another
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
  return (spot, zoom, from = spot) => (Math.max(spot.x, from.x) + NODE.width) * zoom >= left && Math.min(spot.x, from.x) * zoom <= right
    && (Math.max(spot.y, from.y) + NODE.height) * zoom >= top && Math.min(spot.y, from.y) * zoom <= bottom;
}

/**
 * What is drawn of each node that is in sight; the same object as before while nothing of it has changed.
 * @param {any} tree @param {any} model @param {any[]} places nodes in order
 * @param {((spot: any) => boolean) | null} isSeen null if all nodes are drawn
 * @returns {({status: string, code: string, attempts: number} | undefined)[]} for each place; undefined if it is not drawn
 */
export function useTold(tree, model, places, isSeen) {
  const kept = useMemo(() => new Map(), [tree]);
  return places.map((spot) => {
    if (isSeen && !isSeen(spot)) return undefined;
    const { path } = spot.node;
    const told = model.nodes.get(path);
    const old = kept.get(path);
    const [status, code, attempts] = [model.statuses.get(path) ?? "INVALID", told?.code ?? "", told?.attempts ?? 0];
    if (old && old.status === status && old.code === code && old.attempts === attempts) return old;
    const drawn = { status, code, attempts };
    kept.set(path, drawn);
    return drawn;
  });
}
