"""Ways in which a run differs from an explored one, and whether that shows in a transition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.branching.noted_facts import FactUse
from treehand.planners.verification.exploration.explored_states import (
    StateUse,
    StepFacts,
    Transition,
)
from treehand.planners.verification.exploration.looks import LOOKED
from treehand.skills.domain import Fact, QuantifierBindings, Vocabulary
from treehand.skills.domain.knowledge.facts import fits
from treehand.skills.domain.vocabulary import FactBits


class Variation(Protocol):
    """Way in which a run differs from the explored one."""

    @property
    def is_none(self) -> bool:
        """Return True if the run cannot differ any more."""
        ...

    @property
    def difference(self) -> StateDifference | None:
        """Return the difference of its state from the explored one; None if there is none."""
        ...

    def after(self, transition: Transition) -> Variation | None:
        """Return the variation after a transition; None if the run might go another way."""
        ...

    def is_untouched_by(self, use: StateUse) -> bool:
        """Return True if it is the same after each transition of a state."""
        ...

    def besides(self, there: StateDifference) -> Variation:
        """Return the variation of the same run from another state.

        Args:
            there: Difference of the explored state from that one.
        """
        ...

    def key_at(self, there: RunKey) -> RunKey:
        """Return the key of the run where it differs so from an explored state."""
        ...


@dataclass(frozen=True)
class Unseen:
    """Assumed facts that nothing has shown yet, so that the run does not differ by them."""

    hidden: tuple[tuple[int, int, int], ...]
    """Of each fact, as bits: the conditions under which it is observed, itself, and the facts of
    its exclusive groups."""
    conditions: int
    """All these conditions."""
    difference: StateDifference | None = None
    """Difference of a run that was not explored by itself; None if there is none."""
    is_none: ClassVar[bool] = False

    def is_untouched_by(self, use: StateUse) -> bool:
        """Return False: the moments of each transition decide."""
        return False

    def after(self, transition: Transition) -> Unseen | None:
        """Return the variation after a transition; None if an assumed fact would be observed."""
        is_observable = transition.observable & self.conditions
        if is_observable and any(map(self.is_shown_at, transition.moments)):
            return None
        if self.difference is None:
            return self
        after = self.difference.after(transition)
        return None if after is None else self.differing(after)

    def is_shown_at(self, moment: StepFacts) -> bool:
        """Return True if an assumed fact would be observed at a moment."""
        return any(
            moment.observable & condition and not moment.known & own and not moment.true & group
            for condition, own, group in self.hidden
        )

    def key_at(self, there: RunKey) -> RunKey:
        """Return the key of the run where it goes on as from an explored state."""
        return there if self.difference is None else self.difference.key_at(there)

    def besides(self, there: StateDifference) -> Unseen:
        """Return the variation of the same run from another state."""
        return self.differing(there if self.difference is None else self.difference.besides(there))

    def differing(self, difference: StateDifference | None) -> Unseen:
        """Return the same facts of a run that differs so."""
        is_none = difference is None or difference.is_none
        return Unseen(self.hidden, self.conditions, None if is_none else difference)


class Known(NamedTuple):
    """Belief about a fact, or that there is none."""

    is_known: bool
    is_true: bool


class FactDifference(NamedTuple):
    """A fact that is believed otherwise than in an explored state."""

    fact: Fact
    here: Known
    there: Known

    @property
    def is_hard(self) -> bool:
        """Return True if it is true in one of the two: then it says more than itself."""
        return self.here.is_true is not self.there.is_true


@dataclass(frozen=True)
class DifferenceScope:
    """Facts that make a difference show, and that change it, as bit sets."""

    hard: int
    """Facts that are true in one of the two states."""
    touching: int
    """The same with the facts that they exclude."""
    soft: tuple[tuple[int, int], ...]
    """Facts that are known to be false in one of the two and not observed in the other, each with
    the facts that exclude it: while one of those is true in both, it is false in both."""
    all_soft: int
    filters: frozenset[str]
    """Keys of the quantifiers whose filters may read one."""
    hard_predicates: frozenset[str]
    """Predicates of the facts that are true in one of the two states."""


@dataclass(frozen=True, eq=False)
class StateDifference:
    """Beliefs that differ from those of an explored state, and objects bound by quantifiers.

    A fact makes no difference while nobody reads it, and lasts until it is written. Equal ones are
    the same object, which `Differences` makes.
    """

    facts: frozenset[FactDifference]
    members: frozenset[tuple[str, tuple[str, ...]]]
    """Keys of quantifiers, with the objects bound."""
    scope: DifferenceScope
    maker: Differences = field(repr=False)

    @property
    def is_none(self) -> bool:
        """Return True if nothing differs."""
        return not self.facts and not self.members

    @property
    def difference(self) -> StateDifference:
        """Return itself."""
        return self

    def is_untouched_by(self, use: StateUse) -> bool:
        """Return True if it is the same after each transition of a state."""
        scope = self.scope
        return not (
            use.is_all_read
            or use.facts & (scope.touching | scope.all_soft)
            or not scope.filters.isdisjoint(use.asked)
            or not scope.hard_predicates.isdisjoint(use.patterns)
            or any(key in use.asked for key, _ in self.members)
        )

    def after(self, transition: Transition) -> StateDifference | None:
        """Return the variation after a transition; None if the run might go another way."""
        if any(key in transition.asked for key, _ in self.members):
            return None
        if not self.facts:
            return self
        use, scope = transition.use, self.scope
        if use.is_all_read or use.read & scope.touching or scope.filters & transition.asked:
            return None
        if use.read & scope.all_soft and self._is_unmasked(transition):
            return None
        hard = [one for one in self.facts if one.is_hard] if use.sought or use.cleared else []
        if any(fits(one.fact, pattern) for pattern in use.sought for one in hard):
            return None
        is_cleared = any(fits(one.fact, pattern) for pattern in use.cleared for one in hard)
        if is_cleared or use.written & (scope.touching | scope.all_soft):
            return self.maker.after(self, use)
        return self

    def key_at(self, there: RunKey) -> RunKey:
        """Return the key of the run where it differs so from an explored state."""
        known, true = there.facts
        bits = self.maker.bits
        for fact, here, _ in self.facts:
            bit = bits[fact]
            known = known | bit if here.is_known else known & ~bit
            true = true | bit if here.is_true else true & ~bit
        members = there.members
        if self.members:
            members = frozenset((dict(members) | dict(self.members)).items())
        return RunKey(there.rest, (known, true), members)

    def besides(self, there: StateDifference) -> StateDifference:
        """Return the difference of the same run from another state."""
        return self.maker.composed(self, there)

    def _is_unmasked(self, transition: Transition) -> bool:
        """Return True if a fact was read that has another value at some moment."""
        return any(
            transition.use.read & own and any(not one.true & group for one in transition.moments)
            for own, group in self.scope.soft
        )


class Differences:
    """Makes differences between states.

    Args:
        vocabulary: Exclusive groups of facts.
        bindings: The quantifiers of the run.
    """

    def __init__(self, vocabulary: Vocabulary, bindings: QuantifierBindings) -> None:
        self._vocabulary = vocabulary
        self._bindings = bindings
        self._groups: dict[object, int] = defaultdict(int)
        self._counted = 0
        self._made: dict[object, StateDifference] = {}
        self._read_by: dict[Fact, frozenset[str]] = {}
        """Fact to the keys of the quantifiers whose filters may read it."""
        self._readers = 0
        """Number of the quantifiers' keys when these were looked up."""

    @property
    def bits(self) -> FactBits:
        """Return the numbers of the facts."""
        return self._vocabulary.bits

    @property
    def none(self) -> StateDifference:
        """Return that nothing differs."""
        return self._of(frozenset(), frozenset())

    def group_bits(self, fact: Fact) -> int:
        """Return the facts of the exclusive groups of a fact that were ever used, as bits."""
        bits = self._vocabulary.bits
        if self._counted < len(bits):
            for known in bits.facts((1 << len(bits)) - (1 << self._counted)):
                for group in self._vocabulary.groups(known):
                    self._groups[group] |= bits[known]
            self._counted = len(bits)
        found = 0
        for group in self._vocabulary.groups(fact):
            found |= self._groups.get(group, 0)
        return found

    def between(self, here: RunKey, there: RunKey) -> StateDifference:
        """Return the difference of a state from an explored one."""
        bits = self._vocabulary.bits
        (known, true), (known_there, true_there) = here.facts, there.facts
        facts = []
        for fact in bits.facts((known ^ known_there) | (true ^ true_there)):
            bit = bits[fact]
            mine = Known(bool(known & bit), bool(true & bit))
            facts.append(
                FactDifference(fact, mine, Known(bool(known_there & bit), bool(true_there & bit)))
            )
        missing = {name for name, _ in there.members} - {name for name, _ in here.members}
        members = (here.members - there.members) | {(name, ()) for name in missing}
        return self._of(frozenset(facts), frozenset(members))

    def after(self, difference: StateDifference, use: FactUse) -> StateDifference:
        """Return the rest of a difference when facts have been written."""
        bits, facts = self._vocabulary.bits, []
        for one in difference.facts:
            fact, here, there = one
            if use.written & bits[fact]:
                continue
            is_over = one.is_hard and (
                use.made_true & self.group_bits(fact)
                or any(fits(fact, pattern) for pattern in use.cleared)
            )
            if is_over:
                gone = Known(is_known=True, is_true=False)
                here, there = gone if here.is_true else here, gone if there.is_true else there
            if here != there:
                facts.append(FactDifference(fact, here, there))
        return self._of(frozenset(facts), difference.members)

    def composed(self, first: StateDifference, second: StateDifference) -> StateDifference:
        """Return the difference of a state from a third one.

        Args:
            first: Its difference from a second state.
            second: Difference of the second state from the third one.
        """
        facts = {one.fact: one for one in second.facts}
        for fact, here, there in first.facts:
            known = facts.pop(fact, None)
            there = known.there if known is not None else there
            if here != there:
                facts[fact] = FactDifference(fact, here, there)
        members = dict(second.members) | dict(first.members)
        return self._of(frozenset(facts.values()), frozenset(members.items()))

    def _of(
        self,
        facts: frozenset[FactDifference],
        members: frozenset[tuple[str, tuple[str, ...]]],
    ) -> StateDifference:
        key = (facts, members)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = StateDifference(facts, members, self._scope(facts), self)
        return found

    def _scope(self, facts: Iterable[FactDifference]) -> DifferenceScope:
        bits, hard, touching, soft = self._vocabulary.bits, 0, 0, []
        for one in facts:
            if one.is_hard:
                hard |= bits[one.fact]
                touching |= bits[one.fact] | self.group_bits(one.fact)
        all_soft = 0
        for one in facts:
            if not one.is_hard:
                all_soft |= bits[one.fact]
                soft.append((bits[one.fact], self.group_bits(one.fact) & ~hard))
        filters = self._filters(touching | all_soft)
        predicates = frozenset(one.fact.predicate for one in facts if one.is_hard)
        return DifferenceScope(hard, touching, tuple(soft), all_soft, filters, predicates)

    def _filters(self, facts: int) -> frozenset[str]:
        """Return the keys of the quantifiers whose filters may read one of some facts."""
        if self._bindings.count_of_readers != self._readers:
            self._read_by, self._readers = {}, self._bindings.count_of_readers
        found: set[str] = set()
        for fact in self._vocabulary.bits.facts(facts):
            keys = self._read_by.get(fact)
            if keys is None:
                readers = self._bindings.readers(fact.predicate)
                keys = frozenset(key for key, pattern in readers if fits(fact, pattern))
                self._read_by[fact] = keys
            found |= keys
        return frozenset(found)


def size_of_difference(one: RunKey, other: RunKey) -> tuple[int, bool, int]:
    """Return the difference in size of two states with the same memory of the nodes.

    What they have looked for counts for nothing: it shows only where an end is judged by it.
    """
    (known, true), (known_there, true_there) = one.facts, other.facts
    return (
        (true ^ true_there).bit_count(),
        any(key != LOOKED for key, _ in one.members ^ other.members),
        (known ^ known_there).bit_count(),
    )
