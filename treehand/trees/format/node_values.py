"""Values of a node's keys that have keys or a text syntax of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.text.outside_text import shortened
from treehand.documents.reader import Located
from treehand.skills.domain import Name, Seconds, write_duration
from treehand.skills.domain.language.fields import read_duration


class AskModel(Located):
    """Question to a person. The robot holds still until it is answered."""

    question: str
    """Text of the question; ``{item}`` stands for the value of a parameter or variable."""
    options: Annotated[tuple[str, ...], Field(min_length=2)] = ("yes", "no")
    """Possible answers, at least two. The first one lets the node succeed."""
    default: str | None = None
    """Answer that counts if none comes in time, or if nobody can be asked."""
    deadline: Seconds | None = None
    """Longest wait for an answer, in wall time; no limit if left out."""
    picture: StrictBool = False
    """If true, the question shows a picture of the robot's first camera."""

    @model_validator(mode="after")
    def _default_is_an_option(self) -> Self:
        if self.default is not None and self.default not in self.options:
            context = {"code": "unknown-option", "hint": f"options: {', '.join(self.options)}"}
            message = f"the default '{self.default}' is not an option"
            raise PydanticCustomError("unknown_option", message, context)
        if len(set(self.options)) != len(self.options):
            context = {"code": "unknown-option", "hint": "give each option once"}
            raise PydanticCustomError("unknown_option", "an option is given twice", context)
        return self

    def bound(self, binding: Mapping[str, str]) -> AskModel:
        """Return a copy with each ``{variable}`` in the text replaced by its object."""
        return self.model_copy(update={"question": with_objects(self.question, binding)})


class ListLoop(Located):
    """Head of a loop over a list on the blackboard."""

    item: Name
    """Blackboard key that holds the present item."""
    list: Name
    """Blackboard key of the list; it is read once, when the node starts."""
    index: Name | None = None
    """Blackboard key that holds the number of the present item, from 0."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [name for name in (self.item, self.list, self.index) if name is not None]
        if len(set(names)) < len(names):
            context = {"code": "entry-type", "hint": "use different blackboard keys"}
            message = "item, list and index are different keys"
            raise PydanticCustomError("entry_type", message, context)
        return self

    def __str__(self) -> str:
        return f"{self.item} in list {self.list}"


PLACEHOLDER = re.compile(r"{(\w+)}")
"""A name in a text that stands for a value."""


def with_objects(text: str, binding: Mapping[str, str]) -> str:
    """Return a text with each ``{variable}`` replaced by its object."""
    return PLACEHOLDER.sub(lambda found: binding.get(found[1], found[0]), text)


def _read_wait(value: Any, info: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[a-z_][a-z0-9_]*", value):
        return value
    return read_duration(value, info)


def _written_wait(value: float | str) -> str:
    return value if isinstance(value, str) else write_duration(value)


_DURATION_SCHEMA = {"type": "string", "examples": ["3 s"]}
WaitField = Annotated[
    float | str,
    BeforeValidator(_read_wait),
    PlainSerializer(_written_wait),
    Field(json_schema_extra=_DURATION_SCHEMA),
]
"""A duration, held in seconds, or the blackboard key of a number of seconds."""

_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*Hz")
MAX_RATE_HZ = 1000.0
"""Highest rate of a node."""


def _read_rate(value: Any) -> Any:
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match and 0.0 < float(match[1]) <= MAX_RATE_HZ:
        return float(match[1])
    if isinstance(value, float) and 0.0 < value <= MAX_RATE_HZ:
        return value
    given = shortened(str(value))
    hint = f"write a frequency above 0 and up to {MAX_RATE_HZ:g} Hz, for example: 2 Hz"
    context = {"given": given, "code": "wrong-rate", "hint": hint}
    raise PydanticCustomError("wrong_rate", "'{given}' is not a rate", context)


def write_rate(rate_hz: float) -> str:
    """Return a rate as files write it: ``2 Hz``."""
    return f"{int(rate_hz) if rate_hz.is_integer() else repr(rate_hz)} Hz"


RateField = Annotated[
    float,
    BeforeValidator(_read_rate),
    PlainSerializer(write_rate),
    Field(json_schema_extra={"type": "string", "examples": ["2 Hz"]}),
]
"""A frequency in Hz."""
