"""Skills of the physics kitchen with a sponge: wipe, wash."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillStep
from treehand.skills.domain import Fact
from treehand.worlds.physics.model.arm import HandPath
from treehand.worlds.physics.model.wiping_grid import WIPED_SHARE
from treehand.worlds.physics.port import CARRY_M_S, RISE_M_S, Motion, WorkingRobot
from treehand.worlds.physics.skills.grasp_planning import SAFE_M, WorktopCell, cells, pose_over
from treehand.worlds.physics.skills.obstruction import in_the_way_of_wiping
from treehand.worlds.physics.skills.physics_skill import (
    NEAR_M_S,
    Steps,
    physics_skill,
    prepare,
    success,
)

RUB_M_S = 0.25
"""Greatest speed of the hand while it wipes."""
SPONGE_N = 30.0
HOP_M = 0.11
"""Greatest distance of two spots that are wiped without lifting the hand."""
OVER_ALL_M = 0.2
"""Height above a worktop at which the hand with a sponge clears all objects."""
PRESS_N = 6.0
"""Force with which a sponge is pressed down."""
ROUND_M = 0.03
"""Greatest radius of the rounds in which a dish is rubbed."""
BESIDE_WALL_M = 0.095
"""Distance from a wall at which the fingers with a sponge pass it on such a round."""
MOST_SHIFT = 0.5
"""Greatest shift of the rounds from the middle of a dish, as a share of its radius."""
SEEN_S = 0.3
"""Time for which the result of a skill is observed."""


@physics_skill("wipe")
def wipe(context: SkillContext, robot: WorkingRobot, place: str, tool: str) -> Steps:
    """Wipe a worktop with the held sponge, around the objects on it."""
    robot.perception.at = place
    problem = yield from prepare(robot)
    station = robot.library.stations[place]
    middle = np.array(station.at_m)
    problem = problem or (yield from robot.reach(middle, carrying=tool))
    grid = list(cells(robot, station, tool))
    spots = [cell.spot_m for cell in grid if not cell.things]
    if len(spots) < math.ceil(WIPED_SHARE * len(grid)):
        problem = problem or _too_few_cells(place, grid)
    problem = problem or (yield from _wipe_spots(robot, tool, spots, station.bottom_m))
    return problem or (yield from _confirm(robot, Fact("wiped", (place,))))


def _too_few_cells(place: str, grid: list[WorktopCell]) -> SkillStep:
    """Return the failure of wiping a worktop that too many objects stand on."""
    others, occupied = in_the_way_of_wiping(grid, math.ceil(WIPED_SHARE * len(grid)))
    free_n = sum(not cell.things for cell in grid)
    detail = f"only {free_n} of {len(grid)} parts of the {place} are free"
    if not others:
        return SkillStep.failure(FailureCode.UNSUPPORTED, f"{detail}, and nothing can be moved")
    detail += f": {', '.join(others)} stand{'s' * (len(others) == 1)} there"
    return SkillStep.failure(FailureCode.PATH_BLOCKED, detail, blocked_by=others, cells=occupied)


def _confirm(robot: WorkingRobot, effect: Fact) -> Steps:
    """Wait for an observation, and succeed if it shows the effect."""
    yield SEEN_S
    if not robot.perception.has_observed(effect):
        return SkillStep.failure(FailureCode.EFFECT_MISSING, f"{effect} is not to be seen")
    return success(robot, "camera", effect)


def _wipe_spots(robot: WorkingRobot, tool: str, spots: list[FloatArray], height_m: float) -> Motion:
    """Wipe spots with the held sponge at a height."""
    yield from robot.grip(SPONGE_N, 0.1)
    for stroke in _continuous_strokes(spots):
        if robot.perception.held != tool:
            return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{tool} is not in the hand")
        _, hangs_m = pose_over(robot, stroke[0])
        poses = [pose_over(robot, spot)[0].lifted(height_m + hangs_m) for spot in stroke]
        high_m = max(height_m + OVER_ALL_M, robot.pose().height_m, poses[0].height_m + 0.05)
        for to, speed in (
            (robot.pose().lifted(high_m), RISE_M_S),
            (poses[0].lifted(high_m), CARRY_M_S),
            (poses[0].lifted(poses[0].height_m + 0.02), NEAR_M_S),
        ):
            problem = yield from robot.go(to, speed, carrying=tool)
            if problem:
                return problem
        down = (robot.pose(), *poses)
        problem = yield from robot.follow(
            HandPath(down, RUB_M_S), tolerance_m=0.03, press_n=PRESS_N, carrying=tool
        )
        if problem:
            return problem
    return (yield from robot.rise(SAFE_M))


def _continuous_strokes(spots: list[FloatArray]) -> Iterator[list[FloatArray]]:
    """Yield the spots of each stroke; distant spots are in different strokes."""
    stroke = [spots[0]]
    for spot in spots[1:]:
        if float(np.linalg.norm(spot - stroke[-1])) > HOP_M:
            yield stroke
            stroke = []
        stroke.append(spot)
    yield stroke


@physics_skill("wash")
def wash(context: SkillContext, robot: WorkingRobot, item: str, place: str, tool: str) -> Steps:
    """Wipe a dish in the sink with the held sponge."""
    robot.perception.at = place
    problem = yield from prepare(robot)
    seen = robot.perception.tracked.get(item)
    if problem or seen is None or seen.fact != Fact("in", (item, place)):
        code = FailureCode.OBJECT_MOVED
        return problem or SkillStep.failure(code, f"{item} is not in {place} any more")
    problem = yield from robot.reach(seen.at_m[:2], carrying=tool)
    if problem:
        return problem
    top_m = float(seen.at_m[2]) + robot.library.shapes[item].top_m
    spots = _rubbed_spots(robot, place, seen.at_m[:2], robot.library.shapes[item].radius_m)
    problem = yield from _wipe_spots(robot, tool, spots, top_m)
    return problem or (yield from _confirm(robot, Fact("clean", (item,))))


def _rubbed_spots(
    robot: WorkingRobot, place: str, at_m: FloatArray, radius_m: float
) -> list[FloatArray]:
    """Return two rounds of spots on a dish; near a wall they are shifted away from it.

    They begin towards the back, far from the front wall over which the hand comes down: a finger
    that stands on the wall would hold the sponge above the dish.
    """
    station = robot.library.stations[place]
    local_m = np.array(station.local_m(at_m))
    free_m = np.maximum(np.array(station.half_m) - BESIDE_WALL_M, 0.0)
    shift_m = np.clip(local_m, -free_m, free_m) - local_m
    shift_m *= min(1.0, MOST_SHIFT * radius_m / max(float(np.linalg.norm(shift_m)), 1e-9))
    out_m = min(radius_m, ROUND_M)
    return [
        station.point_m(*(local_m + shift_m + out_m * np.array([math.cos(turn), math.sin(turn)])))
        for turn in np.linspace(0.0, 4 * math.pi, 9)
    ]
