"""Response of an endpoint while it is being received."""

from __future__ import annotations

from collections.abc import Callable

from treehand.planners.llm.answers.answer_finder import AnswerFinder
from treehand.planners.llm.contract.chat import ChatRequest, Hear
from treehand.planners.llm.endpoints.endpoint_response import EndpointResponse


class PendingResponse:
    """One response that is being received.

    Args:
        request: The request; its schema says what an answer is.
        hear: Takes each piece of the message.
    """

    def __init__(self, request: ChatRequest, hear: Hear) -> None:
        self.response = EndpointResponse(AnswerFinder(request.schema))
        self.heard = ""
        """Text of the message so far."""
        self.is_cut_short = False
        """True if the response ended before it was whole."""
        self.hear = hear
        """Takes each piece of the message."""
        self._close: Callable[[], None] | None = None
        self._is_left = False

    def begin(self, close: Callable[[], None]) -> None:
        """Take in that the response begins, and how its connection is closed."""
        self._close = close
        if self._is_left:
            close()

    def leave(self) -> None:
        """Close the connection if the response has not ended; nobody waits for it any more."""
        self._is_left = True
        if self._close is not None:
            self._close()

    def feed(self, piece: bytes) -> None:
        """Take in the next bytes."""
        self._pass_on(self.response.feed(piece))

    def end(self) -> None:
        """Take in that nothing more comes."""
        self._pass_on(self.response.end())

    def _pass_on(self, text: str) -> None:
        if text:
            self.heard += text
            self.hear(text)
