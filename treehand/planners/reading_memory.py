"""Readings of first words, which robots that begin alike share."""

from __future__ import annotations

from collections.abc import Callable

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.readings import Reading
from treehand.planners.plan_memory import Believed, Recent
from treehand.skills.domain import Facts

READINGS = 4
"""Most readings that are kept."""


class ReadingMemory:
    """Goals that words were read as, with the beliefs in which they were.

    For robots that have heard nothing before and hear nothing more, such as those of scenarios:
    what was said before changes a reading, and a kept one leaves no words to refer to.
    """

    def __init__(self) -> None:
        self._goals: Recent[Goal] = Recent(READINGS)

    def goal(self, text: str, facts: Facts, read: Callable[[], Reading]) -> Reading:
        """Return the goal of a text; what reading it now gives where none is kept.

        Args:
            text: The person's words.
            facts: Beliefs.
            read: Reads the text.
        """
        key = (text, Believed(facts))
        known = self._goals.find(key)
        if known is not None:
            return known
        reading = read()
        return self._goals.keep(key, reading) if isinstance(reading, Goal) else reading
