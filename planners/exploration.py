"""Explores what can become of a tree, for `verification`.

Whenever skills are about to end, the tree is taken as a value (`trees/snapshots.py`), each outcome
is tried, and the tree is put back in between.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..clock import VirtualClock
from ..errors import Finding
from ..events import Event, SkillEnded
from ..skills import FailureCode, HaltStep, Skill, SkillStep
from ..skills.domain import (
    AllOf,
    Call,
    Domain,
    Fact,
    Facts,
    Formula,
    Members,
    Percept,
    Scene,
)
from ..spans import Span
from ..trees import (
    Activation,
    CompiledTree,
    Failure,
    Runtime,
    Snapshots,
    Status,
    TreeLibrary,
    TreeSpec,
    cause_of,
    visit,
)
from .goal import GoalSpec, say
from .searching import is_reachable
from .simulation import refusal
from .synthesis import LASTING

MAX_STATES = 20_000
"""How many states are looked at, if nothing else is said."""
MIN_S = 1e-3
"""Every step takes some time, so that it can fail."""
MAX_TICKS = 10_000
"""A tree that is ticked so often between two steps waits for nothing."""


@dataclass(frozen=True)
class Told:
    """One step of a story."""

    number: int
    call: str
    code: FailureCode | None
    """How it failed; None for a success."""
    span: Span | None

    def __str__(self) -> str:
        how = f" fails with {self.code}" if self.code else ""
        where = f"  [{self.span}]" if self.span else ""
        return f"{self.number:>3}. {self.call}{how}{where}"


@dataclass(frozen=True)
class Violation:
    """Something that must not happen, and the shortest way found to it."""

    finding: Finding
    story: tuple[Told, ...]
    world: str
    """What was supposed of facts that are unknown; empty if nothing was."""

    def lines(self) -> list[str]:
        """Return the story, step by step."""
        head = [f"supposed: {self.world}"] if self.world else []
        return [*head, *map(str, self.story)]


@dataclass(frozen=True)
class Claim:
    """What is to be verified of a tree."""

    tree: TreeSpec
    arguments: dict[str, str]
    goal: GoalSpec
    """What the tree is for; an empty formula if only its own success counts."""
    never: tuple[Formula, ...] = ()
    """What must not be known to hold at any time."""
    failures: int = 1
    """How many failures in one run are allowed for."""
    max_states: int = MAX_STATES
    max_s: float | None = None
    """Seconds of this machine after which it stops; None for no limit."""


@dataclass(frozen=True)
class Place:
    """Where a tree is explored."""

    domain: Domain
    scene: Scene
    facts: Facts
    members: Members
    library: TreeLibrary


@dataclass
class Notes:
    """What all explorations of one verification share."""

    most: int
    until_s: float | None
    states: int = 0
    tried: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)
    violations: dict[Hashable, Violation] = field(default_factory=dict)
    codes: dict[Hashable, set[FailureCode]] = field(default_factory=lambda: defaultdict(set))
    """The codes of failures that end alike."""
    reachable: dict[object, bool] = field(default_factory=dict)

    @property
    def is_spent(self) -> bool:
        """Return whether the budget is used up."""
        is_late = self.until_s is not None and time.perf_counter() >= self.until_s
        return self.states >= self.most or is_late

    def add(self, violation: Violation, alike: Hashable) -> None:
        """Keep the shortest of several stories that are alike, with what the last one says."""
        known = self.violations.get(alike)
        if known is not None and len(known.story) <= len(violation.story):
            told = replace(known.finding, message=violation.finding.message)
            violation = replace(known, finding=told)
        self.violations[alike] = violation


@dataclass(frozen=True)
class World:
    """How facts that are unknown may be."""

    said: str = ""
    hidden: tuple[Percept, ...] = ()


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


class Branches:
    """Which failures let something show that is supposed in a later world.

    A branch is what follows a failure until it comes to a state that was met before.
    """

    def __init__(self) -> None:
        self._now: Hashable = None
        """The branch that is followed; None while nothing has failed."""
        self._owners: dict[Hashable, Hashable] = {}
        """State to the branch that met it first."""
        self._leads_to: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._shows: dict[Hashable, set[str]] = defaultdict(set)

    def begin(self, branch: Hashable) -> Hashable:
        """Follow a branch; return the one that it leaves, for `end`."""
        before, self._now = self._now, branch
        self._leads_to[before].add(branch)
        return before

    def end(self, before: Hashable) -> None:
        """Go back to the branch that was followed before."""
        self._now = before

    def meet(self, state: Hashable) -> None:
        """Note that the branch comes to a state."""
        owner = self._owners.setdefault(state, self._now)
        if owner is not None and owner != self._now:
            self._leads_to[self._now].add(owner)

    def show(self, world: str) -> None:
        """Note that what a world supposes would show now."""
        self._shows[self._now].add(world)

    def does_show(self, branch: Hashable, world: str) -> bool:
        """Return whether a branch, or one that it leads to, lets a world's secret show."""
        seen, waiting = {branch}, [branch]
        while waiting:
            one = waiting.pop()
            if world in self._shows.get(one, ()):
                return True
            new = self._leads_to.get(one, set()) - seen
            seen |= new
            waiting.extend(new)
        return False


