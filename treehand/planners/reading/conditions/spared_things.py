"""Things that a text leaves out of its order or wants left alone: "clean up, not the fridge"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from treehand.planners.goals.changes import leave_out, things_of
from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.untouched import untouched
from treehand.planners.reading.conditions.rest_words import has_rest, with_rest_named
from treehand.planners.reading.conditions.restrictions import Restriction, restrictions_in
from treehand.skills.domain import Domain, Facts, Formula, conjuncts

Read = Goal | Question | Refusal


@dataclass(frozen=True)
class SparingOrder:
    """An order with the things that it is not about."""

    text: str
    """The whole text."""
    order: str
    """The text without the restriction."""
    names: tuple[str, ...]
    """The things."""
    is_untouched: bool
    """True if the things must not be touched at all; False if the order leaves them out."""


class SparedThings:
    """Reads texts that order something and want some things left alone or left out.

    Args:
        domain: Its skills tell what can be changed of a thing.
        read: Reads the order.
        objects: Returns the objects that words name and nothing else, an unclear one among some.
    """

    def __init__(
        self,
        domain: Domain,
        read: Callable[[str, Facts], Read],
        objects: Callable[[str, Facts, Collection[str]], tuple[str, ...]],
    ) -> None:
        self._domain = domain
        self._read = read
        self._objects = objects

    def read(self, text: str, facts: Facts) -> Read | None:
        """Return the goal of a text's order without its things; None for any other text.

        An order about what is to be left alone is a question.
        """
        for found in restrictions_in(text):
            read = self._ordered(found, facts)
            told = things_of(read, facts) if isinstance(read, Goal) else ()
            one = self._named(text, found, facts, told)
            kept = self._spared(read, one, facts) if one is not None else None
            if kept is not None:
                return kept
        return None

    def _ordered(self, found: Restriction, facts: Facts) -> Read:
        """Return the reading of an order, in which "the rest" may be of the things left alone."""
        names = self._objects(found.things, facts, ()) if has_rest(found.order) else ()
        for order in with_rest_named(found.order, found.things, names, self._domain, facts):
            named = self._read(order, facts)
            if isinstance(named, Goal):
                return named
        read = self._read(found.order, facts)
        return read if isinstance(read, Goal) else self.read(found.order, facts) or read

    def _spared(self, read: Read, one: SparingOrder, facts: Facts) -> Read | None:
        if isinstance(read, Goal):
            return self.sparing(read, one, facts)
        return self.asked(read, one, facts) if isinstance(read, Question) else None

    def _named(
        self, text: str, found: Restriction, facts: Facts, among: Collection[str] = ()
    ) -> SparingOrder | None:
        names = self._objects(found.things, facts, among)
        return SparingOrder(text, found.order, names, found.is_untouched) if names else None

    def orders(self, text: str, facts: Facts) -> Iterator[SparingOrder]:
        """Yield the orders of a text with the things that it names as not meant."""
        for found in restrictions_in(text):
            one = self._named(text, found, facts)
            if one is not None:
                yield one

    def without(self, goal: Goal, things: str, text: str, facts: Facts) -> Goal | Refusal | None:
        """Return a goal without the things that words name; None if they are no part of it.

        Args:
            goal: What is ordered.
            things: Noun phrases.
            text: The whole text.
            facts: Beliefs.
        """
        names = self._objects(things, facts, things_of(goal, facts))
        return self.sparing(goal, SparingOrder(text, "", names, False), facts) if names else None

    def asked(self, question: Question, one: SparingOrder, facts: Facts) -> Question | None:
        """Return a question about an order, whose every answer spares the things."""
        if question.about and question.about in one.text.lower():
            return replace(question, said=one.text)
        spared = [self.sparing(goal, one, facts) for goal in question.goals]
        kept = [goal for goal in spared if isinstance(goal, Goal)]
        if question.about or not kept or len(kept) < len(spared):
            return None
        return replace(question, said=one.text, goals=tuple(kept))

    def sparing(self, goal: Goal, one: SparingOrder, facts: Facts) -> Goal | Refusal:
        """Return the goal of an order without the things.

        What a text leaves out of an order that is not about it is to be left alone.

        Returns:
            The goal; a refusal if nothing of it is left.
        """
        named = {term for part in _wanted(goal) for term in _named_in(part)}
        left = leave_out(goal, one.names, facts, self._domain)
        if one.is_untouched and (both := [name for name in one.names if name in named]):
            told = " and the ".join(name.replace("_", " ") for name in both)
            told = f"the {told} cannot be left alone for that"
            return Refusal(told, "infeasible", said=one.text, goal=goal)
        if things_of(goal, facts) and not things_of(left, facts):
            told = "everything that the order is about is to be left alone"
            return Refusal(told, "infeasible", said=one.text, goal=goal)
        if not one.is_untouched and (left.formula, left.before) != (goal.formula, goal.before):
            return left.model_copy(update={"text": one.text})
        never = [part for name in one.names for part in untouched(name, self._domain, facts)]
        never = [part for part in never if not _named_in(part) & named]  # taken off the stove
        kept = tuple(dict.fromkeys((*goal.never, *never)))
        return in_words(left.model_copy(update={"never": kept, "text": one.text}), self._domain)


def _wanted(goal: Goal) -> tuple[Formula, ...]:
    return (*conjuncts(goal.formula), *goal.before)


def _named_in(part: Formula) -> set[str]:
    return {term for atom in part.atoms() for term in atom.fact.terms}
