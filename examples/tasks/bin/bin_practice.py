"""Practice of the bin's ranker: trials of the arm, by the true state, and training on them.

A trial puts the arm above a grasp that the camera's picture offers, goes down, closes, lifts and
carries. It is a success if exactly one item is held at the end, and nothing was struck or spilled.
`bin.bench.yaml` names the two functions for `treehand practise`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that all tasks share

from arm_cell import downward, joints_at
from bin_eyes import Grasps
from bin_ranker import Ranker, columns, trained
from bin_skills import CARRY_M_S, CLEAR_M, Grasp, close_and_lift, reach
from bin_world import BinWorld

from treehand.skills import Pose, PracticeTrial

TRIALS_N, BELIEVED_N = 8, 4
"""Trials of each bin that has settled, and how many of them are those that the ranker believes in
most; the others are drawn."""
CARRIED_M = 0.2
"""Way to the side on which a trial's item is carried."""
STEPS_N = 800


def trials(
    world: BinWorld, weights: Path | None, random: np.random.Generator
) -> Iterator[PracticeTrial]:
    """Yield trials of grasps in a settled bin."""
    if world.cell.implausible:
        return
    grasps = world.candidates()
    settled = world.cell.snapshot()
    for index in _chosen(grasps, weights, random):
        world.forget(settled)
        found = outcome(world, world.grasp(grasps, int(index), 0.0))
        if found != "implausible":
            yield PracticeTrial(found, grasps.features[index])


def _chosen(grasps: Grasps, weights: Path | None, random: np.random.Generator) -> Sequence[int]:
    drawn = random.permutation(len(grasps)).tolist()
    if weights is None:
        return drawn[:TRIALS_N]
    best = np.argsort(-Ranker.read(weights).chances(grasps.features))[:BELIEVED_N].tolist()
    return [*best, *(one for one in drawn if one not in best)][:TRIALS_N]


def outcome(world: BinWorld, grasp: Grasp) -> str:
    """Try a grasp; return ``lifted``, or what went wrong."""
    cell, robot = world.cell, world.embodiment
    above = np.array([grasp.at_m[0], grasp.at_m[1], CLEAR_M - 0.06])
    cell.put(joints_at(Pose(above, downward(grasp.yaw_rad))))
    robot.open_to(grasp.open_m)
    cell.advance(cell.time_s + 0.2)
    robot.tare()
    for wait_s in close_and_lift(robot, grasp):
        cell.advance(cell.time_s + wait_s)
    side = np.array([grasp.over_m[0], grasp.over_m[1] - CARRIED_M, CLEAR_M])
    if robot.is_gripping:
        for wait_s in reach(robot, Pose(side, downward(math.pi / 2)), CARRY_M_S, near_m=0.03):
            cell.advance(cell.time_s + wait_s)
    count = len(world.lifted())
    if cell.implausible:
        return "implausible"
    if world.is_struck or world.spilled():
        return "struck" if world.is_struck else "spilled"
    return ("missed", "lifted")[count] if count < 2 else "doubled"


def train(worlds: Sequence[Sequence[PracticeTrial]]) -> Ranker:
    """Return a ranker that was trained on all trials."""
    features, labels = columns([one for trials in worlds for one in trials])
    return trained(features, labels, steps_n=STEPS_N, seed=0)
