"""Answers from a file: what a model said once, or what somebody wrote for a test."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from treehand.core.errors import InputError, ModelError
from treehand.documents.reader import Located, read_file
from treehand.planners.llm.contract.chat import ChatModel, ChatRequest, Hear, Reply, StreamedReply
from treehand.planners.llm.contract.settings import ModelName


class RecordedAnswer(Located):
    """One answer, or one failure."""

    to: str
    """The person's words."""
    prompt: str | None = None
    """Hash of the whole prompt; if given, a changed prompt is not answered."""
    answer: dict[str, Any] | str | None = None
    """The model's answer; a text is given word for word, valid or not."""
    error: str | None = None
    """The code of a failure in the stead of an answer: ``endpoint-timeout``."""
    tokens_in: Annotated[int, Field(ge=0)] | None = None
    """Input tokens."""
    tokens_out: Annotated[int, Field(ge=0)] | None = None
    """Output tokens."""


class RecordedAnswers(Located):
    """``*.answers.yaml``: what a model answers, in order for each thing that is said."""

    answers: tuple[RecordedAnswer, ...]
    """The answers."""


class RecordedChat:
    """Gives recorded answers; each once, those to the same words in their order.

    Args:
        path: The file.

    Raises:
        InputError: If the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left: dict[str, deque[RecordedAnswer]] = {}
        for entry in read_file(path, RecordedAnswers).answers:
            self._left.setdefault(entry.to, deque()).append(entry)

    @property
    def name(self) -> str:
        """Return its name in messages."""
        return str(ModelName("recorded", self.path.name))

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the next answer to what was said; raises `ModelError`."""
        left = self._left.get(request.instruction)
        if not left:
            said = ", ".join(f"'{said}'" for said, more in self._left.items() if more)
            message = f"{self.path} has no answer left to '{request.instruction}'"
            raise ModelError("no-recorded-answer", message, f"it has answers to: {said or '-'}")
        entry = left.popleft()
        if entry.prompt is not None and entry.prompt != request.hash:
            message = f"{self.path}: the prompt for '{entry.to}' has changed since it was recorded"
            hint = f"record again; it was {entry.prompt} and is {request.hash}"
            raise ModelError("changed-prompt", message, hint)
        if entry.error is not None:
            raise ModelError(entry.error, f"{self.name}: recorded", "this is a recorded failure")
        answer = StreamedReply(self.name, hear)
        text = entry.answer if isinstance(entry.answer, str) else json.dumps(entry.answer or {})
        if text:
            answer.add(text)
        return Reply(answer.text(), entry.tokens_in, entry.tokens_out)


class ChatRecorder:
    """Asks a model and writes down what it answers, for a `RecordedChat`.

    Args:
        chat: The model.
        path: The file; written anew after each answer.

    Raises:
        InputError: If it cannot be written.
    """

    def __init__(self, chat: ChatModel, path: Path) -> None:
        self._chat = chat
        self._path = path
        if isinstance(chat, RecordedChat) and chat.path.resolve() == path.resolve():
            message = f"'{path}' cannot be read from and written to at once"
            raise InputError.of("unwritable-file", message, hint="record to another file")
        try:
            with path.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            message = f"cannot write '{path}': {error.strerror}"
            raise InputError.of("unwritable-file", message, hint="give another file") from error
        self._entries: list[dict[str, Any]] = []

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._chat.name

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the model's answer to a request; raises `ModelError`."""
        entry: dict[str, Any] = {"to": request.instruction, "prompt": request.hash}
        try:
            reply = self._chat.reply(request, hear)
            entry |= {"answer": reply.text}
            entry |= {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out}
        except ModelError as error:
            entry |= {"error": error.finding.code}
            raise
        finally:
            self._entries.append({key: value for key, value in entry.items() if value is not None})
            text = json.dumps({"answers": self._entries}, indent=1, ensure_ascii=False)
            self._path.write_text(text + "\n", encoding="utf-8")  # JSON is YAML
        return reply
