"""Goals of several steps over the quality of a learned policy: bare, and under the tree.

    python -m benchmarks.policy_quality [CHECKPOINT ...] [--noise 0,0.03,0.05] [--goal GOAL]
        [--seeds 10] [--trials 10] [--randomize anywhere] [--out runs.jsonl] [--plot quality.svg]

The quality of a policy is how often a single pick of the goal's things succeeds, from the arm's
home and without recovery. Each policy then serves the picks of the whole goal in three ways: bare
(the first failure ends the run), under the tree with nothing beside it (retries, conditions that
are checked again, replanning), and under the tree with the world's own skill as the second way.
All runs have the same seeds, and the goal is judged by the world itself.

Policies are checkpoints along a training, or, without any, the one that the kitchen brings, made
worse: to every weight a Gaussian is added whose standard deviation is a share of that of the
weight's tensor. Runs are appended to the file of --out, and those that it has are not run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from benchmarks.line_plot import Series, line_plot
from benchmarks.machine import describe
from treehand.learning.evaluation.contenders import Contender
from treehand.learning.evaluation.evaluating import EvaluationSettings, trials
from treehand.learning.evaluation.goal_trials import GoalSettings, goal_trials
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.scenarios.suites.statistics import Rate
from treehand.skills.vla.checkpoint_binding import checkpoint_binding
from treehand.skills.vla.contract.checkpoint import CONFIG, WEIGHTS, read_config
from treehand.skills.vla.reference.weights_file import read_weights

WORLD, BUILTIN, SKILL = "kitchen-physics", "builtin", "pick"
GOAL = "put the can in the bin and the red mug in the sink"
NOISE = "0,0.03,0.05,0.1"
FIRST_SEED = 950_000
"""First seed, which no practice and no other figure has used."""
SINGLE, BARE, ALONE, BACKED = "single pick", "bare", "tree", "tree and own skill"
ARMS = (BARE, ALONE, BACKED)


@dataclass(frozen=True)
class Candidate:
    """A policy of a certain quality."""

    name: str
    folder: Path
    digest: str
    """Hash of its weights."""


@dataclass(frozen=True)
class Outcome:
    """One trial or run."""

    policy: str
    digest: str
    goal: str
    """The goal, or the call of a single pick."""
    preset: str
    way: str
    seed: int
    is_success: bool
    cpu_s: float


@dataclass(frozen=True)
class Row:
    """Rates of one policy."""

    policy: str
    rates: dict[str, Rate]
    """By way."""


class RunFile:
    """Outcomes that a file has, to which others are appended.

    Args:
        path: The file; None to keep nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []
        self.all = [Outcome(**json.loads(line)) for line in lines]

    def add(self, one: Outcome) -> None:
        """Append an outcome."""
        self.all.append(one)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")

    def has(self, candidate: Candidate, goal: str, preset: str, way: str, seed: int) -> bool:
        """Return True if this has been run."""
        wanted = (candidate.digest, goal, preset, way, seed)
        return any((x.digest, x.goal, x.preset, x.way, x.seed) == wanted for x in self.all)


def candidate(name: str, folder: Path) -> Candidate:
    """Return a checkpoint as a candidate."""
    return Candidate(name, folder, hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:12])


def noisy(folder: Path, share: float, into: Path) -> Path:
    """Write a checkpoint whose weights are disturbed; return its folder.

    Args:
        folder: The checkpoint.
        share: Standard deviation of what is added to each weight, as a share of its tensor's.
        into: New folder.
    """
    into.mkdir(parents=True)
    shutil.copy(folder / CONFIG, into / CONFIG)
    random = np.random.default_rng(0)
    weights = {
        name: (one + share * one.std() * random.standard_normal(one.shape)).astype(np.float32)
        for name, one in sorted(read_weights(folder / WEIGHTS).items())
    }
    save_file(weights, into / WEIGHTS)
    return into


def measure(candidates: Sequence[Candidate], options: argparse.Namespace, file: RunFile) -> None:
    """Run what the file lacks, seed by seed, so that an interrupt leaves equal numbers."""
    overrides = DeploymentOverrides(world=WORLD, randomize=options.randomize)
    for number in range(max(options.seeds, options.trials)):
        seed = options.first_seed + number
        for one in candidates:
            items = read_config(one.folder).serves[SKILL] if number < options.trials else ()
            for call in (f"{SKILL}({item})" for item in items):
                if not file.has(one, call, options.randomize, SINGLE, seed):
                    file.add(_single(one, call, seed, overrides))
            for way in ARMS if number < options.seeds else ():
                if not file.has(one, options.goal, options.randomize, way, seed):
                    file.add(_whole(one, options.goal, way, seed, overrides))


def _single(one: Candidate, call: str, seed: int, overrides: DeploymentOverrides) -> Outcome:
    preset = str(overrides.randomize)
    settings = EvaluationSettings(SKILL, [seed], (call,), (preset,))
    (trial,) = trials([Contender(one.name, one.folder)], overrides, settings)
    ended = trial.is_success, trial.cpu_s
    return Outcome(one.name, one.digest, call, preset, SINGLE, seed, *ended)


