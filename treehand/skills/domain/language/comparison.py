"""Formulas that compare a blackboard key with a value: ``width_m >= 0.02``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from treehand.skills.domain.knowledge.beliefs import Beliefs, Binding, Value

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<=": operator.le,
        ">=": operator.ge,
        "<": operator.lt,
        ">": operator.gt,
    }
)
"""Comparison signs and their functions."""
_OPPOSITES = {"==": "!=", "!=": "==", "<=": ">", ">": "<=", ">=": "<", "<": ">="}
ORDERED = ("<=", ">=", "<", ">")
"""Signs that need numbers on both sides."""


@dataclass(frozen=True)
class Comparison:
    """A blackboard key compared with a value; unknown until the key is written."""

    entry: str
    sign: str
    value: Value

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        held = beliefs.entry(self.entry)
        return None if held is None else SIGNS[self.sign](held, self.value)

    def substitute(self, binding: Binding) -> Comparison:
        """Return a copy in which a variable on the right side is replaced."""
        if isinstance(self.value, str) and self.value in binding:
            return Comparison(self.entry, self.sign, binding[self.value])
        return self

    def atoms(self) -> Iterator[NoReturn]:
        """Yield nothing: a blackboard key is no fact."""
        yield from ()

    def opposite(self) -> Comparison:
        """Return the comparison that is true where this one is false."""
        return Comparison(self.entry, _OPPOSITES[self.sign], self.value)

    def __str__(self) -> str:
        return f"{self.entry} {self.sign} {value_text(self.value)}"


def value_text(value: Value) -> str:
    """Return the text of a value in the file syntax; parsing it gives an equal value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value if isinstance(value, str) else f"[{', '.join(map(value_text, value))}]"
