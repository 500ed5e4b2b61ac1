"""Rounds of repair: a wrong answer goes back with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from treehand.core.errors import ModelError
from treehand.core.events import ModelPurpose
from treehand.planners.llm.answers.answer_reader import WrongAnswer
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.contract.chat import ChatRequest, Hear, Message
from treehand.planners.llm.contract.settings import ModelSettings

Read = TypeVar("Read")
MAX_REPEATED = 8000
"""Most letters of a wrong answer that the model is shown again."""


def repaired(
    turns: list[Message],
    read: Callable[[str], Read],
    meter: Meter,
    settings: ModelSettings,
    *,
    purpose: ModelPurpose,
    instruction: str,
    schema: Mapping[str, Any],
    hear: Hear,
    is_strict: bool = True,
) -> tuple[Read, str]:
    """Ask until an answer can be read, at most `settings.repairs` times more; raises `ModelError`.

    Args:
        turns: What the model is told.
        read: Reads an answer; raises `WrongAnswer`.
        meter: Asks the model.
        settings: How many repairs.
        purpose: Written to the journal.
        instruction: What the person said.
        schema: JSON Schema of answers.
        hear: Takes each piece of an answer.
        is_strict: Whether the schema says all there is to say.

    Returns:
        What was read, and the answer's text.
    """
    turns = list(turns)
    wrong: WrongAnswer | None = None
    for round_ in range(1, settings.repairs + 2):
        request = ChatRequest(tuple(turns), schema, settings.answer_tokens, is_strict, instruction)
        reply = meter.ask(request, purpose=purpose, round_=round_, hear=hear)
        try:
            return read(reply.text), reply.text
        except WrongAnswer as error:
            wrong = error
        mistakes = "\n".join(f"- {mistake}" for mistake in wrong.mistakes[:12])
        turns.append(Message("assistant", (wrong.text or reply.text)[:MAX_REPEATED]))
        turns.append(Message("user", f"That cannot be used:\n{mistakes}\nAnswer again, whole."))
    assert wrong is not None
    message = (
        f"{meter.name} gave nothing usable in {settings.repairs + 1} rounds; the last: {wrong}"
    )
    raise ModelError("unusable-answer", message, "say it in other words, or ask another model")
