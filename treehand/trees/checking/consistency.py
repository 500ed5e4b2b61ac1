"""Satisfiability of conditions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping

from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Fact,
    Formula,
    Negation,
    Vocabulary,
)

MAX_PARTS = 12
"""Largest number of different parts that is checked, as 2^n cases are tried; conditions with more
parts count as satisfiable."""


def is_contradictory(
    formula: Formula, vocabulary: Vocabulary, variables: Collection[str] = ()
) -> str:
    """Return the reason why no state of the world makes a condition true; empty if one may.

    Every truth assignment of its parts (facts, comparisons, and quantified parts as wholes) is
    tried against the domain's groups of facts that exclude each other.

    Args:
        formula: The condition.
        vocabulary: Objects, types, and the groups of exclusive facts.
        variables: Names in the condition that may stand for any object; two may be the same.
    """
    parts = list(dict.fromkeys(_parts(formula)))
    if len(parts) > MAX_PARTS:
        return ""
    reason = ""
    for values in itertools.product((True, False), repeat=len(parts)):
        case = dict(zip(parts, values, strict=True))
        if _is_true(formula, case):
            problem = _conflict(case, vocabulary, frozenset(variables))
            if not problem:
                return ""
            reason = reason or problem
    return reason or "it needs a part to be true and false"


def _parts(formula: Formula) -> Iterable[Formula]:
    if isinstance(formula, Atom):
        yield Atom(formula.fact)
    elif isinstance(formula, Negation):
        yield from _parts(formula.part)
    elif isinstance(formula, AllOf | AnyOf):
        for part in formula.parts:
            yield from _parts(part)
    else:
        yield formula


def _is_true(formula: Formula, case: Mapping[Formula, bool]) -> bool:
    if isinstance(formula, Atom):
        return case[Atom(formula.fact)] is formula.positive
    if isinstance(formula, Negation):
        return not _is_true(formula.part, case)
    if isinstance(formula, AllOf):
        return all(_is_true(part, case) for part in formula.parts)
    if isinstance(formula, AnyOf):
        return any(_is_true(part, case) for part in formula.parts)
    return case[formula]


def _conflict(
    case: Mapping[Formula, bool], vocabulary: Vocabulary, variables: frozenset[str]
) -> str:
    facts = [part.fact for part, value in case.items() if value and isinstance(part, Atom)]
    for one, other in itertools.combinations(facts, 2):
        if _exclude(one, other, vocabulary, variables):
            return f"'{one}' and '{other}' exclude each other"
    compared: dict[str, list[Comparison]] = {}
    for part, value in case.items():
        if isinstance(part, Comparison) and part.value not in variables:
            compared.setdefault(part.entry, []).append(part if value else part.opposite())
    for entry, limits in compared.items():
        if not _has_value(limits):
            return f"no value of '{entry}' fits " + " and ".join(f"'{part}'" for part in limits)
    return ""


def _exclude(one: Fact, other: Fact, vocabulary: Vocabulary, variables: frozenset[str]) -> bool:
    """Return True if two facts exclude each other for all values of their variables."""
    if not set(vocabulary.groups(one)) & set(vocabulary.groups(other)):
        return False
    if one.predicate != other.predicate:
        return True
    objects = set(vocabulary.object_types) - variables
    pairs = zip(one.terms, other.terms, strict=True)
    return any(a != b and a in objects and b in objects for a, b in pairs)


def _has_value(limits: list[Comparison]) -> bool:
    """Return True if a value may satisfy all comparisons of one blackboard key."""
    equal = [part.value for part in limits if part.sign == "=="]
    others = [part.value for part in limits if part.sign == "!="]
    if equal:
        return all(_fits(equal[0], part) for part in limits)
    if {True, False} <= {value for value in others if isinstance(value, bool)}:
        return False
    least, most, is_open = -math.inf, math.inf, False
    for part in limits:
        if part.sign in (">", ">=") and isinstance(part.value, float):
            is_open = (part.sign == ">") if part.value > least else is_open or part.sign == ">"
            least = max(least, part.value)
    for part in limits:
        if part.sign in ("<", "<=") and isinstance(part.value, float):
            is_open = is_open or (part.sign == "<" and part.value <= least)
            most = min(most, part.value)
    return least < most or (least == most and not is_open and least not in others)


def _fits(value: object, part: Comparison) -> bool:
    if part.sign == "==":
        return value == part.value
    if part.sign == "!=":
        return value != part.value
    if not isinstance(value, float) or not isinstance(part.value, float):
        return False
    low, high = (value, part.value) if part.sign in ("<", "<=") else (part.value, value)
    return low < high or (low == high and part.sign in ("<=", ">="))
