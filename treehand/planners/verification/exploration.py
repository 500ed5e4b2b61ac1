"""Explores what can become of a tree, for `verification`.

Whenever skills are about to end, the tree is taken as a value (`treehand/trees/assembly/snapshots.py`), each outcome
is tried, and the tree is put back in between.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from treehand.core.clock import VirtualClock
from treehand.core.errors import Finding
from treehand.core.events import Event, SkillEnded
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import (
    AllOf,
    Call,
    Fact,
    Formula,
    Percept,
)
from treehand.core.spans import Span
from treehand.trees import (
    Activation,
    CompiledTree,
    Failure,
    Runtime,
    Snapshots,
    Status,
    cause_of,
    visit,
)
from treehand.planners.verification.branches import Branches
from treehand.planners.verification.verification_problem import (
    VerificationProblem,
    ExplorationLog,
    Hypothesis,
    TraceStep,
    Violation,
    hint_of,
)
from treehand.planners.goals.goal import say
from treehand.planners.search.tree_search import is_reachable
from treehand.planners.rollout.rollout import refusal
from treehand.planners.synthesis.synthesiser import LASTING

MIN_S = 1e-3
"""Every step takes some time, so that it can fail."""
MAX_TICKS = 10_000
"""A tree that is ticked so often between two steps waits for nothing."""


class _BranchingSkill(Skill):
    """Takes its typical time and then ends as it is told; it keeps nothing."""

    def __init__(
        self,
        activation: Activation,
        ends_s: float,
        clock: VirtualClock,
        refused: SkillStep | None,
        end: Callable[[_BranchingSkill], SkillStep],
    ) -> None:
        self.call = activation.call
        self.path = activation.path
        self.ends_s = ends_s
        """When it ends; a skill that is refused by its limits never gets so far."""
        self._clock = clock
        self._refused = refused
        self._end = end

    def start(self) -> None:
        pass

    def step(self) -> SkillStep:
        if self._refused is not None:
            return self._refused
        if self._clock.now_s() < self.ends_s:
            return SkillStep.running(self.ends_s)
        return self._end(self)

    def halt(self) -> HaltStep:
        return HaltStep.DONE


class Explorer:
    """Explores one tree, in one world after the other."""

    def __init__(self, problem: VerificationProblem, notes: ExplorationLog) -> None:
        self._problem = problem
        self._planning = planning = problem.planning
        self._world = Hypothesis()
        self._others: Sequence[Hypothesis] = ()
        self._notes = notes
        self._clock = VirtualClock()
        self._story: list[TraceStep] = []
        self._codes: Mapping[str, FailureCode] = {}
        """How the skill of a node ends that is about to end; it succeeds if it is not named."""
        self._skills: dict[str, _BranchingSkill] = {}
        """The skill of each node, the latest."""
        self._done_for_good: frozenset[Call] = frozenset()
        """The steps that cannot be undone and were done."""
        self._repeated: str | None = None
        """The node that does such a step once more."""
        self._forbidden: Formula | None = None
        """What must never be and was."""
        self._visited: dict[Hashable, int] = {}
        self._branches = Branches()
        self._known_when: dict[Fact, Formula] = {}
        """When a fact that is supposed would show."""
        self._runtime = Runtime(
            domain=planning.domain,
            facts=planning.facts.copy(),
            members=planning.bindings.copy(),
            clock=self._clock,
            emit=self._note,
            sense=lambda: None,
            make_skill=self._skill,
            is_symbolic=True,
        )
        self._compiled = CompiledTree(
            problem.tree, problem.arguments, planning.library, self._runtime
        )
        self._snapshots = Snapshots(self._compiled, self._runtime)
        self._start = self._snapshots.take()

    def explore(self, world: Hypothesis, others: Sequence[Hypothesis] = ()) -> None:
        """Look at everything that follows the start in one world.

        Args:
            world: The one in which nothing is supposed comes first.
            others: The worlds that come later: what would show of them is noted.
        """
        self._world, self._others = world, others
        self._snapshots.put_back(self._start)
        self._skills, self._story = {}, []
        self._done_for_good, self._repeated, self._forbidden = frozenset(), None, None
        self._tick()
        self._follow(self._problem.failures, frozenset())

    def _follow(self, failures: int, ancestors: frozenset[Hashable]) -> None:
        """Follow the successes, and at each step the failures that may happen in their stead.

        Before what is supposed shows, only those failures that let it show: with the others it
        goes on as it did with nothing supposed.

        Args:
            failures: How many may still happen.
            ancestors: The states that led to the last failure.
        """
        seen: set[Hashable] = set()
        while not self._notes.is_spent:
            due = self._next_due()
            if self._is_wrong():
                return
            if not due:
                self._judge()
                return
            here = (self._snapshots.digest(), self._done_for_good)
            hidden = "" if self._is_shown else self._world.said
            state = (here, hidden)
            if state in ancestors:
                self._note_loop()
                return
            if state in seen:
                self._report_endless()
                return
            seen.add(state)
            self._branches.meet(state)
            if self._visited.get(state, -1) >= failures:
                return
            self._visited[state] = failures
            self._notes.states += 1
            if failures:
                self._fail_each(due, failures, ancestors | seen, here, hidden)
            self._go_on(due, {})

    def _fail_each(
        self,
        due: Sequence[_BranchingSkill],
        failures: int,
        ancestors: frozenset[Hashable],
        here: Hashable,
        hidden: str,
    ) -> None:
        """Let each step that is about to end fail in each way, several at once if they may."""
        ways = [(codes, (here, frozenset(codes.items()))) for codes in self._ways(due, failures)]
        if hidden:
            ways = [way for way in ways if self._branches.does_show(way[1], hidden)]
        if not ways:
            return
        snapshot, skills = self._snapshots.take(), dict(self._skills)
        story, done = tuple(self._story), self._done_for_good
        for codes, branch in ways:
            for skill in due:
                if skill.path in codes:
                    self._notes.tried.add(f"{skill.call}: {codes[skill.path]}")
            before = self._branches.begin(branch)
            self._go_on(due, codes)
            self._follow(failures - len(codes), ancestors)
            self._branches.end(before)
            self._snapshots.put_back(snapshot)
            self._skills, self._story = dict(skills), list(story)
            self._done_for_good, self._repeated, self._forbidden = done, None, None

    def _ways(
        self, due: Sequence[_BranchingSkill], failures: int
    ) -> Iterator[dict[str, FailureCode]]:
        """Yield how steps that end together can fail, at least one of them and at most so many."""
        options: list[list[tuple[str, FailureCode] | None]] = []
        for skill in due:
            model = self._planning.domain.skills.get(skill.call.name)
            codes = model.failures if model else ()
            options.append([None, *((skill.path, code) for code in codes)])
        for chosen in itertools.product(*options):
            failed = dict(choice for choice in chosen if choice is not None)
            if 0 < len(failed) <= failures:
                yield failed

    def _go_on(self, due: Sequence[_BranchingSkill], codes: Mapping[str, FailureCode]) -> None:
        """Let the skills that are about to end do so, and tick the tree."""
        self._codes = codes
        for skill in due:
            code = codes.get(skill.path)
            span = self._compiled.span_of(skill.path)
            self._story.append(TraceStep(len(self._story) + 1, str(skill.call), code, span))
            if code is None and self._is_final(skill.call):
                self._done_for_good |= {skill.call}
        self._tick()
        self._codes = {}

    def _is_final(self, call: Call) -> bool:
        model = self._planning.domain.skills.get(call.name)
        return model is not None and model.irreversible

    def _tick(self) -> None:
        self._runtime.arbiter.poll()
        self._runtime.step_due()
        visit(self._compiled.root)

    def _next_due(self) -> list[_BranchingSkill]:
        """Let time pass until skills are about to end; return those that are, none at the end."""
        root, runtime = self._compiled.root, self._runtime
        for _ in range(MAX_TICKS):
            next_s = runtime.wakeups.next_s()
            if root.status is not Status.RUNNING or next_s is None or self._repeated is not None:
                break
            self._clock.wait_until(next_s)
            now_s = self._clock.now_s()
            running = (self._skills.get(path) for path in runtime.active_paths())
            due = [skill for skill in running if skill is not None and skill.ends_s <= now_s]
            if due:
                return due
            self._tick()
        return []

    def _skill(self, activation: Activation) -> Skill:
        call, planning = activation.call, self._planning
        model = planning.domain.skills.get(call.name)
        if call in self._done_for_good:
            self._repeated = activation.path
        refused = refusal(model, call, planning.scene, self._runtime.facts) if model else None
        takes_s = max(MIN_S, model.duration) if model and refused is None else MIN_S
        ends_s = self._clock.now_s() + takes_s
        skill = _BranchingSkill(activation, ends_s, self._clock, refused, self._ended)
        self._skills[activation.path] = skill
        return skill

    def _ended(self, skill: _BranchingSkill) -> SkillStep:
        code = self._codes.get(skill.path)
        if code is None:
            return SkillStep.success()
        model = self._planning.domain.skills[skill.call.name]
        binding = dict(zip(model.params, skill.call.arguments, strict=True))
        now_s = self._clock.now_s()
        for effect in model.failures[code].effects:
            self._runtime.facts.imagine(effect.substitute(binding), f"{skill.call}: {code}", now_s)
        return SkillStep.failure(code, "as supposed")

    def _note(self, event: Event) -> None:
        if isinstance(event, SkillEnded):
            facts = self._runtime.facts
            forbidden = (formula for formula in self._problem.never if formula.holds(facts))
            self._forbidden = self._forbidden or next(forbidden, None)
            for percept in self._world.hidden:
                if self._would_show(percept):
                    facts.observe([percept])
            for world in self._others:
                if any(map(self._would_show, world.hidden)):
                    self._branches.show(world.said)

    def _would_show(self, percept: Percept) -> bool:
        """Return whether something that is unknown would be seen now."""
        facts = self._runtime.facts
        known_when = self._known_when.get(percept.fact)
        if known_when is None:
            model = self._planning.domain.predicates[percept.fact.predicate]
            assert model.known_when is not None, "only such facts are supposed"
            binding = dict(zip(model.params, percept.fact.terms, strict=True))
            known_when = self._known_when[percept.fact] = model.known_when.substitute(binding)
        return facts.value(percept.fact) is None and bool(known_when.holds(facts))

    def _is_wrong(self) -> bool:
        """Report what must not be; such a path is followed no further."""
        facts, span = self._runtime.facts, self._last_span()
        now = (formula for formula in self._problem.never if formula.holds(facts))
        formula = self._forbidden or next(now, None)
        if formula is not None:
            said = say(formula, self._planning.domain)
            message = f"'{formula}' becomes true ({said}), which must never be"
            self._report("never-violated", message, span)
            return True
        if self._repeated is not None:
            call = self._skills[self._repeated].call
            message = f"'{call}' cannot be undone, and is done a second time"
            span = self._compiled.span_of(self._repeated)
            self._report("irreversible-repeated", message, span)
            return True
        return False

    @property
    def _is_shown(self) -> bool:
        """Return whether what is supposed has been seen."""
        return all(self._runtime.facts.value(p.fact) is not None for p in self._world.hidden)

    def _note_loop(self) -> None:
        """Note that the tree comes back to where it was before a failure.

        If the step fails every time, the tree alone does not end; the run's budget of activations
        of one call ends it.
        """
        last = next(told for told in reversed(self._story) if told.code)
        self._notes.loops.add(f"{last.call}: {last.code}")

    def _report_endless(self) -> None:
        message = "the tree comes back to where it was without any failure, and never ends"
        self._report("endless-tree", message, self._last_span())

    def _judge(self) -> None:
        """Report how a path ended, if it ended badly."""
        root = self._compiled.root
        if root.status is Status.SUCCESS:
            self._judge_success()
        elif root.status is Status.RUNNING:
            message = "the tree runs on, but waits for nothing that could come"
            self._report("endless-tree", message, self._last_span())
        else:
            self._judge_failure(cause_of(root))

    def _judge_success(self) -> None:
        goal, facts = self._problem.goal, self._runtime.facts
        members = self._runtime.members.copy()
        missed = [part for _, part in goal.instances(facts, members) if not part.holds(facts)]
        if missed:
            how = "does not hold" if missed[0].holds(facts) is False else "is not known to hold"
            said = say(missed[0], self._planning.domain)
            message = f"the tree ends well, but '{missed[0]}' {how} ({said})"
            self._report("goal-missed", message, self._root_span())

    def _judge_failure(self, failure: Failure | None) -> None:
        failed = [told for told in self._story if told.code]
        why, span = self._reason(failure)
        if not failed:
            if not self._world.hidden or self._can_still_be_reached():
                message = f"the tree fails although every skill succeeds: {why}"
                self._report("fails-by-itself", message, span or self._last_span())
            return
        last = failed[-1]
        lasting = {(told.call, told.code) for told in failed if told.code in LASTING}
        is_lasting = any((str(one.call), one.code) in lasting for one in _ends(failure))
        if is_lasting or not self._can_still_be_reached():
            self._notes.given_up.add(f"{last.call}: {last.code}")
            return
        assert last.code is not None
        is_own = (
            failure is not None and failure.code is last.code and str(failure.call) == last.call
        )
        alike = ("missing-recovery", last.span, last.call, "" if is_own else why)
        self._notes.codes[alike].add(last.code)
        codes = " or ".join(sorted(self._notes.codes[alike]))
        message = f"the tree gives up when '{last.call}' fails with {codes}"
        message += "" if is_own else f", because {why}"
        self._report("missing-recovery", message, last.span or span, alike)

    def _reason(self, failure: Failure | None) -> tuple[str, Span | None]:
        """Return why the tree has failed, and where."""
        if failure is None:
            return "no reason was given", None
        while failure.causes and failure.causes[-1].code is failure.code:
            failure = failure.causes[-1]  # a retry fails as its last attempt did
        span = self._compiled.span_of(failure.path)
        if failure.code is FailureCode.PRECONDITION_FALSE and failure.call is not None:
            return f"'{failure.call}' cannot begin: {failure.detail}", span
        return str(failure), span

    def _can_still_be_reached(self) -> bool:
        """Return whether some plan leads from here to the goal."""
        facts = self._runtime.facts
        key = (facts.values(), self._runtime.members.known())
        known = self._notes.reachable.get(key)
        if known is None:
            members = self._runtime.members.copy()
            parts = tuple(part for _, part in self._problem.goal.instances(facts, members))
            known = is_reachable(replace(self._planning, facts=facts), AllOf(parts))
            self._notes.reachable[key] = known
        return known

    def _report(self, code: str, message: str, span: Span | None, alike: Hashable = None) -> None:
        story = tuple(self._story)
        finding = Finding(code, message, span, hint_of(story))
        violation = Violation(finding, story, self._world.said)
        self._notes.add(violation, alike or (code, span, message))

    def _last_span(self) -> Span | None:
        return self._story[-1].span if self._story else self._root_span()

    def _root_span(self) -> Span | None:
        return self._compiled.span_of(self._compiled.view.path)


def _ends(failure: Failure | None) -> Iterator[Failure]:
    """Yield a failure and what it came of at last: a retry fails as its last attempt did."""
    while failure is not None:
        yield failure
        failure = failure.causes[-1] if failure.causes else None
