"""A question about a past run: the steps and objects that it names."""

from __future__ import annotations

import re

from treehand.orchestrator.history.step_lines import RunSteps, StartedStep
from treehand.planners.reading.verbs import verbs_like


class RunQuestion:
    """The words of a question, looked up in the steps of a run.

    Args:
        text: The question.
        steps: The steps of the run.
    """

    def __init__(self, text: str, steps: RunSteps) -> None:
        self.words = frozenset(re.findall(r"[a-z0-9']+", text.lower()))
        self._steps = steps

    def named_steps(self) -> list[StartedStep]:
        """Return the steps that the question names best: by a verb and all objects in it."""
        best: list[StartedStep] = []
        most = 0
        for step in self._steps.started:
            name, arguments = step.event.call
            verbs = verbs_like(name.split("_")) & self.words
            named = [one for one in arguments if set(one.split("_")) & self.words]
            others = self._named_in_full() - set(arguments)
            if not verbs or not named or others:
                continue
            score = len(named) + len(verbs)
            if score > most:
                best, most = [], score
            if score == most:
                best.append(step)
        return best

    def named_things(self) -> set[str]:
        """Return the objects of the run that the question names, in full or by a noun."""
        return self._named_in_full() or {
            name for name in self._steps.things if _nouns(name) & self.words
        }

    def _named_in_full(self) -> set[str]:
        return {name for name in self._steps.things if set(name.split("_")) <= self.words}


def _nouns(name: str) -> set[str]:
    return {word for word in name.split("_") if not word.isdecimal()}
