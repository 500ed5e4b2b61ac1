"""Open goals that a language model splits: proven, and true after running.

    python -m benchmarks.decompose --llm MODEL [--data FILE] [--seeds N] [--json]

`--data` is YAML, a list of ``{goal: WORDS, truth: FORMULA}`` in the built-in kitchen; a few of ours
if left out. Each goal is split, planned, verified and run on every seed with nobody but this
program to agree; what is scored is whether the formula holds in the world's true state then, not
what the robot believes. Tokens and US dollars are per goal, failed calls included.

With ``recorded:FILE`` the answers are somebody's: they test the path, and no rate is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import describe
from treehand.core.errors import ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.decomposition import Decomposition, decompose
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Plan
from treehand.skills.domain import parse_formula

GOALS = (
    (
        "get the place ready for guests",
        "forall d in tableware where not clean(d) -> in(d, dishwasher)",
    ),
    ("make it safe to leave the house", "forall k in knob -> not is_on(k)"),
    ("nothing should spoil overnight", "forall f in food -> in(f, fridge)"),
    ("leave it so that nobody trips", "forall m in movable -> not on(m, floor)"),
)
"""Open goals with a formula that any fair reading makes true."""


@dataclass(frozen=True)
class OpenGoalRun:
    """One open goal on one seed."""

    goal: str
    seed: int
    parts: int = 0
    planned: int = 0
    proven: int = 0
    outcome: str = ""
    is_true: bool | None = None
    """True if the formula holds in the true state after the run; None if nothing was run."""
    tokens: int = 0
    usd: float | None = None


def run_one(model: str, words: str, truth: str, seed: int) -> OpenGoalRun:
    """Return how one open goal went."""
    deployment = Deployment.load(DeploymentOverrides(llm=model), looks_here=False)
    with Robot(deployment, workspace=None, settings=RobotSettings(seed=seed)) as robot:
        meter = robot.parts.proposer.reader.meter
        assert meter is not None
        counts: dict[str, Any] = {}
        try:
            split = decompose(robot, words)
        except ModelError as error:
            counts = {"outcome": error.finding.code}
        else:
            if isinstance(split, Decomposition):
                counts = _counts(split) | _run(robot, split, truth)
            else:
                counts = {"outcome": split.kind}
        usd = meter.spent.usd if meter.has_price else None
        return OpenGoalRun(words, seed, tokens=meter.spent.tokens, usd=usd, **counts)


def _counts(split: Decomposition) -> dict[str, int]:
    planned = [part for part in split.parts if part.is_planned]
    return {
        "parts": len(split.parts),
        "planned": len(planned),
        "proven": sum(not part.unproven for part in planned),
    }


def _run(robot: Robot, split: Decomposition, truth: str) -> dict[str, Any]:
    proposal = robot.propose_reading(split.whole) if split.whole is not None else None
    if not isinstance(proposal, Plan):
        return {"outcome": "no plan"}
    result = robot.run(robot.approve(proposal, by="the benchmark"))
    facts = robot.world.truth("the benchmark's formula")
    is_true = facts is not None and parse_formula(truth).holds(facts) is True
    return {"outcome": result.outcome.value, "is_true": is_true}


def lines(runs: list[OpenGoalRun], *, is_recorded: bool) -> list[str]:
    """Return the report in words; no rates for answers that no model gave."""
    shown = [
        f"{one.goal} (seed {one.seed}): {one.parts} goals, {one.planned} planned, {one.proven} "
        f"proven; {one.outcome}; true after running: {one.is_true}; {one.tokens} tokens"
        + (f", {one.usd:.4f} US dollars" if one.usd is not None else "")
        for one in runs
    ]
    if is_recorded:
        return [*shown, "recorded answers: they test the path; no rate is computed from them"]
    true = sum(one.is_true is True for one in runs)
    tokens = sum(one.tokens for one in runs) / len(runs)
    usd = [one.usd for one in runs if one.usd is not None]
    cost = f", {sum(usd) / len(usd):.4f} US dollars" if usd else ", at an unknown price"
    return [
        *shown,
        f"true after running: {true} of {len(runs)}",
        f"a goal: {tokens:.0f} tokens{cost}",
    ]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--llm", required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    goals = [*GOALS]
    if given.data is not None:
        rows = yaml.safe_load(given.data.read_text(encoding="utf-8"))
        goals = [(row["goal"], row["truth"]) for row in rows]
    runs = [run_one(given.llm, *one, seed) for one in goals for seed in range(given.seeds)]
    if given.json:
        print(json.dumps({"machine": describe(), "runs": [asdict(one) for one in runs]}))
        return
    print(describe(), file=sys.stderr)
    print("\n".join(lines(runs, is_recorded=given.llm.startswith("recorded:"))))


if __name__ == "__main__":
    main()
