"""The seam of tracing: which span a call to another process belongs to.

A call carries its span as the header ``traceparent`` of W3C Trace Context, so that the spans of a
policy server or of a language model's endpoint join the trace of the run.
"""

from __future__ import annotations

from typing import Protocol

from treehand.core.events import Event, ModelCalled


class ModelSpan(Protocol):
    """Span of one call of a language model."""

    @property
    def traceparent(self) -> str | None:
        """Return the header of the call; None if nothing is traced."""
        ...

    def end(self, call: ModelCalled) -> None:
        """End the span with what the call gave; from the thread that began it."""
        ...


class Tracing(Protocol):
    """Makes the spans of one robot's runs."""

    def take(self, event: Event) -> None:
        """Take in an event, in the thread of the run."""
        ...

    def of_leaf(self, path: str) -> str | None:
        """Return the header for calls of the leaf that runs at a path; None if none runs."""
        ...

    def model_span(self, model: str) -> ModelSpan:
        """Begin the span of a call of a language model, from any thread."""
        ...

    def close(self) -> None:
        """End all spans and send what is not sent yet; idempotent."""
        ...


class NoSpan:
    """Span of a call that is not traced."""

    traceparent = None

    def end(self, call: ModelCalled) -> None:
        """Do nothing."""


class NoTracing:
    """Traces nothing."""

    def take(self, event: Event) -> None:
        """Do nothing."""

    def of_leaf(self, path: str) -> str | None:
        """Return None."""
        return None

    def model_span(self, model: str) -> NoSpan:
        """Return a span that is not traced."""
        return NoSpan()

    def close(self) -> None:
        """Do nothing."""
