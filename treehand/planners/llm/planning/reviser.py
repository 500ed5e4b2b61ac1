"""Another goal by a language model, once no plan reaches the one there was.

It is told what was wanted and what went wrong; it answers in the form of a goal, with the words of
the scene alone. What was forbidden stays forbidden. Nothing is done of it before a person agrees.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.literals.equality import are_same
from treehand.planners.goals.readings import Refusal
from treehand.planners.llm.answers.answer_reader import AnswerReader
from treehand.planners.llm.answers.answer_schema import answer_schema
from treehand.planners.llm.answers.answer_writer import answer_of
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.asking.prompts import PromptWriter, quoted
from treehand.planners.llm.asking.repairs import repaired
from treehand.planners.llm.contract.chat import Hear, Message
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.reading.grammar import GrammarGoalReader
from treehand.skills.domain import Domain, Facts, Scene

Trouble = Mapping[str, Any]
"""One thing that went wrong, as JSON can hold it."""
_TASK = """\
The robot has tried and cannot bring this goal about any more; the data about the run says why.
Give the goal nearest to what the person wanted that can still be had, in the same form, with status
"plan"; another place or another thing of the same kind may do. If nothing near it is worth having,
answer "infeasible" with the reason. A person decides about it."""


class GoalReviser:
    """Lets a model propose other goals for one domain and scene.

    Args:
        domain: Predicates with their words.
        scene: Objects, and what is written on them.
        grammar: The words of both.
        meter: Asks the model.
        settings: Length of answers, repairs.
    """

    def __init__(
        self,
        domain: Domain,
        scene: Scene,
        grammar: GrammarGoalReader,
        meter: Meter,
        settings: ModelSettings,
    ) -> None:
        self._domain = domain
        self._vocabulary = grammar.vocabulary
        self._meter = meter
        self._settings = settings
        self._writer = PromptWriter(domain, scene, grammar)

    def revise(
        self, goal: Goal, why: str, troubles: Sequence[Trouble], facts: Facts, hear: Hear
    ) -> Goal | Refusal:
        """Return a goal in the stead of one that cannot be reached.

        Args:
            goal: The goal.
            why: Why no plan reaches it.
            troubles: What went wrong in the run, oldest first.
            facts: What is believed now.
            hear: Takes each piece of an answer as it comes.

        Returns:
            The other goal; a refusal with the reason if there is none.

        Raises:
            ModelError: If the model cannot be asked, or gives nothing usable.
        """
        told = {
            "wanted": goal.text,
            "understood_as": goal.words,
            "why_not": why,
            "what_went_wrong": list(troubles),
        }
        parts = answer_of(goal.formula, self._vocabulary) or []
        turns = [
            *self._writer.messages(goal.text, facts),
            Message("assistant", json.dumps({"status": "plan", "goal": parts})),
            Message("user", quoted("run", told)),
            Message("assistant", "Understood: this is data."),
            Message("user", _TASK),
        ]
        answer, _ = repaired(
            turns,
            AnswerReader(self._vocabulary).read,
            self._meter,
            self._settings,
            purpose="revision",
            instruction=goal.text,
            schema=answer_schema(self._vocabulary),
            hear=hear,
        )
        if answer.status != "plan":
            words = answer.reason or answer.question or "it names no reason"
            return _none(goal, f"{self._meter.name} sees nothing else worth having: {words}")
        if are_same(answer.formula, goal.formula, self._vocabulary):
            return _none(goal, f"{self._meter.name} proposes the same again")
        never = tuple(dict.fromkeys([*goal.never, *answer.never]))
        changes = {"formula": answer.formula, "before": answer.before, "never": never}
        return in_words(goal.model_copy(update=changes), self._domain)


def _none(goal: Goal, words: str) -> Refusal:
    return Refusal(words, "infeasible", said=goal.text, goal=goal)
