"""Verdicts on the parts of a goal: confirmed, refuted, or insufficient evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from treehand.core.evidence import EvidenceVerdict, FactEvidence, PartEvidence
from treehand.planners.goals.goal import Goal
from treehand.skills.domain import (
    AnyOf,
    Atom,
    Belief,
    Domain,
    Fact,
    Facts,
    Forall,
    Formula,
    Negation,
    QuantifierBindings,
    Value,
)
from treehand.skills.domain.knowledge.certainty import certain, deciding, undecided
from treehand.skills.domain.knowledge.facts import MEMORY, PREDICTED_BY


class ObservedFacts:
    """Beliefs as evidence: what no sensor can see is known from the success of its skill only.

    A fact of a ``known_by: predicted`` predicate that is only remembered, or true by default, is
    unknown. What a sensor has told counts, whatever the predicate says. But that something was not
    seen is no evidence while its `known_when` is false: a plate that got lost may still stand on
    the table.

    Args:
        facts: Beliefs.
        domain: Says which predicates no sensor can see.
    """

    def __init__(self, facts: Facts, domain: Domain) -> None:
        self._facts = facts
        self._domain = domain

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value that is evident; None when unknown."""
        value, model = self._facts.value(fact), self._domain.predicates.get(fact.predicate)
        if value and model is not None and model.known_by == "predicted":
            belief = self.basis(fact)
            return None if belief is None or belief.source == MEMORY else value
        if value is False and self._facts.belief(fact) is not None:
            shows = self.known_when(fact)
            return None if shows is not None and shows.holds(self._facts) is False else value
        return value

    def known_when(self, fact: Fact) -> Atom | None:
        """Return the literal under which perception can tell a fact; None if it always can."""
        model = self._domain.predicates.get(fact.predicate)
        if model is None or model.known_when is None:
            return None
        return model.known_when.substitute(dict(zip(model.params, fact.terms, strict=True)))

    def basis(self, fact: Fact) -> Belief | None:
        """Return the belief that a fact's value follows from; None if it has its default."""
        belief = self._facts.belief(fact)
        if belief is not None:
            return belief
        other = self._facts.excluding(fact)
        return self._facts.belief(other) if other is not None else None

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact may be true; None if all may."""
        return self._facts.matching(fact, variable, type_name)

    def entry(self, name: str) -> Value | None:
        """Return None: goals have no blackboard keys."""
        return None

    def evidence(self, atom: Atom) -> FactEvidence:
        """Return a known literal with its source."""
        belief = self.basis(atom.fact)
        if belief is None:
            return FactEvidence(fact=atom.fact, value=atom.positive, source="default")
        return FactEvidence(
            fact=atom.fact,
            value=atom.positive,
            source=belief.source,
            t_s=belief.time_s,
            confidence=belief.confidence,
            is_predicted=belief.source.startswith(PREDICTED_BY),
            is_remembered=belief.source == MEMORY,
        )


@dataclass(frozen=True)
class _Instance:
    """A part of a goal, about one object where it is an "all …"."""

    part: Formula
    formula: Formula
    name: str = ""
    """Object of which it is unknown if the part is about it."""
    is_doubtful: bool = False
    """True if that can never be known any more."""

    def value(self, observed: ObservedFacts) -> bool | None:
        """Return the verdict: confirmed, refuted, or None for insufficient evidence."""
        value = certain(self.formula, observed)
        return None if value is False and self.is_doubtful else value

    def evidence(self, observed: ObservedFacts) -> PartEvidence:
        """Return the verdict with its beliefs."""
        value, shown = self.value(observed), self.formula
        verdict: EvidenceVerdict = "insufficient"
        if value is not None:
            verdict = "confirmed" if value else "refuted"
        if self.name and isinstance(self.part, Forall):
            shown = self.part.body.substitute({self.part.variable: self.name})
        unknown = dict.fromkeys(atom.fact for atom in undecided(self.formula, observed))
        if value is None and not unknown and isinstance(self.part, Forall):
            where = self.part.where.substitute({self.part.variable: self.name})
            unknown = dict.fromkeys(atom.fact for atom in where.atoms())
        known = dict.fromkeys(deciding(self.formula, observed)) if value is not None else ()
        return PartEvidence(
            part=str(shown),
            of=str(self.part) if isinstance(self.part, Forall) else "",
            verdict=verdict,
            facts=tuple(observed.evidence(atom) for atom in known),
            unknown=tuple(unknown),
            objects=(self.name,) if self.name and value is None else (),
        )


def evidence_for(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain
) -> tuple[PartEvidence, ...]:
    """Return the verdict on every part of a goal, one for each object of an "all …".

    Objects that are known not to match an "all …" are left out.

    Args:
        goal: The goal.
        facts: Beliefs.
        bindings: Objects bound by each quantifier so far; those that match now are added.
        domain: Says which predicates no sensor can see.
    """
    observed = ObservedFacts(facts, domain)
    return tuple(one.evidence(observed) for one in _instances(goal, facts, bindings, observed))


def is_confirmed(goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain) -> bool:
    """Return True if every part of a goal is confirmed and nothing in it is unknown."""
    observed = ObservedFacts(facts, domain)
    instances = _instances(goal, facts, bindings, observed)
    return all(one.value(observed) is True for one in instances)


def atoms_to_observe(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain
) -> tuple[Atom, ...]:
    """Return the literals that must hold for perception to tell what is unknown about a goal."""
    observed, wanted = ObservedFacts(facts, domain), dict[Atom, None]()
    for one in _instances(goal, facts, bindings, observed):
        for atom in undecided(one.formula, observed):
            needed = observed.known_when(atom.fact)
            if needed is not None and not needed.holds(facts):
                wanted[needed] = None
    return tuple(wanted)


def _instances(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, observed: ObservedFacts
) -> Iterator[_Instance]:
    yield from (_Instance(one, one) for one in goal.open_parts(bindings))
    for part in goal.parts_wanted(bindings):
        if not isinstance(part, Forall):
            yield _Instance(part, part)
            continue
        bound, doubtful = bindings.update(part, facts), bindings.doubtful(part)
        for name in facts.objects(part.type):
            binding = {part.variable: name}
            body, where = part.body.substitute(binding), part.where.substitute(binding)
            if name in part.excluded:
                continue
            if name in bound:
                yield _Instance(part, body)
            elif name in doubtful:
                yield _Instance(part, body, name, is_doubtful=True)
            elif certain(where, observed) is not False:
                yield _Instance(part, AnyOf((Negation(where), body)), name)
