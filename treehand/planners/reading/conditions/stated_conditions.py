"""Formulas that pieces of a condition state, and questions about pieces that state none."""

from __future__ import annotations

import re
from collections.abc import Callable

from treehand.planners.goals.conditional_parts import conjunction
from treehand.planners.goals.readings import Question
from treehand.planners.goals.requirements.requirement import opposite
from treehand.planners.reading.conditions.branch_goals import of_parts
from treehand.planners.reading.conditions.condition_words import OF_A_PERSON, denied_of
from treehand.planners.reading.conditions.constructs import unsupported
from treehand.planners.reading.conditions.statement_forms import one_of_them, plain_statement
from treehand.skills.domain import AllOf, Exists, Facts, Formula

State = Callable[[str, Facts], Formula | None]
"""Returns the formula that a text states; None unless it has one reading."""
AskBack = Callable[[str, Facts], Question | None]
"""Returns the question which thing a statement is about; None if that is clear."""


class StatedConditions:
    """Reads pieces that state something.

    Args:
        state: Reads a piece that states something, and notes what "it" means after it.
        unclear: Asks which thing is meant by a piece that states something.
    """

    def __init__(self, state: State, unclear: AskBack) -> None:
        self._state = state
        self._unclear = unclear

    def stated(self, said: str, facts: Facts) -> Formula | None:
        """Return the formula that a piece states; None unless it has one reading."""
        if OF_A_PERSON.match(said.strip(" ,.;")):
            return None
        for words in plain_statement(one_of_them(said.strip(" ,.;"))):
            formula = self._qualified(words, facts) or self._state(words, facts)
            denied = denied_of(words)
            if formula is None and denied:
                stated = self._state(denied, facts)
                formula = opposite(stated) if stated is not None else None
            if formula is not None:
                return of_parts(formula, words)
        return None

    def which(self, said: str, facts: Facts) -> Question | None:
        """Return the question which thing a piece is about; None if that is clear."""
        asked = (self._unclear(words, facts) for words in plain_statement(said.strip(" ,.;")))
        return next((question for question in asked if question is not None), None)

    def _qualified(self, said: str, facts: Facts) -> Formula | None:
        """Return "a dirty plate is on the table" with its property in the formula.

        Elsewhere "a dirty plate" means those that are dirty now; here it is to be looked at.
        """
        match = re.fullmatch(r"(an?|any|some) (\w+) (\w+) is (.+)", said)
        if match is None:
            return None
        article, quality, noun, rest = match.groups()
        one = self._state(f"{article} {noun} is {quality}", facts)
        other = self._state(f"{article} {noun} is {rest}", facts)
        if not isinstance(one, Exists) or not isinstance(other, Exists) or one.type != other.type:
            return None
        body = conjunction((one.body, other.body.substitute({other.variable: one.variable})))
        return Exists(one.variable, one.type, (), AllOf(()), body)

    def not_seen(self, mark: str, condition: str, facts: Facts) -> Question:
        """Return the question about a condition: which thing it means, or that none tells it."""
        which = self.which(condition, facts)
        if which is not None:
            return which
        why = f"'{mark} {condition.strip(' ,')}' is a condition that I cannot look at here"
        why = unsupported([mark, *condition.split()]) or why
        return Question(f"{why}; say it of the things that I know", said=condition, construct=why)
