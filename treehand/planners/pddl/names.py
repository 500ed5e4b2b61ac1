"""Translation of PDDL names to Treehand names (no hyphens, capitals or keywords) and back."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RESERVED = frozenset({"and", "or", "not", "forall", "exists", "count", "where", "except"})
"""Keywords of the text syntax; names like ``v0_x`` are reserved for variables."""


class Names:
    """One-to-one map between the names of a PDDL file and Treehand names."""

    def __init__(self) -> None:
        self._ours: dict[tuple[str, str], str] = {}
        self._theirs: dict[tuple[str, str], str] = {}

    def take(self, kind: str, names: Iterable[str]) -> None:
        """Map names of one kind (types, objects, …); a name that is taken gets a number."""
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
        """Return the Treehand name for a PDDL name."""
        return self._ours[kind, name]

    def theirs(self, kind: str, name: str) -> str:
        """Return the PDDL name for a Treehand name."""
        return self._theirs[kind, name]
