"""Finds a model's answer in an endpoint's response, wherever the server put it.

The rule, in this order:

1. *Place*: the text of the message; arguments of tool calls and parsed objects; any other text;
   the text of the reasoning. Of several choices, the first comes first. Fields that repeat the
   request are no place.
2. *Section*: in a text, what stands outside ``<think>`` sections comes before what stands inside.
3. *Candidate*: an object whose keys are mostly those of the schema. One with every required key
   comes before one with some; of several alike, the last wins, as a draft precedes its correction.

An object may be wrapped in other objects, in a list, in a fence, in prose, or in a JSON string, and
may be less than JSON (`lenient_json`). One whose last brace is missing counts only if every
required key is there, and YAML only where there is no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treehand.planners.llm.answers.lenient_json import (
    MAX_LENIENT,
    closed_object,
    lenient_object,
    yaml_objects,
)

Path = tuple[str | int, ...]

_ECHOES = frozenset({"prompt", "messages", "input", "request", "instructions", "tools", "error"})
"""Top-level fields that repeat the request, or are no answer."""
_TOOLS = frozenset({"tool_calls", "function_call", "functionCall", "arguments", "input", "parsed"})
_MESSAGE = frozenset({"content", "text", "output_text", "response", "completion", "generated_text"})
_REASONING = re.compile(r"reason|think|thought|analysis", re.IGNORECASE)
_SECTION = re.compile(
    r"<(think|thinking|thought|reasoning|analysis)>(.*?)(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
_UNOPENED = re.compile(r"</(?:think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
_START = re.compile(r'\{|"\s*(?:\\[nrt])*\{')
"""Where an object, or a JSON string that holds one, may begin."""
_BRACE = re.compile(r"\{(?=[\s\\]*(?:[\"'“”„}\w]|&quot;|&#34;))")
"""Where a broken object may begin."""
_MAX_STARTS = 2000
_MAX_WORK = 20_000_000
"""Most letters that are read again and again in one text."""
_MAX_BROKEN = 4
"""Most places from which a broken object is looked for."""
_MAX_DEPTH = 6
"""Most wrappings around an answer."""


@dataclass(frozen=True)
class Place:
    """One text or object in a response."""

    path: Path
    value: str | Mapping[str, Any]

    @property
    def rank(self) -> tuple[int, int]:
        """Return the place's class and choice; lower comes first."""
        names = [part for part in self.path if isinstance(part, str)]
        choice = self.path[1] if len(self.path) > 1 and isinstance(self.path[1], int) else 0
        if any(_REASONING.search(name) for name in names):
            return 3, choice
        if _TOOLS & set(names):
            return 1, choice
        return (0 if _MESSAGE & set(names) else 2), choice

    @property
    def is_echo(self) -> bool:
        """Return True if the place repeats the request."""
        return bool(self.path) and self.path[0] in _ECHOES


