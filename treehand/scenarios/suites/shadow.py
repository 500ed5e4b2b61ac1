"""Shadow evaluation: the parameters in use and the proposed ones, on the same held-out seeds.

Each seed runs one goal twice in simulation, with the old parameters and with the new ones. Nothing
of it is journalled, and no robot moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import RunnerSettings
from treehand.scenarios.format.files import Variant
from treehand.scenarios.format.model import Expectations, Scenario
from treehand.scenarios.running.cases import Case, CaseReport
from treehand.scenarios.suites.statistics import PassRateComparison, compare

WALL_S = 300.0
"""Wall time after which one run counts as hung."""
WORSE = 0.05
"""Greatest p-value at which fewer successes count as worse."""
_NO_RUN = (Outcome.ANSWERED, Outcome.CLARIFY, Outcome.REFUSED)
"""Outcomes of words that nothing is done for; they say nothing about parameters."""


@dataclass(frozen=True)
class ShadowRuns:
    """Runs of a shadow evaluation."""

    deployment: Deployment
    """The deployment, as its files have it."""
    goals: Sequence[str]
    """Goals, which the seeds take in turn."""
    seeds: Sequence[int]
    """Held-out seeds: no run that the proposals rest on has one of them."""
    old: Path
    """File of the parameters in use; it need not exist."""
    new: Path
    """File of the proposed ones."""

    def compared(self, advance: Callable[[], None], *, workers: int = 1) -> PassRateComparison:
        """Run all pairs and compare how often the goal was reached, in the world itself.

        Args:
            advance: Called after each run.
            workers: Number of processes.

        Raises:
            InputError: If the world is not simulated, or a run cannot be judged.
            KeyboardInterrupt: If a person interrupts it; then there is no comparison.
        """
        if not self.deployment.kind.is_virtual:
            message = f"world '{self.deployment.kind.name}' is not simulated"
            hint = "a person may promote without a shadow evaluation: --skip-shadow"
            raise InputError.of("not-simulated", message, hint=hint)
        reports = runner_for(RunnerSettings(workers)).run(self._cases(), lambda report: advance())
        done = [_judged(report) for report in reports]
        return compare(done[0::2], done[1::2])

    def _cases(self) -> list[Case]:
        pairs = [(seed, self.goals[n % len(self.goals)]) for n, seed in enumerate(self.seeds)]
        return [
            Case(self._variant(goal, path), seed)
            for seed, goal in pairs
            for path in (self.old, self.new)
        ]

    def _variant(self, goal: str, parameters: Path) -> Variant:
        source = self.deployment.source
        files = {"config": source.config, "domain": source.domain, "scene": source.scene}
        given = {name: str(path) for name, path in files.items() if path is not None}
        scenario = Scenario(
            scenario="shadow evaluation",
            world=source.world,
            randomize=source.randomize,
            robot=source.robot,
            goal=goal,
            parameters=str(parameters) if parameters.exists() else None,
            wall_time=WALL_S,
            expect=Expectations(outcome=Outcome.SUCCESS),
            **given,
        )
        return Variant(parameters.parent / "shadow.scenario.yaml", scenario)


def _judged(report: CaseReport) -> tuple[bool, float]:
    if report.error:
        raise InputError.of("failing-scenario", f"seed {report.seed}: {report.error}")
    result = report.result
    if result is not None and result.outcome in _NO_RUN:
        message = f"'{report.goal}' is no goal to evaluate with: {result.outcome}, {result.message}"
        raise InputError.of("failing-scenario", message, hint="give another --goal")
    is_true = result is not None and result.world_true is not False
    return report.has_passed and is_true, result.sim_time_s if result is not None else math.nan


def is_worse(compared: PassRateComparison) -> bool:
    """Return True if the proposed parameters reach the goal less often, beyond chance."""
    return compared.only_a > compared.only_b and compared.p_value < WORSE
