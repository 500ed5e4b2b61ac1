"""Simulated run of a tree that can be set back, so that each outcome of a step is tried."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.events import Event, SkillEnded
from treehand.planners.goals.requirements.requirement_monitor import (
    BrokenRequirement,
    RequirementMonitor,
)
from treehand.planners.rollout.simulated_skill import certain_failure
from treehand.planners.verification.branching.noted_facts import NotedFacts
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.branching.violation import TraceStep
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import Call, Facts, Formula, QuantifierBindings
from treehand.trees import (
    Activation,
    CompiledTree,
    Snapshots,
    Status,
    SymbolicBeliefs,
    symbolic_runtime,
    visit,
)
from treehand.trees.assembly.snapshots import Snapshot

MIN_S = 1e-3
"""Shortest duration of a step; one without duration could not fail."""
MAX_TICKS = 10_000
"""Ticks between two ends of steps after which the tree is taken to wait for nothing."""


class BranchingSkill(Skill):
    """Simulated skill that takes its typical time, then ends as the exploration decides."""

    def __init__(
        self,
        activation: Activation,
        ends_s: float,
        clock: VirtualClock,
        refused: SkillStep | None,
        end: Callable[[BranchingSkill], SkillStep],
    ) -> None:
        self.call = activation.call
        self.path = activation.path
        self.ends_s = ends_s
        """End of the activation; a refused skill fails at its first step."""
        self._clock = clock
        self._refused = refused
        self._end = end

    def start(self) -> None:
        """Do nothing: the activation has begun."""

    def step(self) -> SkillStep:
        """Run until the end, then let the branch decide."""
        if self._refused is not None:
            return self._refused
        if self._clock.now_s() < self.ends_s:
            return SkillStep.running(self.ends_s)
        return self._end(self)

    def halt(self) -> HaltStep:
        """Come to rest at once."""
        return HaltStep.DONE


@dataclass(frozen=True)
class RunKey:
    """Value that is equal for states from which the run goes on alike."""

    rest: Hashable
    """Everything but beliefs and bound objects."""
    facts: tuple[int, int]
    """Facts that are known, and facts that are true, as bit sets."""
    members: frozenset[tuple[str, tuple[str, ...]]]
    """Keys of quantifiers, with the objects bound."""


@dataclass(frozen=True)
class RunPoint:
    """State of a branching run, to which it can be set back."""

    snapshot: Snapshot
    skills: Mapping[str, BranchingSkill]
    trace: tuple[TraceStep, ...]
    irreversible_done: frozenset[Call]
    monitor: RequirementMonitor


class BranchingRun:
    """Simulated run of one tree; each step that is due ends as the caller decides.

    Args:
        problem: The tree, its constraints and its initial state.
        on_skill_ended: Called after each end of a skill, when its effects are in the facts.
    """

    def __init__(self, problem: VerificationProblem, on_skill_ended: Callable[[], None]) -> None:
        planning = problem.planning
        self._problem = problem
        self._on_skill_ended = on_skill_ended
        self._clock = VirtualClock()
        self._codes: Mapping[str, FailureCode] = {}
        """Failure codes of the nodes whose skills end at this tick; the others succeed."""
        self._skills: dict[str, BranchingSkill] = {}
        """Latest skill of each node."""
        self._irreversible_done: frozenset[Call] = frozenset()
        self.trace: list[TraceStep] = []
        self.violated: Formula | None = None
        """Constraint that held after the end of a skill, though perhaps not any more."""
        self._monitor = RequirementMonitor(problem.goal.requirements)
        self.repeated: str | None = None
        """Path of the node that does an irreversible step a second time."""
        self._visited: frozenset[str] = frozenset()
        """Keys of the quantifiers whose objects were asked for since `take_asked`."""
        self._tracked: frozenset[str] = frozenset()
        """The same for those that the goal asks for at every tick."""
        self.noted = NotedFacts(planning.facts)
        """The predicted facts; they note what is read and written."""
        beliefs = SymbolicBeliefs(self.noted, planning.bindings.copy(), self._clock, self._note)
        self._monitor.observe(planning.facts, 0.0)
        self._runtime = symbolic_runtime(
            planning.domain, beliefs, self._make_skill, asks_always=not problem.does_repeat
        )
        self.compiled = CompiledTree(
            problem.tree, problem.arguments, planning.library, self._runtime
        )
        self._snapshots = Snapshots(self.compiled, self._runtime)

    @property
    def facts(self) -> Facts:
        """Return the facts predicted now."""
        return self._runtime.facts

    @property
    def bindings(self) -> QuantifierBindings:
        """Return the objects bound by each quantifier so far."""
        return self._runtime.bindings

    @property
    def broken(self) -> tuple[BrokenRequirement, ...]:
        """Return the requirements of the goal that were not kept so far."""
        return self._monitor.broken

    def finish(self) -> tuple[BrokenRequirement, ...]:
        """Return the requirements that were not kept, now that the run is over."""
        return self._monitor.finish()

    def tick(self) -> None:
        """Let due skills take their step, then tick the tree."""
        self._runtime.arbiter.poll()
        self._visited |= self.bindings.take_asked()
        self.noted.is_order_noted = False
        self._problem.goal.track(self.facts, self.bindings)
        self.noted.is_order_noted = True
        self._tracked |= self.bindings.take_asked()
        self._runtime.step_due()
        visit(self.compiled.root)

    def note_asked(self, key: str) -> None:
        """Note that what is bound to a key was asked for, as the goal asks, not the tree."""
        self._tracked |= {key}

    def take_asked(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the keys of the quantifiers whose objects were asked for since the last call.

        Returns:
            All of them, and those that were asked for by more than the goal, which only keeps
            what matches.
        """
        visited = self._visited | self.bindings.take_asked()
        asked = visited | self._tracked
        self._visited = self._tracked = frozenset()
        return asked, visited

    def point(self) -> RunPoint:
        """Return the present state, for `set_back`."""
        trace, skills = tuple(self.trace), dict(self._skills)
        return RunPoint(
            self._snapshots.take(), skills, trace, self._irreversible_done, self._monitor.copy()
        )

    def set_back(self, point: RunPoint) -> None:
        """Go back to an earlier state."""
        self._snapshots.put_back(point.snapshot)
        self._skills, self.trace = dict(point.skills), list(point.trace)
        self._irreversible_done = point.irreversible_done
        self._monitor = point.monitor.copy()
        self.repeated, self.violated = None, None

    def key(self) -> RunKey:
        """Return a value that is equal for states from which the run goes on alike."""
        watched = self._monitor.key(self._clock.now_s())
        now = self._snapshots.digest()
        rest = (now.nodes, now.keys, now.rates, self._irreversible_done, watched)
        return RunKey(rest, now.facts, now.members)

    def next_due(self) -> list[BranchingSkill]:
        """Let time pass until skills are due to end; return them, or none if the run is over."""
        root, runtime = self.compiled.root, self._runtime
        for _ in range(MAX_TICKS):
            next_s = runtime.wakeups.next_s()
            if root.status is not Status.RUNNING or next_s is None or self.repeated is not None:
                break
            self._clock.wait_until(next_s)
            now_s = self._clock.now_s()
            running = (self._skills.get(path) for path in runtime.activations.paths())
            due = [skill for skill in running if skill is not None and skill.ends_s <= now_s]
            if due:
                return due
            self.tick()
        return []

    def end(self, due: Sequence[BranchingSkill], codes: Mapping[str, FailureCode]) -> None:
        """End the skills that are due and tick the tree.

        Args:
            due: The skills, as `next_due` returned them.
            codes: Node path to failure code; skills of other nodes succeed.
        """
        self._codes = codes
        for skill in due:
            code = codes.get(skill.path)
            span = self.compiled.span_of(skill.path)
            self.trace.append(TraceStep(len(self.trace) + 1, str(skill.call), code, span))
            if code is None and self._is_irreversible(skill.call):
                self._irreversible_done |= {skill.call}
        self.tick()
        self._codes = {}

    def call_at(self, path: str) -> Call:
        """Return the latest call of a node."""
        return self._skills[path].call

    def _is_irreversible(self, call: Call) -> bool:
        model = self._problem.planning.domain.skills.get(call.name)
        return model is not None and model.irreversible

    def _make_skill(self, activation: Activation) -> Skill:
        call, planning = activation.call, self._problem.planning
        model = planning.domain.skills.get(call.name)
        if call in self._irreversible_done:
            self.repeated = activation.path
        refused = certain_failure(planning, call, self.facts)
        takes_s = max(MIN_S, model.duration) if model and refused is None else MIN_S
        ends_s = self._clock.now_s() + takes_s
        skill = BranchingSkill(activation, ends_s, self._clock, refused, self._result)
        self._skills[activation.path] = skill
        return skill

    def _result(self, skill: BranchingSkill) -> SkillStep:
        """Return the last step of a skill; the effects of a failure come into the facts."""
        code = self._codes.get(skill.path)
        if code is None:
            return SkillStep.success()
        model = self._problem.planning.domain.skills[skill.call.name]
        binding = dict(zip(model.params, skill.call.arguments, strict=True))
        now_s = self._clock.now_s()
        for effect in model.failures[code].effects:
            self.facts.predict(effect.substitute(binding), f"{skill.call}: {code}", now_s)
        return SkillStep.failure(code, "as assumed")

    def _note(self, event: Event) -> None:
        if isinstance(event, SkillEnded):
            violated = (formula for formula in self._problem.never if formula.holds(self.facts))
            self.violated = self.violated or next(violated, None)
            self._monitor.step_ended()
            self._monitor.observe(self.facts, self._clock.now_s())
            self._on_skill_ended()
