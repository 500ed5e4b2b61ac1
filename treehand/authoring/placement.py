"""Objects of a scene that are nowhere at the start, though others of their kind are somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from treehand.core.errors import Finding
from treehand.skills.domain import Domain, Fact, Scene


@dataclass(frozen=True)
class _PlacePredicate:
    """Predicate of a thing's place, and the position of the thing in it."""

    predicate: str
    index: int
    example: str
    """The fact, as a person would write it."""


def placement_findings(
    scene: Scene, domain: Domain, severity: Literal["error", "warning"]
) -> Iterator[Finding]:
    """Yield a finding for each object without a fact that other objects of its kind have.

    Such facts are those of which one at most is true of a thing: ``[on(item, _), in(item, _)]``.
    Nothing is found in a scene that says of no thing where it is.

    Args:
        scene: A scene without other findings.
        domain: Its domain.
        severity: Severity of the findings.
    """
    vocabulary = domain.vocabulary({name: entry.type for name, entry in scene.objects.items()})
    told = [*scene.facts, *(atom.fact for atom in scene.remembered if atom.positive)]
    for slots in _place_groups(domain):
        kinds = [list(domain.predicates[one.predicate].params.values())[one.index] for one in slots]
        fitting = dict.fromkeys(name for kind in kinds for name in vocabulary.objects(kind))
        placed = {
            fact.terms[one.index]
            for fact in told
            for one in slots
            if fact.predicate == one.predicate
        }
        examples = " or ".join(one.example for one in slots if one.example)
        for name in fitting if placed else ():
            if name not in placed:
                yield Finding(
                    "no-place",
                    f"'{name}' is nowhere when the run begins; other things are somewhere",
                    scene.objects[name].span(),
                    f"add a fact like {examples.format(name)}",
                    severity=severity,
                )


def _place_groups(domain: Domain) -> Iterator[tuple[_PlacePredicate, ...]]:
    """Yield the exclusive groups that say where one thing is: one variable, and any place."""
    for group in domain.exclusive:
        names = {term for fact in group.facts for term in fact.terms if term != "_"}
        if len(names) != 1 or not any("_" in fact.terms for fact in group.facts):
            continue
        (thing,) = names
        if all(fact.terms.count(thing) == 1 for fact in group.facts):
            yield tuple(_place_predicate(fact, thing) for fact in group.facts)


def _place_predicate(fact: Fact, thing: str) -> _PlacePredicate:
    terms = ["{0}" if term == thing else "…" for term in fact.terms]
    example = f"{fact.predicate}({', '.join(terms)})" if len(terms) > 1 else ""
    return _PlacePredicate(fact.predicate, fact.terms.index(thing), example)
