"""Questions about orders that a person limits, with answers that keep the limits."""

from __future__ import annotations

from dataclasses import replace

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.readings import Question, Reading
from treehand.planners.reading.acts.act_reader import SpokenText
from treehand.planners.reading.acts.speech_act import Part
from treehand.planners.reading.conditions.spared_things import SparingOrder
from treehand.planners.reading.grammar import GrammarGoalReader
from treehand.planners.reading.reports import Admits
from treehand.planners.reading.requests.offers import OfferFinder
from treehand.planners.reading.requests.phrasing import NONE_OF_THESE
from treehand.planners.reading.words.function_words import SPEAKERS, word_set
from treehand.skills.domain import Facts

YES, NO = "yes", "no"
_TAKING_BACK = word_set(
    "not never no nobody nothing none neither back joke joking kidding mistake wrong wait stop"
    " actually instead cancel forget mind"
)
_NEEDLESS = ["you", "do", "not", "have", "to"]
_UNSAID = "touch"
"""Verb of what need not be done where the person said none: "skip the dishes"."""


class RestrictedOrders:
    """Asks about orders beside which a person says what is not meant.

    Args:
        grammar: Reads orders, and the things that they leave out.
        offers: Finds the goals that an unclear order may mean.
    """

    def __init__(self, grammar: GrammarGoalReader, offers: OfferFinder) -> None:
        self._grammar = grammar
        self._offers = offers

    def limited(self, goal: Goal, heard: SpokenText, text: str, facts: Facts) -> Reading:
        """Return the goal of an order with what is said beside it about its limits.

        "Skip the dishes" leaves them out of "clean the kitchen". "No need to wash the dishes" may
        mean that or less, and is asked about, as is whatever may take an order back.
        """
        doubts = [part for part in heard.added if _may_take_back(part)]
        if not doubts:
            return goal
        if len(doubts) == 1:
            left = self._without(goal, doubts[0], text, facts)
            if left is not None:
                return left
        doubt = f"you also said '{doubts[0].text}': is '{heard.asked}' wanted all the same?"
        return Question(doubt, (YES, NO), said=text, goals=(goal,))

    def _without(self, goal: Goal, doubt: Part, text: str, facts: Facts) -> Reading | None:
        verb, *things = doubt.words[len(_NEEDLESS) :] or ("",)
        if [*doubt.words[: len(_NEEDLESS)]] != _NEEDLESS or not things:
            return None
        said = " ".join(things)
        left = self._grammar.spared.without(goal, said, text, facts)
        if verb == _UNSAID or not isinstance(left, Goal):
            return left
        asked = f"you also said '{doubt.text}': without {said}, or all of it?"
        options = (f"without {said}", "all of it", NONE_OF_THESE)
        return Question(asked, options, said=text, goals=(left, goal))

    def offered(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the offers for an unclear order, which leave out what the text does not mean.

        Returns:
            The question; None if the text leaves nothing out, or nothing can be offered.
        """
        for one in self._grammar.spared.orders(text, facts):
            question = self._of(one, facts, admits)
            if question is not None:
                return question
        return None

    def _of(self, one: SparingOrder, facts: Facts, admits: Admits) -> Question | None:
        read = self._grammar.interpret(one.order, facts)
        if not isinstance(read, Question) or read.options:
            return None
        offered = self._offers.offer(one.order, read, facts, admits)
        left = " and ".join(f"the {name.replace('_', ' ')}" for name in one.names)
        goals: dict[str, Goal] = {}
        for option, goal in zip(offered.options, offered.goals, strict=False):
            spared = self._grammar.spared.sparing(goal, one, facts)
            if isinstance(spared, Goal):
                goals[f"{option} without {left}"] = spared
        if not goals:
            return None
        options = (*goals, NONE_OF_THESE)
        return replace(offered, said=one.text, options=options, goals=tuple(goals.values()))


def _may_take_back(part: Part) -> bool:
    """Return True if a report after an order may deny or limit it.

    "I can not read the menu" is about the speaker, and denies nothing.
    """
    said = set(part.words)
    second, third = (*part.words[1:3], "", "")[:2]
    is_why = (second == "is" and third.endswith("ing")) or second in ("needs", "uses", "wants")
    if part.words[0] == "nobody" and is_why:
        return False  # "nobody is watching"
    who = SPEAKERS | {"he", "she", "they", "nobody"}
    if part.words[0] in ("he", "she") and part.words[1:2] == ("is",):
        return False  # "he is not done"
    is_of_speaker = part.words[0] in who and {"can", "not"} <= said and "be" not in said
    return bool(_TAKING_BACK & said) and not is_of_speaker
