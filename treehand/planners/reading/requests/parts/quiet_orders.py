"""Offers for texts that look like reports or questions, and may ask for something all the same."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar import Lexicon
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.requests.parts.partial_offers import (
    Admits,
    PartialOffers,
    question_of,
)
from treehand.planners.reading.requests.parts.spelled_out import AWAITING
from treehand.planners.reading.words.english import (
    base_of,
    is_same_as_base,
    past_of,
    third_person_of,
)
from treehand.planners.reading.words.function_words import (
    BE,
    DO,
    HAVE,
    MODALS,
    QUESTION_WORDS,
    SUBJECTS,
    word_set,
)
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Facts

_MARKS = frozenset({",", ".", ";", "?", "!"})
_ASKED = word_set("could would should may might shall ought")
"""Modals that ask for something more often than they ask whether it can be."""
_WANTED = AWAITING | word_set(
    "would should ought must need needs wants want please better lovely nice grand ideal wish due"
    " love prefer happy happier glad go goes belong belongs sooner needing wanting"
)
_ADDRESSED = word_set("you yall robot")
_LEAST = 0.75
_MOST = 2
"""Most options."""


class QuietOrders:
    """Asks whether something is wanted that no order and no wish says outright.

    Args:
        lexicon: The words of a domain and scene.
        partial: Makes options of texts in parts.
    """

    def __init__(self, lexicon: Lexicon, partial: PartialOffers) -> None:
        self._lexicon = lexicon
        self._partial = partial

    def offered(
        self, text: str, facts: Facts, admits: Admits, *, is_whole: bool = False
    ) -> Question | None:
        """Return the question whether what is named is wanted; None for mere reports.

        Args:
            text: The person's words, which were taken for a report or a question.
            facts: Beliefs.
            admits: Tells which goals may be offered.
            is_whole: True to leave no words over but fillers.
        """
        tokens = tokens_of(text)
        if not self._may_ask(tokens):
            return None
        words = words_that_count(text, self._lexicon)
        readings = self._partial.reader.readings(words, facts)
        likely = [one for one in readings if one.score >= _LEAST and not (is_whole and one.unread)]
        goals = self._partial.options(text, likely, facts, admits, _MOST)
        if not goals:
            return None
        return question_of(f"shall I {' or '.join(goals)}?", goals, text)

    def _may_ask(self, tokens: Sequence[str]) -> bool:
        """Return True if words hint that something is wanted, or say no finite verb at all."""
        words = [token for token in tokens if token not in _MARKS]
        if not words or words[0] in QUESTION_WORDS:
            return False
        if words[0] in _ASKED or _WANTED & set(words):
            return True
        for index, word in enumerate(words[:-1]):
            after = [one for one in words[index + 1 : index + 4] if past_of(one) is None]
            is_told = words[index - 1 : index] in (["do"], ["did"], ["have"], ["are"], ["were"])
            if word in _ADDRESSED and not is_told and any(map(self._lexicon.asks, after)):
                return not {"have", "has", "had", "are", "were"} & set(after[:1])
        if self._has_order(tokens):
            return True
        return not any(
            word in SUBJECTS | BE | HAVE | DO | MODALS
            or (past_of(word) is not None and word not in self._lexicon.adjectives)
            or (third_person_of(word) is not None and not self._lexicon.names(word))
            or (is_same_as_base(word) and index > 0 and word not in self._lexicon.adjectives)
            for index, word in enumerate(words)
        )

    def _has_order(self, tokens: Sequence[str]) -> bool:
        """Return True if an order stands among reports: "…, when you find it pop it there"."""
        for index, word in enumerate(tokens[:-1]):
            before = tokens[index - 1] if index else ","
            is_verb = self._lexicon.asks(word) and base_of(word) == word
            if not is_verb or self._lexicon.names(word):
                continue
            if before in _MARKS | {"so", "and", "then", "just", "it"} and (
                tokens[index + 1] in ("it", "them", "that", "the", "my", "this")
            ):
                return True
        return False
