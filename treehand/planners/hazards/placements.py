"""Placing predicates of a domain, and the switches that decide if a place is dangerous."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehand.skills.domain import AllOf, AnyOf, Atom, Domain, Fact, Formula, Scene
from treehand.skills.domain.hazards.hazard import PREPOSITIONS
from treehand.skills.domain.model import PredicateModel


@dataclass(frozen=True)
class Placing:
    """A predicate that says where a thing is."""

    predicate: str
    preposition: str
    is_place_first: bool
    """True if its first parameter is the place."""
    item_type: str
    place_type: str

    def atom(self, item: str, place: str) -> Atom:
        """Return the literal that a thing is at a place."""
        terms = (place, item) if self.is_place_first else (item, place)
        return Atom(Fact(self.predicate, terms))


def placings(domain: Domain) -> tuple[Placing, ...]:
    """Return the predicates of a domain that say where a thing is."""
    found = (_placing(name, model) for name, model in domain.predicates.items())
    return tuple(one for one in found if one is not None)


def _placing(name: str, model: PredicateModel) -> Placing | None:
    if len(model.params) != 2 or model.known_by == "given":
        return None
    first, second = model.params
    words = model.say.casefold().split()
    slots = [word for word in words if word.startswith("{")]
    preposition, item, place = name.replace("_", " "), first, second
    if len(slots) == 2 and slots[0] == words[0] and slots[1] == words[-1] and words[1] == "is":
        preposition = " ".join(words[2:-1])
        item, place = slots[0][1:-1], slots[1][1:-1]
    if preposition not in PREPOSITIONS or {item, place} != {first, second}:
        return None
    return Placing(name, preposition, place == first, model.params[item], model.params[place])


def state_atoms(name: str, states: Sequence[str], domain: Domain, scene: Scene) -> tuple[Atom, ...]:
    """Return the literals that an object, or a part of it, is in one of some states.

    Args:
        name: The object.
        states: Adjectives of the states: on, burning.
        domain: Its predicates of one object tell states.
        scene: Its facts tell the parts of objects.
    """
    if not states:
        return ()
    vocabulary = domain.vocabulary()
    found: list[Atom] = []
    for thing in (name, *_parts(name, domain, scene)):
        for predicate, model in domain.predicates.items():
            kinds = list(model.params.values())
            tells = len(kinds) == 1 and _tells(predicate, model, states)
            if tells and vocabulary.is_a(scene.objects[thing].type, kinds[0]):
                found.append(Atom(Fact(predicate, (thing,))))
    return tuple(found)


def any_of(atoms: Sequence[Atom]) -> Formula:
    """Return that one of some literals holds; always true if there are none."""
    return AllOf(()) if not atoms else atoms[0] if len(atoms) == 1 else AnyOf(tuple(atoms))


def _tells(name: str, model: PredicateModel, states: Sequence[str]) -> bool:
    said = model.say.casefold().split()
    told = {*name.split("_"), *(word.casefold() for word in model.adjectives), *said[-1:]}
    return bool(told & set(states))


def _parts(name: str, domain: Domain, scene: Scene) -> Iterator[str]:
    """Yield the parts of an object, by the facts of a predicate such as ``part_of``."""
    told_by = {
        predicate
        for predicate, model in domain.predicates.items()
        if "part" in {*predicate.split("_"), *model.say.split()}
    }
    for fact in scene.facts if told_by else ():
        if fact.terms[1:] == (name,) and fact.predicate in told_by:
            yield fact.terms[0]
