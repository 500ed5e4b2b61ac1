"""Simulation of a tree in which every skill succeeds.

The tree runs on the engine that also runs it on the robot; each skill takes its typical duration
and has the effects of its action model.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from treehand.core.clock import VirtualClock
from treehand.core.events import Event, SkillEnded, StepRefused
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement_monitor import RequirementMonitor
from treehand.planners.rollout.rollout import AssumedFailure, RefusedStep, Rollout, Step
from treehand.planners.rollout.simulated_skill import SimulatedSkill, certain_failure
from treehand.skills import FailureCode, Skill, SkillStep
from treehand.skills.domain import (
    Formula,
    SkillModel,
)
from treehand.trees import (
    Activation,
    CompiledTree,
    CycleWatch,
    Failure,
    Runtime,
    Snapshots,
    Status,
    SymbolicBeliefs,
    TreeSpec,
    cause_of,
    symbolic_runtime,
    visit,
)

STEPS = 600
"""Skill calls after which a rollout is compared with what the goal and the tree may need."""
STEPS_OF_PART = 60
"""Most skill calls for each part of a goal, and for each node of the tree."""
TICKS_OF_STEP = 40
"""Most ticks for each skill call."""


class Course:
    """States at the beginnings of a rollout's steps, and what follows from each.

    The tree goes on alike from equal states, so a later rollout that comes to one of them ends as
    this one did.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[int, float]] = {}
        """State to the steps done before it, and its time in seconds."""
        self._rollout: Rollout | None = None
        self._new: dict[Hashable, tuple[int, float]] = {}

    @property
    def is_empty(self) -> bool:
        """Return True if no rollout is known whose states decide how it goes on."""
        return self._rollout is None

    def takes(self, state: Hashable, steps: int, now_s: float) -> bool:
        """Take in a state of the present rollout; return True if the last one has come to it."""
        self._new[state] = (steps, now_s)
        return state in self._known

    def rest(self, state: Hashable) -> Rollout:
        """Return the rest of the last rollout from a state on: its steps, and how it ended."""
        assert self._rollout is not None
        steps, time_s = self._known[state]
        whole = self._rollout
        return replace(whole, steps=whole.steps[steps:], duration_s=whole.duration_s - time_s)

    def finish(self, rollout: Rollout, joined: Hashable | None, *, is_plain: bool) -> None:
        """Put the present rollout in the place of the last one.

        Args:
            rollout: The present rollout.
            joined: The state from which on it is the last one; None if it is all new.
            is_plain: False if equal states need not go on alike; then nothing is kept.
        """
        kept = dict(self._new)
        if joined is not None:
            (steps, time_s), (old_steps, old_s) = self._new[joined], self._known[joined]
            later = {s: mark for s, mark in self._known.items() if mark[0] > old_steps}
            moved = {s: (n - old_steps + steps, t - old_s + time_s) for s, (n, t) in later.items()}
            kept = {**moved, **kept}
        self._known, self._new = (kept if is_plain else {}), {}
        self._rollout = rollout if is_plain else None


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
    return TreeSimulation(tree, arguments, problem, goal=goal, never=never, assumed=assumed).run(
        most_steps=most_steps
    )


