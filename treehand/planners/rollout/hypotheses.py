"""Hypotheses about facts that are unknown at the start of a simulation."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Atom, Domain, Fact, Facts, Formula, Percept, SkillModel, keys_of

MAX_WORLDS = 8
"""Most worlds in which a tree is simulated that first has to look."""


@dataclass(frozen=True)
class Hypothesis:
    """Values assumed for unknown facts; the default assumes nothing."""

    name: str = ""
    """The assumed literal; empty if nothing is assumed."""
    hidden: tuple[Percept, ...] = ()
    """Observations to be made as soon as the facts become observable."""

    def besides(self, assumed: str) -> Hypothesis:
        """Return the hypothesis with what is assumed besides in its name."""
        return replace(self, name=" and ".join(filter(None, (assumed, self.name))))

    def is_shown(self, facts: Facts) -> bool:
        """Return True if every assumed fact has been observed."""
        return all(facts.value(percept.fact) is not None for percept in self.hidden)


class Observability:
    """Decides when facts that a hypothesis assumes can be observed.

    Args:
        domain: Predicates, with the conditions under which they can be observed.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._conditions: dict[Fact, Formula] = {}
        self._numbers: dict[Formula, int] = {}
        """Condition of observation to its number."""
        self._by_key: dict[object, list[Formula]] = defaultdict(list)
        """Fact or exclusive group to the conditions that read it; None: any may."""
        self._indexed = 0
        self._mark: tuple[int, int] | None = None
        self._holding = 0

    def observe(self, hypothesis: Hypothesis, facts: Facts) -> bool:
        """Add to `facts` the assumed facts that can be observed now; return True for some."""
        seen = [one for one in hypothesis.hidden if self.is_observable(one, facts)]
        for percept in seen:
            facts.observe([percept])
        return bool(seen)

    def number(self, condition: Formula) -> int:
        """Return the number of a condition of observation that is met for the first time, or is."""
        return self._numbers.setdefault(condition, len(self._numbers))

    def hidden(self, hypothesis: Hypothesis) -> tuple[tuple[Fact, int], ...]:
        """Return the assumed facts, each with its condition of observation as a bit."""
        facts = [percept.fact for percept in hypothesis.hidden]
        return tuple((fact, 1 << self.number(self.condition(fact))) for fact in facts)

    def holding(self, facts: Facts) -> int:
        """Return the numbered conditions that hold, as a bit set."""
        marks = facts.mark()
        changed = facts.changed_since(self._mark) if self._mark is not None else None
        self._mark = marks
        stale = self._stale(changed, facts)
        for condition in stale:
            bit = 1 << self._numbers[condition]
            self._holding = self._holding | bit if condition.holds(facts) else self._holding & ~bit
        return self._holding

    def _stale(self, changed: Sequence[Fact] | None, facts: Facts) -> Iterable[Formula]:
        """Return the numbered conditions whose value may have changed."""
        vocabulary = facts.vocabulary
        if changed is None or len(self._numbers) > self._indexed:
            self._by_key, self._indexed = defaultdict(list), len(self._numbers)
            for condition in self._numbers:
                for key in keys_of(condition, vocabulary) or (None,):
                    self._by_key[key].append(condition)
            return self._numbers
        keys = {None, *changed, *(key for fact in changed for key in vocabulary.groups(fact))}
        return [one for key in keys for one in self._by_key.get(key, ())]

    def is_observable(self, percept: Percept, facts: Facts) -> bool:
        """Return True if the fact is unknown and its condition of observation holds."""
        fact = percept.fact
        return facts.value(fact) is None and bool(self.condition(fact).holds(facts))

    def condition(self, fact: Fact) -> Formula:
        """Return the condition under which a fact is observed."""
        condition = self._conditions.get(fact)
        if condition is None:
            model = self._domain.predicates[fact.predicate]
            assert model.known_when is not None, "only such facts are assumed"
            binding = dict(zip(model.params, fact.terms, strict=True))
            condition = self._conditions[fact] = model.known_when.substitute(binding)
        return condition


def hypotheses_of(slots: Iterable[Sequence[Percept]]) -> list[Hypothesis]:
    """Return the empty hypothesis, then one for each alternative of each unknown thing."""
    options = [one for slot in slots for one in slot]
    return [Hypothesis(), *(Hypothesis(str(_literal(one)), (one,)) for one in options)]


def unknown_slots(problem: PlanningProblem) -> list[tuple[Percept, ...]]:
    """Return the alternatives for each thing that is unknown and observed under a condition.

    The alternatives are the facts of an exclusive group (the places of an object), each assumed to
    be true, or both values of any other fact.
    """
    facts, vocabulary = problem.facts, problem.vocabulary
    open_groups: dict[object, list[Percept]] = {}
    single: list[tuple[Percept, ...]] = []
    decided: set[object] = set()
    for name, model in problem.domain.predicates.items():
        if model.known_when is None:
            continue
        for terms in itertools.product(*map(facts.objects, model.params.values())):
            fact = Fact(name, terms)
            value, groups = facts.value(fact), vocabulary.groups(fact)
            if value:
                decided.update(groups)
            elif value is None and groups:
                open_groups.setdefault(groups[0], []).append(_assumed(fact, value=True))
            elif value is None:
                single.append((_assumed(fact, value=True), _assumed(fact, value=False)))
    undecided = (tuple(one) for group, one in open_groups.items() if group not in decided)
    return [*single, *undecided]


def can_show(skills: Iterable[SkillModel | None], domain: Domain) -> bool:
    """Return True if the effects of some skill make a condition of observation true."""
    marks = {
        (one.known_when.fact.predicate, one.known_when.positive)
        for one in domain.predicates.values()
        if one.known_when is not None
    }
    models = (one for one in skills if one is not None)
    effects = (atom for model in models for atom in (*model.effects, *model.side_effects))
    return any((atom.fact.predicate, atom.positive) in marks for atom in effects)


def hidden_worlds(problem: PlanningProblem) -> list[tuple[Percept, ...]]:
    """Return worlds that differ in what is hidden: one value for everything that is unknown.

    Each thing is in each of its possible places in one of the first worlds, as long as there are no
    more than `MAX_WORLDS`. Facts that would be observed already are not hidden.
    """
    observability = Observability(problem.domain)
    slots = [
        hidden
        for slot in unknown_slots(problem)
        if (hidden := tuple(o for o in slot if not observability.is_observable(o, problem.facts)))
    ]
    return _worlds(slots)


def _worlds(slots: Sequence[Sequence[Percept]]) -> list[tuple[Percept, ...]]:
    """Return choices of one alternative for each slot, the first ones with every alternative."""
    longest = max(map(len, slots), default=0)
    shifted = (
        tuple(slot[(number + shift * place) % len(slot)] for place, slot in enumerate(slots))
        for shift in range(longest)
        for number in range(longest)
    )
    found: dict[tuple[Percept, ...], None] = {}
    for world in shifted:
        found[world] = None
        if len(found) == MAX_WORLDS:
            break
    return list(found)


def _literal(percept: Percept) -> Atom:
    return Atom(percept.fact, percept.value)


def _assumed(fact: Fact, *, value: bool) -> Percept:
    return Percept(fact, value, "assumed", 0.0)
