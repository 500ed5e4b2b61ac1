"""Tracing of the runs that a command makes."""

from __future__ import annotations

from treehand.core.tracing import NoTracing, Tracing


def tracing_for(is_wanted: bool) -> Tracing:
    """Return spans that go to a collector, or none.

    Raises:
        MissingExtra: If OpenTelemetry is not installed.
        InputError: If the environment names no address of a collector.
    """
    if not is_wanted:
        return NoTracing()
    from treehand.orchestrator.exports.run_spans import otlp_spans

    return otlp_spans()
