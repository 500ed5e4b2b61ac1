"""Whether the in-process model learns: reach for a block that the words name, and grasp it.

    python -m benchmarks.reaching [--minutes 4] [--seeds 100] [--json]

Three models of the same size: one trained on the tabletop's pictures, one on the same examples with
the pictures dealt out anew (what can be had without looking), one not trained. Each then drives the
gripper through the leaf that drives it in any run, on the same seeds, none of which it was trained
on, in turn. Counted is how often the right block was really held, with Wilson's intervals.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.machine import describe
from tests.driving import Session
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.skills.contracts.grip_force import FRAGILE_SHARE
from treehand.skills.vla import (
    CameraSpec,
    PolicySpec,
    PolicyWants,
    Properties,
    synthetic_observation,
)
from treehand.skills.vla.contract.checkpoint import CheckpointConfig, ModelSize
from treehand.skills.vla.reference.training import Batch, Progressed, TrainingSettings, train
from treehand.skills.vla.reference.vla_model import BREAK_FORCE_N, SmallVla
from treehand.worlds.tabletop.pictures import picture
from treehand.worlds.tabletop.robot import SPEC, SPEED_M_S
from treehand.worlds.tabletop.state import OPEN_M, TabletopState

SIDE = 64
SMALL = ModelSize(picture=SIDE, width=96, channels=16, keypoints=24)
RATE_HZ = 30.0
CHUNK = 16
GAIN_HZ = 5.0
NEAR_M = 0.004
TIME_LIMIT_S = 10
HELD_OUT = 1_000_000
"""Seeds of the examples are below this, those of the trials above."""
BLOCKS = ("red_block", "green_block", "blue_block")
THREADS_N = 2
"""Cores of a training; its time limit counts both."""
FILE = """
world: tabletop
bindings:
  pick:
    policy: {{adapter: torch, path: {path}, instruction: "pick up the {{item}}", beyond: clamp,
      wants: {{cameras: {{overhead: {{height: {side}, width: {side}}}, wrist: {{height: {side},
      width: {side}}}}}}}}}
    until: holding(item)
    timeout: {limit} s
"""


def spec() -> PolicySpec:
    """Return what the model sees and answers."""
    cameras = {name: CameraSpec(height=SIDE, width=SIDE) for name in SPEC.cameras}
    return PolicyWants(cameras=cameras).over(SPEC, chunk=CHUNK, rate_hz=RATE_HZ)


@dataclass
class Demonstrations:
    """Examples of the tabletop: what somebody who knows where everything is would do."""

    pictures: NDArray[np.uint8]
    state: NDArray[np.float64]
    instructions: list[str]
    actions: NDArray[np.float64]
    properties: list[Properties]

    def __len__(self) -> int:
        return len(self.instructions)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return some of them."""
        return Batch(
            self.pictures[rows],
            self.state[rows],
            tuple(self.instructions[row] for row in rows),
            self.actions[rows],
            tuple(self.properties[row] for row in rows),
        )

    def blind(self, seed: int) -> Demonstrations:
        """Return the same examples, with each other's pictures."""
        order = np.random.default_rng(seed).permutation(len(self))
        return replace(self, pictures=self.pictures[order])


def demonstrations(count: int, seed: int) -> Demonstrations:
    """Return examples from anywhere on the table: far, near, holding, and closed on nothing."""
    place = Deployment.load(DeploymentOverrides(world="tabletop"), looks_here=False)
    random = np.random.default_rng(seed)
    kept: list[tuple[NDArray[np.uint8], list[float], str, NDArray[np.float64], Properties]] = []
    for _ in range(count):
        number = int(random.integers(HELD_OUT))
        state = TabletopState(place.scene, place.domain, KeyedRandom(number).under("tabletop"))
        block = state.blocks[str(random.choice(BLOCKS))]
        kind = random.random()
        width_m, force_n = OPEN_M, 0.0
        if kind < 0.15:  # it holds the block
            state.gripper_m = block.at_m = tuple(random.uniform(-0.29, 0.29, 2))
            state.held, state.force_n, width_m = block.name, 2 * block.need_n, block.size_m
            force_n = state.force_n
        elif kind < 0.6:  # near
            x, y = np.array(block.at_m) + random.normal(0.0, 0.03, 2)
            state.gripper_m = (float(np.clip(x, -0.3, 0.3)), float(np.clip(y, -0.3, 0.3)))
        else:
            state.gripper_m = tuple(random.uniform(-0.3, 0.3, 2))
        if kind >= 0.95:  # closed on nothing
            state.force_n, width_m = 2.0, 0.0
        model = block.model
        break_n = model.break_force_n or BREAK_FORCE_N[1]
        grip_n = min(2.0 * block.need_n, FRAGILE_SHARE * break_n)
        kept.append(
            (
                np.stack([picture(state, camera, (SIDE, SIDE)) for camera in SPEC.cameras]),
                [*state.gripper_m, width_m, force_n],
                f"pick up the {block.name.replace('_', ' ')}",
                _shown(state, block.at_m, grip_n),
                Properties(model.mass_kg or 0.2, model.friction or 0.5, break_n),
            )
        )
    pictures, states, words, actions, properties = zip(*kept, strict=True)
    return Demonstrations(
        np.stack(pictures), np.array(states), list(words), np.stack(actions), list(properties)
    )


