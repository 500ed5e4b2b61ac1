"""Causes of failures that persist: a call is not repeated while the cause of its failure stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from treehand.skills import FailureCode
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Call,
    Domain,
    Fact,
    Facts,
    Formula,
    Negation,
    positive_form,
)

PERSISTENT = frozenset(
    {FailureCode.CONTAINER_FULL, FailureCode.OUT_OF_REACH, FailureCode.UNSUPPORTED}
)
"""Failure codes whose cause persists though the skill names no objects."""
TIMES_FROM_THE_SAME_FACTS = MappingProxyType(
    {
        FailureCode.CONTAINER_FULL: 2,
        FailureCode.EFFECT_MISSING: 3,
        FailureCode.OUT_OF_REACH: 2,
        FailureCode.WRONG_EFFECT: 3,
    }
)
"""Number of failures that name no objects from which on they are no chance, by code; else 1.

A place may have looked full, or out of reach, from where the skill began; a success without effect
may not have been seen, and a policy may take the right object after it took a wrong one.
"""


@dataclass(frozen=True)
class Blockage:
    """Cause of a failure that persists: the call fails again while the cause stands."""

    call: Call
    code: FailureCode
    detail: str
    things: tuple[str, ...]
    """Objects that stand in the way, as the skill named them."""
    cause: Formula
    """Formula over the beliefs; the cause stands while it is known to be true."""

    def stands(self, facts: Facts) -> bool:
        """Return True if the cause is still believed."""
        return self.cause.holds(facts) is True

    @property
    def remedy(self) -> Formula:
        """The formula that has to be true before the call can succeed."""
        return positive_form(Negation(self.cause))


class Blockages:
    """Persistent causes of one run's failures, by call.

    Args:
        domain: Action models: only what some skill can change is a cause that can be removed.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._known: dict[Call, Blockage] = {}
        self._failed: Counter[tuple[Call, FailureCode, str, frozenset[Fact]]] = Counter()

    def __iter__(self) -> Iterator[Blockage]:
        """Yield every known cause, whether it still stands or not."""
        yield from self._known.values()

    def standing(self, call: Call, facts: Facts) -> Blockage | None:
        """Return the cause for which a call must fail now; None if there is none."""
        known = self._known.get(call)
        return known if known is not None and known.stands(facts) else None

    def note_failure(
        self,
        call: Call,
        code: FailureCode,
        detail: str,
        facts: Facts,
        *,
        blocked_by: tuple[str, ...] = (),
    ) -> Blockage | None:
        """Take in a failure; return its cause if it persists, None if it may be chance.

        Args:
            call: The call that failed.
            code: Its failure code.
            detail: Description of the failure.
            facts: Beliefs after the failure.
            blocked_by: Objects that cause it by being where they are.
        """
        blocking = [fact for thing in blocked_by for fact in self._places_of(thing, facts)]
        if blocking:
            cause: Formula | None = AnyOf(tuple(map(Atom, dict.fromkeys(blocking))))
        else:
            cause = self._unnamed_cause(call, code, detail, facts)
        if cause is None:
            return None
        found = Blockage(call, code, detail, blocked_by, cause)
        self._known[call] = found
        return found

    def note_success(self, call: Call) -> None:
        """Take in that a call has succeeded."""
        self._known.pop(call, None)
        for key in [key for key in self._failed if key[0] == call]:
            del self._failed[key]

    def forget(self) -> None:
        """Start over, because a person wants another attempt."""
        self._known.clear()
        self._failed.clear()

    def _unnamed_cause(
        self, call: Call, code: FailureCode, detail: str, facts: Facts
    ) -> Formula | None:
        """Return the cause of a failure that names no objects; None if it may be chance."""
        if code not in TIMES_FROM_THE_SAME_FACTS and code not in PERSISTENT:
            return None
        about = frozenset(
            fact for fact in facts.true_facts() if set(fact.terms) & set(call.arguments)
        )
        self._failed[call, code, detail, about] += 1
        if self._failed[call, code, detail, about] < TIMES_FROM_THE_SAME_FACTS.get(code, 1):
            return None
        if code in (FailureCode.EFFECT_MISSING, FailureCode.WRONG_EFFECT):
            changing = sorted(fact for fact in about if fact.predicate in self._changing(facts))
            return AllOf(tuple(map(Atom, changing)))
        if code is FailureCode.UNSUPPORTED:
            return AllOf(())
        places = self._places_there if code is FailureCode.CONTAINER_FULL else self._places_of_all
        return AllOf(tuple(map(Atom, places(call, facts))))

    def _places_of_all(self, call: Call, facts: Facts) -> Iterator[Fact]:
        """Yield where the objects of a call are, as far as the call does not need it so."""
        needed = set(self._needs(call))
        for argument in dict.fromkeys(call.arguments):
            yield from (one for one in self._places_of(argument, facts) if one not in needed)

    def _places_there(self, call: Call, facts: Facts) -> Iterator[Fact]:
        """Yield what is already where a call would put something."""
        for wanted in self._effects(call):
            if len(wanted.terms) > 1:
                for fact in facts.true_facts():
                    is_there = (fact.predicate, fact.terms[1:]) == (
                        wanted.predicate,
                        wanted.terms[1:],
                    )
                    if is_there and fact != wanted:
                        yield fact

    def _places_of(self, thing: str, facts: Facts) -> list[Fact]:
        """Return the state of a thing that a skill can change: its place, or that it is open."""
        changing, vocabulary = self._changing(facts), facts.vocabulary
        own = [
            fact
            for fact in facts.true_facts()
            if fact.terms and fact.terms[0] == thing and fact.predicate in changing
        ]
        exclusive = [fact for fact in own if len(vocabulary.related(fact.predicate)) > 1]
        return exclusive or [fact for fact in own if self._can_be_undone(fact)]

    def _can_be_undone(self, fact: Fact) -> bool:
        """Return True if some skill makes a fact false."""
        return any(
            not effect.positive and effect.fact.predicate == fact.predicate
            for model in self._domain.skills.values()
            for effect in (*model.effects, *model.side_effects)
        )

    def _changing(self, facts: Facts) -> frozenset[str]:
        return changing_predicates(self._domain, facts)

    def _needs(self, call: Call) -> Iterator[Fact]:
        model = self._domain.skills.get(call.name)
        if model is not None:
            binding = dict(zip(model.params, call.arguments, strict=True))
            for part in model.preconditions:
                yield from (atom.fact for atom in part.substitute(binding).atoms())

    def _effects(self, call: Call) -> Iterator[Fact]:
        model = self._domain.skills.get(call.name)
        if model is not None:
            binding = dict(zip(model.params, call.arguments, strict=True))
            for effect in model.effects:
                if effect.positive:
                    yield effect.substitute(binding).fact


def changing_predicates(domain: Domain, facts: Facts) -> frozenset[str]:
    """Return the predicates that some skill changes, by exclusion too."""
    named = {
        effect.fact.predicate
        for model in domain.skills.values()
        for effect in (*model.effects, *model.side_effects)
    }
    return frozenset(other for name in named for other in facts.vocabulary.related(name))


def standing_blockage(blockages: Iterable[Blockage], call: Call, facts: Facts) -> Blockage | None:
    """Return the cause for which a call must fail; None if it may succeed."""
    return next((one for one in blockages if one.call == call and one.stands(facts)), None)
