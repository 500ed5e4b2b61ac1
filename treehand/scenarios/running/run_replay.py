"""Recording of a run for the scrubber of a report: its events, its trees, and pictures of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from treehand.core.errors import InputError, MissingExtra
from treehand.core.events import BaseEvent, Planned, Ticked
from treehand.core.text.printable_text import printable
from treehand.orchestrator.people.pictures import png
from treehand.skills import ByteArray, Filmed, World
from treehand.skills.domain import SkillModel
from treehand.trees import TreeLibrary, parse_tree
from treehand.trees.drawing.tree_outline import TreeOutline

MAX_PICTURES = 40
"""Most pictures of a run; with more, every second one is left out, and the interval doubles."""
PICTURE_EVERY_S, PICTURE_SIZE = 0.5, (240, 320)
"""Run time between pictures, in seconds; height and width in pixels."""


class RunReplay:
    """Events and pictures of one run, in the order in which they came."""

    def __init__(self) -> None:
        self._events: list[BaseEvent] = []
        self._pictures: list[tuple[float, ByteArray]] = []
        self._every_s = PICTURE_EVERY_S

    def take(self, event: BaseEvent) -> None:
        """Take one event in."""
        self._events.append(event)

    def film(self, world: World) -> None:
        """Keep pictures of a world that can be seen; of another one, or without a display, none."""
        if isinstance(world, Filmed):
            try:
                world.film(PICTURE_EVERY_S, PICTURE_SIZE, self._take_picture)
            except MissingExtra:  # nothing can be drawn here: the report has no pictures
                return

    def _take_picture(self, time_s: float, rgb: ByteArray) -> None:
        last = self._pictures[-1][0] if self._pictures else None
        if last is not None and time_s - last < self._every_s - 1e-6:
            return
        self._pictures.append((time_s, rgb.copy()))
        if len(self._pictures) > MAX_PICTURES:
            del self._pictures[1::2]
            self._every_s *= 2

    def document(
        self, library: TreeLibrary, skills: Mapping[str, SkillModel], *, has_pictures: bool
    ) -> str:
        """Return the run as JSON, as the script of the report reads it; empty without a plan.

        Args:
            library: Trees that its plans use.
            skills: Action models by name.
            has_pictures: True to hold the pictures, too.
        """
        trees = self._trees(library, skills)
        if not trees:
            return ""
        data = {
            "entries": [
                {"seq": number, "event": event.model_dump(mode="json")}
                for number, event in enumerate(self._events, 1)
            ],
            "trees": trees,
            "pictures": [
                {"t_s": round(time_s, 3), "source": _inline(rgb)}
                for time_s, rgb in (self._pictures if has_pictures else ())
            ],
        }
        return json.dumps(_printable(data), separators=(",", ":"), ensure_ascii=True)

    def _trees(
        self, library: TreeLibrary, skills: Mapping[str, SkillModel]
    ) -> list[dict[str, object]]:
        """Return the tree of every plan, with all nodes that were ever in it, idle."""
        outlines: list[tuple[int, str, TreeOutline]] = []
        for number, event in enumerate(self._events, 1):
            if isinstance(event, Planned):
                try:
                    tree = parse_tree(event.tree, file=f"plan {event.plan_hash}")
                    outline = TreeOutline(tree, event.arguments, library, skills)
                except InputError:  # it is too large to be drawn
                    continue
                outlines.append((number, event.plan_hash, outline))
            elif isinstance(event, Ticked) and outlines:
                outlines[-1][2].take(dict.fromkeys(event.changes, "INVALID"))
        return [
            outline.report(plan_hash, number).model_dump(mode="json")
            for number, plan_hash, outline in outlines
        ]


def _printable(value: object) -> object:
    """Return JSON data whose texts have no characters that steer a screen or hide on it."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(one) for one in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(one) for key, one in value.items()}
    return value


def _inline(rgb: ByteArray) -> str:
    return "data:image/png;base64," + base64.b64encode(png(rgb)).decode("ascii")
