"""Places that are told by what is there: "next to the phone", "where the plates are"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.skills.domain import Atom, Fact, Facts

_NEXT_TO = (("next", "to"), ("with",), ("beside",), ("by",), ("near",), ("alongside",), ("where",))
_AWAY = frozenset({"from", "off"})


class BesidePlaces:
    """Finds the places that texts tell by the things there.

    Args:
        lexicon: The words of a domain and scene.
        nouns: Finds the things that texts name.
    """

    def __init__(self, lexicon: Lexicon, nouns: NounFinder) -> None:
        self._lexicon = lexicon
        self._nouns = nouns

    def places_in(self, words: Sequence[str], facts: Facts) -> Iterator[list[str]]:
        """Yield words with "on the desk" for "next to the phone", which is there.

        Args:
            words: The words of a text that count.
            facts: Beliefs, which tell where things are.
        """
        things = self._nouns.found(words)
        for start in range(2, len(words)):
            for said in _NEXT_TO:
                if tuple(words[start : start + len(said)]) != said:
                    continue
                thing = next((one for one in things if one.start >= start + len(said)), None)
                if thing is None:
                    continue
                end = thing.end + any(one in ("is", "are") for one in words[thing.end :][:1])
                for place in dict.fromkeys(self._places_of(thing, facts)):
                    yield [*words[:start], *place, *words[end:]]

    def _places_of(self, thing: NamedThing, facts: Facts) -> Iterator[tuple[str, ...]]:
        """Yield the words for each place where a thing, or things of a kind, are known to be."""
        vocabulary = self._lexicon.vocabulary
        for noun in thing.nouns[:1]:
            names = [noun.object] if noun.object is not None else vocabulary.objects(noun.type)
            for name in names:
                yield from self._places_of_one(name, facts)

    def _places_of_one(self, name: str, facts: Facts) -> Iterator[tuple[str, ...]]:
        for preposition, predicates in self._lexicon.relations.items():
            for predicate in predicates if preposition not in _AWAY else ():
                kind = tuple(self._lexicon.domain.predicates[predicate].params.values())[1]
                for place in self._lexicon.vocabulary.objects(kind):
                    fact = Fact(predicate, (name, place))
                    if self._lexicon.is_well_typed(fact) and Atom(fact).holds(facts) is True:
                        yield (preposition, "the", *place.split("_"))
