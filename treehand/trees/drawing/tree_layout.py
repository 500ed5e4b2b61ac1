"""Places of a tree's nodes: siblings stand in the order in which they are executed.

The page lays its tree out in the same way, in ``layout.js``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from treehand.trees.drawing.tree_outline import OutlineNode

NODE_HEIGHT = 40.0
GAP_ACROSS = 12.0
GAP_ALONG = 36.0
MIN_WIDTH, MAX_WIDTH = 104.0, 380.0
MARGIN = 74.0
"""Part of a node's width that its signs take, in pixels."""
LETTER = 7.1
"""Width that one letter of a label is given, in pixels."""


@dataclass(frozen=True)
class PlacedNode:
    """One node with its place, in pixels from the top left corner."""

    node: OutlineNode
    x: float
    y: float
    width: float
    above: PlacedNode | None
    hidden: int
    """Number of nodes below it that are folded away."""


@dataclass
class _Spot:
    node: OutlineNode
    row: int
    above: int | None
    hidden: int


def place_nodes(
    root: OutlineNode,
    is_folded: Callable[[OutlineNode], bool],
    texts: Callable[[OutlineNode], tuple[str, ...]],
) -> list[PlacedNode]:
    """Return the visible nodes, parents before children.

    A child stands to the right of its parent, the first one in the parent's row: so every row is
    one chain of nodes, and none overlaps another.

    Args:
        root: Root of the tree.
        is_folded: True for a node whose children are not shown.
        texts: Lines that are written in a node; they decide its width.
    """
    placed: list[PlacedNode] = []
    for spot in _spots(root, is_folded):
        above = placed[spot.above] if spot.above is not None else None
        x = above.x + above.width + GAP_ALONG if above is not None else 0.0
        y = spot.row * (NODE_HEIGHT + GAP_ACROSS)
        more = LETTER * 6 if spot.hidden else 0.0
        wanted = MARGIN + more + max(text_width(text) for text in texts(spot.node))
        width = min(MAX_WIDTH, max(MIN_WIDTH, wanted))
        placed.append(PlacedNode(spot.node, x, y, width, above, spot.hidden))
    return placed


def _spots(root: OutlineNode, is_folded: Callable[[OutlineNode], bool]) -> Iterator[_Spot]:
    """Yield the visible nodes; a first child stands in its parent's row."""
    row = count = 0
    waiting: list[tuple[OutlineNode, int | None, bool]] = [(root, None, True)]
    while waiting:
        node, above, is_first = waiting.pop()
        row += not is_first
        folded = bool(node.children) and is_folded(node)
        yield _Spot(node, row, above, count_nodes(node) - 1 if folded else 0)
        if not folded:
            below = list(enumerate(node.children))
            waiting.extend((child, count, at == 0) for at, child in reversed(below))
        count += 1


def count_nodes(node: OutlineNode) -> int:
    """Return the number of nodes of a tree."""
    count, waiting = 0, [node]
    while waiting:
        count += 1
        waiting.extend(waiting.pop().children)
    return count


def text_width(text: str) -> float:
    """Return the width that a text is given, in pixels; wide letters count twice."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) + wide) * LETTER


def fitting_text(text: str, width: float) -> str:
    """Return a text that is cut with an ellipsis to fit a width in pixels."""
    if text_width(text) <= width:
        return text
    used, kept = LETTER, 0
    for letter in text:
        used += text_width(letter)
        if used > width:
            break
        kept += 1
    return f"{text[:kept]}…"
