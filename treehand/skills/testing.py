"""Test tools for authors of skills and trees: scripted skills and a conformance check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from treehand.core.clock import VirtualClock
from treehand.skills.contracts.definition import SkillContext
from treehand.skills.contracts.embodiment import Embodiment, FloatArray
from treehand.skills.contracts.gated_skill import GatedSkill
from treehand.skills.contracts.skill import HaltStep, Skill, SkillStep, StepStatus
from treehand.skills.domain import Call, Facts, SkillModel
from treehand.skills.domain.failures import ANY_SKILL, FailureCode

ScriptedAnswer = str | float | SkillStep | Exception | Callable[[], object]
"""One entry of a script: see `ScriptedSkill`."""


class ScriptedSkill:
    """A skill factory whose activations take their steps from one list.

    Args:
        answers: ``"SUCCESS"``, a failure code, a `SkillStep`, run seconds to stay RUNNING, an
            exception to raise, or a function to call before the answer that follows it. An
            activation continues where the last one stopped; the last answer is repeated.
        halts: Calls of `halt` that say RUNNING before one says DONE, in every activation.

    Raises:
        ValueError: If there is no answer, or one of them is none of these.
    """

    def __init__(self, answers: Iterable[ScriptedAnswer], *, halts: int = 0) -> None:
        self._answers = [_checked(answer) for answer in answers]
        self._halts = halts
        if not self._answers or callable(self._answers[-1]):
            raise ValueError("a scripted skill needs an answer")

    def __call__(self, context: SkillContext) -> Skill:
        """Return a new activation."""
        return _Scripted(context, self._answers, self._halts)


_Checked = float | SkillStep | Exception | Callable[[], object]


def _checked(answer: ScriptedAnswer) -> _Checked:
    if isinstance(answer, SkillStep | Exception) or callable(answer):
        return answer
    if isinstance(answer, str):
        if answer == "SUCCESS":
            return SkillStep.success()
        return SkillStep.failure(FailureCode(answer), "as scripted")
    return float(answer)


class _Scripted(Skill):
    def __init__(self, context: SkillContext, answers: list[_Checked], halts: int) -> None:
        self._clock = context.clock
        self._answers = answers
        self._halts = halts
        self._due_s: float | None = None

    def start(self) -> None:
        self._due_s = self._clock.now_s()

    def step(self) -> SkillStep:
        if self._due_s is None:
            raise RuntimeError("step-before-start: step() was called before start()")
        if self._clock.now_s() < self._due_s:
            return SkillStep.running(self._due_s)
        answer = self._next()
        if isinstance(answer, SkillStep):
            return answer
        if isinstance(answer, Exception):
            raise answer
        self._due_s = self._clock.now_s() + answer
        return SkillStep.running(self._due_s)

    def _next(self) -> float | SkillStep | Exception:
        while True:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if not callable(answer):
                return answer
            answer()

    def halt(self) -> HaltStep:
        self._halts -= 1
        return HaltStep.DONE if self._halts < 0 else HaltStep.RUNNING


@dataclass(frozen=True)
class Bench:
    """Test bench: a fresh world in which the preconditions of one call hold.

    Attributes:
        call: The call under test.
        model: Action model of the skill; None if the domain does not describe it.
        make: Makes an activation of the call.
        clock: Clock of the world.
        let_pass: Advances the world to the clock's time and takes in its percepts.
        embodiment: The robot.
        truth: Returns the true facts, or None for a world without ground truth.
    """

    call: Call
    model: SkillModel | None
    make: Callable[[], Skill]
    clock: VirtualClock
    let_pass: Callable[[], None]
    embodiment: Embodiment
    truth: Callable[[], Facts | None]


@dataclass(frozen=True)
class Check:
    """Result of one conformance check of a skill."""

    name: str
    problem: str = ""
    """Description of the violation; empty if the check passed."""


HALT_DEADLINE_S = 2.0
STEP_LIMIT_S = 0.5
"""Longest step that passes, in wall seconds; a longer one counts as blocking."""
MAX_STEPS = 10_000
QUIET_S = 0.1
"""Time after a halt in which commands of the skill's threads are counted, in wall seconds."""


def check_skill(open_bench: Callable[[int], Bench], *, seeds: int = 5) -> list[Check]:
    """Return the results of all conformance checks of a skill.

    Args:
        open_bench: Makes a fresh bench for a seed; equal seeds must give equal benches.
        seeds: Number of complete runs, with seeds 0, 1, …
    """
    checks = [
        Check("a step before the start raises", _step_before_start(open_bench(0))),
        Check("it can be halted before it starts", _halted(open_bench(0), steps=-1)),
        Check("it can be halted twice, under way", _halted(open_bench(0), steps=1)),
        Check("what was halted does not succeed", _halted_is_no_success(open_bench(0))),
        Check("what was halted commands nothing", _halted_is_quiet(open_bench(0))),
    ]
    runs = [_Trial(open_bench(seed)) for seed in range(seeds)]
    again = _Trial(open_bench(0))
    if not any(trial.has_succeeded or trial.problems for trial in runs):
        runs[0].problems.setdefault("proves its effects", f"it never succeeded in {seeds} runs")
    same = "" if again.told == runs[0].told else "two runs with the same seed differ"
    checks.append(Check("the same seed gives the same steps", same))
    for name in ("ends in time", "says why it failed", "proves its effects", "owns what it moves"):
        problems = [trial.problems[name] for trial in runs if name in trial.problems]
        checks.append(Check(f"it {name}", problems[0] if problems else ""))
    return checks


