"""One run of one scenario, and how it went."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, computed_field

from treehand.core.errors import InputError, TreehandError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.call_pattern import call_fits
from treehand.orchestrator.people.person import ScriptedPerson
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.engines.wall_limit import WallLimit
from treehand.scenarios.format.files import Deployments, Variant, parameters_of, words_of
from treehand.scenarios.format.model import Expectations
from treehand.scenarios.running.case_record import CaseRecord, ForbiddenFacts
from treehand.scenarios.running.process_kill import (
    experiment_of,
    kills,
    parts_until_killed,
    resume_killed,
    run_scenario,
)
from treehand.scenarios.running.run_replay import RunReplay
from treehand.skills.domain import Call, CallField, Facts, parse_call
from treehand.trees.drawing.tree_picture import tree_svg


@dataclass(frozen=True)
class Case:
    """One run of one scenario."""

    variant: Variant
    seed: int
    draws: bool = False
    """True if its report is to hold a picture of the tree."""

    @property
    def key(self) -> str:
        """Return its unique key: ``file::variant::seed``."""
        parts = [str(self.variant.path), self.variant.name, f"seed={self.seed}"]
        return "::".join(part for part in parts if part)

    @property
    def path(self) -> Path:
        """File of the scenario."""
        return self.variant.path

    @property
    def named_files(self) -> tuple[Path, ...]:
        """Files that the scenario names, its own among them."""
        scenario = self.variant.scenario
        named = (scenario.config, scenario.domain, scenario.scene, scenario.tree, scenario.words)
        return (self.path, *(self.variant.folder / name for name in named if name is not None))

    @property
    def limit_s(self) -> float:
        """Wall time of a machine without other load after which it hangs."""
        return self.variant.scenario.wall_time

    @property
    def content(self) -> str:
        """The scenario, the variant and the seed, as a text."""
        return f"{self.variant.name}\n{self.seed}\n{self.variant.scenario.model_dump_json()}"

    def run(self, deployments: Deployments) -> CaseReport:
        """Run it in virtual time and compare."""
        return run_case(self, deployments)

    def lost(self, why: str) -> CaseReport:
        """Return the report of a case that nobody finished."""
        scenario = self.variant.scenario
        return CaseReport(
            path=str(self.path),
            variant=self.variant.name,
            scenario=scenario.scenario,
            goal=scenario.goal or f"tree {scenario.tree}",
            seed=self.seed,
            error=why,
        )

    def moved(self, path: Path) -> Case:
        """Return the case with its file, and all that lies beside it, at another place."""
        return replace(self, variant=replace(self.variant, path=path))

    def brought_back(self, report: CaseReport) -> CaseReport:
        """Return the report of the moved case with this case's path."""
        return report.model_copy(update={"path": str(self.path)})


class CaseReport(BaseModel):
    """Report of one case; plain data, so that it can come from another process."""

    model_config = ConfigDict(frozen=True)

    path: str
    variant: str
    scenario: str
    goal: str
    seed: int
    faults_not_triggered: tuple[str, ...] = ()
    """Faults that never triggered."""
    mismatches: tuple[str, ...] = ()
    """Expectations that were not met, a sentence each."""
    remarks: tuple[str, ...] = ()
    """Expectations that were judged by beliefs: the world does not know what is true."""
    error: str = ""
    """Why it could not be judged: bad input, a hang, a worker that died."""
    result: RunResult | None = None
    timeline: tuple[str, ...] = ()
    """Events, a line each."""
    calls: tuple[CallField, ...] = ()
    """The skill calls that were begun, in order."""
    picture: str = Field(default="", exclude=True)
    """The tree of the last plan as an SVG document; empty if there was none."""
    replay: str = Field(default="", exclude=True)
    """The run for the scrubber of a report, see `RunReplay.document`; empty if it has none."""
    statuses: dict[str, str] = {}
    """Node path to its last status."""
    first_successes: dict[CallField, int] = {}
    """Skill call to the number of its first activation that succeeded."""
    wall_s: float = 0.0
    repro_command: str = ""
    """The command that repeats it, where it is not `treehand test` with file and seed."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that was not as expected; empty if the case passed."""
        messages = (f"the fault '{fault}' never triggered" for fault in self.faults_not_triggered)
        return (*messages, *self.mismatches)

    @property
    def has_passed(self) -> bool:
        """Return True if every expectation was met."""
        return not self.problems and not self.error

    @property
    def key(self) -> str:
        """Return the case's key."""
        parts = [self.path, self.variant, f"seed={self.seed}"]
        return "::".join(part for part in parts if part)


