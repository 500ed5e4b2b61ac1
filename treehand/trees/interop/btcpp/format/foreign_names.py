"""Names of other systems, as names of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from treehand.core.literals import KEYWORDS

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RESERVED = KEYWORDS | {"if", "else", "true", "false"}
"""Words that formulas and expressions keep for themselves."""
_OURS = re.compile(r"[a-z_][a-z0-9_]*")
MAX_NAME = 80
"""Most characters of the name of a skill or tree; a tree file keeps the foreign one beside it."""
MAX_KEPT_NAME = 200
"""Most characters of the name of a skill or tree that is taken over as it is."""
MAX_PORT = 1_000
"""Most characters of the name of a port or key; YAML takes longer ones for no key."""


def snake_case(name: str) -> str:
    """Return a name in lower case with ``_`` between its words: ``MoveToPose`` is move_to_pose.

    A name that is one of ours already stays as it is.
    """
    if _OURS.fullmatch(name) and name not in _RESERVED:
        return name
    text = re.sub(r"[^A-Za-z0-9]+", "_", _WORD_ENDS.sub("_", name)).strip("_").lower()
    text = text or "unnamed"
    return f"_{text}" if text[0].isdigit() or text in _RESERVED else text


def node_name(name: str) -> str:
    """Return the name of a skill or tree."""
    ours = snake_case(name)
    return ours if len(ours) <= (MAX_KEPT_NAME if ours == name else MAX_NAME) else ours[:MAX_NAME]


def _port_name(name: str) -> str:
    """Return the name of a port or key."""
    return snake_case(name)[:MAX_PORT]


class NameTable:
    """Foreign names with ours; two different ones never become the same.

    Args:
        spell: Our name for a foreign one that is free; that of a port or key if left out.
    """

    def __init__(self, spell: Callable[[str], str] = _port_name) -> None:
        self._spell = spell
        self._ours: dict[str, str] = {}
        self._taken: set[str] = set()

    def ours(self, name: str) -> str:
        """Return our name for a foreign one."""
        known = self._ours.get(name)
        if known is None:
            known = self._ours[name] = self.free(self._spell(name))
        return known

    def free(self, wanted: str) -> str:
        """Return `wanted`, with a number if it is taken; take it."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name

    def all(self) -> Mapping[str, str]:
        """Return the foreign names with ours, in the order in which they were asked for."""
        return self._ours

    def renamed(self) -> dict[str, str]:
        """Return the foreign names that share their plain spelling with another one."""
        return {name: ours for name, ours in self._ours.items() if ours != self._spell(name)}

    def cut(self) -> dict[str, str]:
        """Return the foreign names of ports or keys that are only cut."""
        own = self._ours.items()
        return {name: ours for name, ours in own if len(ours) == MAX_PORT < len(snake_case(name))}
