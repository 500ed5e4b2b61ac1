"""Seam between what the robot offers to models and the protocol that carries it.

Nothing here knows the protocol: `McpServer` carries an `AgentOffer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from treehand.web.desk.event_feed import EventFeed

Result = dict[str, Any]
Values = Mapping[str, str]


class AgentCall(Protocol):
    """One call of a tool, as the tool sees it."""

    @property
    def by(self) -> str:
        """Name of the agent, for the journal."""

    @property
    def is_over(self) -> bool:
        """True once nobody waits for the answer."""

    @property
    def can_ask(self) -> bool:
        """True if `ask` reaches a person."""

    def report(self, done: float, total: float, message: str = "") -> None:
        """Tell the agent's host how far the call is; nothing happens where it did not ask."""

    def tell(self, line: str) -> None:
        """Send a line to the log of the agent's host."""

    def ask(self, message: str, schema: dict[str, Any]) -> PersonAnswer:
        """Ask the person at the agent's host, past the model; blocks until the answer.

        Args:
            message: The question.
            schema: JSON Schema of the answer: an object with plain properties.
        """


@dataclass(frozen=True)
class PersonAnswer:
    """Answer of a person at an agent's host."""

    action: str
    """``accept``, ``decline`` or ``cancel``."""
    values: Result


@dataclass(frozen=True)
class Attachment:
    """Picture, sound or document beside the text of an answer."""

    media_type: str
    content: str | bytes
    uri: str = ""
    """Address of the resource that it is; empty for a picture or sound that is none."""


@dataclass(frozen=True)
class ToolAnswer:
    """Result of a tool, or an error that the model is to read."""

    result: Result
    is_error: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class AgentTool:
    """One tool: its name and description for the model, its arguments, its function."""

    name: str
    title: str
    description: str
    request: type[BaseModel]
    use: Callable[[Any, AgentCall], Result | ToolAnswer]
    """Takes the checked arguments; raises `TreehandError` with what the model is to read."""
    is_reading: bool = False
    """True if it changes nothing."""
    is_idempotent: bool = False
    """True if a second call with the same arguments changes nothing."""
    is_urgent: bool = False
    """True if it never waits for a free thread."""


@dataclass(frozen=True)
class AgentResource:
    """One document that a model's host may read, or one for each value of its parameter."""

    uri: str
    """Address; with one ``{parameter}`` it stands for several."""
    name: str
    title: str
    description: str
    media_type: str
    read: Callable[[Values], str | bytes]
    """Takes the parameter; raises `TreehandError` if there is no such document."""
    choices: Callable[[], Sequence[str]] = tuple
    """Known values of the parameter."""
    version: Callable[[], object] | None = None
    """Value that differs whenever the document does; None if changes are not told."""


@dataclass(frozen=True)
class PromptArgument:
    """One argument of a prompt."""

    name: str
    description: str
    is_required: bool = True
    choices: Callable[[], Sequence[str]] = tuple
    """Known values, which the host may offer."""


@dataclass(frozen=True)
class AgentPrompt:
    """One prompt that a person may choose in a model's host."""

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]
    write: Callable[[Values], Sequence[str | Attachment]]
    """Takes the arguments; returns what is said to the model, part by part."""


@dataclass(frozen=True)
class AgentOffer:
    """Everything that one server offers to models."""

    tools: tuple[AgentTool, ...]
    resources: tuple[AgentResource, ...]
    prompts: tuple[AgentPrompt, ...]
    feed: EventFeed
    """Tells when a document may have changed."""
