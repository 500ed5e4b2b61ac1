"""A run as an MCAP log, which Foxglove and the tools around ROS 2 read.

Channels, all in JSON with a schema:

``/treehand/events/KIND``: every event of the journal, with its number.
``/treehand/log``: the events that people are told, as `foxglove.Log`.
``/treehand/facts``: all beliefs, after each change of one.
``/treehand/tree``: the status of every node that has one, after each change.
``/treehand/camera``: pictures of a film of the run, as `foxglove.CompressedImage`.
``/treehand/commands``: the robot's command of every control period, by the label of its dimension.
``/treehand/robot``: its proprioception after every control period.

All messages are on one clock: run time, counted from the moment in which the run began.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from treehand.core.errors import InputError, MissingExtra
from treehand.core.events import BaseEvent, FactsChanged, Planned, SkillEnded, Ticked
from treehand.core.text.printable_text import json_text
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.store.journal import Entry
from treehand.skills import EmbodimentSpec, Moment

try:
    from mcap.well_known import MessageEncoding, SchemaEncoding
    from mcap.writer import CompressionType, IndexType, Writer
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("--format mcap", "mcap") from error

_NS = 1_000_000_000
_PICTURE = re.compile(r"(\d+\.\d)s\.png")
_TIME = {
    "type": "object",
    "title": "time",
    "properties": {"sec": {"type": "integer"}, "nsec": {"type": "integer"}},
}
_LOG = {
    "title": "foxglove.Log",
    "type": "object",
    "properties": {
        "timestamp": _TIME,
        "level": {"type": "integer"},
        "message": {"type": "string"},
        "name": {"type": "string"},
        "file": {"type": "string"},
        "line": {"type": "integer"},
    },
}
"""Source: Foxglove, message schemas, ``foxglove.Log``; its levels: 2 info, 3 warning, 4 error."""
_FACTS = {
    "title": "treehand.Facts",
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "fact": {"type": "string"},
                    "value": {"type": "string", "enum": ["true", "false", "unknown"]},
                    "source": {"type": "string"},
                    "confidence": {"type": "number"},
                },
            },
        }
    },
}
_TREE = {
    "title": "treehand.Tree",
    "type": "object",
    "properties": {
        "nodes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "status": {"type": "string"}},
            },
        }
    },
}


_IMAGE = {
    "title": "foxglove.CompressedImage",
    "type": "object",
    "properties": {
        "timestamp": _TIME,
        "frame_id": {"type": "string"},
        "data": {"type": "string", "contentEncoding": "base64"},
        "format": {"type": "string"},
    },
}
"""Source: Foxglove, message schemas, ``foxglove.CompressedImage``."""


@dataclass(frozen=True)
class RecordedMotion:
    """Commands of a robot in a run."""

    spec: EmbodimentSpec
    """Labels and units of the numbers."""
    moments: Sequence[Moment]
    """Every control period, in order."""

    @property
    def command_schema(self) -> dict[str, Any]:
        """Return the schema of a command."""
        action = self.spec.action
        numbers = {
            dim.label: {"type": "number", "description": f"{dim.part}, unit {dim.unit}"}
            for dim in action.dims
        }
        described = f"{action.control} in the frame '{action.frame}'"
        return {
            "title": "treehand.Command",
            "description": described,
            "type": "object",
            "properties": numbers,
        }

    @property
    def state_schema(self) -> dict[str, Any]:
        """Return the schema of the proprioception."""
        numbers = {"type": "array", "items": {"type": "number"}}
        return {
            "title": "treehand.Robot",
            "type": "object",
            "properties": {
                name: {**numbers, "description": f"unit {quantity.unit}"}
                for name, quantity in self.spec.proprioception.items()
            },
        }


def pictures_in(folder: Path) -> tuple[tuple[float, bytes], ...]:
    """Return the pictures that ``treehand run --film FOLDER`` wrote, with their run times in s.

    Raises:
        InputError: If the folder cannot be read or holds none.
    """
    try:
        found = [(_PICTURE.fullmatch(path.name), path) for path in sorted(folder.iterdir())]
        pictures = tuple((float(name[1]), path.read_bytes()) for name, path in found if name)
    except OSError as error:
        message = f"cannot read '{folder}': {error.strerror}"
        raise InputError.of("unreadable-file", message) from error
    if not pictures:
        hint = "a film into a folder has them: treehand run GOAL --film FOLDER"
        raise InputError.of("wrong-recording", f"'{folder}' holds no pictures of a run", hint=hint)
    return pictures


def mcap_log(
    header: Mapping[str, str],
    entries: Iterable[Entry],
    pictures: Iterable[tuple[float, bytes]] = (),
    motion: RecordedMotion | None = None,
) -> bytes:
    """Return the bytes of an MCAP file.

    Args:
        header: Header of the journal; it is kept as the metadata record ``treehand``.
        entries: Its events in order. Journals of format 1 have no wall time: their clock begins in
            1970.
        pictures: Pictures of the run as PNG files, with their run times in s.
        motion: Commands of the run; None if they are not known.
    """
    return _Log(header).written(entries, pictures, motion)


class _Log:
    def __init__(self, header: Mapping[str, str]) -> None:
        self._header = dict(header)
        self._file = BytesIO()
        indexed = IndexType.ALL & ~IndexType.ATTACHMENT  # there is none; doctors call that broken
        self._writer = Writer(self._file, compression=CompressionType.ZSTD, index_types=indexed)
        self._channels: dict[str, int] = {}
        self._messages: list[tuple[int, int, bytes]] = []
        """Time, channel and content of every message."""
        self._counts: dict[int, int] = {}
        self._facts: dict[str, dict[str, object]] = {}
        self._statuses: dict[str, str] = {}
        self._start_ns: int | None = None

    def written(
        self,
        entries: Iterable[Entry],
        pictures: Iterable[tuple[float, bytes]],
        motion: RecordedMotion | None,
    ) -> bytes:
        """Return the whole file."""
        self._writer.start(profile="", library="treehand")
        self._writer.add_metadata("treehand", self._header)
        for entry in entries:
            if self._start_ns is None:
                self._start_ns = max(round(((entry.wall_s or 0.0) - entry.event.t_s) * _NS), 0)
            self._write(entry, self._start_ns + round(entry.event.t_s * _NS))
        for time_s, png in pictures:
            self._add_picture(png, (self._start_ns or 0) + round(time_s * _NS))
        if motion is not None:
            self._add_motion(motion)
        self._write_in_order()
        self._writer.finish()  # type: ignore[no-untyped-call]
        return self._file.getvalue()

    def _write(self, entry: Entry, at_ns: int) -> None:
        event = entry.event
        schema = type(event).model_json_schema(mode="serialization")
        body = {"seq": entry.seq, **event.model_dump(mode="json")}
        schema["properties"] = {"seq": {"type": "integer"}, **schema["properties"]}
        self._add(
            f"/treehand/events/{event.event}", f"treehand.{schema['title']}", schema, body, at_ns
        )
        line = event_line(event)
        if line is not None:
            level = 4 if isinstance(event, SkillEnded) and event.result == "failure" else 2
            message = {
                "timestamp": {"sec": at_ns // _NS, "nsec": at_ns % _NS},
                "level": level,
                "message": line.plain.split(" s  ", 1)[-1].strip(),
                "name": event.event,
                "file": "",
                "line": entry.seq,
            }
            self._add("/treehand/log", "foxglove.Log", _LOG, message, at_ns)
        self._take_state(event, at_ns)

    def _add_picture(self, png: bytes, at_ns: int) -> None:
        message = {
            "timestamp": {"sec": at_ns // _NS, "nsec": at_ns % _NS},
            "frame_id": "camera",
            "data": b64encode(png).decode(),
            "format": "png",
        }
        self._add("/treehand/camera", "foxglove.CompressedImage", _IMAGE, message, at_ns)

    def _add_motion(self, motion: RecordedMotion) -> None:
        commands, states = motion.command_schema, motion.state_schema
        labels = [dim.label for dim in motion.spec.action.dims]
        for moment in motion.moments:
            at_ns = (self._start_ns or 0) + round(moment.time_s * _NS)
            command = dict(zip(labels, moment.command.tolist(), strict=True))
            self._add("/treehand/commands", "treehand.Command", commands, command, at_ns)
            state = {name: np.ravel(v).tolist() for name, v in moment.proprioception.items()}
            self._add("/treehand/robot", "treehand.Robot", states, state, at_ns)

    def _take_state(self, event: BaseEvent, at_ns: int) -> None:
        if isinstance(event, FactsChanged):
            for change in event.changes:
                value = "unknown" if change.value is None else str(change.value).lower()
                self._facts[str(change.fact)] = {
                    "fact": str(change.fact),
                    "value": value,
                    "source": change.source,
                    "confidence": change.confidence,
                }
            facts = [self._facts[fact] for fact in sorted(self._facts)]
            self._add("/treehand/facts", "treehand.Facts", _FACTS, {"facts": facts}, at_ns)
        elif isinstance(event, Planned):
            self._statuses.clear()
        elif isinstance(event, Ticked):
            self._statuses.update(event.changes)
            nodes = [{"path": path, "status": status} for path, status in self._statuses.items()]
            self._add("/treehand/tree", "treehand.Tree", _TREE, {"nodes": nodes}, at_ns)

    def _add(
        self, topic: str, name: str, schema: Mapping[str, Any], message: object, at_ns: int
    ) -> None:
        channel = self._channels.get(topic)
        if channel is None:
            data = json.dumps(schema).encode()
            known = self._writer.register_schema(name, SchemaEncoding.JSONSchema, data)
            channel = self._writer.register_channel(topic, MessageEncoding.JSON, known)
            self._channels[topic] = channel
        self._messages.append((at_ns, channel, json_text(message).encode()))

    def _write_in_order(self) -> None:
        """Write the messages by their times, as readers of large files expect."""
        for at_ns, channel, data in sorted(self._messages, key=lambda message: message[0]):
            number = self._counts[channel] = self._counts.get(channel, 0) + 1
            self._writer.add_message(channel, at_ns, data, at_ns, number)
