"""Goals with slots: ``{place}``, ``{place.name}``, ``{place.pose}``, ``{place.position}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.documents.composer import Mapping as WrittenMapping
from treehand.documents.composer import Sequence as WrittenSequence
from treehand.skills.domain import SkillModel, Vocabulary
from treehand.worlds.ros.settings import RosPose, RosSettings

_SLOT = re.compile(r"\{([^{}]*)\}")
_OF_POSE: Mapping[str, Callable[[RosPose], Any]] = {
    "pose": lambda pose: pose.stamped,
    "bare_pose": lambda pose: {"position": pose.position, "orientation": pose.orientation},
    "position": lambda pose: pose.position,
    "orientation": lambda pose: pose.orientation,
    "frame": lambda pose: pose.frame,
    **{name: attrgetter(name) for name in ("x", "y", "z", "yaw_deg")},
}
"""Part of a slot that needs a pose to its value: ``pose`` is a PoseStamped."""
PARTS = ("name", *_OF_POSE)
"""Parts that a slot may have after its dot."""


def filled(value: Any, arguments: Mapping[str, str], settings: RosSettings) -> Any:
    """Return a goal with the values of its slots.

    A text that is one slot becomes the slot's value, of whatever type; in a longer text the value
    is written out.

    Args:
        value: The goal as written.
        arguments: Parameter of the skill to its argument.
        settings: Poses and names of objects.
    """
    if isinstance(value, Mapping):
        return {str(key): filled(one, arguments, settings) for key, one in value.items()}
    if isinstance(value, str):
        whole = _SLOT.fullmatch(value)
        if whole:
            return _of_slot(whole[1], arguments, settings)
        return _SLOT.sub(lambda slot: str(_of_slot(slot[1], arguments, settings)), value)
    if isinstance(value, Sequence):
        return [filled(one, arguments, settings) for one in value]
    return value


def _of_slot(slot: str, arguments: Mapping[str, str], settings: RosSettings) -> Any:
    name, _, part = slot.strip().partition(".")
    item = arguments[name]
    if part in _OF_POSE:
        return _OF_POSE[part](settings.poses[item])
    return settings.name_of(item) if part == "name" else item


def slot_findings(
    value: Any, span: Span | None, model: SkillModel, vocabulary: Vocabulary, settings: RosSettings
) -> Iterator[Finding]:
    """Yield the slots of a goal that no argument fills, and arguments that lack a pose."""
    if isinstance(value, Mapping):
        places = value.values_at if isinstance(value, WrittenMapping) else {}
        for key, one in value.items():
            yield from slot_findings(one, places.get(key, span), model, vocabulary, settings)
    elif isinstance(value, str):
        for slot in _SLOT.findall(value):
            yield from _wrong_slot(slot.strip(), span, model, vocabulary, settings)
    elif isinstance(value, Sequence):
        items = value.items_at if isinstance(value, WrittenSequence) else [span] * len(value)
        for one, at in zip(value, items, strict=True):
            yield from slot_findings(one, at, model, vocabulary, settings)


def _wrong_slot(
    slot: str, span: Span | None, model: SkillModel, vocabulary: Vocabulary, settings: RosSettings
) -> Iterator[Finding]:
    name, dot, part = slot.partition(".")
    if name not in model.params:
        hint = near(name, model.params, what="parameters")
        yield Finding("unknown-slot", f"'{{{slot}}}' names no parameter of the skill", span, hint)
    elif dot and part not in PARTS:
        hint = near(part, PARTS, what="parts")
        yield Finding("unknown-slot", f"'{{{slot}}}' names no part of an argument", span, hint)
    elif part in _OF_POSE:
        kind = model.params[name]
        options = vocabulary.objects(kind)
        lacking = [one for one in options if one not in settings.poses]
        if lacking:
            named = ", ".join(f"'{one}'" for one in lacking[:5])
            more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
            message = f"'{{{slot}}}' needs a pose of {named}{more}"
            hint = f"write it under ros: poses:, for example {lacking[0]}: {RosPose.example}"
            yield Finding("missing-pose", message, span, hint)
