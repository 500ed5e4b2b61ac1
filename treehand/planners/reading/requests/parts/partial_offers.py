"""Options made of what the readable parts of a text ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar import Lexicon
from treehand.planners.reading.requests.parts.partial_readings import PartialReader, PartialReading
from treehand.planners.reading.requests.phrasing import NONE_OF_THESE, Phrasing
from treehand.skills.domain import Facts

Admits = Callable[[Goal], bool]
"""Returns True if a plan reaches a goal that is not reached yet, and nothing forbids it."""


class PartialOffers:
    """Turns the readings of texts in parts into options with their goals.

    Args:
        lexicon: The words of a domain and scene.
        reader: Reads texts in parts.
    """

    def __init__(self, lexicon: Lexicon, reader: PartialReader) -> None:
        self._lexicon = lexicon
        self.reader = reader
        """Reads texts in parts."""
        self._phrasing = Phrasing(lexicon)

    def options(
        self, text: str, readings: Sequence[PartialReading], facts: Facts, admits: Admits, most: int
    ) -> dict[str, Goal]:
        """Return the options, the best first; what is so already is one if it is the best reading.

        Args:
            text: The person's words.
            readings: The readings, the best first.
            facts: Beliefs.
            admits: Tells which goals may be offered.
            most: Most options.
        """
        found: dict[str, Goal] = {}
        for one in readings:
            goal = Goal(text=text, formula=one.formula, never=one.never, before=one.before)
            goal = in_words(goal, self._lexicon.domain)
            option = self._phrasing.request(goal.formula)
            is_so = one is readings[0] and not one.unread and one.is_so(facts)
            if option not in found and (is_so or admits(goal)):
                found[option] = goal
            if is_so or len(found) == most:
                break
        return found


def question_of(asked: str, goals: Mapping[str, Goal], said: str) -> Question:
    """Return the question which of some options is meant.

    Args:
        asked: The question in words.
        goals: Each option's goal, the best first.
        said: The person's words.
    """
    return Question(asked, (*goals, NONE_OF_THESE), said=said, goals=tuple(goals.values()))
