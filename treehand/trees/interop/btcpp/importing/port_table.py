"""Directions and types of foreign ports, from node models and from how trees use them."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from treehand.core.spans import Span
from treehand.trees.interop.btcpp.format.btcpp_builtins import key_of
from treehand.trees.interop.btcpp.format.btcpp_document import ForeignTrees, PortEntry

_OUT = re.compile(r"(^|_)(out|outputs?|results?)(_|$)")
_IN = re.compile(r"(^|_)(in|inputs?)(_|$)")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "number": (int, float),
    "flag": bool,
    "numbers": list,
    "texts": list,
    "text": str,
}
"""Port type to what its values are in a file."""
_CPP_NUMBERS = re.compile(r"^(u?int\d*_?t?|unsigned( int)?|long|short|size_t|float|double)$")


@dataclass(frozen=True)
class PortUse:
    """One port of a call, in the order in which the trees name them."""

    tree: str
    node: str
    """ID of the node."""
    port: str
    key: str | None
    """Our key that it is connected to; None for a fixed value."""
    text: str
    span: Span


@dataclass
class PortTable:
    """Directions and types of the ports of all calls.

    Args:
        found: The trees, for their node models.
    """

    found: ForeignTrees
    directions: dict[tuple[str, str], str] = field(default_factory=dict)
    """Node and port to ``in``, ``out`` or ``inout``."""
    guessed: dict[tuple[str, str], Span] = field(default_factory=dict)
    """Ports whose direction no model tells, with their first use."""
    _above: dict[Hashable, Hashable] = field(default_factory=dict)
    _kinds: dict[Hashable, set[str]] = field(default_factory=dict)
    _item_of: dict[Hashable, Hashable] = field(default_factory=dict)

    def model(self, node: str, port: str) -> PortEntry | None:
        """Return the port of a node model; None if there is none."""
        return self.found.models.get(node, {}).get(port)

    def direction(self, node: str, port: str) -> str:
        """Return the direction of a port that is decided, or that a model tells; else ``in``."""
        model = self.model(node, port)
        return self.directions.get((node, port)) or (model.direction if model else "in")

    def decide(self, use: PortUse, *, is_written: bool, is_read_elsewhere: bool) -> str:
        """Return the direction of a port, decided at its first use.

        Args:
            use: The use.
            is_written: True if a node before it writes the key.
            is_read_elsewhere: True if another port is connected to the key later.
        """
        place = (use.node, use.port)
        known = self.directions.get(place)
        model = self.model(*place)
        if model is not None:
            self.directions[place] = model.direction
            return model.direction
        if known is not None:
            return known
        if use.key is None:
            return "in"
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", use.port).lower()
        if _OUT.search(name):
            direction = "out"
        elif _IN.search(name) or is_written or not is_read_elsewhere:
            direction = "in"
        else:
            direction = "out"
        self.directions[place] = direction
        self.guessed.setdefault(place, use.span)
        return direction

    def tie(self, one: Hashable, other: Hashable) -> None:
        """Take in that two things have values of one type."""
        a, b = self._top(one), self._top(other)
        if a != b:
            self._above[a] = b
            self._kinds.setdefault(b, set()).update(self._kinds.pop(a, set()))

    def tie_items(self, items: Hashable, item: Hashable) -> None:
        """Take in that one thing is a list of another."""
        self._item_of[items] = item

    def note(self, thing: Hashable, kind: str) -> None:
        """Take in a type that a thing has at one place."""
        self._kinds.setdefault(self._top(thing), set()).add(kind)

    def kind(self, thing: Hashable) -> str:
        """Return the type of a thing: ``text`` if nothing, or several things, are told."""
        top = self._top(thing)
        for items, item in self._item_of.items():
            if self._top(items) == top:
                return "numbers" if self.kind_of_item(item) == "number" else "texts"
        return _single(self._kinds.get(top, set()))

    def kind_of_item(self, item: Hashable) -> str:
        """Return the type of the items of a list."""
        return _single(self._kinds.get(self._top(item), set()))

    def _top(self, thing: Hashable) -> Hashable:
        trail: list[Hashable] = []
        while thing in self._above:
            trail.append(thing)
            thing = self._above[thing]
        for one in trail:
            self._above[one] = thing
        return thing


def _single(kinds: Iterable[str]) -> str:
    known = set(kinds)
    if known == {"number", "numbers"}:
        return "text"
    return known.pop() if len(known) == 1 else "text"


def _is_number(text: str) -> bool:
    """Return True if a text is a finite number."""
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def kind_of_text(text: str) -> str | None:
    """Return the type of a value that is written out; None if it tells nothing."""
    if not text:
        return None
    if text.lower() in ("true", "false"):
        return "flag"
    if _is_number(text.strip()):
        return "number"
    parts = [part.strip() for part in text.split(";")]
    if len(parts) > 1 and all(_is_number(part) for part in parts if part):
        return "numbers"
    return "text"


def kind_of_cpp(type_name: str) -> str | None:
    """Return the port type for a type of C++; None if it is not given."""
    name = type_name.strip().removeprefix("std::")
    if not name or name in ("BT::AnyTypeAllowed", "AnyTypeAllowed", "any"):
        return None
    if _CPP_NUMBERS.fullmatch(name):
        return "number"
    if name == "bool":
        return "flag"
    inner = re.fullmatch(r"vector<\s*(.+?)\s*(,.*)?>", name)
    if inner is not None:
        return "numbers" if kind_of_cpp(inner[1]) == "number" else "texts"
    return "text"


def kind_of_model(model: PortEntry) -> str | None:
    """Return the port type that a node model tells; None if it tells none."""
    kind = kind_of_cpp(model.type)
    if kind is None and model.default and key_of(model.default, "") is None:
        kind = kind_of_text(model.default)
    return kind


def default_of(model: PortEntry, kind: str) -> object | None:
    """Return the value that a port has which a call leaves out.

    None if there is none, if it is a key, or if it is no value of the type of the port.
    """
    if model.default is None or key_of(model.default, "") is not None:
        return None
    value = value_of(model.default, kind)
    if kind in ("numbers", "texts") and not model.default.strip():
        value = []
    return value if isinstance(value, _CLASSES[kind]) else None


def value_of(text: str, kind: str) -> object:
    """Return the value of a fixed port, as a file holds it."""
    plain = text.strip()
    if kind == "number" and _is_number(plain):
        number = float(plain)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if kind == "flag" and plain.lower() in ("true", "false", "1", "0"):
        return plain.lower() in ("true", "1")
    parts = [part.strip() for part in plain.split(";") if part.strip()]
    if kind == "numbers" and all(map(_is_number, parts)):
        return [float(part) for part in parts]
    if kind == "texts" and parts:
        return parts
    return text


def uses_of(uses: Iterable[PortUse]) -> Mapping[tuple[str, str], list[PortUse]]:
    """Return tree and key to the uses of that key, in their order."""
    by_key: dict[tuple[str, str], list[PortUse]] = {}
    for use in uses:
        if use.key is not None:
            by_key.setdefault((use.tree, use.key), []).append(use)
    return by_key


def read_elsewhere(uses: Iterable[PortUse]) -> set[int]:
    """Return the identities of the uses whose key another port uses later."""
    found: set[int] = set()
    for of_key in uses_of(uses).values():
        after: set[tuple[str, str]] = set()
        for use in reversed(of_key):
            if after - {(use.node, use.port)}:
                found.add(id(use))
            if len(after) < 2:  # two different ones decide for every earlier use
                after.add((use.node, use.port))
    return found