def _shown(
    state: TabletopState, target_m: tuple[float, float], grip_n: float
) -> NDArray[np.float64]:
    """Return the chunk of somebody who knows where the target is."""
    actions, at_m = [], np.array(state.gripper_m)
    is_closed_on_nothing = state.force_n > 0.0 and state.held is None
    for step in range(CHUNK):
        away_m = np.array(target_m) - at_m
        is_there = state.held is not None or math.hypot(*away_m) <= NEAR_M
        if is_closed_on_nothing and step < CHUNK // 4:
            actions.append([0.0, 0.0, 0.0])
        elif is_there:
            actions.append([0.0, 0.0, grip_n])
        else:
            velocity = GAIN_HZ * away_m
            velocity /= max(np.abs(velocity).max() / SPEED_M_S, 1.0)
            at_m = at_m + velocity / RATE_HZ
            actions.append([*velocity, 0.0])
    return np.array(actions)


def succeeds(folder: Path, seed: int) -> bool:
    """Return whether a model grasps a block on one table."""
    block = BLOCKS[seed % len(BLOCKS)].replace("_", " ")
    place = Deployment.load(DeploymentOverrides(config=folder / "treehand.yaml"))
    session = Session(place, seed=HELD_OUT + seed)
    plan = session.plan(session.understand(f"pick up the {block}"))
    assert isinstance(plan, Plan), plan
    session.without_recovery()
    return bool(session.execute(plan, approved_by="the benchmark").world_true)


def compare(
    *, minutes: float, seeds: int, examples: int = 12_000, is_told: bool = True
) -> dict[str, int]:
    """Return how often each model succeeded."""
    torch.set_num_threads(THREADS_N)
    shown = demonstrations(examples, seed=1)
    config = CheckpointConfig(spec=spec(), size=SMALL, notes={"data": "tabletop, demonstrated"})
    settings = TrainingSettings(steps_n=100_000, within_cpu_s=minutes * 60.0 * THREADS_N)

    def tell(at: Progressed) -> None:
        if is_told and at.step % 100 == 0:
            print(f"  step {at.step}: loss {at.loss:.4f}, {at.took_cpu_s:.0f} CPU-s", flush=True)

    models = {
        "trained": train(config, shown, settings, tell=tell),
        "trained on shuffled pictures": train(config, shown.blind(2), settings, tell=tell),
        "not trained": SmallVla(config),
    }
    won = dict.fromkeys(models, 0)
    with tempfile.TemporaryDirectory() as name:
        folders = {}
        for index, (label, model) in enumerate(models.items()):
            folder = folders[label] = Path(name) / str(index)
            model.save(folder / "model")
            text = FILE.format(path="model", side=SIDE, limit=TIME_LIMIT_S)
            (folder / "treehand.yaml").write_text(text)
        for seed in range(seeds):
            for label, folder in folders.items():
                won[label] += succeeds(folder, seed)
    return won


def intervals(won: Mapping[str, int], seeds: int) -> dict[str, tuple[float, float]]:
    """Return Wilson's 95 % interval of each share."""
    return {
        label: tuple(binomtest(count, seeds).proportion_ci(method="wilson"))
        for label, count in won.items()
    }


def chunk_ms(calls: int = 50) -> tuple[int, float]:
    """Return how many parameters the default model has, and ms for a chunk on one core."""
    model = SmallVla(CheckpointConfig(spec=PolicyWants().over(SPEC, chunk=CHUNK, rate_hz=RATE_HZ)))
    model.eval()
    torch.set_num_threads(1)
    seen = synthetic_observation(model.config.spec, 1)
    model.answer(seen, "pick up the red block")
    began = time.perf_counter()
    for _ in range(calls):
        model.answer(seen, "pick up the red block")
    took_ms = (time.perf_counter() - began) / calls * 1e3
    return sum(weights.numel() for weights in model.parameters()), took_ms


def main() -> None:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=4.0, help="of each training, on two cores")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    won = compare(minutes=given.minutes, seeds=given.seeds, is_told=not given.json)
    between = intervals(won, given.seeds)
    if given.json:
        told = {label: {"won": won[label], "between": between[label]} for label in won}
        print(json.dumps({"machine": describe(), "seeds": given.seeds, "models": told}))
        return
    print(f"machine: {describe()}; {given.minutes:g} minutes each, {given.seeds} held-out seeds")
    parameters_n, took_ms = chunk_ms()
    print(f"the default model: {parameters_n:,} parameters, {took_ms:.1f} ms a chunk on one core")
    for label, count in won.items():
        low, high = between[label]
        print(f"{label:30} {count}/{given.seeds} ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