def _whole(
    one: Candidate, goal: str, way: str, seed: int, overrides: DeploymentOverrides
) -> Outcome:
    preset = str(overrides.randomize)
    policy = str(one.folder) if way == BACKED else None
    settings = GoalSettings(goal, [seed], policy, (preset,), (way != BARE,))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "treehand.yaml"
        path.write_text(json.dumps({"bindings": {SKILL: _bound(one.folder)}}), encoding="utf-8")
        alone = overrides.model_copy(update={"config": path})
        (trial,) = goal_trials(overrides if way == BACKED else alone, settings)
    ended = trial.is_success, trial.cpu_s
    return Outcome(one.name, one.digest, goal, preset, way, seed, *ended)


def _bound(folder: Path) -> dict[str, object]:
    """Return the binding of the skill to a checkpoint, with nothing beside it."""
    plain = Deployment.load(DeploymentOverrides(world=WORLD), looks_here=False)
    config, robot = read_config(folder), plain.kind.robot
    assert robot is not None
    model, items = plain.domain.skills[SKILL], config.serves[SKILL]
    path = str(folder.absolute())
    return checkpoint_binding(config, robot, SKILL, model, path=path, items=items)


def rows_of(
    candidates: Sequence[Candidate], outcomes: Sequence[Outcome], goal: str, preset: str
) -> list[Row]:
    """Return the rates of every policy in every way; a way without runs is left out."""
    rows = []
    for one in candidates:
        mine = [x for x in outcomes if (x.digest, x.preset) == (one.digest, preset)]
        rates = {}
        for way in (SINGLE, *ARMS):
            found = [x for x in mine if x.way == way and (way == SINGLE or x.goal == goal)]
            if found:
                rates[way] = Rate.of(sum(x.is_success for x in found), len(found))
        rows.append(Row(one.name, rates))
    return rows


def plot_of(rows: Sequence[Row], goal: str) -> str:
    """Return the rates over the quality, as an SVG document."""
    series = [
        Series(
            way,
            [
                (row.rates[SINGLE], row.rates[way])
                for row in rows
                if {SINGLE, way} <= row.rates.keys()
            ],
        )
        for way in ARMS
    ]
    title = f"{goal[0].upper()}{goal[1:]}"
    return line_plot(title, "a single pick succeeds", "the goal is reached", series)


def _cell(rate: Rate | None) -> str:
    return f"{rate.passed} of {rate.n} ({rate.low:.0%} to {rate.high:.0%})" if rate else "not run"


def _shares(text: str) -> list[float]:
    """Return the numbers of "0,0.05"; raises an error of the parser for others."""
    try:
        shares = [float(one) for one in text.split(",")]
    except ValueError:
        shares = [-1.0]
    if not all(0.0 <= one < math.inf for one in shares):
        raise argparse.ArgumentTypeError(f"'{text}' are no shares of 0 or more, as in {NOISE}")
    return shares


def _checkpoint(text: str) -> Path:
    """Return a folder; raises an error of the parser if there is no checkpoint in it."""
    folder = Path(text)
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise argparse.ArgumentTypeError(f"'{text}' is no checkpoint: it has no '{missing[0]}'")
    return folder


def main() -> None:
    """Measure, print the table and draw the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy_quality")
    parser.add_argument("checkpoints", nargs="*", type=_checkpoint)
    parser.add_argument("--noise", default=NOISE, type=_shares)
    parser.add_argument("--goal", default=GOAL)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=10, help="single picks of each thing")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--randomize", default="anywhere")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    file = RunFile(options.out)
    with tempfile.TemporaryDirectory() as name:
        candidates = [candidate(one.name, one) for one in options.checkpoints]
        if not candidates:
            kind = Deployment.load(DeploymentOverrides(world=WORLD), looks_here=False).kind
            for share in options.noise:
                folder = noisy(kind.policies[BUILTIN], share, Path(name) / f"{share:g}")
                candidates.append(candidate(f"noise {share:g}", folder))
        try:
            measure(candidates, options, file)
        except KeyboardInterrupt:  # what is done counts
            print("interrupted; so far:", file=sys.stderr)
        rows = rows_of(candidates, file.all, options.goal, options.randomize)
    if options.plot is not None:
        options.plot.write_text(plot_of(rows, options.goal), encoding="utf-8")
    if options.json:
        plain = {
            row.policy: {way: rate.model_dump() for way, rate in row.rates.items()} for row in rows
        }
        print(json.dumps({"machine": describe(), "goal": options.goal, "policies": plain}))
        return
    print(f"goal '{options.goal}', preset {options.randomize}, seeds from {options.first_seed}")
    print(f"machine: {describe()}")
    print("policy".ljust(14), *(way.ljust(26) for way in (SINGLE, *ARMS)))
    for row in rows:
        cells = [f"{r.passed} of {r.n} ({r.low:.0%} to {r.high:.0%})" for r in row.rates.values()]
        print(row.policy.ljust(14), *(cell.ljust(26) for cell in cells))


if __name__ == "__main__":
    main()
