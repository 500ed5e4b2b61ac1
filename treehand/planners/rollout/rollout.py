"""Rollout of a tree: a symbolic simulation in which every skill succeeds.

The tree runs on the engine that also runs it on the robot; each skill takes its typical duration
and has the effects of its action model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.events import Event, SkillEnded, StepRefused
from treehand.core.spans import Span
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_limits import Deadline
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirement_monitor import RequirementMonitor
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import (
    Call,
    Facts,
    Formula,
    QuantifierBindings,
    SkillModel,
)
from treehand.skills.model_limits import limit_failure
from treehand.trees import (
    Activation,
    CompiledTree,
    CycleWatch,
    Failure,
    Runtime,
    Status,
    SymbolicBeliefs,
    TreeSpec,
    cause_of,
    standing_blockage,
    symbolic_runtime,
    visit,
)

STEPS = 600
"""Skill calls after which a rollout is compared with what the goal and the tree may need."""
STEPS_OF_PART = 60
"""Most skill calls for each part of a goal, and for each node of the tree."""
TICKS_OF_STEP = 40
"""Most ticks for each skill call."""


@dataclass(frozen=True)
class Step:
    """One skill call, with the attempts that the tree allows for each failure code."""

    call: Call
    attempts: Mapping[FailureCode, int]
    span: Span | None = None
    """Position of the call in the tree's file."""
    has_alternative: bool = False
    """True if the tree goes on with something else when the step fails."""


@dataclass(frozen=True)
class AssumedFailure:
    """The first attempt at a call fails with a code, and has the effects of that failure."""

    call: Call
    code: FailureCode


@dataclass(frozen=True)
class RefusedStep:
    """A step that could not begin."""

    call: Call
    span: Span | None
    reason: str
    after: int
    """Number of steps done before it."""


@dataclass(frozen=True)
class Rollout:
    """Result of a rollout."""

    has_succeeded: bool
    steps: tuple[Step, ...]
    """The skill calls in their order."""
    duration_s: float
    facts: Facts
    """Facts predicted for the end."""
    bindings: QuantifierBindings
    """Objects bound by each quantifier at the end."""
    failure: Failure | None = None
    broken: tuple[str, ...] = ()
    """The requirements that are not kept, each with the reason."""
    refusals: tuple[RefusedStep, ...] = ()
    """The steps that could not begin, in their order."""


class _SimulatedSkill(Skill):
    """Simulated skill: takes its typical time and succeeds, unless it is refused."""

    def __init__(
        self, clock: VirtualClock, duration_s: float, refusal: SkillStep | None = None
    ) -> None:
        self._clock = clock
        self._ends_s = clock.now_s() + duration_s
        self._refusal = refusal

    def start(self) -> None:
        pass

    def step(self) -> SkillStep:
        if self._refusal is not None:
            return self._refusal
        if self._clock.now_s() < self._ends_s:
            return SkillStep.running(self._ends_s)
        return SkillStep.success()

    def halt(self) -> HaltStep:
        return HaltStep.DONE


def certain_failure(problem: PlanningProblem, call: Call, facts: Facts) -> SkillStep | None:
    """Return the failure of a call that is certain, by its limits or a cause that stands."""
    blockage = standing_blockage(problem.blockages, call, facts)
    if blockage is not None:
        return SkillStep.failure(blockage.code, blockage.detail, blocked_by=blockage.things)
    model = problem.domain.skills.get(call.name)
    return limit_failure(model, call, problem.scene, facts) if model is not None else None


