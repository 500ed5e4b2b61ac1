"""Placing that is said with the wrong preposition: "on the fridge" for "in the fridge"."""

from __future__ import annotations

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.requests.parts.partial_offers import Admits
from treehand.planners.reading.requests.phrasing import NONE_OF_THESE, Phrasing
from treehand.planners.reading.words.function_words import word_set
from treehand.skills.domain import Facts

_EITHER = word_set("shelf shelves bookshelf bookshelves bookcase rack racks tray trays dresser")
"""Places that things are said to be on as well as in."""
_OTHERS = {"on": "in", "onto": "into", "in": "on", "into": "onto", "inside": "on", "upon": "in"}


class PlacingMender:
    """Offers to put a thing in a place that nothing is put on, and on one that holds nothing.

    Args:
        lexicon: The words of a domain and scene.
        grammar: Reads the words with the other preposition.
    """

    def __init__(self, lexicon: Lexicon, grammar: GrammarGoalReader) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._phrasing = Phrasing(lexicon)

    def otherwise_said(self, text: str, facts: Facts) -> str | None:
        """Return "put the book in the shelf" for "… on the shelf" where that alone can be done.

        Args:
            text: The words that ask for something.
            facts: Beliefs.
        """
        words = words_that_count(text, self._lexicon)
        for index, word in enumerate(words):
            if word not in _OTHERS or _EITHER.isdisjoint(words[index + 1 : index + 4]):
                continue
            mended = [*words[:index], _OTHERS[word], *words[index + 1 :]]
            if len(self._grammar.readings(mended, facts)) == 1:
                return " ".join(mended)
        return None

    def offer(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the question whether the other preposition is meant; None if it does not fit.

        Args:
            text: Words that name a thing or a place of the wrong type.
            facts: Beliefs.
            admits: Tells which goals may be offered.
        """
        words = words_that_count(text, self._lexicon)
        for index, word in enumerate(words):
            if word not in _OTHERS:
                continue
            mended = [*words[:index], _OTHERS[word], *words[index + 1 :]]
            readings = self._grammar.readings(mended, facts)
            if len(readings) != 1:
                continue
            only = readings[0]
            goal = Goal(text=text, formula=only.formula, before=only.before, never=only.never)
            goal = in_words(goal, self._lexicon.domain)
            if admits(goal):
                option = self._phrasing.request(goal.formula)
                why = f"nothing is put {word} that place here"
                return Question(
                    f"{why}: {option}?", (option, NONE_OF_THESE), said=text, goals=(goal,)
                )
        return None
