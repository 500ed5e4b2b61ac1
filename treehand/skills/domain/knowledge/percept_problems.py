"""Checks of percepts that other people's code tells: their types, ranges and names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from treehand.core.literals import Fact
from treehand.core.text.outside_values import finite_number, readable, shown
from treehand.skills.domain.knowledge.facts import Percept
from treehand.skills.domain.vocabulary import Mismatch, Vocabulary


def percept_problem(percept: object) -> str:
    """Return the part of a percept that has a wrong type or range; empty if there is none."""
    if not isinstance(percept, Percept):
        return f"a {type(percept).__name__}, which is not a Percept"
    fact: Any = percept.fact
    if not isinstance(fact, Fact):
        return f"a Percept of a {type(fact).__name__}, which is not a Fact"
    if not _is_text(fact.predicate):
        return f"a Percept with the predicate {shown(fact.predicate)}, which is not a text"
    if not isinstance(fact.terms, tuple) or not all(map(_is_text, fact.terms)):
        told = f"a Percept of '{fact.predicate}' with the terms {shown(fact.terms)}"
        return f"{told}, which are not a tuple of names"
    if not isinstance(percept.value, bool | np.bool_):
        return f"{fact} with the value {shown(percept.value)}, which is not True or False"
    if not _is_text(percept.source):
        return f"{fact} with the source {shown(percept.source)}, which is not a text"
    if finite_number(percept.time_s) is None:
        return f"{fact} with the time_s {shown(percept.time_s)}, which is not a number"
    confidence = finite_number(percept.confidence)
    if confidence is None or not 0.0 <= confidence <= 1.0:
        return f"{fact} with the confidence {shown(percept.confidence)}, which is not in 0..1"
    return ""


def is_plain(percept: object) -> bool:
    """Return True if every part of a percept is sound and of Python's own type; quick."""
    if type(percept) is not Percept or type(percept.fact) is not Fact:
        return False
    predicate, terms = percept.fact
    kinds = (type(percept.value), type(percept.source), type(percept.time_s), type(terms))
    return (
        kinds == (bool, str, float, tuple)
        and type(percept.confidence) is float
        and math.isfinite(percept.time_s)
        and 0.0 <= percept.confidence <= 1.0
        and percept.source.isprintable()
        and type(predicate) is str
        and all(type(term) is str for term in terms)
    )


def plain_percept(percept: Percept) -> Percept:
    """Return a sound percept whose values are Python's own: those of arrays are others."""
    predicate, terms = percept.fact
    return Percept(
        Fact(str.__str__(predicate), tuple(map(str.__str__, terms))),
        bool(percept.value),
        readable(percept.source),
        float(percept.time_s),
        float(percept.confidence),
    )


def name_mismatch(fact: Fact, vocabulary: Vocabulary) -> Mismatch | None:
    """Return the first name of a ground fact that a vocabulary does not know or that misfits."""
    signature = vocabulary.predicates.get(fact.predicate)
    if signature is not None:
        return next(vocabulary.check_arguments("predicate", signature, fact.terms, {}), None)
    return vocabulary.unknown_predicate(fact.predicate)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
