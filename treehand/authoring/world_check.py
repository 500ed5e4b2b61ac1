"""Conformance of a world: what it tells, how it takes time, and how its robot stops."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from treehand.authoring.bounded_call import BoundedCall
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.error_record import error_record
from treehand.core.errors import TreehandError
from treehand.core.keyed_random import KeyedRandom
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import DeploymentFile
from treehand.skills import (
    Controllable,
    Counting,
    Disturbable,
    GroundTruth,
    Randomized,
    World,
)
from treehand.skills.domain import Facts, Percept, Vocabulary
from treehand.skills.robot_testing import check_robot, resting_action
from treehand.skills.testing import Check
from treehand.worlds import CheckedWorld, WorldContext, open_checked
from treehand.worlds.ros.goals import RosRequest
from treehand.worlds.ros.interface import RosBinding
from treehand.worlds.ros.robot import RosRobot
from treehand.worlds.ros.skills import absence, names_in

STEP_S = 0.2
"""Run time that passes between two looks at a world."""
LOOKS = 10
"""Looks at a world."""
LIMIT_S = 2.0
"""Longest time that one call of a world may take, in wall seconds."""
_LATE_S = 1e-6
_AT_ONCE_S = 1e-3


def check_world(deployment: Deployment, *, seed: int = 0) -> list[Check]:
    """Return the results of all conformance checks of a deployment's world, which is opened.

    The robot gets stops and, if it declares its actions, the action by which it stays where it is.

    Args:
        deployment: The world, with its domain and scene.
        seed: Seed of its random draws.
    """
    opened = _Opened(deployment, seed)
    checks = [Check("it opens, with a robot that stops", opened.problem)]
    if opened.problem:
        return checks
    checks += opened.looks()
    checks += _ability_checks(opened)
    checks += _robot_checks(opened)
    checks += _ros_checks(opened)
    if deployment.kind.is_virtual:
        checks.append(Check("two of it are independent, and alike", _twin_problem(opened)))
    return checks


def notes_on(deployment: Deployment, *, seed: int = 0) -> list[str]:
    """Return the abilities and skills that a world lacks, and what it has told nothing of."""
    opened = _Opened(deployment, seed)
    if opened.world is None:
        return []
    name = deployment.kind.name
    notes = []
    if not isinstance(opened.world, GroundTruth):
        notes.append(f"world '{name}' has no truth(): scenarios are judged by beliefs")
    if not isinstance(opened.world, Disturbable):
        notes.append(f"world '{name}' has no inject(): faults are those of skills and the process")
    robot = type(opened.world.embodiment)
    awaited = [key for key in dir(robot) if inspect.iscoroutinefunction(getattr(robot, key, None))]
    if awaited:
        notes.append(
            f"{robot.__name__}.{awaited[0]}() is async: a skill that calls it moves nothing"
        )
        notes[-1] += "; hand it to the loop of the driver, as asyncio.run_coroutine_threadsafe does"
    opened.looks()
    sensed = {key for key, one in deployment.domain.predicates.items() if one.known_by == "sensed"}
    silent = sorted(sensed - opened.told)
    if silent:
        names = ", ".join(f"'{one}'" for one in silent)
        notes.append(f"nothing was told yet of {names}: report it in perceive(), or know it by")
        notes[-1] += " 'predicted' or 'given' in the domain"
    unserved = set(deployment.domain.skills) - set(deployment.catalog.names(name))
    if unserved:
        names = ", ".join(f"'{one}'" for one in sorted(unserved))
        notes.append(f"nothing serves {names}: no plan that needs it runs; give the world a skill")
        notes[-1] += " of that name, or bind one in treehand.yaml"
    for told, why in opened.checked.drops if opened.checked is not None else ():
        notes.append(f"perceive() told '{told}', which is dropped: {why}")
    return notes


@dataclass
class _Opened:
    """A world that was opened for its checks."""

    deployment: Deployment
    seed: int
    clock: Clock = field(init=False)
    world: World | None = field(init=False, default=None)
    checked: CheckedWorld | None = field(init=False, default=None)
    problem: str = field(init=False, default="")
    told: set[str] = field(init=False, default_factory=set)
    """Predicates that it has told of."""
    first: tuple[Percept, ...] = field(init=False, default=())
    _hasty: int = field(init=False, default=0)
    """Number of looks at which its next event was due at once."""

    def __post_init__(self) -> None:
        kind = self.deployment.kind
        self.clock = VirtualClock() if kind.is_virtual else MonotonicClock(1.0)
        context = WorldContext(
            self.deployment.domain, self.deployment.scene, KeyedRandom(self.seed), self.clock
        )
        call = BoundedCall("opening it", lambda: open_checked(kind, context), LIMIT_S * 5)
        self.problem = call.problem
        if not self.problem and call.answer is not None:
            self.world = call.answer
            self.checked = CheckedWorld(self.world, kind.name, self.deployment.vocabulary)

    def looks(self) -> list[Check]:
        """Return the checks of what it tells while time passes."""
        problems: dict[str, str] = {}
        last_s: dict[str, float] = {}
        for number in range(LOOKS):
            now_s = self.clock.now_s()
            for name, problem in self._look(now_s, last_s, is_first=number == 0):
                problems.setdefault(name, problem)
            if "it answers in time, and tells percepts of the domain" in problems:
                break
            self.clock.wait_until(now_s + STEP_S)
        return [Check(name, problems.get(name, "")) for name in _LOOK_CHECKS]

    def _look(
        self, now_s: float, last_s: dict[str, float], *, is_first: bool
    ) -> Iterator[tuple[str, str]]:
        assert self.checked is not None
        checked = self.checked
        answers, time_told, agrees, event_told = _LOOK_CHECKS
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("advance()", lambda: checked.advance(now_s)),
            ("perceive()", checked.perceive),
            ("next_event_s()", checked.next_event_s),
        )
        results: list[object] = []
        for name, function in steps:
            call = BoundedCall(name, function, LIMIT_S)
            if call.problem:
                yield answers, call.problem
                return
            results.append(call.answer)
        percepts: tuple[Percept, ...] = results[1]  # type: ignore[assignment]
        self.told |= {percept.fact.predicate for percept in percepts}
        self.first = percepts if is_first else self.first
        both = _contradiction(percepts, self.deployment.vocabulary)
        if both:
            yield agrees, both
        yield from ((time_told, f"{one}; it was dropped") for one in checked.late)
        for percept in percepts:
            yield from ((time_told, one) for one in _time_problems(percept, last_s, now_s))
        due_s = results[2]
        if isinstance(due_s, float) and due_s < now_s - _LATE_S:
            told = f"next_event_s() is {due_s:g} s after advance({now_s:g}), which is over"
            yield event_told, told
        self._hasty += isinstance(due_s, float) and due_s < now_s + _AT_ONCE_S
        if self._hasty == LOOKS:
            told = f"next_event_s() is due within {_AT_ONCE_S:g} s at each of {LOOKS} looks"
            yield event_told, f"{told}, so that a run would not get on"


_LOOK_CHECKS = (
    "it answers in time, and tells percepts of the domain",
    "its percepts have times that grow, and none is of the future",
    "its percepts of one time and source agree with each other",
    "its next event is not over",
)


def _contradiction(percepts: Iterable[Percept], vocabulary: Vocabulary) -> str:
    """Return two percepts of one time and source that exclude each other; empty if none do."""
    true: dict[object, Percept] = {}
    values: dict[object, Percept] = {}
    for percept in percepts:
        seen = (percept.time_s, percept.source)
        groups = vocabulary.groups(percept.fact) if percept.value else ()
        for before in [
            values.setdefault((percept.fact, seen), percept),
            *(true.setdefault((key, seen), percept) for key in groups),
        ]:
            if (before.fact, before.value) != (percept.fact, percept.value):
                return f"it told '{before}' and '{percept}' at once, and the domain excludes it"
    return ""


def _time_problems(percept: Percept, last_s: dict[str, float], now_s: float) -> Iterator[str]:
    if percept.time_s > now_s + _LATE_S:
        yield f"'{percept}' is of {percept.time_s:g} s, and it is {now_s:g} s"
    before_s = last_s.get(str(percept.fact), 0.0)
    if percept.time_s < before_s - _LATE_S:
        yield f"'{percept}' is of {percept.time_s:g} s, the one before of {before_s:g} s"
    last_s[str(percept.fact)] = max(before_s, percept.time_s)


def _ability_checks(opened: _Opened) -> Iterator[Check]:
    """Yield for each ability of the world that a run asks for whether it answers."""
    checked, world = opened.checked, opened.world
    assert checked is not None
    asked: tuple[tuple[type, str, Callable[[], object]], ...] = (
        (GroundTruth, "truth()", checked.truth),
        (Disturbable, "disturbances", lambda: checked.faults.disturbances),
        (Randomized, "sample", checked.sample),
        (Counting, "counts()", checked.counts),
    )
    for ability, name, function in asked:
        if isinstance(world, ability):
            yield Check(f"its {name} answers", BoundedCall(name, function, LIMIT_S).problem)


def _robot_checks(opened: _Opened) -> Iterator[Check]:
    assert opened.world is not None
    assert opened.checked is not None
    robot, clock, checked = opened.world.embodiment, opened.clock, opened.checked

    def let_pass(seconds: float) -> None:
        clock.wait_until(clock.now_s() + seconds)
        checked.advance(clock.now_s())

    try:
        action = resting_action(robot)
        for check in check_robot(robot, action, let_pass=let_pass):
            yield Check(f"its robot: {check.name}", check.problem)
        if isinstance(robot, Controllable):
            yield Check("its robot: it refuses actions that are none", _takes_nonsense(robot))
            yield Check(
                "its robot: its state has the sizes and units that it declares", _misfit(robot)
            )
            yield Check("its robot: its cameras give the pictures that it declares", _blind(robot))
    except Exception as error:  # a driver: whatever it raises is a result of the check
        is_ours = isinstance(error, TreehandError)
        yield Check("its robot answers", str(error if is_ours else error_record(error)))


def _ros_checks(opened: _Opened) -> Iterator[Check]:
    """Yield for each binding to ROS whether its action server or service is there."""
    robot = opened.world.embodiment if opened.world is not None else None
    config = opened.deployment.source.config
    if not isinstance(robot, RosRobot) or config is None:
        return
    bindings = read_file(config, DeploymentFile).bindings
    interfaces = {n: one.ros for n, one in bindings.items() if isinstance(one, RosBinding)}
    asked = {"action": robot.server_names(), "service": robot.service_names()}
    keys = {"action": "action_servers", "service": "services"}
    answers = {kind: _answer(opened, robot, call) for kind, call in asked.items()}
    for name, interface in interfaces.items():
        if interface.kind not in asked or "{" in interface.name:
            continue
        what = {"action": "action server"}.get(interface.kind, interface.kind)
        known = names_in(answers[interface.kind], keys[interface.kind])
        is_there = known is None or interface.name in known
        problem = "" if is_there else absence(what, interface.name, known)
        yield Check(f"the {what} of '{name}' is there", problem)


def _answer(opened: _Opened, robot: RosRobot, call: str) -> RosRequest | None:
    """Return the answer to a question to rosapi, or None if it has not come in time."""
    limit_s = opened.clock.now_s() + LIMIT_S
    while (found := robot.request(call)) is not None and not found.is_over:
        if opened.clock.now_s() >= limit_s:
            return None
        opened.clock.wait_until(opened.clock.now_s() + STEP_S)
    return found


def _takes_nonsense(robot: Controllable) -> str:
    size = robot.spec.action.size
    wrong = {"NaN": np.full(size, np.nan), f"{size + 1} numbers": np.zeros(size + 1)}
    for what, action in wrong.items():
        try:
            robot.apply(action)
        except Exception:  # any exception is a refusal
            continue
        robot.stop()
        return f"apply() takes {what}"
    return ""


def _misfit(robot: Controllable) -> str:
    state = robot.proprioception()
    for name, declared in robot.spec.proprioception.items():
        values: Mapping[str, np.ndarray] = state.values
        if name not in values:
            return f"proprioception() has no '{name}'"
        shape = np.shape(values[name])
        if shape != (declared.size,):
            return f"'{name}' has shape {shape}, declared is ({declared.size},)"
        if not np.isfinite(values[name]).all():
            return f"'{name}' holds numbers that are not finite"
        unit = re.sub(r"[^a-z0-9]+", "_", declared.unit.lower()).strip("_")
        if unit not in ("1", "") and not name.lower().endswith(f"_{unit}"):
            return f"the name of '{name}' does not end in its unit, '_{unit}'"
    return ""


def _blind(robot: Controllable) -> str:
    size = (48, 64)
    for name in robot.spec.cameras:
        picture = robot.frames([name], size).rgb.get(name)
        if picture is None:
            return f"frames() gives no picture of '{name}'"
        if picture.shape != (*size, 3) or picture.dtype != np.uint8:
            return f"'{name}' gives {picture.dtype} {picture.shape}, not uint8 {(*size, 3)}"
    return ""


def _twin_problem(opened: _Opened) -> str:
    """Return the difference between two worlds of one seed; empty if there is none."""
    twin = _Opened(opened.deployment, opened.seed)
    if twin.problem:
        return f"it opens once only: {twin.problem}"
    twin.looks()
    vocabulary = opened.deployment.vocabulary
    seen = [Facts(vocabulary), Facts(vocabulary)]
    for facts, one in zip(seen, (opened, twin), strict=True):
        facts.observe(one.first)
    first, second = ({f: b.value for f, b in facts.known()} for facts in seen)
    different = [str(fact) for fact in {**first, **second} if first.get(fact) != second.get(fact)]
    named = ", ".join(sorted(different)[:3])
    return f"the second one tells otherwise of {named}" if different else ""
