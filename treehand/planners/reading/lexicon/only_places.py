"""Phrases that leave out the only place of their kind: "hang the hammer up" where one rack is."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.planners.reading.lexicon.connecting_words import Words
from treehand.planners.reading.lexicon.phrase_book import Phrase, words_in
from treehand.skills.domain import Atom, Domain, Fact, Vocabulary

_GENERAL = frozenset(
    {"put", "place", "set", "move", "bring", "throw", "take", "get", "carry", "leave", "keep"}
)
"""Verbs that tell nothing of the place."""
_ENDS: tuple[Words, ...] = ((), ("up",), ("away",), ("back",), ("back", "up"), ("up", "again"))


def only_place_phrases(domain: Domain, vocabulary: Vocabulary) -> Iterator[Phrase]:
    """Yield "hang {item} up" for "hang {item} on {place}" in a scene with one such place.

    Args:
        domain: Its predicates with their phrases.
        vocabulary: The objects of the scene.
    """
    for name, model in domain.predicates.items():
        if len(model.params) != 2:
            continue
        (item, kind), (place, where) = model.params.items()
        places = vocabulary.objects(where)
        slots = ("{" + item + "}", "{" + place + "}")
        for words in map(words_in, model.phrases if len(places) == 1 else ()):
            is_placing = len(words) == 4 and (words[1], words[3]) == slots
            if not is_placing or words[0] in _GENERAL:
                continue
            fact = Atom(Fact(name, (item, places[0])))
            for end in _ENDS:
                yield Phrase((words[0], slots[0], *end), ((item, kind),), fact)
                if len(end) == 1:
                    yield Phrase((words[0], *end, slots[0]), ((item, kind),), fact)
