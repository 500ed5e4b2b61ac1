"""Literals that a goal requires, and what follows from them for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treehand.skills.domain import (
    AllOf,
    Atom,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    positive_form,
)
from treehand.skills.domain.knowledge.beliefs import Value


class AssumedLiterals:
    """Truth values that follow from assumed literals; everything else that changes is unknown.

    Args:
        domain: Says which predicates never change.
        facts: Beliefs about those.
        atoms: The assumed literals.
    """

    def __init__(self, domain: Domain, facts: Facts, atoms: Iterable[Atom]) -> None:
        self._facts = facts
        self._given = {n for n, model in domain.predicates.items() if model.known_by == "given"}
        self._values: dict[Fact, bool] = {}
        self._true_in: dict[object, Fact] = {}
        for atom in atoms:
            self._values[atom.fact] = atom.positive
            if atom.positive:
                for group in facts.vocabulary.groups(atom.fact):
                    self._true_in[group] = atom.fact

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value that follows for a fact; None if none does."""
        if fact.predicate in self._given:
            return self._facts.value(fact)
        if fact in self._values:
            return self._values[fact]
        groups = self._facts.vocabulary.groups(fact)
        return False if any(group in self._true_in for group in groups) else None

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return None: what follows is not looked up by objects."""
        return None

    def entry(self, name: str) -> Value | None:
        """Return None: goals have no blackboard keys."""
        return None


class RequiredLiterals:
    """Finds the literals that formulas require, and why two of them exclude each other.

    Args:
        domain: Mutexes with their reasons, and predicates that never change.
        facts: Beliefs; they decide which objects an "all …" is about.
    """

    def __init__(self, domain: Domain, facts: Facts) -> None:
        self._domain = domain
        self._facts = facts
        self._vocabulary = facts.vocabulary

    def required(self, part: Formula) -> Iterator[Atom]:
        """Yield the literals that must hold for a part of a goal to hold.

        Of an "all …" only objects count that match whatever the robot does.
        """
        if isinstance(part, Atom):
            yield part
        elif isinstance(part, AllOf):
            for inner in part.parts:
                yield from self.required(inner)
        elif isinstance(part, Forall) and self.is_fixed(part.where):
            for name in part.qualified(self._facts):
                yield from self.required(part.body.substitute({part.variable: name}))
        elif isinstance(part, Exists) and self.is_fixed(part.where):
            names = part.qualified(self._facts)
            if len(names) == 1:
                yield from self.required(part.body.substitute({part.variable: names[0]}))

    def is_fixed(self, formula: Formula) -> bool:
        """Return True if nothing that the robot does changes the truth value of a formula."""
        predicates = self._domain.predicates
        return all(predicates[atom.fact.predicate].known_by == "given" for atom in formula.atoms())

    def assuming(self, atoms: Iterable[Atom]) -> AssumedLiterals:
        """Return the truth values that follow from literals."""
        return AssumedLiterals(self._domain, self._facts, atoms)

    def why_not_both(self, one: Atom, other: Atom) -> str | None:
        """Return why two literals exclude each other, in words; None if they do not."""
        if one.fact == other.fact:
            return "they exclude each other: a fact is true or false" if one != other else None
        if not (one.positive and other.positive):
            return None
        groups = self._vocabulary.groups(other.fact)
        shared = next((g for g in self._vocabulary.groups(one.fact) if g in groups), None)
        return None if shared is None else f"they exclude each other: {self.because(shared)}"

    def because(self, key: object) -> str:
        """Return why the facts of an exclusive group exclude each other, in words."""
        assert isinstance(key, tuple)
        group = self._domain.exclusive[key[0]]
        facts = ", ".join(map(str, group.facts))
        return group.because or f"one at most is true at a time of {facts}"


def in_positive_form(formula: Formula) -> Formula:
    """Return the positive form of a formula; a negated exact count stays as it is."""
    try:
        return positive_form(formula)
    except ValueError:
        return formula
