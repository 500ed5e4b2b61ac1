"""Truth values of formulas in which an object of unknown membership counts.

A `Forall` of the planner ranges over the objects that are known to match its filter. A claim that
it holds must not: an object that may match is one that may be missing. Here an unknown filter
counts as in Kleene's logic, so that "all …" holds only if each object is known not to match or
known to have the property.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.skills.domain.knowledge.beliefs import Beliefs
from treehand.skills.domain.language.comparison import Comparison
from treehand.skills.domain.language.formulas import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Forall,
    Formula,
    Negation,
    Quantifier,
)


def certain(formula: Formula, beliefs: Beliefs) -> bool | None:
    """Return the truth value of a formula; None if an unknown fact could decide it."""
    if isinstance(formula, Atom | Comparison):
        return formula.holds(beliefs)
    if isinstance(formula, Negation):
        value = certain(formula.part, beliefs)
        return None if value is None else not value
    if isinstance(formula, Count):
        return _count(formula, beliefs)
    values = [certain(part, beliefs) for part in _parts(formula, beliefs)]
    decisive = isinstance(formula, AnyOf | Exists)
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def undecided(formula: Formula, beliefs: Beliefs) -> Iterator[Atom]:
    """Yield the unknown literals that keep the truth value of a formula from being known."""
    if certain(formula, beliefs) is not None:
        return
    if isinstance(formula, Atom):
        yield formula
        return
    for part in _parts(formula, beliefs):
        yield from undecided(part, beliefs)


def deciding(formula: Formula, beliefs: Beliefs) -> Iterator[Atom]:
    """Yield the known literals that a formula's truth value rests on, as they are believed."""
    if isinstance(formula, Atom):
        value = beliefs.value(formula.fact)
        if value is not None:
            yield Atom(formula.fact, value)
        return
    value, parts = certain(formula, beliefs), _parts(formula, beliefs)
    if isinstance(formula, AllOf | AnyOf | Exists | Forall) and value is not None:
        is_one_enough = value is isinstance(formula, AnyOf | Exists)
        telling = [part for part in parts if certain(part, beliefs) is value]
        parts = telling[:1] if is_one_enough else telling
    for part in parts:
        yield from deciding(part, beliefs)


def _parts(formula: Formula, beliefs: Beliefs) -> Sequence[Formula]:
    """Return the parts of a formula; those of a quantifier are its ground instances."""
    if isinstance(formula, AllOf | AnyOf):
        return formula.parts
    if isinstance(formula, Negation):
        return (formula.part,)
    if isinstance(formula, Quantifier):
        names = [name for name in beliefs.objects(formula.type) if name not in formula.excluded]
        return [_instance(formula, name) for name in names]
    return ()


def _instance(quantifier: Quantifier, name: str) -> Formula:
    binding = {quantifier.variable: name}
    where = quantifier.where.substitute(binding)
    if isinstance(quantifier, Forall):
        return AnyOf((Negation(where), quantifier.body.substitute(binding)))
    if isinstance(quantifier, Exists):
        return AllOf((where, quantifier.body.substitute(binding)))
    return where


def _count(formula: Count, beliefs: Beliefs) -> bool | None:
    values = [certain(part, beliefs) for part in _parts(formula, beliefs)]
    least, most = values.count(True), len(values) - values.count(False)
    possible = {formula.accepts(count) for count in range(least, most + 1)}
    return possible.pop() if len(possible) == 1 else None
