"""Goals of branches: what is wanted under a condition, and under its opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator

from treehand.planners.goals.conditional_parts import NOTHING, ConditionalPart, conjunction
from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.requirements.requirement import opposite
from treehand.skills.domain import AllOf, Atom, Domain, Exists, Forall, Formula, conjuncts

_CANNOT = "which a goal cannot hold"
_IS_ONE = re.compile(r"(?:the|it) (?:\w+ )*is \w+")
"""A statement about one thing."""


def branching(condition: Formula, then: Goal, otherwise: Goal) -> Goal | str:
    """Return the goal of two branches; a text if a goal cannot hold it."""
    for goal in (then, otherwise):
        if goal.before:
            return f"an order of parts under a condition is something {_CANNOT[6:]}"
        if goal.requirements:
            return f"a requirement under a condition is something {_CANNOT[6:]}"
    never = [conjunction((condition, one)) for one in then.never]
    never += [conjunction((opposite(condition), one)) for one in otherwise.never]
    cases = [*_nested(condition, then), *_nested(opposite(condition), otherwise)]
    left, right = _wanted(then), _wanted(otherwise)
    if left != NOTHING or right != NOTHING:
        cases.insert(0, ConditionalPart(condition, left, right))
    return Goal(text="", never=tuple(never), cases=tuple(cases))


def without_branches(goal: Goal, domain: Domain) -> Goal:
    """Return a goal whose conditional parts are wanted in any case."""
    wanted = (part.branch(value=True) for part in goal.cases)
    parts = [*conjuncts(goal.formula), *(one for part in wanted for one in conjuncts(part))]
    formula = conjunction(tuple(dict.fromkeys(parts)))
    return in_words(goal.model_copy(update={"cases": (), "formula": formula}), domain)


def of_parts(formula: Formula, said: str) -> Formula:
    """Return "the stove is on" as "some knob is on": an appliance is on if one of its parts is."""
    if not isinstance(formula, Forall) or not _IS_ONE.fullmatch(said):
        return formula
    body = formula.body
    if not isinstance(body, Atom) or not body.positive:
        return formula
    return Exists(formula.variable, formula.type, formula.excluded, formula.where, body)


def each_of(condition: Exists, then: Goal) -> Goal | None:
    """Return "if any burner is on, turn it off" as "every burner that is on, off"; else None."""
    wanted = then.formula
    if not isinstance(wanted, Exists) or then.never or then.before or then.cases:
        return None
    if condition.type != wanted.type:
        return None
    variable = {condition.variable: wanted.variable}
    where = conjunction((condition.where, condition.body)).substitute(variable)
    body = wanted.body
    each = Forall(wanted.variable, wanted.type, condition.excluded, where, body)
    return then.model_copy(update={"formula": each})


def those_of(condition: Forall, then: Goal, *, is_denied: bool) -> Goal | None:
    """Return "put the plates there if they are dirty" as "those that are dirty"; else None.

    Args:
        condition: What is said of the things.
        then: What is wanted of them.
        is_denied: True for "unless they are".
    """
    wanted = then.formula
    if not isinstance(wanted, Forall) or then.never or then.before or then.cases:
        return None
    if (condition.type, condition.excluded) != (wanted.type, wanted.excluded):
        return None
    variable = {condition.variable: wanted.variable}
    if condition.where.substitute(variable) != wanted.where:
        return None
    told = condition.body.substitute(variable)
    where = conjunction((wanted.where, opposite(told) if is_denied else told))
    each = Forall(wanted.variable, wanted.type, wanted.excluded, where, wanted.body)
    return then.model_copy(update={"formula": each})


def _wanted(goal: Goal) -> Formula:
    """Return the parts of a goal that are to be done, without those it only forbids."""
    forbidden = {part for one in goal.never for part in conjuncts(opposite(one))}
    parts = tuple(part for part in conjuncts(goal.formula) if part not in forbidden)
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _nested(condition: Formula, goal: Goal) -> Iterator[ConditionalPart]:
    """Yield the conditional parts of a branch, with its condition before theirs."""
    for part in goal.cases:
        for value in (True, False):
            inner = part.condition if value else opposite(part.condition)
            wanted = part.branch(value=value)
            if wanted != NOTHING:
                yield ConditionalPart(conjunction((condition, inner)), wanted)
