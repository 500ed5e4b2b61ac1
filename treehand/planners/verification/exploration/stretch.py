"""Part of an exploration in which an assumed fact shows, and what it is for a like object."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from treehand.core.literals import Fact
from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.exploration.explored_states import (
    ExploredState,
    KnownTransition,
    Transition,
)
from treehand.planners.verification.exploration.scene_symmetry import (
    CUT,
    SceneSymmetry,
    Swap,
    TextWords,
)
from treehand.planners.verification.exploration.ways_ahead import FailedStep
from treehand.skills.domain import Vocabulary
from treehand.skills.domain.knowledge.facts import fits


class Landing(NamedTuple):
    """End of a stretch: from there on, the run goes on as from an explored state, or nearly."""

    state: ExploredState
    """The explored state."""
    key: RunKey
    """State of the run."""
    failures: int
    """Most failures from there on."""
    ahead: float = math.inf
    """Number of transitions to the end before the fact showed; the run has come nearer to it."""


class Serving(NamedTuple):
    """Transition, explored under another hypothesis, that a run of a stretch takes."""

    key: RunKey
    """State of the run."""
    known: KnownTransition
    failures: int
    """Most failures after it."""


@dataclass
class Recording:
    """Exploration under the present hypothesis until its runs are as others."""

    starts: list[RunKey] = field(default_factory=list)
    """States before the transitions in which it shows, those without an own exploration too."""
    transitions: list[Transition] = field(default_factory=list)
    own: dict[Transition, RunKey] = field(default_factory=dict)
    """Those with which a part of it begins, each with the state before it."""
    states: set[ExploredState] = field(default_factory=set)
    """States that were met, and not explored before."""
    landings: list[Landing] = field(default_factory=list)
    servings: list[Serving] = field(default_factory=list)
    failed: list[FailedStep] = field(default_factory=list)
    """Its transitions with a failure."""
    tried: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    is_unlike_any: bool = False
    """True if the assumed fact was not known in some state, or if a run has come back from what
    was explored before: then it tells nothing of like hypotheses."""


@dataclass(frozen=True)
class StretchContext:
    """Scene of a stretch."""

    symmetry: SceneSymmetry
    vocabulary: Vocabulary
    words: TextWords


class Stretch:
    """All runs from the states in which an assumed fact shows, until they are as explored ones.

    The same stretch, with two objects exchanged, is what would be explored under the hypothesis
    about the other one, if the two are alike (`SceneSymmetry`) and if nothing that the stretch has
    read, or gone through in an order, tells them apart at its start:

    - it mentions the other object nowhere: no fact, call or node is about it;
    - each fact about the one that was read or written had the value of the like fact about the
      other, and no true fact about either excludes a fact that was read or written;
    - no true fact about either was found by a pattern, and no answer with several objects held the
      one;
    - neither was a member of a loop that was visited, nor of a type whose objects were gone
      through, and the bookkeeping of the goal holds both or none;
    - the states in which the fact shows differ in nothing about either;
    - nothing asked for everything that is believed, and no text about it was cut.

    By induction over its steps, each step then reads the same values up to the exchange, and so
    writes, visits and ends alike.

    Args:
        recording: What was explored.
        context: Scene.
    """

    def __init__(self, recording: Recording, context: StretchContext) -> None:
        self._context = context
        self._symmetry = context.symmetry
        self._bits = context.vocabulary.bits
        self._starts = recording.starts
        self._start = self._starts[0]
        self.states = frozenset(recording.states)
        self.landings = tuple(recording.landings)
        self.servings = tuple(recording.servings)
        self.failed = tuple(recording.failed)
        self.tried = frozenset(recording.tried)
        self.given_up = frozenset(recording.given_up)
        transitions = recording.transitions
        ways = [(key, one) for one, key in recording.own.items()]
        ways += [(state.key, one) for state in self.states for one in state.transitions]
        self._steps = [(key, one.target.key) for key, one in ways if one.target is not None]
        uses = [one.use for one in transitions]
        self._is_all_read = any(use.is_all_read for use in uses)
        self._asked = frozenset[str]().union(*(one.asked for one in transitions))
        self._visited = frozenset[str]().union(*(one.visited for one in transitions))
        self._enumerated = frozenset[str]().union(*(use.enumerated for use in uses))
        self._in_order = frozenset[str]().union(*(use.in_order for use in uses))
        self._patterns = frozenset[Fact]().union(*(use.sought | use.cleared for use in uses))
        self._calls = tuple(one.failed for one in transitions)
        self._keys = [one.key for one in self.states]
        self._keys += [*(one.key for one in self.landings), *(one.key for one in self.servings)]
        self._written = self._used = 0
        for use in uses:
            self._written |= use.written | use.made_true
            self._used |= use.read
        self._used |= self._written
        for key in self._keys:
            self._used |= self._changed(key)

    def _changed(self, key: RunKey) -> int:
        """Return the facts that are believed otherwise than at the start, as bits."""
        (known, true), (known_before, true_before) = key.facts, self._start.facts
        return (known ^ known_before) | (true ^ true_before)

    @cached_property
    def _facts(self) -> dict[str, list[Fact]]:
        """Objects to the facts about them that were read or written."""
        return _by_object(self._bits.facts(self._used))

    @cached_property
    def _true_facts(self) -> dict[str, list[Fact]]:
        """Objects to the true facts about them at the start."""
        return _by_object(self._bits.facts(self._start.facts[1]))

    @cached_property
    def _groups(self) -> frozenset[object]:
        """Exclusive groups of the facts that were read or written."""
        groups = self._context.vocabulary.groups
        return frozenset(one for fact in self._bits.facts(self._used) for one in groups(fact))

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        """Words of all that it was about."""
        found = {term for pattern in self._patterns for term in pattern.terms}
        words = self._context.words
        found.update(words.of((*self._asked, *self._calls)))
        for key in self._keys:
            found |= words.of_all(key.rest)
        for key in self._keys:
            found.update(_members(key, self._visited))
        return frozenset(found | self._facts.keys())

    @cached_property
    def _told_apart(self) -> frozenset[str]:
        """Objects that its states at the start tell apart, or that came together with others."""
        words = self._context.words
        found = set(words.of(tuple(self._asked)))
        start = self._start
        for key in self._starts:
            found |= words.of_all(key.rest)
            found.update(_members(key, self._visited))
            found.update(one for fact in self._bits.facts(self._changed(key)) for one in fact.terms)
            for name, members in key.members ^ start.members:
                found.update(members, words.of(name))
        for key in self._keys:
            found.update(_bound_otherwise(start, key, 0))
        for before, after in self._steps:
            found.update(_bound_otherwise(before, after, 1))
        return frozenset(found | self._in_order)

    def mirrors(self, swap: Swap) -> bool:
        """Return True if the stretch is the same with the first object exchanged for the second."""
        is_told_apart = (
            self._is_all_read
            or CUT in self._mentioned
            or swap.other in self._mentioned
            or swap.touches(self._told_apart)
            or any(self._symmetry.is_of_any(name, self._enumerated) for name in swap)
        )
        return not is_told_apart and self._are_facts_alike(swap) and self._are_members_alike(swap)

    def _are_members_alike(self, swap: Swap) -> bool:
        return all(
            (swap.one in members) is (swap.other in members)
            for key, members in self._start.members
            if key in self._asked
        )

    def _are_facts_alike(self, swap: Swap) -> bool:
        """Return True if the facts at the start tell the two apart nowhere in the stretch."""
        known, true = self._start.facts
        bits, groups = self._bits, self._context.vocabulary.groups
        touched = set(self._groups)
        for fact in self._facts.get(swap.one, ()):
            bit, like = bits[fact], bits[swap.fact(fact)]
            if bool(known & bit) is not bool(known & like):
                return False
            if bool(true & bit) is not bool(true & like):
                return False
            touched.update(groups(swap.fact(fact)))
        is_counted = any(swap.one in one.terms for one in self._patterns)
        patterns = self._patterns
        if is_counted:
            patterns |= {swap.fact(one) for one in patterns}
        for name in swap:
            for fact in self._true_facts.get(name, ()):
                if not touched.isdisjoint(groups(fact)):
                    return False
                if any(fits(fact, pattern) for pattern in patterns):
                    return False
        capacity = self._symmetry.capacity
        return not is_counted or capacity(swap.one) == capacity(swap.other)

    def key_of(self, key: RunKey, swap: Swap) -> RunKey:
        """Return a state of the stretch with the two objects exchanged."""
        rest = key.rest
        if swap.one in self._context.words.of_all(rest):
            rest = swap.value(rest)
        known, true = key.facts
        known_before, true_before = self._start.facts
        moved = self._changed(key) | self._written
        for fact in self._facts.get(swap.one, ()):
            bit = self._bits[fact]
            if moved & bit:
                like = self._bits[swap.fact(fact)]
                is_known, is_true = known & bit, true & bit
                known = (known & ~bit & ~like) | (known_before & bit) | (like if is_known else 0)
                true = (true & ~bit & ~like) | (true_before & bit) | (like if is_true else 0)
        before = dict(self._start.members)
        members = frozenset(
            (name, bound if bound == before.get(name) else _renamed(bound, before, name, swap))
            for name, bound in key.members
        )
        return RunKey(rest, (known, true), members)


def _renamed(
    bound: tuple[str, ...], before: dict[str, tuple[str, ...]], name: str, swap: Swap
) -> tuple[str, ...]:
    known = len(before.get(name, ()))
    return (*bound[:known], *map(swap.name, bound[known:]))


def _bound_otherwise(before: RunKey, after: RunKey, most: int) -> Iterator[str]:
    """Yield the objects that were bound together, or in the place of others.

    Args:
        before: A state.
        after: A later one.
        most: Most objects that may have been added to those of a quantifier; 0 for any number.
    """
    known = dict(before.members)
    for name, members in after.members - before.members:
        bound = known.get(name, ())
        new = members[len(bound) :]
        if members[: len(bound)] != bound:
            yield from members
        elif most and len(new) > most:
            yield from new


def _members(key: RunKey, quantifiers: frozenset[str]) -> Iterable[str]:
    """Return the objects bound by some quantifiers."""
    return (one for name, bound in key.members if name in quantifiers for one in bound)


def _by_object(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        for term in dict.fromkeys(fact.terms):
            found[term].append(fact)
    return found
