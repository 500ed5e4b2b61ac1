"""Types of a PDDL file: which is a kind of which, and which of ours stands for several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from treehand.planners.pddl.files.s_expressions import wrong
from treehand.planners.pddl.files.syntax import ROOT_TYPE, TypedName


class TypeGraph:
    """Types with the types above them.

    PDDL allows a type below several others; a domain of ours has one parent a type. The first
    parent is kept, and a predicate says of every object which of the other types it is of.

    Args:
        declared: Types as the file lists them.

    Raises:
        InputError: If a type is a kind of itself.
    """

    def __init__(self, declared: Sequence[TypedName]) -> None:
        self.parents: dict[str, list[str]] = {ROOT_TYPE: []}
        for one in declared:
            above = self.parents.setdefault(one.name, [])
            above += (k for k in one.kinds if k not in above and one.name != ROOT_TYPE)
        for one in declared:
            for kind in one.kinds:
                self.parents.setdefault(kind, [ROOT_TYPE])
        for one in declared:
            if one.name != ROOT_TYPE and one.name in self._above(self.parents[one.name]):
                raise wrong(f"the type '{one.name}' is a kind of itself", one.span)
            if one.name == ROOT_TYPE and any(kind != ROOT_TYPE for kind in one.kinds):
                raise wrong(f"'{ROOT_TYPE}' is the type of everything", one.span)
        self._covering: dict[tuple[str, ...], tuple[str, bool]] = {}
        self._all_above = {name: {name, *self._above(up)} for name, up in self.parents.items()}

    def _above(self, kinds: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(kinds)
        while waiting:
            kind = waiting.pop()
            if kind not in found:
                found.add(kind)
                waiting += self.parents.get(kind, ())
        return found

    def __contains__(self, kind: str) -> bool:
        return kind in self.parents

    def add(self, kind: str) -> None:
        """Add a type that the file uses and does not list."""
        self.parents[kind] = [ROOT_TYPE]
        self._all_above[kind] = {kind, ROOT_TYPE}
        self._covering.clear()

    def is_kind(self, kind: str, of: Iterable[str]) -> bool:
        """Return True if a type is one of some types, or below one."""
        return not self._all_above[kind].isdisjoint(of)

    def is_any(self, kinds: Iterable[str], of: Sequence[str]) -> bool:
        """Return True if something of some types is surely of one of others."""
        return all(self.is_kind(one, of) for one in kinds)

    def may_be(self, kinds: Iterable[str], of: Sequence[str]) -> bool:
        """Return True if something of one of some types can be of one of others."""
        return any(
            self.is_kind(one, of) or any(self.is_kind(two, [one]) for two in of) for one in kinds
        )

    def tree(self) -> Mapping[str, str | None]:
        """Return every type with its parent in the tree of types."""
        return {name: (up[0] if up else None) for name, up in self.parents.items()}

    def is_below(self, kinds: tuple[str, ...], of: tuple[str, ...]) -> bool:
        """Return True if in the tree the type for some types is below that for others."""
        return self.covering(of)[0] in self._line(self.covering(kinds)[0])

    def covering(self, kinds: tuple[str, ...]) -> tuple[str, bool]:
        """Return the lowest type of the tree above all objects of some types.

        Returns:
            The type, and True if it is above objects of other types, too.
        """
        known = self._covering.get(kinds)
        if known is None:
            known = self._covering[kinds] = self._cover(kinds)
        return known

    def _cover(self, kinds: tuple[str, ...]) -> tuple[str, bool]:
        meant = {one for one in self.parents if self.is_kind(one, kinds)}
        lines = [self._line(one) for one in sorted(meant)]
        shared = set(lines[0]).intersection(*lines[1:])
        lowest = next(one for one in lines[0] if one in shared)
        below = {one for one in self.parents if lowest in self._line(one)}
        return lowest, below != meant

    def _line(self, kind: str) -> list[str]:
        """Return a type and its ancestors in the tree, the nearest first."""
        line = [kind]
        while self.parents[line[-1]]:
            line.append(self.parents[line[-1]][0])
        return line
