"""Open goals as several goals in the words of the domain, by a language model.

"Get the place ready for guests" is no formula. The model names goals that are; each is read and
checked like any other answer, and what they are worth is for the planner and the verifier to show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.readings import Refusal
from treehand.planners.llm.answers.answer_reader import AnswerReader, WrongAnswer, json_of
from treehand.planners.llm.answers.answer_schema import answer_schema
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.asking.prompts import PromptWriter
from treehand.planners.llm.asking.repairs import repaired
from treehand.planners.llm.contract.chat import Hear, Message
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.reading.grammar import GrammarGoalReader
from treehand.skills.domain import Domain, Facts, Scene, Vocabulary

MAX_GOALS = 12
"""Most goals of one decomposition; a person has to look at each."""
_TASK = f"""\
What was said is too open for one goal. Split it into 1 to {MAX_GOALS} goals that a planner can
reach one by one, in the order in which they are best done, each with the person's purpose in a few
words: {{"status": "plan", "goals": [{{"words": TEXT, "goal": [parts]}}], "reason": ""}}
Parts have the form that was told before. If nothing here serves the purpose, answer
{{"status": "infeasible", "goals": [], "reason": TEXT}}. A person looks at each goal."""


class GoalDecomposer:
    """Lets a model split open goals, for one domain and scene.

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

    def decompose(self, text: str, facts: Facts, hear: Hear) -> tuple[Goal, ...] | Refusal:
        """Return the goals of an open goal, each with its purpose as its text; or a refusal.

        Args:
            text: The person's words.
            facts: What is believed.
            hear: Takes each piece of an answer as it comes.

        Raises:
            ModelError: If the model cannot be asked, or gives nothing usable.
        """
        turns = [
            *self._writer.messages(text, facts),
            Message("assistant", "That has several parts."),
            Message("user", _TASK),
        ]
        read, _ = repaired(
            turns,
            self._read,
            self._meter,
            self._settings,
            purpose="decomposition",
            instruction=text,
            schema=_schema(self._vocabulary),
            hear=hear,
        )
        if isinstance(read, str):
            words = f"{self._meter.name} finds no goal that serves this: {read}"
            return Refusal(words, "infeasible", said=text)
        return read

    def _read(self, answer: str) -> tuple[Goal, ...] | str:
        """Return the goals of an answer, or the reason why there is none."""
        data = json_of(answer)
        goals = data.get("goals") if isinstance(data, dict) else None
        if isinstance(data, dict) and data.get("status") == "infeasible":
            return " ".join(str(data.get("reason") or "it names no reason").split())[:500]
        if not isinstance(goals, list) or not goals:
            raise WrongAnswer(["goals: is empty or no list; say infeasible if there is none"])
        if len(goals) > MAX_GOALS:
            raise WrongAnswer([f"goals: there are {len(goals)}, at most {MAX_GOALS} are taken"])
        mistakes: list[str] = []
        found: list[Goal] = []
        for index, one in enumerate(goals):
            try:
                found.append(self._goal(one))
            except WrongAnswer as error:
                mistakes += [f"goals[{index}].{mistake}" for mistake in error.mistakes]
        if mistakes:
            raise WrongAnswer(mistakes)
        return tuple(found)

    def _goal(self, data: Any) -> Goal:
        if not isinstance(data, Mapping) or not isinstance(data.get("words"), str):
            raise WrongAnswer(["words: is no text"])
        parts = json.dumps({"status": "plan", "goal": data.get("goal")})
        formula = AnswerReader(self._vocabulary).read(parts).formula
        purpose = " ".join(data["words"].split())[:200]
        return in_words(Goal(text=purpose or str(formula), formula=formula), self._domain)


def _schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON Schema of decompositions; its parts are those of goals."""
    whole = answer_schema(vocabulary)
    known, text = whole["properties"], {"type": "string"}
    goal = {
        "type": "object",
        "properties": {"words": text, "goal": known["goal"]},
        "required": ["words", "goal"],
        "additionalProperties": False,
    }
    properties = {
        "status": {"type": "string", "enum": ["plan", "infeasible"]},
        "goals": {"type": "array", "items": goal},
        "reason": text,
    }
    return {**whole, "properties": properties, "required": list(properties)}