class Explorer:
    """Explores one tree, in one world after the other."""

    def __init__(self, claim: Claim, place: Place, notes: Notes) -> None:
        self._claim = claim
        self._place = place
        self._world = World()
        self._others: Sequence[World] = ()
        self._notes = notes
        self._clock = VirtualClock()
        self._story: list[Told] = []
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
            domain=place.domain,
            facts=place.facts.copy(),
            members=place.members.copy(),
            clock=self._clock,
            emit=self._note,
            sense=lambda: None,
            make_skill=self._skill,
            is_symbolic=True,
        )
        self._compiled = CompiledTree(claim.tree, claim.arguments, place.library, self._runtime)
        self._snapshots = Snapshots(self._compiled, self._runtime)
        self._start = self._snapshots.take()

    def explore(self, world: World, others: Sequence[World] = ()) -> None:
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
        self._follow(self._claim.failures, frozenset())

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
            model = self._place.domain.skills.get(skill.call.name)
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
            self._story.append(Told(len(self._story) + 1, str(skill.call), code, span))
            if code is None and self._is_final(skill.call):
                self._done_for_good |= {skill.call}
        self._tick()
        self._codes = {}

    def _is_final(self, call: Call) -> bool:
        model = self._place.domain.skills.get(call.name)
        return model is not None and model.irreversible

    def _tick(self) -> None:
        self._runtime.arbiter.poll()
        self._runtime.step_due()
        visit(self._compiled.root)

    def _next_due(self) -> list[_BranchingSkill]:
        """Let time pass until skills are about to end; return those that are, none at the end."""
        root, runtime = self._compiled.root, self._runtime
        for _ in range(MAX_TICKS):
            next_s = runtime.agenda.next_s()
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
        call, place = activation.call, self._place
        model = place.domain.skills.get(call.name)
        if call in self._done_for_good:
            self._repeated = activation.path
        refused = refusal(model, call, place.scene, self._runtime.facts) if model else None
        takes_s = max(MIN_S, model.duration) if model and refused is None else MIN_S
        ends_s = self._clock.now_s() + takes_s
        skill = _BranchingSkill(activation, ends_s, self._clock, refused, self._ended)
        self._skills[activation.path] = skill
        return skill

    def _ended(self, skill: _BranchingSkill) -> SkillStep:
        code = self._codes.get(skill.path)
        if code is None:
            return SkillStep.success()
        model = self._place.domain.skills[skill.call.name]
        binding = dict(zip(model.params, skill.call.arguments, strict=True))
        now_s = self._clock.now_s()
        for effect in model.failures[code].effects:
            self._runtime.facts.imagine(effect.substitute(binding), f"{skill.call}: {code}", now_s)
        return SkillStep.failure(code, "as supposed")

    def _note(self, event: Event) -> None:
        if isinstance(event, SkillEnded):
            facts = self._runtime.facts
            forbidden = (formula for formula in self._claim.never if formula.holds(facts))
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
            model = self._place.domain.predicates[percept.fact.predicate]
            assert model.known_when is not None, "only such facts are supposed"
            binding = dict(zip(model.params, percept.fact.terms, strict=True))
            known_when = self._known_when[percept.fact] = model.known_when.substitute(binding)
        return facts.value(percept.fact) is None and bool(known_when.holds(facts))

    def _is_wrong(self) -> bool:
        """Report what must not be; such a path is followed no further."""
        facts, span = self._runtime.facts, self._last_span()
        now = (formula for formula in self._claim.never if formula.holds(facts))
        formula = self._forbidden or next(now, None)
        if formula is not None:
            said = say(formula, self._place.domain)
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
        goal, facts = self._claim.goal, self._runtime.facts
        members = self._runtime.members.copy()
        missed = [part for _, part in goal.instances(facts, members) if not part.holds(facts)]
        if missed:
            how = "does not hold" if missed[0].holds(facts) is False else "is not known to hold"
            said = say(missed[0], self._place.domain)
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
        claim, place, facts = self._claim, self._place, self._runtime.facts
        key = (facts.values(), self._runtime.members.known())
        known = self._notes.reachable.get(key)
        if known is None:
            members = self._runtime.members.copy()
            parts = tuple(part for _, part in claim.goal.instances(facts, members))
            known = is_reachable(place.domain, place.scene, facts, AllOf(parts))
            self._notes.reachable[key] = known
        return known

    def _report(self, code: str, message: str, span: Span | None, alike: Hashable = None) -> None:
        story = tuple(self._story)
        finding = Finding(code, message, span, _hint(story))
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


def _hint(story: Sequence[Told]) -> str:
    """Return a story in one line: its failures, with a few steps around them."""
    failed = [index for index, told in enumerate(story) if told.code]
    near = {index for at in failed for index in range(at - 1, at + 2)}
    shown = sorted(near | set(range(max(0, len(story) - 3), len(story))))
    parts: list[str] = []
    before = -1
    for index in (index for index in shown if 0 <= index < len(story)):
        if index > before + 1:
            parts.append("…")
        told = story[index]
        how = f" fails with {told.code}" if told.code else ""
        parts.append(f"{told.number} {told.call}{how}")
        before = index
    return f"story: {', '.join(parts) or 'nothing has begun'}"