class TreeSimulation:
    """Simulation of a checked tree, compiled once for rollouts from one problem after another.

    Args:
        tree: The tree.
        arguments: Values of its parameters.
        problem: Where the first rollout starts.
        goal: Goal whose "all …" binds the objects that match on the way, as in a run, and whose
            requirements are watched.
        never: Formulas that no step may make true; a step that would is refused.
        assumed: A failure that happens all the same.
    """

    def __init__(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        problem: PlanningProblem,
        *,
        goal: Goal | None = None,
        never: Sequence[Formula] = (),
        assumed: AssumedFailure | None = None,
    ) -> None:
        self._problem = problem
        self._goal = goal
        self._assumed = assumed
        self._clock = clock = VirtualClock()
        self._done: list[SkillEnded] = []
        self._refused: list[tuple[StepRefused, int]] = []
        self._requirements = goal.requirements if goal is not None else ()
        self._monitor = self._new_monitor()
        beliefs = SymbolicBeliefs(problem.facts.copy(), problem.bindings.copy(), clock, self._note)
        self._runtime = symbolic_runtime(problem.domain, beliefs, self._skill, never=never)
        self._compiled = CompiledTree(tree, arguments, problem.library, self._runtime)
        self._snapshots = Snapshots(self._compiled, self._runtime)
        self._before = self._snapshots.take()

    def begin_again(self, problem: PlanningProblem) -> bool:
        """Put everything back for a rollout from other facts.

        Args:
            problem: The facts; all else is as before.

        Returns:
            False if the facts are about other objects, so that their keys cannot be compared.
        """
        if not problem.facts.is_kin(self._runtime.facts):
            return False
        self._problem = problem
        self._snapshots.put_back(self._before)
        self._runtime.facts.restore(problem.facts)
        self._runtime.bindings.restore(problem.bindings)
        self._done, self._refused = [], []
        self._monitor = self._new_monitor()
        return True

    def run(self, *, most_steps: int | None = None, course: Course | None = None) -> Rollout:
        """Return the rollout; to be called once for each problem.

        Args:
            most_steps: Most skill calls; as many as goal and tree may need if left out.
            course: An earlier rollout of this tree: as soon as this one comes to a state of it, the
                rest is taken from it. It becomes the course of this one.
        """
        failure, known = self._run(most_steps, course)
        if course is not None and known is not None:
            rest = course.rest(known)
            rollout = self._rollout(failure)
            rollout = replace(
                rollout,
                steps=(*rollout.steps, *rest.steps),
                duration_s=rollout.duration_s + rest.duration_s,
                facts=rest.facts.copy(),
                bindings=rest.bindings.copy(),
            )
        else:
            rollout = self._rollout(failure)
        if course is not None:
            course.finish(rollout, known, is_plain=self._is_plain(rollout))
        return rollout

    def _is_plain(self, rollout: Rollout) -> bool:
        """Return True if nothing but the states decides how the rollout goes on."""
        is_assumed = self._assumed is not None or bool(self._requirements)
        return rollout.has_succeeded and not rollout.refusals and not is_assumed

    def _rollout(self, failure: Failure | None) -> Rollout:
        runtime, compiled = self._runtime, self._compiled
        steps = (
            Step(
                event.call,
                compiled.attempts_at(event.path),
                compiled.span_of(event.path),
                compiled.has_alternative(event.path),
            )
            for event in self._done
        )
        return Rollout(
            has_succeeded=failure is None,
            steps=tuple(steps),
            duration_s=self._clock.now_s(),
            facts=runtime.facts.copy(),
            bindings=runtime.bindings.copy(),
            failure=failure,
            broken=tuple(f"{one.requirement}: {one.detail}" for one in self._monitor.finish()),
            refusals=tuple(
                RefusedStep(event.call, compiled.span_of(event.path), event.detail, after)
                for event, after in self._refused
            ),
        )

    def _new_monitor(self) -> RequirementMonitor:
        monitor = RequirementMonitor(self._requirements)
        monitor.observe(self._problem.facts, 0.0)
        return monitor

    def _note(self, event: Event) -> None:
        if isinstance(event, SkillEnded):
            self._monitor.step_ended()
            self._monitor.observe(self._runtime.facts, self._clock.now_s())
        if isinstance(event, SkillEnded) and event.result == "success":
            self._done.append(event)
        elif isinstance(event, StepRefused):
            self._refused.append((event, len(self._done)))

    def _skill(self, activation: Activation) -> Skill:
        call, runtime, assumed = activation.call, self._runtime, self._assumed
        model = self._problem.domain.skills.get(call.name)
        if model is None:
            return SimulatedSkill(self._clock, 0.0)
        refused_with = certain_failure(self._problem, call, runtime.facts)
        if assumed is not None and call == assumed.call and activation.attempt == 1:
            _have_effects(assumed, model, runtime)
            refused_with = SkillStep.failure(assumed.code, "as assumed")
        return SimulatedSkill(self._clock, model.duration, refused_with)

    def _run(
        self, most_steps: int | None, course: Course | None
    ) -> tuple[Failure | None, Hashable | None]:
        """Visit the tree until it ends; return its failure, or the state that `course` knows."""
        compiled, runtime, done, goal = self._compiled, self._runtime, self._done, self._goal
        root = compiled.root
        watch = CycleWatch(compiled, runtime, is_closed=True)
        begun, ticks, most = len(runtime.activations.begun), 0, most_steps or STEPS
        while True:
            self._problem.deadline.check()
            runtime.arbiter.poll()
            if goal is not None:
                goal.track(runtime.facts, runtime.bindings)
            visit(root)
            cycle = watch.after_visit()
            if cycle is not None:
                return Failure(FailureCode.NO_PROGRESS, str(cycle), root.name), None
            if root.status is Status.SUCCESS:
                return None, None
            if root.status is not Status.RUNNING:
                unknown = Failure(FailureCode.CONDITION_FALSE, "no reason was given", root.name)
                return cause_of(root) or unknown, None
            if course is not None and begun != len(runtime.activations.begun):
                begun, state = len(runtime.activations.begun), self._state()
                if course.takes(state, len(done), self._clock.now_s()):
                    return None, state
            next_s = runtime.wakeups.next_s()
            ticks += 1
            if most_steps is None and (len(done) > most or ticks > TICKS_OF_STEP * most):
                most = max(STEPS, STEPS_OF_PART * _size(compiled, runtime, goal))
            if len(done) > most or ticks > TICKS_OF_STEP * most or next_s is None:
                break
            runtime.clock.wait_until(next_s)
        last = ", ".join(str(event.call) for event in done[-4:])
        return Failure(FailureCode.NO_PROGRESS, f"… {last}", root.name), None

    def _state(self) -> Hashable:
        """Return the state of the tree as a step has begun, from which it goes on."""
        return (self._runtime.activations.paths(), self._snapshots.digest())


def _have_effects(assumed: AssumedFailure, model: SkillModel, runtime: Runtime) -> None:
    """Let the effects of an assumed failure come true."""
    failure = model.failures.get(assumed.code)
    binding = dict(zip(model.params, assumed.call.arguments, strict=True))
    for effect in failure.effects if failure is not None else ():
        source = f"{assumed.call}: {assumed.code}"
        runtime.facts.predict(effect.substitute(binding), source, runtime.clock.now_s())


def _size(compiled: CompiledTree, runtime: Runtime, goal: Goal | None) -> int:
    """Return the number of parts of a goal now, or of nodes that the tree has so far."""
    parts = 0
    if goal is not None:
        parts = sum(1 for _ in goal.instances(runtime.facts, runtime.bindings.copy()))
    return max(parts, len(compiled.nodes))
