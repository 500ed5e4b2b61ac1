"""Violations found by verification, each with the trace that leads to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.skills import FailureCode


@dataclass(frozen=True)
class TraceStep:
    """One step of a trace."""

    number: int
    """Position in the trace, from 1."""
    call: str
    code: FailureCode | None
    """Failure code; None for a success."""
    span: Span | None
    """Position of the call in the tree's file."""

    def __str__(self) -> str:
        how = f" fails with {self.code}" if self.code else ""
        where = f"  [{self.span}]" if self.span else ""
        return f"{self.number:>3}. {self.call}{how}{where}"


@dataclass(frozen=True)
class Violation:
    """A finding of verification, with the shortest trace found to it."""

    finding: Finding
    trace: tuple[TraceStep, ...]
    hypothesis: str
    """Value assumed for an unknown fact; empty if none was assumed."""

    def lines(self) -> list[str]:
        """Return the hypothesis and the trace, one line a step."""
        head = [f"assumed: {self.hypothesis}"] if self.hypothesis else []
        return [*head, *map(str, self.trace)]


def trace_hint(trace: Sequence[TraceStep]) -> str:
    """Return a trace in one line: its failures with the steps around them, and its last steps."""
    failed = [index for index, step in enumerate(trace) if step.code]
    near = {index for at in failed for index in range(at - 1, at + 2)}
    shown = sorted(near | set(range(max(0, len(trace) - 3), len(trace))))
    parts: list[str] = []
    before = -1
    for index in (index for index in shown if 0 <= index < len(trace)):
        if index > before + 1:
            parts.append("…")
        step = trace[index]
        how = f" fails with {step.code}" if step.code else ""
        parts.append(f"{step.number} {step.call}{how}")
        before = index
    return f"trace: {', '.join(parts) or 'no step has begun'}"