def _step_before_start(bench: Bench) -> str:
    try:
        step = bench.make().step()
    except BaseException:  # whatever it raises is right
        return ""
    return f"step() answered {step.status.value}"


def _halt(bench: Bench, skill: Skill) -> str:
    deadline_s = bench.clock.now_s() + HALT_DEADLINE_S
    while skill.halt() is not HaltStep.DONE:
        if bench.clock.now_s() >= deadline_s:
            return f"halt() does not say DONE within {HALT_DEADLINE_S:g} s"
        bench.clock.wait_until(bench.clock.now_s() + 0.05)
        bench.let_pass()
    return ""


def _halted(bench: Bench, *, steps: int) -> str:
    skill = bench.make()
    if steps >= 0:
        skill.start()
        skill.step()
    return _halt(bench, skill) or _halt(bench, skill)


def _halted_is_no_success(bench: Bench) -> str:
    skill = bench.make()
    skill.start()
    first = skill.step()
    if first.status is not StepStatus.RUNNING:
        return ""
    problem = _halt(bench, skill)
    try:
        after = skill.step()
    except BaseException:  # a halted skill need not be stepped
        return problem
    is_success = after.status is StepStatus.SUCCESS
    return problem or ("step() says success after the halt" if is_success else "")


def _halted_is_quiet(bench: Bench) -> str:
    skill = bench.make()
    skill.start()
    skill.step()
    if _halt(bench, skill) or not isinstance(skill, GatedSkill):
        return ""
    time.sleep(QUIET_S)  # a thread of the skill's own knows no virtual time
    late = skill.late_commands
    return f"{late} commands came after its halt and were refused" if late else ""


def _state_of(robot: Embodiment) -> Mapping[str, FloatArray]:
    """Return the state that a robot measures of itself; empty for one that measures none."""
    measure = getattr(robot, "proprioception", None)
    return measure().values if callable(measure) else {}


class _Trial:
    """One run from start to end, with the violations that it showed."""

    def __init__(self, bench: Bench) -> None:
        self.told: list[object] = []
        self.problems: dict[str, str] = {}
        self.has_succeeded = False
        self._bench = bench
        self._before = _state_of(bench.embodiment)
        try:
            end = self._run(bench.make())
        except Exception as error:
            self.problems["says why it failed"] = f"it raised {type(error).__name__}: {error}"
            return
        if end is not None:
            self._judge(end)

    def _limit_s(self) -> float:
        model = self._bench.model
        if model is None:
            return 600.0
        return model.timeout or 20 * model.duration

    def _run(self, skill: Skill) -> SkillStep | None:
        bench = self._bench
        began_s = bench.clock.now_s()
        skill.start()
        for _ in range(MAX_STEPS):
            wall = time.perf_counter()
            step = skill.step()
            if time.perf_counter() - wall > STEP_LIMIT_S:
                self.problems["ends in time"] = "one step blocks; it must return at once"
            now_s = bench.clock.now_s()
            self.told.append((step.status, step.wake_at_s, step.code, step.detail, now_s))
            if step.status is not StepStatus.RUNNING:
                return step
            if now_s - began_s > self._limit_s():
                self.problems["ends in time"] = f"it still runs after {self._limit_s():g} s"
                break
            bench.clock.wait_until(step.wake_at_s if step.wake_at_s is not None else now_s + 0.05)
            bench.let_pass()
        else:
            self.problems["ends in time"] = f"it still runs after {MAX_STEPS} steps"
        skill.halt()
        return None

    def _judge(self, end: SkillStep) -> None:
        bench, model = self._bench, self._bench.model
        bench.let_pass()
        if end.status is StepStatus.FAILURE:
            declared = set(model.failures) | ANY_SKILL if model else set(FailureCode)
            if end.code not in declared:
                code = end.code.value if end.code else "no code"
                self.problems["says why it failed"] = f"it reports {code}, which nobody declares"
            return
        self.has_succeeded = True
        self._judge_effects(end)
        after = _state_of(bench.embodiment)
        has_moved = any(
            not np.allclose(values, self._before[name])
            for name, values in after.items()
            if name in self._before
        )
        if has_moved and model is not None and not model.resources:
            self.problems["owns what it moves"] = "the robot moved, but no resource is declared"

    def _judge_effects(self, end: SkillStep) -> None:
        bench, model = self._bench, self._bench.model
        if model is None:
            return
        binding = dict(zip(model.params, bench.call.arguments, strict=True))
        truth = bench.truth()
        for atom in model.effects:
            effect = atom.substitute(binding)
            if truth is not None and effect.holds(truth) is False:
                self.problems["proves its effects"] = f"it says success, but '{effect}' is not so"
        own = {bench.call.name, "command", "skill"}
        sources = {percept.source for percept in end.evidence}
        if sources & own:
            self.problems["proves its effects"] = "its evidence is its own command"
