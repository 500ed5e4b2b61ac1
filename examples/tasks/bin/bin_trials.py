"""Own trials of the bin's arm, and the training of its ranker on them.

    python bin_trials.py trials 1..200 trials.npz 300    (at most 300 CPU-s)
    python bin_trials.py train trials.npz

A trial puts the arm above a grasp that the camera's picture offers, goes down, closes, lifts and
carries. It is a success if exactly one item is held at the end, and nothing was struck or spilled,
by the true state.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that all tasks share

from bin_ranker import loss, trained
from bin_skills import CARRY_M_S, CLEAR_M, Grasp, close_and_lift, reach
from bin_world import HERE, BinWorld, downward, joints_at

from treehand.skills import Pose
from treehand.worlds import WorldContext

TRIALS_N = 8
"""Trials of each bin that has settled."""
CARRIED_M = 0.2
"""Way to the side on which a trial's item is carried."""
STEPS_N, HELD_SHARE = 800, 0.25


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
    side = np.array([grasp.at_m[0], grasp.at_m[1] - CARRIED_M, CLEAR_M])
    for wait_s in reach(robot, Pose(side, downward(math.pi / 2)), CARRY_M_S, near_m=0.03):
        cell.advance(cell.time_s + wait_s)
    count = len(world.lifted())
    if cell.implausible:
        return "implausible"
    if world.is_struck or world.spilled():
        return "struck" if world.is_struck else "spilled"
    return ("missed", "lifted")[count] if count < 2 else "doubled"


class Draws:
    """Random numbers of a trial's world, keyed as those of a run are.

    Args:
        key: Seed and names.
    """

    def __init__(self, *key: object) -> None:
        self._key = key

    def under(self, *key: object) -> Draws:
        """Return those under a further key."""
        return Draws(*self._key, *key)

    def generator(self, *key: object) -> np.random.Generator:
        """Return a generator of its own for a key."""
        digest = hashlib.blake2b(repr((*self._key, *key)).encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "big"))

    def uniform(self, *key: object) -> float:
        """Return a number from 0 to 1."""
        return float(self.generator(*key).uniform())


def opened(seed: int) -> BinWorld:
    """Return a settled bin, without a run around it."""
    context = SimpleNamespace(
        domain=SimpleNamespace(vocabulary=lambda _types: None),
        scene=SimpleNamespace(objects={}),
        random=Draws("trials", seed),
        clock=SimpleNamespace(now_s=lambda: 0.0),
        randomize="held-out",
    )
    return BinWorld(cast(WorldContext, context))


def trials(seeds: range, path: Path, limit_s: float) -> None:
    """Try grasps in bins, and keep what a ranker would have seen with what came of it."""
    features, labels, outcomes, used = [], [], [], []
    began_s = time.process_time()
    for seed in seeds:
        if time.process_time() - began_s > limit_s:
            break
        world = opened(seed)
        used.append(seed)
        if not world.cell.implausible:
            grasps = world.candidates()
            chosen = np.random.default_rng(seed).permutation(len(grasps))[:TRIALS_N]
            settled = world.cell.snapshot()
            for index in chosen:
                world.forget(settled)
                found = outcome(world, world.grasp(grasps, int(index), 0.0))
                if found != "implausible":
                    features.append(grasps.features[index])
                    labels.append(found == "lifted")
                outcomes.append(found)
        else:
            outcomes.append("implausible")
        world.close()
        np.savez_compressed(
            path,
            features=np.array(features, dtype=np.float32),
            labels=np.array(labels),
            outcomes=np.array(outcomes),
            seeds=np.array(used),
            cpu_s=time.process_time() - began_s,
        )
    print({one: outcomes.count(one) for one in sorted(set(outcomes))}, len(used), "bins")


def train(paths: list[Path]) -> None:
    """Train the ranker on all trials but the last bins', and write it with its ledger."""
    stored = [np.load(path) for path in paths]
    features = np.concatenate([one["features"] for one in stored]).astype(float)
    labels = np.concatenate([one["labels"] for one in stored]).astype(float)
    outcomes = np.concatenate([one["outcomes"] for one in stored]).tolist()
    seeds = np.concatenate([one["seeds"] for one in stored])
    held = np.random.default_rng(1).permutation(len(labels) // TRIALS_N + 1)
    groups = np.arange(len(labels)) // TRIALS_N
    is_held = np.isin(groups, held[: round(HELD_SHARE * len(held))])
    began_s = time.process_time()
    checked = trained(features[~is_held], labels[~is_held], steps_n=STEPS_N, seed=0)
    always = float(labels[~is_held].mean())
    base = -float(np.log(np.where(labels[is_held] > 0, always, 1 - always)).mean())
    ranker = trained(features, labels, steps_n=STEPS_N, seed=0)
    ranker.write(HERE / "ranker.npz")
    best = [
        float(labels[is_held & (groups == one)][np.argmax(chances)])
        for one in np.unique(groups[is_held])
        for chances in [checked.chances(features[is_held & (groups == one)])]
    ]
    ledger = {
        "trials": len(labels),
        "bins": len(seeds),
        "seeds": f"{seeds.min()}..{seeds.max()}",
        "preset": "held-out",
        "outcomes": {one: outcomes.count(one) for one in sorted(set(outcomes))},
        "trials_cpu_s": round(float(sum(one["cpu_s"] for one in stored)), 1),
        "steps": STEPS_N,
        "training_cpu_s": round(time.process_time() - began_s, 1),
        "parameters": sum(one.size for one in ranker.weights.values()),
        "loss": round(loss(checked, features[~is_held], labels[~is_held]), 4),
        "held_out_loss": round(loss(checked, features[is_held], labels[is_held]), 4),
        "held_out_loss_of_the_base_rate": round(base, 4),
        "held_out_best_of_a_bin": round(float(np.mean(best)), 4),
        "held_out_any_of_a_bin": round(float(labels[is_held].mean()), 4),
    }
    (HERE / "ledger.json").write_text(json.dumps(ledger, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(ledger, indent=1))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "trials":
        first, last = map(int, rest[0].split(".."))
        trials(range(first, last + 1), Path(rest[1]), float(rest[2]))
    else:
        train([Path(one) for one in rest])
