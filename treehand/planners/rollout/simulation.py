"""Simulation of a tree in which every skill succeeds.

The tree runs on the engine that also runs it on the robot; each skill takes its typical duration
and has the effects of its action model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from treehand.core.clock import VirtualClock
from treehand.core.events import Event, SkillEnded, StepRefused
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement_monitor import RequirementMonitor
from treehand.planners.rollout.course import Course, CourseMoment, CourseState
from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.rollout.rollout import AssumedFailure, RefusedStep, Rollout, Step
from treehand.planners.rollout.simulated_skill import SimulatedSkill, certain_failure
from treehand.skills import FailureCode, Skill, SkillStep
from treehand.skills.domain import Call, Formula, SkillModel
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
from treehand.trees.assembly.snapshots import Snapshot

STEPS = 600
"""Skill calls after which a rollout is compared with what the goal and the tree may need."""
STEPS_OF_PART = 60
"""Most skill calls for each part of a goal, and for each node of the tree."""
TICKS_OF_STEP = 40
"""Most ticks for each skill call."""


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


@dataclass(frozen=True)
class _Mark:
    """Moment of a rollout at which a step has begun, to which the simulation can go back."""

    problem: PlanningProblem
    """Where the rollout has started."""
    snapshot: Snapshot
    begun: frozenset[Call]
    """Calls that have begun until then."""
    done: tuple[SkillEnded, ...]


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
        self._has_failed = False
        """True once the assumed failure has happened."""
        self._mark: _Mark | None = None
        self._clock = clock = VirtualClock()
        self._done: list[SkillEnded] = []
        self._refused: list[tuple[StepRefused, int]] = []
        self._requirements = goal.requirements if goal is not None else ()
        self._observability = Observability(problem.domain)
        self._monitor = self._new_monitor()
        self._emptied: set[object] = set()
        """Exclusive groups without a true fact at the end of a step since the last one began."""
        beliefs = SymbolicBeliefs(problem.facts.copy(), problem.bindings.copy(), clock, self._note)
        self._runtime = symbolic_runtime(problem.domain, beliefs, self._skill, never=never)
        self._compiled = CompiledTree(tree, arguments, problem.library, self._runtime)
        self._snapshots = Snapshots(self._compiled, self._runtime)
        self._runtime.facts.take_emptied()
        self._before = self._snapshots.take()

    def begin_again(self, problem: PlanningProblem) -> bool:
        """Put everything back for a rollout from other facts.

        Args:
            problem: The facts; all else is as before.

        Returns:
            False if the facts are about other objects, so that their keys cannot be compared.
        """
        if not self.is_about(problem):
            return False
        self._problem, self._assumed, self._has_failed = problem, None, False
        self._snapshots.put_back(self._before)
        self._runtime.facts.restore(problem.facts)
        self._runtime.bindings.restore(problem.bindings)
        self._runtime.facts.take_emptied()
        self._done, self._refused, self._emptied = [], [], set()
        self._monitor = self._new_monitor()
        return True

    def is_about(self, problem: PlanningProblem) -> bool:
        """Return True if the facts of a problem are about the same objects."""
        return problem.facts.is_kin(self._runtime.facts)

    def run(self, *, most_steps: int | None = None, course: Course | None = None) -> Rollout:
        """Return the rollout; to be called once for each problem.

        Args:
            most_steps: Most skill calls; as many as goal and tree may need if left out.
            course: An earlier rollout of this tree: as soon as this one comes to a state of it, the
                rest is taken from it. It becomes the course of this one.
        """
        failure, joined = self._run(most_steps, course)
        if course is not None and joined is not None:
            rest = course.rest(joined)
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
            course.finish(rollout, joined, is_plain=self._is_plain(rollout))
        return rollout

    def survives(
        self, problem: PlanningProblem, assumed: AssumedFailure, course: Course, *, after: int
    ) -> bool:
        """Return True if a rollout succeeds although a step fails.

        It begins where the last one for the same problem was shortly before its own failure, if
        this step had not begun there.

        Args:
            problem: The facts; all else is as before.
            assumed: The step, whose first attempt fails, and the failure.
            course: A rollout without failures. From a state after the failure on, this one goes on
                alike: the failed call is never its first attempt again.
            after: Number of steps that are done before the failure, as far as that is known.
        """
        mark = self._mark
        is_marked = mark is not None and mark.problem is problem and assumed.call not in mark.begun
        if mark is not None and is_marked:
            self._snapshots.put_back(mark.snapshot)
            self._done, self._has_failed = list(mark.done), False
        else:
            self._mark = None
            self.begin_again(problem)
        self._assumed = assumed
        failure, _ = self._run(None, course, mark_at=after - 1, is_marked=is_marked)
        return failure is None

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
            self._observability.observe(
                Hypothesis(hidden=self._problem.hidden), self._runtime.facts
            )
            self._emptied.update(self._runtime.facts.take_emptied())
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
            self._has_failed = True
            _have_effects(assumed, model, runtime)
            refused_with = SkillStep.failure(assumed.code, "as assumed")
        return SimulatedSkill(self._clock, model.duration, refused_with)

    def _run(
        self,
        most_steps: int | None,
        course: Course | None,
        *,
        mark_at: int | None = None,
        is_marked: bool = False,
    ) -> tuple[Failure | None, CourseMoment | None]:
        """Visit the tree until it ends; return its failure, or the moment of `course` it is at.

        Args:
            most_steps: Most skill calls; as many as goal and tree may need if left out.
            course: An earlier rollout.
            mark_at: Number of steps done at which the simulation is marked.
            is_marked: True if it goes on from that mark.
        """
        compiled, runtime, done, goal = self._compiled, self._runtime, self._done, self._goal
        root = compiled.root
        watch = CycleWatch(compiled, runtime, is_closed=True)
        begun, ticks, most = len(runtime.activations.begun), 0, most_steps or STEPS
        while True:
            self._problem.deadline.check()
            if ticks or not is_marked:
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
            if begun != len(runtime.activations.begun):
                begun = len(runtime.activations.begun)
                if mark_at is not None and len(done) == mark_at and not self._has_failed:
                    self._mark = self._marked()
                joined = self._moment_of(course) if course is not None else None
                if joined is not None:
                    return None, joined
            next_s = runtime.wakeups.next_s()
            ticks += 1
            if most_steps is None and (len(done) > most or ticks > TICKS_OF_STEP * most):
                most = max(STEPS, STEPS_OF_PART * _size(compiled, runtime, goal))
            if len(done) > most or ticks > TICKS_OF_STEP * most or next_s is None:
                break
            runtime.clock.wait_until(next_s)
        last = ", ".join(str(event.call) for event in done[-4:])
        return Failure(FailureCode.NO_PROGRESS, f"… {last}", root.name), None

    def _marked(self) -> _Mark:
        """Return the present moment."""
        begun = frozenset(self._runtime.activations.attempts)
        return _Mark(self._problem, self._snapshots.take(), begun, tuple(self._done))

    def _moment_of(self, course: Course) -> CourseMoment | None:
        """Return the moment of an earlier rollout from which on this one is like it."""
        facts = self._runtime.facts
        if self._assumed is not None:
            return course.find(self._state(), facts) if self._has_failed else None
        course.note_emptied(self._emptied)
        self._emptied.clear()
        return course.takes(self._state(), facts, len(self._done), self._clock.now_s())

    def _state(self) -> CourseState:
        """Return the state of the tree as a step has begun, from which it goes on."""
        now = self._snapshots.digest()
        known, true = now.facts
        paths = self._runtime.activations.paths()
        return CourseState((paths, now.nodes, true, now.members, now.keys, now.rates), known)


def _have_effects(assumed: AssumedFailure, model: SkillModel, runtime: Runtime) -> None:
    """Let the effects of an assumed failure come true."""
    failure = model.failures.get(assumed.code)
    binding = dict(zip(model.params, assumed.call.arguments, strict=True))
    for effect in failure.effects if failure is not None else ():
        source = f"{assumed.call}: {assumed.code}"
        runtime.facts.predict(effect.substitute(binding), source, runtime.clock.now_s())


def _size(compiled: CompiledTree, runtime: Runtime, goal: Goal | None) -> int:
    """Return the number of parts of a goal now, or of the tree's nodes."""
    parts = 0
    if goal is not None:
        parts = sum(1 for _ in goal.instances(runtime.facts, runtime.bindings.copy()))
    compiled.make_all()
    return max(parts, len(compiled.nodes))
