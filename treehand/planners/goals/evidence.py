"""Verdicts on the parts of a goal: confirmed, refuted, or insufficient evidence."""

from __future__ import annotations

from collections.abc import Iterator

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
    conjuncts,
)
from treehand.skills.domain.certainty import certain, deciding, undecided
from treehand.skills.domain.facts import MEMORY, PREDICTED_BY


class ObservedFacts:
    """Beliefs as evidence: what no sensor can see is known from the success of its skill only.

    A fact of a ``known_by: predicted`` predicate that is only remembered, or true by default, is
    unknown. What a sensor has told counts, whatever the predicate says.

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
        if not value or model is None or model.known_by != "predicted":
            return value
        belief = self.basis(fact)
        return None if belief is None or belief.source == MEMORY else value

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
    return tuple(
        _part(part, instance, name, observed)
        for part, instance, name in _instances(goal, facts, bindings, observed)
    )


def is_confirmed(goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain) -> bool:
    """Return True if every part of a goal is confirmed and nothing in it is unknown."""
    observed = ObservedFacts(facts, domain)
    instances = _instances(goal, facts, bindings, observed)
    return all(certain(instance, observed) is True for _, instance, _ in instances)


def unknown_atoms(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain
) -> tuple[Atom, ...]:
    """Return the literals without evidence that keep a goal from being confirmed or refuted."""
    observed = ObservedFacts(facts, domain)
    found: dict[Atom, None] = {}
    for _, instance, _ in _instances(goal, facts, bindings, observed):
        found.update(dict.fromkeys(undecided(instance, observed)))
    return tuple(found)


def atoms_to_observe(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, domain: Domain
) -> tuple[Atom, ...]:
    """Return the literals that must hold for perception to tell what is unknown about a goal."""
    wanted: dict[Atom, None] = {}
    for atom in unknown_atoms(goal, facts, bindings, domain):
        model = domain.predicates.get(atom.fact.predicate)
        if model is None or model.known_when is None or facts.value(atom.fact) is not None:
            continue
        binding = dict(zip(model.params, atom.fact.terms, strict=True))
        needed = model.known_when.substitute(binding)
        if not needed.holds(facts):
            wanted[needed] = None
    return tuple(wanted)


def _instances(
    goal: Goal, facts: Facts, bindings: QuantifierBindings, observed: ObservedFacts
) -> Iterator[tuple[Formula, Formula, str]]:
    """Yield part, ground instance, and the object of which it is unknown if it matches."""
    for part in conjuncts(goal.formula):
        if not isinstance(part, Forall):
            yield part, part, ""
            continue
        bound = bindings.update(part, facts)
        for name in facts.objects(part.type):
            binding = {part.variable: name}
            body = part.body.substitute(binding)
            if name in bound:
                yield part, body, ""
            elif name not in part.excluded:
                where = part.where.substitute(binding)
                if certain(where, observed) is not False:
                    yield part, AnyOf((Negation(where), body)), name


def _part(part: Formula, instance: Formula, name: str, observed: ObservedFacts) -> PartEvidence:
    value = certain(instance, observed)
    verdict: EvidenceVerdict = "insufficient"
    if value is not None:
        verdict = "confirmed" if value else "refuted"
    unknown = tuple(dict.fromkeys(atom.fact for atom in undecided(instance, observed)))
    known = dict.fromkeys(deciding(instance, observed)) if value is not None else ()
    shown = instance
    if name and isinstance(part, Forall):
        shown = part.body.substitute({part.variable: name})
    return PartEvidence(
        part=str(shown),
        of=str(part) if isinstance(part, Forall) else "",
        verdict=verdict,
        facts=tuple(observed.evidence(atom) for atom in known),
        unknown=unknown,
        objects=(name,) if name and value is None else (),
    )
