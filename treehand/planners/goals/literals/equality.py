"""Equality of formulas up to the order of parts and the names of variables."""

from __future__ import annotations

from dataclasses import replace

from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Forall,
    Formula,
    Negation,
    Quantifier,
    Vocabulary,
    conjuncts,
)

_Form = tuple[object, ...]


def are_same(one: Formula, other: Formula, vocabulary: Vocabulary) -> bool:
    """Return True if two formulas differ only in order and in the names of variables.

    With only one bin in the scene, "some bin" equals that bin.
    """
    return form_of(_spelled(one, vocabulary)) == form_of(_spelled(other, vocabulary))


def _spelled(formula: Formula, vocabulary: Vocabulary) -> Formula:
    """Return a formula with "some …" replaced by its object where there is only one."""
    if isinstance(formula, AllOf | AnyOf):
        return type(formula)(tuple(_spelled(part, vocabulary) for part in formula.parts))
    if isinstance(formula, Exists) and formula.where == AllOf(()):
        names = [n for n in vocabulary.objects(formula.type) if n not in formula.excluded]
        if len(names) == 1:
            return _spelled(formula.body.substitute({formula.variable: names[0]}), vocabulary)
    if isinstance(formula, Exists):  # "a mug that is clean is there": it is clean, and there
        parts = (*conjuncts(formula.where), *conjuncts(formula.body))
        body = parts[0] if len(parts) == 1 else AllOf(parts)
        return replace(formula, where=AllOf(()), body=_spelled(body, vocabulary))
    if isinstance(formula, Forall):
        return replace(formula, body=_spelled(formula.body, vocabulary))
    return formula


def form_of(formula: Formula, depth: int = 0) -> _Form:
    """Return the canonical form: parts sorted, variables named by their depth."""
    if isinstance(formula, Negation) and isinstance(formula.part, Atom):
        return form_of(Atom(formula.part.fact, not formula.part.positive), depth)
    if isinstance(formula, Negation):
        return ("not", form_of(formula.part, depth))
    if isinstance(formula, AllOf | AnyOf):
        parts = conjuncts(formula) if isinstance(formula, AllOf) else formula.parts
        forms = sorted({form_of(part, depth) for part in parts}, key=repr)
        return forms[0] if len(forms) == 1 else (type(formula).__name__, *forms)
    if isinstance(formula, Quantifier):
        return _quantified(formula, depth)
    return (str(formula),)


def _quantified(formula: Quantifier, depth: int) -> _Form:
    renamed = {formula.variable: f"?{depth}"}
    where = form_of(formula.where.substitute(renamed), depth + 1)
    head = (type(formula).__name__, formula.type, tuple(sorted(formula.excluded)), where)
    if isinstance(formula, Forall | Exists):
        return (*head, form_of(formula.body.substitute(renamed), depth + 1))
    if isinstance(formula, Count):
        return (*head, formula.sign, formula.number)
    return head
