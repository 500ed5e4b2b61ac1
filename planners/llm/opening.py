"""From the name of a model to something that can be asked.

The clients are extras and are loaded when a model of theirs is opened.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import MissingExtra
from .chat import ChatModel
from .recorded_chat import RecordedChat
from .settings import ModelName, ModelSettings


def open_chat(name: ModelName, settings: ModelSettings) -> ChatModel:
    """Return a model that can be asked.

    Raises:
        InputError: If a recording cannot be used.
        ModelError: If there is no key, no such model, no local model.
        MissingExtra: If its client is not installed.
    """
    if name.kind == "recorded":
        return RecordedChat(Path(name.rest))
    try:
        if name.kind == "langchain":
            from .langchain_chat import LangChainChat

            return LangChainChat(name.rest, settings)
        from .local_model import LocalChat
        from .openai_chat import OpenAIChat

        if name.kind == "local":
            return LocalChat(settings)
        return OpenAIChat(name.rest, settings)
    except ModuleNotFoundError as error:
        raise MissingExtra(str(error.name), "llm") from error
