"""From the name of a model to something that can be asked.

The clients are extras and are loaded when a model of theirs is opened.
"""

from __future__ import annotations

from pathlib import Path

from treehand.core.errors import MissingExtra
from treehand.planners.llm.contract.chat import ChatModel
from treehand.planners.llm.contract.settings import ModelName, ModelSettings
from treehand.planners.llm.endpoints.recorded_chat import RecordedChat


def open_chat(name: ModelName, settings: ModelSettings) -> ChatModel:
    """Return a model that can be asked.

    Raises:
        InputError: If a recording cannot be used.
        ModelError: If there is no key or no such model.
        MissingExtra: If its client is not installed.
    """
    if name.kind == "recorded":
        return RecordedChat(Path(name.rest))
    try:
        if name.kind == "langchain":
            from treehand.planners.llm.endpoints.langchain_chat import LangChainChat

            return LangChainChat(name.rest, settings)
        from treehand.planners.llm.endpoints.openai_chat import OpenAIChat

        return OpenAIChat(name.rest, settings)
    except ModuleNotFoundError as error:
        raise MissingExtra(str(error.name), "llm") from error
