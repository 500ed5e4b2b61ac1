"""Translation of PDDL names to Treehand names (no hyphens, capitals or keywords) and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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
            if (kind, name) not in self._ours:
                self._ours[kind, name] = self.free(kind, name)
                self._theirs[kind, self._ours[kind, name]] = name

    def free(self, kind: str, name: str) -> str:
        """Return a Treehand name like a PDDL name that nothing of its kind has."""
        ours = plain(name)
        if ours in _RESERVED or not re.match(r"(?!v\d+_)[a-z_]", ours):
            ours = f"n_{ours}"
        free, number = ours, 2
        while (kind, free) in self._theirs:
            free, number = f"{ours}_{number}", number + 1
        return free

    def ours(self, kind: str, name: str) -> str:
        """Return the Treehand name for a PDDL name."""
        return self._ours[kind, name]

    def theirs(self, kind: str) -> Mapping[str, str]:
        """Return the PDDL name of every Treehand name of a kind."""
        return {ours: name for (one, ours), name in self._theirs.items() if one == kind}

    @staticmethod
    def variable(name: str, number: int) -> str:
        """Return a variable name that no object of the file can have."""
        return f"v{number}_{plain(name.removeprefix('?'))}"


def plain(name: str) -> str:
    """Return a name with the letters that Treehand names may have."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())
