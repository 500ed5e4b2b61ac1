"""Formulas in the form of a model's answers, for examples in prompts."""

from __future__ import annotations

from typing import Any

from treehand.planners.llm.answers.answer_schema import IT
from treehand.skills.domain import (
    AnyOf,
    Atom,
    Exists,
    Forall,
    Formula,
    Negation,
    Vocabulary,
    conjuncts,
)


def answer_of(formula: Formula, vocabulary: Vocabulary) -> list[dict[str, Any]] | None:
    """Return a formula in the form of an answer's goal; None if it has none.

    The inverse of reading; examples in prompts are made with it.
    """
    parts = [_written(part, vocabulary) for part in conjuncts(formula)]
    return None if any(part is None for part in parts) else [p for p in parts if p is not None]


def _written(part: Formula, vocabulary: Vocabulary) -> dict[str, Any] | None:
    if isinstance(part, Negation) and isinstance(part.part, Atom):
        return _written(Atom(part.part.fact, not part.part.positive), vocabulary)
    if isinstance(part, Atom):
        params = vocabulary.predicates[part.fact.predicate].parameters
        given = {param: term for (param, _), term in zip(params, part.fact.terms, strict=True)}
        return {"fact": part.fact.predicate, "of": given, "is": part.positive}
    if isinstance(part, Forall | Exists):
        it = {part.variable: IT}
        where = answer_of(part.where.substitute(it), vocabulary)
        body = answer_of(part.body.substitute(it), vocabulary)
        if where is None or body is None:
            return None
        return {
            "how_many": "all" if isinstance(part, Forall) else "some",
            "number": 0,
            "type": part.type,
            "such_that": where,
            "except": list(part.excluded),
            "goal": body,
        }
    if isinstance(part, AnyOf):
        options = [answer_of(option, vocabulary) for option in part.parts]
        return None if any(option is None for option in options) else {"any_of": options}
    return None