def simulate(
    tree: TreeSpec,
    arguments: dict[str, str],
    problem: PlanningProblem,
    *,
    goal: Goal | None = None,
    never: Sequence[Formula] = (),
    assumed: AssumedFailure | None = None,
    most_steps: int | None = None,
) -> Rollout:
    """Simulate a checked tree; every skill succeeds with the effects of its action model.

    Args:
        tree: The tree.
        arguments: Values of its parameters.
        problem: Where the rollout starts.
        goal: Goal whose "all …" binds the objects that match on the way, as in a run, and whose
            requirements are watched.
        never: Formulas that no step may make true; a step that would is refused.
        assumed: A failure that happens all the same.
        most_steps: Most skill calls; as many as goal and tree may need if left out.
    """
    clock = VirtualClock()
    done: list[SkillEnded] = []

    refused: list[tuple[StepRefused, int]] = []
    monitor = RequirementMonitor(goal.requirements if goal is not None else ())
    monitor.observe(problem.facts, 0.0)

    def note(event: Event) -> None:
        if isinstance(event, SkillEnded):
            monitor.step_ended()
            monitor.observe(runtime.facts, clock.now_s())
        if isinstance(event, SkillEnded) and event.result == "success":
            done.append(event)
        elif isinstance(event, StepRefused):
            refused.append((event, len(done)))

    def simulated(activation: Activation) -> Skill:
        call = activation.call
        model = problem.domain.skills.get(call.name)
        if model is None:
            return _SimulatedSkill(clock, 0.0)
        refused_with = certain_failure(problem, call, runtime.facts)
        if assumed is not None and call == assumed.call and activation.attempt == 1:
            _have_effects(assumed, model, runtime)
            refused_with = SkillStep.failure(assumed.code, "as assumed")
        return _SimulatedSkill(clock, model.duration, refused_with)

    beliefs = SymbolicBeliefs(problem.facts.copy(), problem.bindings.copy(), clock, note)
    runtime = symbolic_runtime(problem.domain, beliefs, simulated, never=never)
    compiled = CompiledTree(tree, arguments, problem.library, runtime)
    failure = _run(compiled, runtime, done, goal, problem.deadline, most_steps)
    steps = (
        Step(
            event.call,
            compiled.attempts_at(event.path),
            compiled.span_of(event.path),
            compiled.has_alternative(event.path),
        )
        for event in done
    )
    return Rollout(
        has_succeeded=failure is None,
        steps=tuple(steps),
        duration_s=clock.now_s(),
        facts=runtime.facts,
        bindings=runtime.bindings,
        failure=failure,
        broken=tuple(f"{one.requirement}: {one.detail}" for one in monitor.finish()),
        refusals=tuple(
            RefusedStep(event.call, compiled.span_of(event.path), event.detail, after)
            for event, after in refused
        ),
    )


def _have_effects(assumed: AssumedFailure, model: SkillModel, runtime: Runtime) -> None:
    """Let the effects of an assumed failure come true."""
    failure = model.failures.get(assumed.code)
    binding = dict(zip(model.params, assumed.call.arguments, strict=True))
    for effect in failure.effects if failure is not None else ():
        source = f"{assumed.call}: {assumed.code}"
        runtime.facts.predict(effect.substitute(binding), source, runtime.clock.now_s())


def _run(
    compiled: CompiledTree,
    runtime: Runtime,
    done: list[SkillEnded],
    goal: Goal | None,
    deadline: Deadline,
    most_steps: int | None,
) -> Failure | None:
    root = compiled.root
    watch = CycleWatch(compiled, runtime, is_closed=True)
    ticks, most = 0, most_steps or STEPS
    while True:
        deadline.check()
        runtime.arbiter.poll()
        if goal is not None:
            goal.track(runtime.facts, runtime.bindings)
        visit(root)
        cycle = watch.after_visit()
        if cycle is not None:
            return Failure(FailureCode.NO_PROGRESS, str(cycle), root.name)
        if root.status is Status.SUCCESS:
            return None
        if root.status is not Status.RUNNING:
            unknown = Failure(FailureCode.CONDITION_FALSE, "no reason was given", root.name)
            return cause_of(root) or unknown
        next_s = runtime.wakeups.next_s()
        ticks += 1
        if most_steps is None and (len(done) > most or ticks > TICKS_OF_STEP * most):
            most = max(STEPS, STEPS_OF_PART * _size(compiled, runtime, goal))
        if len(done) > most or ticks > TICKS_OF_STEP * most or next_s is None:
            break
        runtime.clock.wait_until(next_s)
    last = ", ".join(str(event.call) for event in done[-4:])
    return Failure(FailureCode.NO_PROGRESS, f"… {last}", root.name)


def _size(compiled: CompiledTree, runtime: Runtime, goal: Goal | None) -> int:
    """Return the number of parts of a goal now, or of nodes that the tree has so far."""
    parts = 0
    if goal is not None:
        parts = sum(1 for _ in goal.instances(runtime.facts, runtime.bindings.copy()))
    return max(parts, len(compiled.nodes))
