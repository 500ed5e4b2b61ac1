"""Doors of a domain, and the relations of things to places."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.skills.domain import Domain, Fact, PredicateModel, Vocabulary

_NAMES = ("is_open", "open")
_SHUT = ("closed", "shut")


class Doors:
    """Finds what a domain says of doors and of the places of things, whatever it calls them.

    A door is a sensed predicate of one object that is named ``is_open`` or ``open``, or of which
    people say "closed" when it is false.

    Args:
        domain: The domain.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self.predicates = [name for name, one in domain.predicates.items() if _is_door(name, one)]
        """Names of the predicates that say if a door is open."""

    def of(self, place: str, vocabulary: Vocabulary) -> Iterator[Fact]:
        """Yield the facts that say if the doors of an object are open."""
        for name in self.predicates:
            (kind,) = self._domain.predicates[name].params.values()
            if vocabulary.is_a(vocabulary.object_types[place], kind):
                yield Fact(name, (place,))

    def relations(self, thing: str, place: str, vocabulary: Vocabulary) -> Iterator[Fact]:
        """Yield the facts by which a thing can be at a place.

        They are those of exclusive groups, in which one thing is at one place: ``[on(item, _),
        in(item, _)]``.
        """
        for group in self._domain.exclusive:
            for pattern in group.facts:
                if len(pattern.terms) != 2 or pattern.terms[1] != "_" or pattern.terms[0] == "_":
                    continue
                kinds = self._domain.predicates[pattern.predicate].params.values()
                names = (thing, place)
                types = (vocabulary.object_types[name] for name in names)
                if all(map(vocabulary.is_a, types, kinds)):
                    yield Fact(pattern.predicate, names)


def _is_door(name: str, model: PredicateModel) -> bool:
    is_named = name in _NAMES or any(word in model.adjectives_not for word in _SHUT)
    return is_named and len(model.params) == 1 and model.known_by == "sensed"
