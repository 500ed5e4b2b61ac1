"""Draws docs/images/architecture.svg from the imports: `python -m docs.architecture_picture`.

Rooms stand on their floors. An arrow says that a room imports another one; an arrow that follows
from two others is left out. The same imports give the same file; a test compares them.
"""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "treehand"
PICTURE = Path(__file__).parent / "images" / "architecture.svg"
FLOORS: dict[int, tuple[str, ...]] = {
    7: ("cli", "web", "integrations"),
    6: ("console", "authoring"),
    5: ("scenarios", "learning"),
    4: ("orchestrator",),
    3: ("planners",),
    2: ("trees", "worlds"),
    1: ("skills",),
    0: ("documents", "core"),
}
"""Floor to its rooms, from left to right; the same table as in `tests/test_architecture.py`."""
JOBS = {
    "cli": "terminal",
    "web": "one robot over HTTP",
    "integrations": "tools for agents",
    "console": "conversation about tasks",
    "authoring": "check, format, schema, starters",
    "scenarios": "regression tests, campaigns",
    "learning": "datasets, training, evaluation",
    "orchestrator": "run a plan",
    "planners": "text, goal, tree, verified plan",
    "trees": "tree format and engine",
    "worlds": "simulators and robot drivers",
    "skills": "domain language, contracts, policies",
    "documents": "YAML with positions, formatter, edits",
    "core": "errors, spans, clock, events",
}
WIDTH, ROW, HEIGHT, GAP, MARGIN = 960, 104, 66, 40, 70
WIDEST = 700
LETTER = 6.1
"""Mean width of a letter of the sub-rooms at their full size."""
PARTS_SIZE = 11.5
STYLE = """
  text { font-family: system-ui, sans-serif; fill: #1c2b36; }
  .room { fill: #eef4f8; stroke: #4a6b82; stroke-width: 1.5; }
  .name { font-size: 17px; font-weight: 600; }
  .job { font-size: 13px; }
  .parts { font-size: 11.5px; fill: #4a6b82; }
  .floor { font-size: 13px; fill: #7a8b97; }
  .arrow { fill: none; stroke: #4a6b82; stroke-width: 1.5; marker-end: url(#head); }
"""


def imported_rooms() -> dict[str, set[str]]:
    """Return each room with the other rooms that it imports, late imports included."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room, *inside = path.relative_to(PACKAGE).parts
        if not inside:
            continue
        found.setdefault(room, set()).update(_rooms_of(ast.parse(path.read_text("utf-8"))))
    return {room: {to for to in others if to in found} - {room} for room, others in found.items()}


def _rooms_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            package, *rest = name.split(".")
            if package == "treehand" and rest:
                yield rest[0]


def essential(edges: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return the edges of the transitive reduction of an acyclic graph, sorted."""

    def reached(room: str) -> set[str]:
        return edges[room].union(*(reached(to) for to in edges[room]))

    return sorted(
        (room, to)
        for room, others in edges.items()
        for to in others
        if not any(to in reached(other) for other in others - {to})
    )


def drawing() -> str:
    """Return the picture as SVG."""
    floors = sorted(FLOORS, reverse=True)
    places: dict[str, tuple[float, float, float]] = {}
    for row, floor in enumerate(floors):
        rooms = FLOORS[floor]
        width = min(WIDEST, (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms))
        left = (WIDTH - width * len(rooms) - GAP * (len(rooms) - 1)) / 2
        for column, room in enumerate(rooms):
            places[room] = (left + column * (width + GAP), 12 + row * ROW, width)
    height = 12 + len(floors) * ROW - (ROW - HEIGHT) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Rooms of the package by floor; arrows point to what a room imports</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#4a6b82"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for row, floor in enumerate(floors):
        middle = 12 + row * ROW + HEIGHT / 2 + 5
        lines.append(f'<text class="floor" x="8" y="{middle:g}">floor {floor}</text>')
    lines += [_box(room, *place) for room, place in places.items()]
    lines += _arrows(places)
    return "\n".join([*lines, "</svg>\n"])


def _box(room: str, x: float, y: float, width: float) -> str:
    middle = x + width / 2
    folders = sorted(path.parent.name for path in (PACKAGE / room).glob("*/__init__.py"))
    texts = [("name", f"{room}/", 20), ("job", JOBS[room], 38)]
    texts.append(("parts", " · ".join(folders), 56))
    corner = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT}"'
    lines = [f'<rect class="room" {corner} rx="6"/>']
    lines += [
        f'<text class="{kind}" x="{middle:g}" y="{y + down:g}" text-anchor="middle"'
        f"{_size(kind, text, width)}>{html.escape(text)}</text>"
        for kind, text, down in texts
        if text
    ]
    return "\n".join(lines)


def _size(kind: str, text: str, width: float) -> str:
    """Return the style of a text that is too wide for its box."""
    share = (width - 16) / (LETTER * max(len(text), 1))
    return (
        f' style="font-size: {PARTS_SIZE * share:.1f}px"' if kind == "parts" and share < 1 else ""
    )


def _arrows(places: dict[str, tuple[float, float, float]]) -> Iterator[str]:
    floor_of = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
    for room, to in essential(imported_rooms()):
        (x, y, width), (to_x, to_y, to_width) = places[room], places[to]
        if floor_of[room] == floor_of[to]:
            (left, right) = (x + width, to_x) if x < to_x else (x, to_x + to_width)
            yield f'<path class="arrow" d="M{left:g} {y + HEIGHT / 2:g}H{right:g}"/>'
            continue
        if floor_of[room] - floor_of[to] > 1:
            aside = max(to_x + to_width - 60, x + width + 20)
            edge = to_x + to_width
            end = f"V{to_y - 1:g}" if aside < edge else f"V{to_y + HEIGHT / 2 - 12:g}H{edge + 1:g}"
            way = f"M{x + width:g} {y + HEIGHT / 2 + 12:g}H{aside:g}{end}"
            yield f'<path class="arrow" d="{way}"/>'
            continue
        low, high = max(x, to_x), min(x + width, to_x + to_width)
        if low < high:
            start = end = (low + high) / 2
        else:
            start, end = x + width / 2, to_x + to_width / 2
        yield f'<path class="arrow" d="M{start:g} {y + HEIGHT}L{end:g} {to_y - 1:g}"/>'


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main()
