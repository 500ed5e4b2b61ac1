"""Who reads what people say: the built-in grammar, or a language model beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..events import ModelCalled
from ..planners import GoalSpec, GrammarInterpreter
from ..planners.llm import Ledger, LlmInterpreter, Meter, ModelName, Recorder, open_chat
from ..skills.domain import Facts
from .deployment import Deployment


class Interpreter(Protocol):
    """Turns words into a goal."""

    def interpret(self, text: str, facts: Facts) -> GoalSpec:
        """Return the goal that a text means, or a question."""
        ...

    def answered(self, goal: GoalSpec, answer: str, facts: Facts) -> GoalSpec:
        """Return the goal again, with one of its question's options as the answer."""
        ...


def open_meter(
    deployment: Deployment, ledger: Ledger | None, sink: Callable[[ModelCalled], None]
) -> Meter | None:
    """Return what asks the deployment's language model; None if it has none.

    Raises:
        InputError: If its name is none, or there is a budget of money and no price.
        ModelError: If there is no key, no such model, no local model.
        MissingExtra: If its client is not installed.
    """
    settings = deployment.llm
    if settings.model is None:
        return None
    name = ModelName.parse(settings.model)
    chat = open_chat(name, settings)
    if settings.record is not None:
        chat = Recorder(chat, Path(settings.record))
    return Meter(chat, name, settings, ledger=ledger, sink=sink)


def interpreter_of(
    deployment: Deployment,
    grammar: GrammarInterpreter,
    meter: Meter | None,
    hear: Callable[[str], None],
    *,
    is_alone: bool = False,
) -> Interpreter:
    """Return who reads goals.

    Args:
        deployment: Its words, and the settings of its language model.
        grammar: The built-in one.
        meter: Asks the language model; None if there is none.
        hear: Takes each piece of a model's answer as it comes.
        is_alone: Whether even a small model is asked before the grammar: for measuring it.
    """
    if meter is None:
        return grammar
    return LlmInterpreter(
        deployment.domain,
        deployment.scene,
        meter,
        deployment.llm,
        grammar=grammar,
        is_last_resort=deployment.llm.model == "local",
        is_alone=is_alone,
        hear=hear,
    )
