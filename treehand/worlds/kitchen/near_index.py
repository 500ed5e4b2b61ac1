"""Names by where they are, so that a look costs what is near, not what is in the home."""

from __future__ import annotations

from collections.abc import Iterable

Cell = tuple[int, int]


class NearIndex:
    """Names in square cells.

    Args:
        cell_m: Side of a cell, in m; `near` finds everything within this distance.
    """

    def __init__(self, cell_m: float) -> None:
        self._cell_m = cell_m
        self._cells: dict[Cell, set[str]] = {}
        self._cell_of: dict[str, Cell] = {}

    def put(self, name: str, point_m: tuple[float, float]) -> None:
        """Take in where a name is now, x and y in m."""
        cell = self._cell(point_m)
        before = self._cell_of.get(name)
        if cell == before:
            return
        if before is not None:
            self._cells[before].discard(name)
        self._cell_of[name] = cell
        self._cells.setdefault(cell, set()).add(name)

    def update(self, points_m: Iterable[tuple[str, tuple[float, float]]]) -> None:
        """Take in where names are now."""
        for name, point_m in points_m:
            self.put(name, point_m)

    def remove(self, name: str) -> None:
        """Forget where a name is."""
        cell = self._cell_of.pop(name, None)
        if cell is not None:
            self._cells[cell].discard(name)

    def near(self, point_m: tuple[float, float]) -> set[str]:
        """Return the names in the cell of a point and in the eight around it."""
        x, y = self._cell(point_m)
        found: set[str] = set()
        for column in (x - 1, x, x + 1):
            for row in (y - 1, y, y + 1):
                found |= self._cells.get((column, row), found)
        return found

    def _cell(self, point_m: tuple[float, float]) -> Cell:
        return (int(point_m[0] // self._cell_m), int(point_m[1] // self._cell_m))