class AnswerFinder:
    """Finds the object that follows a schema best.

    Args:
        schema: JSON Schema of answers: an object's.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._properties: Mapping[str, Any] = schema.get("properties", {})
        self._required = frozenset(schema.get("required", ()))

    def find(self, places: Iterable[Place]) -> dict[str, Any] | None:
        """Return the answer among the places of a response; None if there is none."""
        usable = [place for place in places if not place.is_echo]
        for rank in sorted({place.rank for place in usable}):
            values = [place.value for place in usable if place.rank == rank]
            texts = [value for value in values if isinstance(value, str)]
            objects = [value for value in values if not isinstance(value, str)]
            sections = [_sections(text) for text in texts]
            outside: list[str | Mapping[str, Any]] = [one for one, _ in sections]
            for found in (
                self._best([*outside, *objects]),
                self._best([inside for _, inside in sections]),
            ):
                if found is not None:
                    return found
        return None

    def fits(self, value: Mapping[str, Any]) -> bool:
        """Return True if an object's keys are mostly those of the schema, with fitting values."""
        known = self._known(value)
        return known > 0 and known >= len(value) - known

    def is_whole(self, value: Mapping[str, Any]) -> bool:
        """Return True if an object fits, and has every required key."""
        return self.fits(value) and self._required <= value.keys()

    def _best(self, values: Sequence[str | Mapping[str, Any]]) -> dict[str, Any] | None:
        best: dict[str, Any] | None = None
        best_score = (False, 0)
        for value in values:
            for candidate in self._candidates(value, 0):
                has_all = self._required <= candidate.keys()
                score = (has_all, self._known(candidate))
                if score >= best_score:
                    best, best_score = dict(candidate), score
        return best

    def _known(self, value: Mapping[str, Any]) -> int:
        return sum(
            name in self._properties and _is_plausible(one, self._properties[name])
            for name, one in value.items()
        )

    def _candidates(self, value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
        """Yield the fitting objects in a value, in the order in which they stand."""
        if depth > _MAX_DEPTH:
            return
        if isinstance(value, str):
            found = False
            for one in values_in(value):
                for candidate in self._candidates(one, depth + 1):
                    found = True
                    yield candidate
            if not found:
                yield from self._broken(value)
        elif isinstance(value, Mapping):
            named = self._named(value)
            if self.fits(named):
                yield named
                return
            for one in value.values():
                yield from self._candidates(one, depth + 1)
        elif isinstance(value, list):
            for one in value:
                yield from self._candidates(one, depth + 1)

    def _named(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object whose keys are written as the schema writes them: "Status"."""
        known = {name.casefold(): name for name in self._properties if name not in value}
        return {
            key if key in self._properties else known.get(str(key).casefold(), key): one
            for key, one in value.items()
        }

    def _broken(self, text: str) -> Iterator[Mapping[str, Any]]:
        """Yield the whole answers in a text that holds no readable object."""
        starts = [start.start() for start in _BRACE.finditer(text)][:_MAX_BROKEN]
        last = text.rfind("}") + 1
        broken = [lenient_object(text[start:last]) for start in starts if start < last]
        broken += [closed_object(text[start:]) for start in starts]
        objects = [one for one in broken if one is not None]
        objects += yaml_objects(text, self._properties)
        for one in objects:
            named = self._named(one)
            if self.is_whole(named):
                yield named
                return


def values_in(text: str) -> Iterator[Any]:
    """Yield the outermost objects, and the JSON strings that hold one, in a text."""
    decoder = json.JSONDecoder()
    position, work = 0, 0
    for _ in range(_MAX_STARTS):
        start = _START.search(text, position)
        if start is None or work > _MAX_WORK:
            return
        work += len(text) - start.start() if text[start.start()] == "{" else 100
        try:
            value, position = decoder.raw_decode(text, start.start())
            yield value
        except (ValueError, RecursionError):
            end = _end_of_object(text, start.start()) if text[start.start()] == "{" else None
            value = lenient_object(text[start.start() : end]) if end is not None else None
            if end is None or value is None:
                position = start.start() + 1
            else:
                position = end
                yield value


def _end_of_object(text: str, start: int) -> int | None:
    """Return where the braces of an object are balanced again; None if they never are."""
    depth, quote, is_escaped = 0, "", False
    for index in range(start, min(len(text), start + MAX_LENIENT)):
        letter = text[index]
        if quote:
            if is_escaped:
                is_escaped = False
            elif letter == "\\":
                is_escaped = True
            elif letter == quote:
                quote = ""
        elif letter == '"' or (letter == "'" and text[index - 1] in " :,[{\n\t"):
            quote = letter
        elif letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                return index + 1
    return None


def _sections(text: str) -> tuple[str, str]:
    """Return the text outside of reasoning sections, and the text inside of them."""
    inside = [match.group(2) for match in _SECTION.finditer(text)]
    outside = _SECTION.sub("\n", text)
    closed = list(_UNOPENED.finditer(outside))
    if closed:  # the server's template has opened the section
        inside.insert(0, outside[: closed[-1].start()])
        outside = outside[closed[-1].end() :]
    return outside, "\n".join(inside)


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def _is_plausible(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return True if a value may follow a property's schema, as far as one look tells."""
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    return not isinstance(kind, str) or isinstance(value, _TYPES.get(kind, (object,)))
