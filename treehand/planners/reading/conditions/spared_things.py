"""Things that a text wants left alone beside its order: "leave the fridge alone but …"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from treehand.planners.goals.changes import leave_out, things_of
from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.untouched import untouched
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Domain, Facts, Formula, conjuncts

Read = Goal | Question | Refusal
_JOIN = r"(?:(?: ,| ;| \.)? (?:but|and|though|just|please|only|while you are at it)| ,| ;| \.)*"
_SPARED = re.compile(
    rf"(?P<before>.*?)(?:^|{_JOIN}) ?\b(?:"
    r"(?:leave|let|leaving) (?P<a>(?:(?! and put | but ).){1,80}?)"
    r" (?:alone|be|in peace|untouched|out of it|out of this"
    r"|(?:exactly |just )?(?:where|as|like) (?:it|they) (?:is|are|stands?|lies?))"
    r"|(?:do not|never|without) (?:touch|touching|go near|mess with|messing with|disturb)"
    r" (?P<b>.{1,80}?)"
    r"|(?:keep (?:your )?)?hands off (?P<c>.{1,80}?)"
    r"|(?:keep|stay) (?:away|clear|off)(?: from| of)? (?P<d>.{1,80}?)"
    rf")(?=$|{_JOIN}(?: ,| ;| \.| and| but)){_JOIN}(?P<after>.*)"
)
"""A text with one clause about what is to be left alone."""

_REST = re.compile(r"\b(?:the rest of (?=the\b)|(everything|anything) else\b)")
"""Words for what is not left alone."""


class SparedThings:
    """Reads texts that order something and want some things left alone.

    Args:
        domain: Its skills tell what can be changed of a thing.
        read: Reads the order.
        objects: Returns the objects that words name and nothing else.
    """

    def __init__(
        self,
        domain: Domain,
        read: Callable[[str, Facts], Read],
        objects: Callable[[str, Facts], tuple[str, ...]],
    ) -> None:
        self._domain = domain
        self._read = read
        self._objects = objects

    def read(self, text: str, facts: Facts) -> Read | None:
        """Return the goal of a text's order that leaves things alone; None for any other text.

        An order about what is to be left alone is a question.
        """
        found = _SPARED.fullmatch(" ".join(tokens_of(text)).strip(" .!;,"))
        if found is None:
            return None
        named = next(filter(None, (found[name] for name in "abcd")), "").removesuffix(" either")
        names = self._objects(named, facts)
        rest = " , ".join(filter(None, (found["before"].strip(" ,"), found["after"].strip(" ,"))))
        rest = _REST.sub(r"\1", rest)
        if not names or not rest:
            return None
        read = self._read(rest, facts)
        if isinstance(read, Goal):
            return self._sparing(read, names, text, facts)
        if isinstance(read, Question):
            return self._asked(read, names, text, facts)
        return None

    def _asked(
        self, question: Question, names: tuple[str, ...], text: str, facts: Facts
    ) -> Question | None:
        """Return a question about the order, whose every answer leaves the things alone."""
        if question.about and question.about in text.lower():
            return replace(question, said=text)
        spared = [self._sparing(goal, names, text, facts) for goal in question.goals]
        kept = tuple(goal for goal in spared if isinstance(goal, Goal))
        if question.about or not kept or len(kept) < len(spared):
            return None
        return replace(question, said=text, goals=kept)

    def _sparing(
        self, goal: Goal, names: tuple[str, ...], text: str, facts: Facts
    ) -> Goal | Refusal:
        never = [one for name in names for one in untouched(name, self._domain, facts)]
        asked = _named_in(conjuncts(goal.formula)) | _named_in(goal.before)
        both = [name.replace("_", " ") for name in names if name in asked]
        if both:
            told = f"the {' and the '.join(both)} cannot be left alone for that"
            return Refusal(told, "infeasible", said=text, goal=goal)
        never = [one for one in never if not _named_in((one,)) & asked]  # taken off the stove
        left = leave_out(goal, names, facts, self._domain)
        if things_of(goal, facts) and not things_of(left, facts):
            told = "everything that the order is about is to be left alone"
            return Refusal(told, "infeasible", said=text, goal=goal)
        kept = tuple(dict.fromkeys((*goal.never, *never)))
        return in_words(left.model_copy(update={"never": kept}), self._domain)


def _named_in(parts: tuple[Formula, ...]) -> set[str]:
    return {term for part in parts for atom in part.atoms() for term in atom.fact.terms}
