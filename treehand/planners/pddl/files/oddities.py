"""Places at which a PDDL domain or problem says something twice, or one token seems to be wrong.

The files have a meaning nevertheless, and other planners read them, most of them without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.planners.pddl.files.syntax import (
    ROOT_TYPE,
    DomainSyntax,
    ProblemSyntax,
    TypedName,
)

_LIKE = 0.8
"""Likeness from which a name may be another one with a wrong letter."""


def oddities(domain: DomainSyntax, problem: ProblemSyntax) -> Iterator[Finding]:
    """Yield a warning for each of them."""
    yield from _types(domain)
    for things in (domain.constants, problem.objects):
        yield from _twice(things, "is listed twice")
    names = {one.name for one in domain.types}
    for one in (*domain.constants, *problem.objects):
        if one.name in names:
            yield _odd(f"'{one.name}' is an object here, and a type, too", one.span)
    yield from _either(domain)
    yield from _facts(problem)
    yield from _values(domain, problem)


def _types(domain: DomainSyntax) -> Iterator[Finding]:
    yield from _twice(domain.types, "is declared as a type twice")
    names = {one.name: None for one in domain.types}
    told: set[str] = set()
    for one in domain.types:
        if one.name == ROOT_TYPE:
            yield _odd(f"'{ROOT_TYPE}' is the type of everything without being declared", one.span)
        for word in one.types:
            if word.text in names or word.text == ROOT_TYPE or word.text in told:
                continue
            told.add(word.text)  # a type above others need not be listed
            others = [ROOT_TYPE, *(name for name in names if name != one.name)]
            meant = get_close_matches(word.text, others, n=1, cutoff=_LIKE)
            if meant:
                message = f"the type '{word.text}' is not declared, and much like '{meant[0]}'"
                yield _odd(message, word.span)


def _twice(things: Iterable[TypedName], how: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in things:
        if one.name in seen:
            yield _odd(f"'{one.name}' {how}", one.span)
        seen.add(one.name)


def _either(domain: DomainSyntax) -> Iterator[Finding]:
    heads = [one for signature in domain.predicates.values() for one in signature.parameters]
    for action in domain.actions.values():
        heads += action.parameters
    for axiom in domain.axioms:
        heads += axiom.parameters
    for one in heads:
        for number, word in enumerate(one.types):
            if word.text in one.kinds[:number]:
                yield _odd(f"'{word.text}' is twice among the types of '{one.name}'", word.span)


def _facts(problem: ProblemSyntax) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for atom in problem.init:
        fact = (atom.name.text, *(term.text for term in atom.terms))
        if fact in seen:
            yield _odd(f"the fact '({' '.join(fact)})' is listed twice", atom.name.span)
        seen.add(fact)


def _values(domain: DomainSyntax, problem: ProblemSyntax) -> Iterator[Finding]:
    things = {one.name: None for one in (*domain.constants, *problem.objects)}
    for (function, *terms), span in problem.value_spans.items():
        for term in terms:
            if term not in things:
                message = f"the object '{term}' is not declared; its '{function}' is left out"
                yield _odd(message, span, near(term, things, what="objects"))


def _odd(message: str, span: Span, hint: str | None = None) -> Finding:
    return Finding("odd-pddl", message, span, hint, "warning")
