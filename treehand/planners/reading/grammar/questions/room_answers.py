"""Answers about the room in places: "is the dishwasher full?", "will the mug fit in there?"."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.grammar.questions.answer_words import AnswerWords, spoken
from treehand.planners.reading.grammar.questions.named_objects import NamedObjects
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.function_words import word_set
from treehand.skills.domain import Facts

_ROOM = frozenset({"room", "space"})
_IN = frozenset({"in", "into", "on", "onto", "inside", "left", "there"})
_DEGREES = word_set("completely really quite already pretty totally still any enough much more too")
_FITTING = frozenset({"fit", "fits", "go", "goes"})
_MODALS = frozenset({"can", "could", "will", "would", "do", "does"})
_HAVING = frozenset({"have", "has"})


class RoomAnswers:
    """Answers questions about how much more a place can hold.

    Args:
        lexicon: The words of domain and scene.
        named: Reads the nouns of questions.
        words: Puts beliefs into words.
    """

    def __init__(self, lexicon: Lexicon, named: NamedObjects, words: AnswerWords) -> None:
        self._lexicon = lexicon
        self._named = named
        self._words = words
        skills = lexicon.domain.skills.values()
        self._filled = {
            effect.fact.predicate
            for model in skills
            for effect in model.effects
            if effect.positive and len(effect.fact.terms) == 2
        }
        """Predicates that skills put things in or on places with."""

    def answer(self, asked: Sequence[str], facts: Facts) -> str | None:
        """Return the answer; None for any other question.

        Args:
            asked: The words of a question.
            facts: Beliefs.
        """
        words = [word for word in asked if word not in _DEGREES]
        match words:
            case ["is" | "are", *place, "full"]:
                return self._of(place, facts, is_full=True)
            case ["how", "full", "is" | "are", *place]:
                return self._of(place, facts)
            case [head, *rest] if head in ("is", "are", *_MODALS, "how") and _ROOM & set(rest):
                at = next(index for index, word in enumerate(rest) if word in _ROOM)
                before = [word for word in rest[:at] if word not in ("there", "you", "we")]
                is_owner = bool(before) and before[-1] in _HAVING
                return self._of(before[:-1] if is_owner else rest[at + 1 :], facts, is_free=True)
            case [head, *rest] if head in (*_MODALS, "how") and _FITTING & set(rest):
                at = max(index for index, word in enumerate(rest) if word in _FITTING)
                if rest[at + 1 : at + 2] and rest[at + 1] in _IN:
                    return self._of(rest[at + 1 :], facts, is_free=head != "how")
        return None

    def _of(
        self,
        words: Sequence[str],
        facts: Facts,
        *,
        is_full: bool = False,
        is_free: bool = False,
    ) -> str | None:
        """Return the answer about the places that words name.

        Args:
            words: The words of a place, with a preposition or without, and what follows them.
            facts: Beliefs.
            is_full: True if "yes" means that they are full.
            is_free: True if "yes" means that there is room.
        """
        begins = max((i + 1 for i, word in enumerate(words) if word in _IN), default=0)
        place = words[begins:]
        names = self._named.objects(place[: place.index("for")] if "for" in place else place, facts)
        if not names or not all(self._is_place(name, facts) for name in names):
            return None
        self._words.place = spoken(names[0])
        told: list[str] = []
        free_n = 0
        for name in names:
            most_n = self._lexicon.capacities.get(name)
            held_n = sum(
                fact.terms[1] == name
                for fact in facts.true_facts()
                if fact.predicate in self._filled and len(fact.terms) == 2
            )
            if most_n is None:
                return f"nobody told me how much {spoken(name)} can hold; {held_n} things are there"
            free_n += max(most_n - held_n, 0)
            unseen = self._words.unseen([name], facts)
            told.append(f"{spoken(name)} holds {held_n} of {most_n} things that I know of{unseen}")
        if not (is_full or is_free):
            return "; ".join(told)
        return f"{'yes' if (free_n > 0) is is_free else 'no'}: {'; '.join(told)}"

    def _is_place(self, name: str, facts: Facts) -> bool:
        """Return True if skills put things in or on an object."""
        predicates = self._lexicon.domain.predicates
        kinds = (list(predicates[one].params.values())[1] for one in self._filled)
        return any(name in facts.objects(kind) for kind in kinds)
