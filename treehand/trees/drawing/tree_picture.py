"""The tree as an SVG picture: no script, no font from a network, readable on light and dark.

A node's kind is a sign, its status a colour, a border and a sign of its own shape, so that nothing
is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from treehand.core.text.printable_text import printable_line
from treehand.trees.drawing.tree_layout import (
    NODE_HEIGHT,
    PlacedNode,
    count_nodes,
    fitting_text,
    place_nodes,
    text_width,
)
from treehand.trees.drawing.tree_outline import RECHECKS, OutlineNode
from treehand.trees.format.spec_drawing import SIGNS

WHOLE = 120
"""Most nodes of a tree that is drawn whole; of a larger one, what never ran is folded."""
EDGE = 16.0
"""Margin around the drawing, in pixels."""
NOTE_SHARE = 0.85
"""Width of a note's letters, as a share of a label's."""
HEAD = 34.0
FOOT = 30.0
WORDS = {
    "RUNNING": "running",
    "SUCCESS": "success",
    "FAILURE": "failure",
    "INVALID": "idle",
    "HALTED": "halted",
}
KINDS = {
    "do": "skill",
    "check": "condition",
    "ask": "question",
    "for_each": "for each",
    "for_item": "for each",
}
MARKS = {
    "SUCCESS": "M-5 0L-1.5 4L5 -4",
    "FAILURE": "M-4 -4L4 4M4 -4L-4 4",
    "RUNNING": "M-3 -5L5 0L-3 5Z",
    "HALTED": "M-3 -4V4M3 -4V4",
}
"""Status to the path of its mark; an idle node has a dot."""
KEYS = {"SUCCESS": "✔", "FAILURE": "✘", "RUNNING": "▸", "HALTED": "‖", "INVALID": "·"}
"""Status to the sign in the key that is like its mark."""
LIGHT = (
    "--ground:#f4f6f8;--card:#fff;--ink:#15202b;--soft:#566573;--line:#b8c2cc;--good:#15703c;"
    "--good-ground:#e4f5ea;--bad:#b3261e;--bad-ground:#fdecea;--run:#8a5a00;--run-ground:#fff4d6"
)
DARK = (
    "--ground:#0e141b;--card:#18212b;--ink:#e8eef4;--soft:#9fb0c0;--line:#46586a;--good:#6ee7a0;"
    "--good-ground:#12301f;--bad:#ff9d94;--bad-ground:#3a1714;--run:#ffd166;--run-ground:#35290a"
)
DARK_STYLE = f"@media (prefers-color-scheme:dark){{.tt{{{DARK}}}}}"
FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"
STYLE = (
    f".tt{{{LIGHT};font-family:{FONTS}}}{DARK_STYLE}"
    ".tt .ground{fill:var(--ground)}.tt text{fill:var(--ink);font-size:12.5px}"
    ".tt .title{font-size:15px;font-weight:650}"
    ".tt .note,.tt .key{fill:var(--soft);font-size:10.5px}"
    ".tt .kind{fill:var(--soft);text-anchor:middle}.tt .edge{fill:none;stroke:var(--line);"
    "stroke-width:1.5}.tt .box{fill:var(--card);stroke:var(--line);stroke-width:1.5}"
    ".tt .mark{fill:none;stroke:var(--soft);stroke-width:2.4;stroke-linecap:round;"
    "stroke-linejoin:round}.tt .more{fill:var(--soft);font-size:11px;text-anchor:end}"
    ".tt .run .invalid .box{stroke-dasharray:5 4}"
    ".tt .success .box{fill:var(--good-ground);stroke:var(--good)}"
    ".tt .success .mark{stroke:var(--good)}"
    ".tt .failure .box{fill:var(--bad-ground);stroke:var(--bad);stroke-width:2.5}"
    ".tt .failure .mark{stroke:var(--bad)}.tt .failure .note{fill:var(--bad);font-weight:650}"
    ".tt .check.failure .box{fill:var(--card);stroke-width:1.5}"
    ".tt .running .box{fill:var(--run-ground);stroke:var(--run);stroke-width:3.5}"
    ".tt .running .mark{stroke:var(--run);fill:var(--run)}"
)


def tree_svg(
    root: OutlineNode,
    *,
    title: str,
    remarks: Mapping[str, str] | None = None,
    is_run: bool = False,
) -> str:
    """Return a tree as an SVG document.

    Args:
        root: Its outline.
        title: Heading of the picture.
        remarks: Node path to what its run brought, such as its failure code.
        is_run: True if the statuses are those of a run; else none are shown.
    """
    picture = _Picture(root, printable_line(title), remarks or {}, is_run=is_run)
    return "".join(picture.parts())


class _Picture:
    def __init__(
        self, root: OutlineNode, title: str, remarks: Mapping[str, str], *, is_run: bool
    ) -> None:
        self._title = title
        self._remarks = remarks
        self._is_run = is_run
        self._is_large = count_nodes(root) > WHOLE
        self._root = root
        self._telling = set(_paths_to(remarks))
        self._placed = place_nodes(root, self._is_folded, self._texts)
        kinds = dict.fromkeys(spot.node.kind for spot in self._placed)
        self._legend = "   ".join(
            f"{SIGNS.get(kind, '▪')} {KINDS.get(kind, kind.replace('_', ' '))}" for kind in kinds
        )
        if any(RECHECKS in spot.node.notes for spot in self._placed):
            self._legend += f"   ⟲ {RECHECKS}"
        if is_run:
            seen = {spot.node.status for spot in self._placed}
            told = (f"{sign} {WORDS[status]}" for status, sign in KEYS.items() if status in seen)
            self._legend += "   |   " + "   ".join(told)

    def parts(self) -> Iterator[str]:
        """Yield the document part by part."""
        right = max(spot.x + spot.width for spot in self._placed)
        texts = (text_width(self._title) * 1.2, text_width(self._legend) * 0.85)
        width = max(right, *texts) + 2 * EDGE
        bottom = max(spot.y for spot in self._placed) + NODE_HEIGHT
        height = HEAD + bottom + FOOT + 2 * EDGE
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="tt" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
            f'aria-label="{escape(self._title)}"><style>{STYLE}</style>'
            f'<rect class="ground" width="100%" height="100%" rx="10"/>'
            f'<text class="title" x="{EDGE:g}" y="{EDGE + 14:g}">{escape(self._title)}</text>'
            f'<g class="{"run" if self._is_run else "plan"}" '
            f'transform="translate({EDGE:g} {EDGE + HEAD:g})">'
        )
        yield from (_edge(spot) for spot in self._placed if spot.above is not None)
        for spot in self._placed:
            yield from self._node(spot)
        yield (
            f'</g><text class="key" x="{EDGE:g}" y="{height - EDGE:g}" xml:space="preserve">'
            f"{escape(self._legend)}</text></svg>\n"
        )

    def _is_folded(self, node: OutlineNode) -> bool:
        if node is self._root:
            return False
        if self._is_run:
            return node.status == "INVALID" or (self._is_large and node.path not in self._telling)
        return self._is_large and node.kind in ("subtree", "for_each")

    def _texts(self, node: OutlineNode) -> tuple[str, ...]:
        note = self._note(node)
        return (_label(node), note[: round(len(note) * NOTE_SHARE)])

    def _note(self, node: OutlineNode) -> str:
        remark = self._remarks.get(node.path, "")
        own = [remark] if remark else [note for note in node.notes if note != RECHECKS]
        return printable_line(", ".join(own))

    def _node(self, spot: PlacedNode) -> Iterator[str]:
        node = spot.node
        status = node.status if self._is_run and node.status in WORDS else "INVALID"
        note, label = self._note(node), _label(node)
        said = [label, *node.notes, *([WORDS[status]] if self._is_run else [])]
        said += [self._remarks[node.path]] if node.path in self._remarks else []
        sign = SIGNS.get(node.kind, "▪") + ("⟲" if RECHECKS in node.notes else "")
        middle = NODE_HEIGHT / 2
        room = spot.width - 64 - (40 if spot.hidden else 0)
        line = 17 if note else 24.5
        yield (
            f'<g class="{node.kind} {status.lower()}" transform="translate({spot.x:g} {spot.y:g})">'
            f"<title>{escape(printable_line(', '.join(said)))}</title>"
            f'<rect class="box" width="{spot.width:g}" height="{NODE_HEIGHT:g}" rx="8"/>'
            f'<text class="kind" x="17" y="{line:g}">{sign}</text>'
            f'<text x="34" y="{line:g}">{escape(fitting_text(label, room))}</text>'
        )
        if note:
            shown = escape(fitting_text(note, room / NOTE_SHARE))
            yield f'<text class="note" x="34" y="32">{shown}</text>'
        if spot.hidden:
            yield f'<text class="more" x="{spot.width - 28:g}" y="24">+{spot.hidden}</text>'
        if self._is_run:
            yield _mark(status, spot.width - 15, middle)
        yield "</g>"


def _mark(status: str, x: float, y: float) -> str:
    path = MARKS.get(status, "M0 0h.01")
    return f'<path class="mark" transform="translate({x:g} {y:g})" d="{path}"/>'


def _edge(spot: PlacedNode) -> str:
    above = spot.above
    assert above is not None
    left, right = above.x + above.width, spot.x
    y1, y2 = above.y + NODE_HEIGHT / 2, spot.y + NODE_HEIGHT / 2
    middle = left + 18
    return f'<path class="edge" d="M{left:g} {y1:g}H{middle:g}V{y2:g}H{right:g}"/>'


def _label(node: OutlineNode) -> str:
    return printable_line(node.label)


def _paths_to(paths: Iterable[str]) -> Iterator[str]:
    """Yield paths and those of all nodes above them."""
    for path in paths:
        parts = path.split("/")
        yield from ("/".join(parts[: depth + 1]) for depth in range(len(parts)))
