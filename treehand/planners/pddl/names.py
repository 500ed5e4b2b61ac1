"""Names of PDDL as names of ours and back: ours have no hyphens, no capitals and no keywords."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RESERVED = frozenset({"and", "or", "not", "forall", "exists", "count", "where", "except"})
"""Words of our text syntax that are no names; names like ``v0_x`` are kept for variables."""


class Names:
    """Our name for each name of a PDDL file, one to one."""

    def __init__(self) -> None:
        self._ours: dict[tuple[str, str], str] = {}
        self._theirs: dict[tuple[str, str], str] = {}

    def take(self, kind: str, names: Iterable[str]) -> None:
        """Give names of one kind (types, objects, …) names of ours; equal ones get a number."""
        for name in names:
            if (kind, name) in self._ours:
                continue
            ours = re.sub(r"[^a-z0-9_]", "_", name.lower())
            if not re.match(r"(?!v\d+_)[a-z_]", ours) or ours in _RESERVED:
                ours = f"n_{ours}"
            free, number = ours, 2
            while (kind, free) in self._theirs:
                free, number = f"{ours}_{number}", number + 1
            self._ours[kind, name] = free
            self._theirs[kind, free] = name

    def ours(self, kind: str, name: str) -> str:
        """Return our name for one of theirs."""
        return self._ours[kind, name]

    def theirs(self, kind: str, name: str) -> str:
        """Return their name for one of ours."""
        return self._theirs[kind, name]