def cases_of(variants: list[Variant]) -> list[Case]:
    """Return every run that the scenarios of a file ask for."""
    return [Case(variant, seed) for variant in variants for seed in seeds_of(variant)]


def seeds_of(variant: Variant) -> tuple[int, ...]:
    """Return the seeds of a scenario's runs."""
    scenario = variant.scenario
    if scenario.seeds is not None:
        return scenario.seeds
    return tuple(range(scenario.seed, scenario.seed + (scenario.runs or 1)))


def run_case(case: Case, deployments: Deployments | None = None) -> CaseReport:
    """Run a case in virtual time and compare; never raises for what the scenario does."""
    began = time.perf_counter()
    watcher = _Watcher(case)
    error, result = "", None
    try:
        result = watcher.run(deployments or Deployments())
        mismatches = tuple(watcher.mismatches(result))
    except TreehandError as raised:
        mismatches, error = (), str(raised)
    except (Exception, SystemExit) as raised:  # a skill's code: it costs this case, not the suite
        mismatches, error = (), f"{type(raised).__name__}: {raised}"
    if watcher.is_overdue:
        error = f"hang: it took longer than wall_time, {case.variant.scenario.wall_time:g} s"
    return CaseReport(
        path=str(case.variant.path),
        variant=case.variant.name,
        scenario=case.variant.scenario.scenario,
        goal=case.variant.scenario.goal or f"tree {case.variant.scenario.tree}",
        seed=case.seed,
        faults_not_triggered=tuple(watcher.record.faults_not_triggered) if not error else (),
        mismatches=mismatches,
        remarks=watcher.remarks() if not error else (),
        error=error,
        result=result,
        timeline=tuple(watcher.record.timeline),
        picture=watcher.picture() if case.draws else "",
        replay=watcher.replay(has_pictures=bool(error or mismatches)) if case.draws else "",
        calls=tuple(watcher.record.calls),
        statuses=watcher.record.statuses,
        first_successes=watcher.record.first_successes,
        wall_s=time.perf_counter() - began,
    )


