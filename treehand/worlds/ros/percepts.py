"""Percepts from the messages of topics: with frame, time and confidence."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from treehand.core.errors import InputError
from treehand.core.literals import Fact
from treehand.core.spans import Span
from treehand.core.text.outside_values import finite_number, shown
from treehand.skills.domain import Percept
from treehand.worlds.ros.bridge_message import value_at
from treehand.worlds.ros.topics import RosTopic

_RANGE = (-1e12, 1e12)
BACK_S = 1.0
"""Time by which the stamps of a topic may go back: messages of two senders may cross."""


class StampClock:
    """Run time of the time stamps of one topic.

    The clocks of robot and run need not agree: the smallest difference between arrival and stamp
    that was seen is taken for the difference of the clocks, so that no percept is of the future.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def run_s(self, stamp_s: float | None, arrived_s: float) -> float:
        """Return the run time of a stamp; the arrival if there is none, or it is no time."""
        if not stamp_s:  # a stamp of zero means that nobody has set it
            return arrived_s
        offset_s = arrived_s - stamp_s
        if self._offset_s is None or offset_s < self._offset_s:
            self._offset_s = offset_s
        return min(arrived_s, max(0.0, stamp_s + self._offset_s))


class TopicPercepts:
    """Makes percepts of the messages of one topic.

    Args:
        topic: Its declaration.
        objects: The robot's names of objects, to their names in the scene.
    """

    def __init__(self, topic: RosTopic, objects: Mapping[str, str]) -> None:
        self._topic = topic
        self._objects = objects
        self._clock = StampClock()
        self._stamp_before_s = 0.0
        self._newest_s: dict[Fact, float] = {}
        self._last: dict[Fact, bool] = {}

    def read(self, message: Any, arrived_s: float) -> Iterator[Percept]:
        """Yield what a message tells, each fact once and never older than before.

        Raises:
            InputError: If the message has another shape or frame than the topic declares, or the
                clock of its stamps was set back; at the place of the topic in the file.
        """
        self._require_frame(message)
        stamp_s = self._stamp_s(message)
        self._require_later(stamp_s)
        time_s = self._clock.run_s(stamp_s, arrived_s)
        found: dict[Fact, tuple[bool, float]] = {}
        for item in self._items(message):
            for fact, value, confidence in self._told(item):
                known = found.get(fact)
                if known is None or (value, confidence) > known:
                    found[fact] = (value, confidence)
        if self._topic.absent:
            self._add_absent(found)
        for fact, (value, confidence) in found.items():
            if time_s >= self._newest_s.get(fact, 0.0):
                self._newest_s[fact] = time_s
                yield Percept(fact, value, self._topic.topic, time_s, confidence)

    def _items(self, message: Any) -> list[Any]:
        path = self._topic.path("each")
        if path is None:
            return [message]
        items = self._at(message, path, "each")
        if not isinstance(items, list):
            raise self._wrong("each", f"'{path}' is {shown(items)}, which is no list")
        return items

    def _told(self, item: Any) -> Iterator[tuple[Fact, bool, float]]:
        topic = self._topic
        confidence = topic.confidence if isinstance(topic.confidence, float) else 1.0
        path = topic.path("confidence")
        if path is not None:
            confidence = self._number(item, path, "confidence")
            if not 0.0 <= confidence <= 1.0:
                raise self._wrong("confidence", f"'{path}' is {confidence:g}, not in 0..1")
            if confidence < topic.least_confidence:
                return
        slots: dict[str, str] = {}
        for slot in topic.slots:
            if slot == "place":
                continue
            where = topic.path("object") if slot == "object" else slot
            name = self._at(item, where or "", "object" if slot == "object" else "fact")
            if not isinstance(name, str):
                raise self._wrong("fact", f"'{where}' is {shown(name)}, which is no text")
            slots[slot] = self._objects.get(name, name)
        if "place" not in topic.slots:
            fact = self._fact(slots)
            yield fact, self._value(item, fact), confidence
            return
        position = self._position(item)
        for place, region in topic.regions.items():
            yield self._fact({**slots, "place": place}), region.holds(position), confidence

    def _add_absent(self, found: dict[Fact, tuple[bool, float]]) -> None:
        """Add that objects which a complete list lacks are not there."""
        places = tuple(self._topic.regions) or ("",)
        for name in self._objects.values():
            for place in places:
                slots = dict.fromkeys(self._topic.slots, name) | {"place": place}
                found.setdefault(self._fact(slots), (False, 1.0))

    def _fact(self, slots: Mapping[str, str]) -> Fact:
        names = iter(self._topic.slots)
        template = self._topic.template
        terms = (slots[next(names)] if one.startswith("slot__") else one for one in template.terms)
        return Fact(template.predicate, tuple(terms))

    def _value(self, item: Any, fact: Fact) -> bool:
        topic = self._topic
        path = topic.path("value")
        if topic.pixels is not None:
            told: Any = self._share(item, topic.pixels)
        elif path is None:
            return True
        else:
            told = self._at(item, path, "value")
        if isinstance(told, bool) and topic.least is None:
            return told
        number = finite_number(told)
        if number is None or topic.least is None:
            raise self._wrong("value", f"'{path}' is {shown(told)}, which is no truth value")
        shift = topic.hysteresis / 2
        before = self._last.get(fact)
        limit = topic.least if before is None else topic.least + (-shift if before else shift)
        self._last[fact] = number >= limit
        return self._last[fact]

    def _share(self, picture: Any, wanted: int) -> float:
        coding, data = (self._at(picture, key, "pixels") for key in ("encoding", "data"))
        if coding not in ("mono8", "8UC1"):
            raise self._wrong("pixels", f"the encoding is {shown(coding)}, not mono8")
        try:
            raw = base64.b64decode(data, validate=True) if isinstance(data, str) else bytes(data)
        except (ValueError, TypeError):
            raise self._wrong("pixels", f"'data' is {shown(data)}, which is no picture") from None
        mask = np.frombuffer(raw, np.uint8)
        return float((mask == wanted).mean()) if mask.size else 0.0

    def _position(self, item: Any) -> dict[str, float]:
        path = self._topic.path("position") or ""
        return {axis: self._number(item, f"{path}.{axis}", "position") for axis in "xyz"}

    def _stamp_s(self, message: Any) -> float | None:
        try:
            stamp = value_at(message, "header.stamp")
        except KeyError:
            return None
        keys = ("sec", "nanosec", "secs", "nsecs")  # the latter two in ROS 1
        told = stamp if isinstance(stamp, dict) else {"sec": None}
        parts = [finite_number(told.get(key, 0)) for key in keys]
        if any(part is None or not _RANGE[0] < part < _RANGE[1] for part in parts):
            raise self._wrong("topic", f"'header.stamp' is {shown(stamp)}, which is no time")
        sec, nanosec, secs, nsecs = (part or 0.0 for part in parts)
        return sec + secs + (nanosec + nsecs) * 1e-9

    def _require_later(self, stamp_s: float | None) -> None:
        if not stamp_s:
            return
        before_s = self._stamp_before_s
        if stamp_s < before_s - BACK_S:
            told = f"its stamps went back from {before_s:.2f} s to {stamp_s:.2f} s"
            hint = "was the simulation restarted, or the robot's clock set back? open it again"
            raise self._wrong("topic", told, code="clock-went-back", hint=hint)
        self._stamp_before_s = max(before_s, stamp_s)

    def _require_frame(self, message: Any) -> None:
        wanted = self._topic.frame
        if wanted is None:
            return
        frame = self._at(message, "header.frame_id", "frame")
        if frame != wanted:
            told = f"the messages are in frame {shown(frame)}, not '{wanted}'"
            raise self._wrong("frame", told, code="wrong-frame")

    def _number(self, item: Any, path: str, key: str) -> float:
        told = self._at(item, path, key)
        number = finite_number(told)
        if number is None or not math.isfinite(number):
            raise self._wrong(key, f"'{path}' is {shown(told)}, which is no number")
        return number

    def _at(self, item: Any, path: str, key: str) -> Any:
        try:
            return value_at(item, path)
        except KeyError as missing:
            told = f"a message has no '{path}': '{missing.args[0]}' is not in it"
            raise self._wrong(key, told) from None

    def _wrong(
        self, key: str, problem: str, *, code: str = "wrong-message", hint: str = ""
    ) -> InputError:
        topic = self._topic
        span: Span | None = topic.span(key if getattr(topic, key, None) is not None else None)
        hint = hint or f"compare with: ros2 topic echo --once {topic.topic} {topic.type}"
        return InputError.of(code, f"topic '{topic.topic}': {problem}", span=span, hint=hint)
