"""Objects that keep a skill from succeeding where they are: the fewest that have to leave."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence

from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.port import WorkingRobot
from treehand.worlds.physics.skills.approach_planning import (
    has_side_grasp,
    has_side_placement,
    needs_side,
)
from treehand.worlds.physics.skills.grasp_planning import (
    WorktopCell,
    best_placement,
    is_graspable,
)

PAIRS_OF = 2
"""Number of objects of which every combination is tried; more are chosen one by one."""


def in_the_way_of_placing(robot: WorkingRobot, item: str, station: Station) -> tuple[str, ...]:
    """Return the fewest objects at a station without which the held object fits; none if none."""
    there = _at(robot, station, item)

    def fits(away: Collection[str]) -> bool:
        if station.is_roofed:
            return has_side_placement(robot, item, station, away)
        return best_placement(robot, item, station, without=away) is not None

    return _fewest(there, fits)


def in_the_way_of_grasping(robot: WorkingRobot, item: str, station: Station) -> tuple[str, ...]:
    """Return the fewest objects without which the fingers have room beside an object."""
    there = _at(robot, station, item)
    seen, shape = robot.perception.tracked[item], robot.library.shapes[item]
    is_from_side = needs_side(robot, shape, station, float(seen.at_m[2]) + shape.top_m)

    def fits(away: Collection[str]) -> bool:
        if is_from_side:
            return has_side_grasp(robot, item, station, away)
        return is_graspable(robot, item, station, without=away)

    return () if fits(()) else _fewest(there, fits)


def in_the_way_of_wiping(
    cells: Sequence[WorktopCell], wanted_n: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the objects without which enough cells are free, and the cells that they occupy.

    Args:
        cells: Cells of the worktop.
        wanted_n: Number of cells that have to be free.
    """
    away: set[str] = set()
    movable = [cell for cell in cells if "" not in cell.things]

    def free_n(gone: Collection[str]) -> int:
        return sum(cell.things <= set(gone) for cell in movable)

    while free_n(away) < wanted_n:
        rest = sorted({name for cell in movable for name in cell.things} - away)
        if not rest:
            return (), ()
        best = max(rest, key=lambda name: free_n(away | {name}))
        if free_n(away | {best}) == free_n(away):  # none frees a cell alone: those of one cell
            least = min((cell for cell in movable if cell.things - away), key=_crowd(away))
            away |= least.things
        else:
            away.add(best)
    occupied = tuple(cell.name for cell in movable if cell.things & away)
    return tuple(sorted(away)), occupied


def _crowd(away: set[str]) -> Callable[[WorktopCell], tuple[int, str]]:
    return lambda cell: (len(cell.things - away), cell.name)


def _at(robot: WorkingRobot, station: Station, item: str) -> list[str]:
    tracked = robot.perception.tracked
    return sorted(
        name
        for name, seen in tracked.items()
        if name != item and seen.fact.terms[1] == station.name
    )


def _fewest(there: Sequence[str], fits: Callable[[Collection[str]], bool]) -> tuple[str, ...]:
    """Return the fewest objects without which something fits; none if it never does."""
    for count in range(1, min(PAIRS_OF, len(there)) + 1):
        for away in itertools.combinations(there, count):
            if fits(away):
                return away
    if len(there) <= PAIRS_OF or not fits(there):
        return ()
    away = tuple(there)
    for name in there:  # leave out whichever is not needed
        fewer = tuple(other for other in away if other != name)
        if fits(fewer):
            away = fewer
    return away
