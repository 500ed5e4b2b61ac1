// Places of the nodes of a tree: siblings in the order in which they are executed.

export const NODE = { width: 236, height: 40, gapAcross: 12, gapAlong: 40 };

/**
 * Place the visible nodes: along the depth, and across in the order of execution.
 * @param {any} root @param {(node: any, depth: number) => boolean} isFolded @param {boolean} isDown
 * @returns {{places: any[], width: number, height: number}}
 */
export function place(root, isFolded, isDown) {
  /** @type {any[]} */ const places = [];
  let next = 0;
  let deepest = 0;
  const visit = (/** @type {any} */ node, /** @type {number} */ depth, /** @type {any} */ above, rank = 1) => {
    const spot = { node, depth, above, rank, across: 0, hidden: 0 };
    places.push(spot);
    deepest = Math.max(deepest, depth);
    if (!node.children.length || isFolded(node, depth)) {
      spot.hidden = node.children.length ? count(node) - 1 : 0;
      spot.across = next++;
      return spot;
    }
    const below = node.children.map((/** @type {any} */ child, /** @type {number} */ at) => visit(child, depth + 1, spot, at + 1));
    spot.across = isDown ? (below[0].across + below[below.length - 1].across) / 2 : below[0].across;
    return spot;
  };
  visit(root, 0, null);
  const across = isDown ? NODE.width + NODE.gapAcross : NODE.height + NODE.gapAcross;
  const along = isDown ? NODE.height + NODE.gapAlong : NODE.width + NODE.gapAlong;
  for (const spot of places) {
    spot.x = isDown ? spot.across * across : spot.depth * along;
    spot.y = isDown ? spot.depth * along : spot.across * across;
  }
  const long = deepest * along + (isDown ? NODE.height : NODE.width);
  const wide = Math.max(next - 1, 0) * across + (isDown ? NODE.width : NODE.height);
  return { places, width: isDown ? wide : long, height: isDown ? long : wide };
}

/** @param {any} node @returns {number} */
export function count(node) {
  return node.children.reduce((/** @type {number} */ sum, /** @type {any} */ child) => sum + count(child), 1);
}

/** Path of a line from a node to the one below it. */
export function edge(/** @type {any} */ from, /** @type {any} */ to, /** @type {boolean} */ isDown) {
  if (isDown) {
    const x1 = from.x + NODE.width / 2;
    const y1 = from.y + NODE.height;
    const x2 = to.x + NODE.width / 2;
    const middle = (y1 + to.y) / 2;
    return `M${x1} ${y1}V${middle}H${x2}V${to.y}`;
  }
  const x1 = from.x + NODE.width;
  const y1 = from.y + NODE.height / 2;
  const y2 = to.y + NODE.height / 2;
  const middle = (x1 + to.x) / 2;
  return `M${x1} ${y1}H${middle}V${y2}H${to.x}`;
}
