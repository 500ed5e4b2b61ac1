"""The seam: one request to a language model, one reply or one failure with a code."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from treehand.core.errors import ModelError
from treehand.core.text.outside_text import encodable

MAX_ANSWER_BYTES = 1_000_000
"""A longer answer is no answer; nothing beyond this is read."""

_LOOK_S = 0.1
"""Longest time between two looks for the end of a wait, in seconds."""
_SHORTEST_KEY = 6
_LETTERS_PER_TOKEN = 3

UNBILLED = frozenset(
    {
        "context-too-long",
        "endpoint-unreachable",
        "key-rejected",
        "missing-api-key",
        "quota-exceeded",
        "rate-limited",
        "request-rejected",
        "spent-budget",
        "unknown-model",
    }
)
"""Codes of errors before the model has read anything."""

Result = TypeVar("Result")
Hear = Callable[[str], None]
"""Takes each piece of an answer as it comes, and an empty one now and then while none comes. It
may raise, which ends the request."""


@dataclass(frozen=True)
class Message:
    """One turn of what is said to a model, and of what it said."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[str, ...] = ()
    """Pictures that go with the text, as ``data:`` URLs."""

    def __post_init__(self) -> None:
        """Escape what has no UTF-8 form: a model's earlier answer may hold half a character."""
        object.__setattr__(self, "text", encodable(self.text))


@dataclass(frozen=True)
class ChatRequest:
    """One request to a language model."""

    messages: Sequence[Message]
    schema: Mapping[str, Any]
    """JSON Schema of the answer."""
    answer_tokens: int
    """Longest answer."""
    is_strict: bool = True
    """True if the schema is complete, and answers must follow it strictly."""
    instruction: str = ""
    """The person's words; the key of recorded answers."""
    traceparent: str | None = None
    """Span of the call, as the header of W3C Trace Context; None if nothing is traced."""

    @property
    def prompt(self) -> str:
        """Return everything that the model reads, as one text."""
        return "\n\n".join(f"[{message.role}]\n{message.text}" for message in self.messages)

    @property
    def hash(self) -> str:
        """Return the fingerprint of prompt and schema: SHA-256, 16 hex digits."""
        pictures = "".join(one for message in self.messages for one in message.pictures)
        text = self.prompt + json.dumps(self.schema, sort_keys=True) + pictures
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Reply:
    """One reply of a language model."""

    text: str
    tokens_in: int | None = None
    """Input tokens, as the endpoint counted them; None if it does not count."""
    tokens_out: int | None = None
    """Output tokens."""
    served_by: str | None = None
    """Model that answered, if the endpoint names another one than was asked."""


class ChatModel(Protocol):
    """A language model behind one method."""

    @property
    def name(self) -> str:
        """Return its name in messages and price tables."""
        ...

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the answer to a request; raises `ModelError`."""
        ...


@dataclass
class StreamedReply:
    """An answer that is being received, piece by piece.

    Args:
        name: The model, for messages.
        hear: Takes each piece.
    """

    name: str
    hear: Hear
    pieces: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, piece: str) -> None:
        """Take in the next piece; raises `ModelError` if the answer grows too long."""
        self.size += len(piece.encode())
        require_short(self.name, self.size)
        self.pieces.append(piece)
        self.hear(piece)

    def text(self) -> str:
        """Return all of it; raises `ModelError` if there is nothing."""
        text = "".join(self.pieces)
        if not text.strip():
            hint = "ask again; if it stays so, the endpoint may not support the schema it is given"
            raise ModelError("empty-answer", f"{self.name} answered nothing", hint)
        return text


def awaited(future: Future[Result], limit_s: float, hear: Hear) -> Result:
    """Return the result of a request in another thread, or raise its exception.

    Args:
        future: The request.
        limit_s: Longest wait, in seconds.
        hear: Gets an empty piece ten times a second; what it raises ends the wait.

    Raises:
        TimeoutError: After the longest wait.
    """
    ends_s = time.monotonic() + limit_s
    while not future.done():
        left_s = ends_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        wait((future,), timeout=min(left_s, _LOOK_S))
        hear("")
    return future.result()


def estimated_tokens(text: str) -> int:
    """Return the tokens of a text, estimated from its letters, rather too many than too few."""
    return len(text) // _LETTERS_PER_TOKEN + 1


def require_short(name: str, size: int) -> None:
    """Raise `ModelError` if an answer of so many bytes is too long to be one."""
    if size > MAX_ANSWER_BYTES:
        raise endless(name)


def endless(name: str) -> ModelError:
    """Return the error for an answer that is too long to be one."""
    message = f"{name} sent more than {MAX_ANSWER_BYTES // 1000} kB and was cut off"
    return ModelError("endless-answer", message, "look at the endpoint; this is no goal")


def cut_off(name: str, tokens: int) -> ModelError:
    """Return the error for an answer that reached its longest length."""
    hint = "raise 'llm: answer_tokens' in treehand.yaml, or ask for less at once"
    return ModelError("cut-off-answer", f"{name} was cut off at {tokens} tokens", hint)


def too_slow(name: str, timeout_s: float) -> ModelError:
    """Return the error for an answer that was not whole in time."""
    message = f"{name}: no whole answer within {timeout_s:g} s"
    return ModelError("endpoint-timeout", message, "raise 'llm: timeout' in treehand.yaml")


def one_line(error: Exception, *keys: str | None) -> str:
    """Return an error's message on one line, without any key that an endpoint sent back.

    Args:
        error: The error.
        keys: Keys besides those in the environment.
    """
    text = " ".join(str(getattr(error, "message", "") or error).split())
    kept = (value for name, value in os.environ.items() if name.endswith(("_KEY", "_TOKEN")))
    for key in (*keys, *kept):
        if key and len(key) >= _SHORTEST_KEY:
            text = text.replace(key, "…")
    return text if len(text) <= 200 else f"{text[:200]}…"


def declined(name: str, words: str, hint: str = "") -> ModelError:
    """Return the error for a model that would not answer."""
    hint = hint or "this is the model's own opinion; say it in other words, or ask another model"
    said = " ".join(words.split())[:200]
    return ModelError("model-declined", f"{name} declined to answer: '{said}'", hint)
