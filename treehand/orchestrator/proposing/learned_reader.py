"""Learned readings in one session: used where the grammar has none, confirmed, forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

from treehand.core.errors import InputError
from treehand.orchestrator.store.learned_file import LearnedFile
from treehand.planners import Goal, Question, in_words
from treehand.planners.reading.learned.learned_words import SURE, LearnedReading
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.requests.phrasing import Phrasing
from treehand.planners.reading.restricted_orders import NO
from treehand.trees import YES_OR_NO, PersonQuestion


@dataclass(frozen=True)
class Choice:
    """A reading that a person chose for words that were unclear."""

    said: str
    goal: Goal


class LearnedReader:
    """Reads words as a person chose before; it reads orders and wishes only.

    Args:
        file: The learned words; None if the session has none.
        lexicon: Words of the domain.
    """

    def __init__(self, file: LearnedFile | None, lexicon: Lexicon) -> None:
        self._file = file
        self._lexicon = lexicon
        self._phrasing = Phrasing(lexicon)
        self._asked: str | None = None
        """Words of the learned reading that was asked about last."""
        self._told = ""
        """The error that was told last."""
        self.note = ""
        """The remark on the last text: that a learned reading was used, or why none can be."""
        self.choice: Choice | None = None
        """The choice that may be remembered."""

    def knows(self, text: str) -> bool:
        """Return True if a person chose a reading for a text before."""
        return self._find(text) is not None

    def read(self, text: str) -> Goal | Question | None:
        """Return the learned reading of a text, or the question if it still holds; else None.

        Args:
            text: The person's words, which the grammar does not read by itself.
        """
        found = self._find(text)
        if found is None:
            return None
        goal = in_words(Goal(text=text, formula=found.means), self._lexicon.domain)
        words = self._phrasing.request(goal.formula)
        if found.confirmed >= SURE:
            self.note = f"read as '{words}', learned on {found.learned} (forget: {_how(found)})"
            return goal
        self._asked = text
        asked = f"'{found.said}' meant '{words}' on {found.learned}: does it still?"
        return Question(asked, (words, NO), said=text, goals=(goal,))

    def take_answer(self, said: str, goal: Goal | None) -> None:
        """Take in the option that a person chose: it is confirmed, or may be remembered.

        Args:
            said: The words that the question was about.
            goal: The goal that the option means; None if it means none.
        """
        asked, self._asked, self.choice, self.note = self._asked, None, None, ""
        if self._file is None or goal is None or not self._file.is_writable:
            return
        if asked == said:
            try:
                self._file.confirm(asked)
            except InputError as error:
                self.note = str(error)
        elif not (goal.before or goal.never or goal.within_s):
            self.choice = Choice(said, goal)

    def offer(self) -> PersonQuestion | None:
        """Return the question if the last choice is to be remembered; None without a choice."""
        choice = self.choice
        if choice is None:
            return None
        words = self._phrasing.request(choice.goal.formula)
        asked = f"Read '{choice.said}' as '{words}' from now on?"
        return PersonQuestion(asked, YES_OR_NO)

    def remember(self) -> str:
        """Remember the last choice, and return the answer to the person.

        Raises:
            InputError: If the file cannot be changed; it stays as it is.
        """
        choice = self.choice
        if self._file is None or choice is None:
            return "there is no choice to remember; choose one of a question's options first"
        self._file.remember(choice.said, choice.goal.formula, _today())
        self.choice = None
        words = self._phrasing.request(choice.goal.formula)
        return (
            f"remembered in {self._file.path}: '{choice.said}' means '{words}'; "
            f"it is asked about once more at its next use"
        )

    def forget(self, said: str) -> str | None:
        """Forget the reading of words, and return the answer; None if there is none.

        Raises:
            InputError: If the file cannot be changed; it stays as it is.
        """
        found = self._file.forget(said) if self._file is not None else None
        return f"forgotten: '{found.said}'" if found is not None else None

    def _find(self, text: str) -> LearnedReading | None:
        if self._file is None:
            return None
        try:
            return self._file.load().find(text)
        except InputError as error:
            if not self._file.is_writable:  # a scenario that names a file needs it
                raise
            told = f"no learned reading is used:\n{error}"
            if told != self._told:
                self.note = self._told = told
            return None


def _how(found: LearnedReading) -> str:
    return f"'forget {found.said}'"


def _today() -> date:
    return datetime.fromtimestamp(time.time(), UTC).date()
