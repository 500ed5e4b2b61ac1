"""Errors of a policy's property head, and what its picks drop with the head and without.

    python -m benchmarks.property_head [CHECKPOINT] [--worlds 40] [--trials 20]
        [--randomize anywhere,seed-article] [--call 'pick(can)' …] [--json]

The head estimates mass, friction and breaking force of the thing to be picked, from pictures and
words; the controller keeps the grip force between what these need and what they bear. Its states
are drawn as those of practice, in worlds that no training has seen. An error is a factor of at
least 1: 1.5 stands for half as much again, or two thirds. The guess beside it says for every thing
the geometric mean of all things' values. A range of grip forces is usable if it asks for no more
than the thing bears, and allows what it needs.

Each trial is one pick from the arm's home, without recovery, on the same seeds with the head and
without (`no-properties`: the policy's own force, within the limits of the gripper).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from treehand.core.errors import InputError
from treehand.learning.evaluation.contenders import Contender, contender_for
from treehand.learning.evaluation.evaluating import EvaluationSettings, Trial, trials
from treehand.learning.practice.drawn_states import Gathering, drawn_states
from treehand.learning.practice.labelled_states import LabelledStates
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.scenarios.suites.statistics import Rate
from treehand.skills import FloatArray
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.skills.domain import parse_call
from treehand.skills.vla.contract.checkpoint import read_config
from treehand.skills.vla.contract.policy import PolicyObservation, Properties
from treehand.skills.vla.reference.numpy_vla import NumpyVla

WORLD, SKILL = "kitchen-physics", "pick"
PRESETS = "anywhere,seed-article"
FIRST_SEED = 960_000
"""First seed, which no practice and no other figure has used."""
STATES_N = 10
"""States of each world, shared by the calls."""


@dataclass(frozen=True)
class Errors:
    """Errors on the states of one thing, in one preset."""

    preset: str
    thing: str
    n: int
    head: tuple[float, float, float]
    """Median factor between estimate and truth: mass, friction, breaking force."""
    guess: tuple[float, float, float]
    """The same for the geometric mean of all things."""
    usable: Rate
    """States whose range of grip forces neither breaks the thing nor forbids to hold it."""


def factors(estimates: FloatArray, truths: FloatArray) -> tuple[float, float, float]:
    """Return the median factor of each property, 1 or more; both have the shape (n, 3)."""
    mass, friction, force = np.exp(np.median(np.abs(np.log(estimates / truths)), axis=0))
    return float(mass), float(friction), float(force)


def is_usable(estimate: Properties, truth: Properties) -> bool:
    """Return True if the grip range of an estimate has a force that holds, and only sound ones."""
    least_n, most_n = grip_range_n(estimate)
    needed_n, borne_n = grip_range_n(truth)
    return least_n <= min(borne_n, most_n) and most_n >= needed_n


def grip_range_n(one: Properties) -> tuple[float, float]:
    """Return the least and the greatest grip force for a thing, in N, as the controller does."""
    need_n = needed_force_n(one.mass_kg, one.friction, LIFT_ACCELERATION_M_S2)
    return need_n, FRAGILE_SHARE * one.break_force_n


def errors_of(folder: Path, calls: Sequence[str], preset: str, worlds_n: int) -> list[Errors]:
    """Return the errors of a checkpoint's head for each call, on states of drawn worlds."""
    config, model = read_config(folder), NumpyVla.load(folder)
    overrides = DeploymentOverrides(world=WORLD, randomize=preset)
    seeds = range(FIRST_SEED, FIRST_SEED + worlds_n)
    patterns = tuple(parse_call(call) for call in calls)
    found: dict[str, list[tuple[Properties, Properties]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        states = LabelledStates(config.spec, Path(name))
        places = [Deployment.load(overrides, looks_here=False)]
        drawn = drawn_states(places, config.spec, Gathering(patterns, seeds, STATES_N))
        states.add(drawn, worlds_n * STATES_N, lambda _: None)
        for row in range(len(states)):
            one = states.batch(np.array([row]))
            pictures = dict(zip(config.spec.cameras, one.pictures[0], strict=True))
            ends = np.cumsum([state.size for state in config.spec.state.values()])[:-1]
            felt = dict(zip(config.spec.state, np.split(one.state[0], ends), strict=True))
            seen = PolicyObservation(row + 1, 0, 0.0, pictures, state=felt)
            answer = model.answer(seen, one.instructions[0])
            assert answer.properties is not None
            found[one.instructions[0]].append((answer.properties, one.properties[0]))
    return _judged(preset, found)


def _judged(preset: str, found: dict[str, list[tuple[Properties, Properties]]]) -> list[Errors]:
    every = np.array([astuple(truth) for pairs in found.values() for _, truth in pairs])
    mean = np.exp(np.log(every).mean(axis=0))
    rows = []
    for words, pairs in sorted(found.items()):
        told = np.array([astuple(estimate) for estimate, _ in pairs])
        true = np.array([astuple(truth) for _, truth in pairs])
        usable = Rate.of(sum(is_usable(*pair) for pair in pairs), len(pairs))
        guess = factors(np.broadcast_to(mean, true.shape), true)
        rows.append(Errors(preset, words, len(pairs), factors(told, true), guess, usable))
    return rows


def picked(folder: Path, calls: Sequence[str], preset: str, trials_n: int) -> list[Trial]:
    """Run the picks with the head and without, on the same seeds."""
    with_head = Contender("with the head", folder)
    without = Contender("without", folder, "no-properties")
    seeds = range(FIRST_SEED, FIRST_SEED + trials_n)
    settings = EvaluationSettings(SKILL, seeds, tuple(calls), (preset,))
    return trials([with_head, without], DeploymentOverrides(world=WORLD), settings)


@dataclass(frozen=True)
class Picks:
    """Picks of one thing in one preset, in one way."""

    preset: str
    call: str
    way: str
    rate: Rate
    codes: dict[str, int]
    """Number of failures by code."""


def pick_rows(done: Sequence[Trial]) -> list[Picks]:
    """Return the rate of each pick, with the head and without."""
    groups: dict[tuple[str, str, str], list[Trial]] = defaultdict(list)
    for one in done:
        groups[str(one.preset), one.call, one.contender].append(one)
    rows = []
    for key, group in groups.items():
        codes = Counter(str(one.code) for one in group if not one.is_success)
        rate = Rate.of(sum(one.is_success for one in group), len(group))
        rows.append(Picks(*key, rate, dict(codes)))
    return rows


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.property_head")
    parser.add_argument("checkpoint", nargs="?", default="builtin")
    parser.add_argument("--call", action="append", help="default: what the checkpoint serves")
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--randomize", default=PRESETS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kind = Deployment.load(DeploymentOverrides(world=WORLD), looks_here=False).kind
    try:
        folder = contender_for(options.checkpoint, kind.policies).source
    except InputError as error:
        parser.error(str(error))
    if folder is None or not folder.is_dir():
        parser.error(f"'{options.checkpoint}' is no checkpoint of the reference model")
    calls = options.call or [f"{SKILL}({one})" for one in read_config(folder).serves[SKILL]]
    errors: list[Errors] = []
    done: list[Trial] = []
    try:
        for preset in options.randomize.split(","):
            errors += errors_of(folder, calls, preset, options.worlds)
            done += picked(folder, calls, preset, options.trials)
    except InputError as error:
        parser.error(str(error))
    rows = pick_rows(done)
    if options.json:
        plain = {"errors": [plain_of(one) for one in errors], "picks": [plain_of(x) for x in rows]}
        print(json.dumps({"machine": describe(), "checkpoint": options.checkpoint} | plain))
        return
    print(f"checkpoint {options.checkpoint}, seeds from {FIRST_SEED}; machine: {describe()}")
    print(
        "\npreset        thing            states  head: mass, friction, force  guess: the same",
        end="",
    )
    print("       usable")
    for one in errors:
        head, guess = (" ".join(f"{x:6.2f}" for x in group) for group in (one.head, one.guess))
        print(
            f"{one.preset:13} {one.thing:16} {one.n:6}  {head:28} {guess:20} ", _share(one.usable)
        )
    print("\npreset        pick               way            picked                  failures")
    for row in rows:
        codes = ", ".join(f"{code} {n}" for code, n in sorted(row.codes.items()))
        print(f"{row.preset:13} {row.call:18} {row.way:14} {_share(row.rate):23} {codes}")


def plain_of(row: Errors | Picks) -> dict[str, object]:
    """Return a row as JSON has it."""
    rates = {name: one.model_dump() for name, one in vars(row).items() if isinstance(one, Rate)}
    return asdict(row) | rates


def _share(rate: Rate) -> str:
    return f"{rate.passed} of {rate.n} ({rate.low:.0%} to {rate.high:.0%})"


if __name__ == "__main__":
    main()