class _Watcher:
    """Runs a case and notes what its expectations ask for."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._scenario = case.variant.scenario
        self._robot: Robot | None = None
        self._replay = RunReplay()
        self.record = CaseRecord()
        self._deployment: Deployment | None = None
        self._forbidden = ForbiddenFacts(self._scenario.expect.never, self._oracle)
        self.is_overdue = False

    def run(self, deployments: Deployments) -> RunResult:
        scenario = self._scenario
        person = ScriptedPerson(scenario.answers)
        deployment = self._deployment = deployments.of(self._case.variant)
        if kills(self._case.variant):
            return self._run_killed(deployment, person)
        settings = RobotSettings(
            seed=self._case.seed,
            person=person,
            experiment=experiment_of(self._case.variant),
            words=words_of(self._case.variant),
            parameters=parameters_of(self._case.variant),
        )
        robot = Robot(deployment, workspace=None, settings=settings)
        self._watch(robot)
        with WallLimit(scenario.wall_time, self._stop), robot:
            return run_scenario(robot, self._case.variant)

    def picture(self) -> str:
        """Return the tree as it ended as an SVG document; empty if there was none."""
        found, drawn = self._deployment, self.record.drawn
        outline = drawn.outline(found.library, found.domain.skills) if found is not None else None
        if outline is None:
            return ""
        title = drawn.title(self._scenario.scenario)
        return tree_svg(outline, title=title, remarks=drawn.remarks, is_run=True)

    def replay(self, *, has_pictures: bool) -> str:
        """Return the run for the scrubber of a report; empty if it had no plan.

        Args:
            has_pictures: True to hold its pictures, too.
        """
        found = self._deployment
        if found is None:
            return ""
        return self._replay.document(found.library, found.domain.skills, has_pictures=has_pictures)

    def _run_killed(self, deployment: Deployment, person: ScriptedPerson) -> RunResult:
        """Let processes of their own be killed, then carry the run on in this one."""
        variant, seed = self._case.variant, self._case.seed
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            events = parts_until_killed(variant, seed, folder)
            if not events:
                message = "no process was killed: 'process-killed' never triggered"
                raise InputError.of("wrong-fault", message, hint="say when: at, after or when")
            self.record.over(events)
            for event in events:
                self._replay.take(event)
            self._forbidden.over(events)
            workspace = Workspace(folder)
            return resume_killed(variant, deployment, workspace, person=person, opened=self._watch)

    def _watch(self, robot: Robot) -> None:
        self._robot = robot
        robot.world.stream.subscribe(self.record.take)
        if self._case.draws:
            robot.world.stream.subscribe(self._replay.take)
            self._replay.film(robot.world.world)
        robot.world.stream.subscribe(self._forbidden.take)

    def _stop(self) -> None:
        self.is_overdue = True
        if self._robot is not None:
            self._robot.stop("the wall time of the scenario is over", by="the scenario")

    def _oracle(self) -> Facts | None:
        """Return the world's true state, without an event for every look.

        Where the world does not know it, what the robot believes stands in.
        """
        if self._robot is None:
            return None
        world = self._robot.world
        return world.unjournalled_truth() if world.checked.has_truth else world.facts

    @property
    def _has_truth(self) -> bool:
        return self._robot is None or self._robot.world.checked.has_truth

    def remarks(self) -> tuple[str, ...]:
        """Return the expectations that were judged by beliefs; none if the world has a truth."""
        expect = self._scenario.expect
        if self._has_truth or not (expect.facts or expect.never):
            return ()
        judged = ", ".join(f"'{one}'" for one in (*expect.facts, *expect.never))
        return (f"{self._no_truth()}; judged by what the robot believes: {judged}",)

    def _no_truth(self) -> str:
        name = self._robot.world.world_name if self._robot is not None else ""
        return f"world '{name}' has no truth()"

    def mismatches(self, result: RunResult) -> Iterator[str]:
        """Yield the expectations that were not met."""
        expect = self._scenario.expect
        if self._scenario.faults and result.outcome is not Outcome.ERROR and not self.record.calls:
            yield "nothing was moved, so no fault could trigger"
        if expect.outcome is not None and result.outcome is not expect.outcome:
            yield f"outcome is {result.outcome.value}, not {expect.outcome.value}: {result.message}"
        truth = self._oracle()
        for formula in expect.facts:
            value = formula.holds(truth) if truth is not None else None
            if value is True:
                continue
            if self._has_truth:
                yield f"'{formula}' does not hold in the end"
                continue
            belief = "not known" if value is None else "false"
            yield (
                f"'{formula}' cannot be judged here: {self._no_truth()}; the belief is that it is "
                f"{belief}"
            )
        held = "held" if self._has_truth else "was believed to hold"
        for text, time_s in self._forbidden.violated.items():
            yield f"'{text}' {held} at {time_s:.1f} s, and must never"
        yield from self._counts(expect, result)
        if expect.within is not None and result.sim_time_s > expect.within:
            yield f"it took {result.sim_time_s:g} s, more than {expect.within:g} s"
        if expect.cost_usd is not None and self.record.cost_usd > expect.cost_usd:
            yield f"models cost {self.record.cost_usd:g} US dollars, more than {expect.cost_usd:g}"
        if expect.says is not None and expect.says not in result.message:
            yield f"the message does not say '{expect.says}': {result.message}"
        if expect.sound_stop and not self.record.is_at_rest:
            yield "the robot was not brought to rest, or did not say so"

    def _counts(self, expect: Expectations, result: RunResult) -> Iterator[str]:
        for text, bound in expect.attempts.items():
            count = sum(call_fits(parse_call(text), call) for call in self.record.calls)
            if not bound.fits(count):
                yield f"{text} was called {count} times, not {bound}"
        for code, bound in expect.failures.items():
            if not bound.fits(self.record.failures[code.value]):
                yield f"{code.value} came {self.record.failures[code.value]} times, not {bound}"
        counted = (
            ("retries", expect.retries, result.retries),
            ("replans", expect.replans, result.replans),
            ("questions", expect.questions, self.record.questions),
            ("tokens", expect.tokens, self.record.tokens),
        )
        for name, limit, count in counted:
            if limit is not None and not limit.fits(count):
                yield f"{count} {name}, not {limit}"
        missing = _first_out_of_order(expect.order, self.record.calls)
        if missing is not None:
            yield f"'{missing}' did not begin when its turn came"


def _first_out_of_order(order: tuple[Call, ...], calls: list[Call]) -> Call | None:
    rest = iter(calls)
    for pattern in order:
        if not any(call_fits(pattern, call) for call in rest):
            return pattern
    return None


def refused(path: Path, error: InputError) -> CaseReport:
    """Return the report of a file that cannot be read."""
    return CaseReport(
        path=str(path), variant="", scenario=path.name, goal="", seed=0, error=str(error)
    )
