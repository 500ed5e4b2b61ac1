"""Runs as spans of OpenTelemetry: run, plan, leaf, call of a language model.

Spans carry codes and hashes, and neither prompts nor words. The exporter has a thread of its own,
so a collector that hangs delays nothing.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from treehand.core.errors import InputError, MissingExtra
from treehand.core.events import (
    BaseEvent,
    Event,
    ModelCalled,
    Planned,
    Resumed,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillStarted,
)
from treehand.core.events.folds import Fold, on
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        SpanExportResult,
    )
    from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("--otel", "otel") from error

_LOG = logging.getLogger(__name__)
_CONTEXT = TraceContextTextMapPropagator()
_MOST_LINKS = 100
"""Most calls before a run that its span names."""


class CallSpan:
    """Span of one call of a language model.

    Args:
        span: The span, which has begun.
    """

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str | None:
        """Return the header of the call."""
        return _traceparent(self._span)

    def end(self, call: ModelCalled) -> None:
        """End the span."""
        span = self._span
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", call.model)
        if call.served_by is not None:
            span.set_attribute("gen_ai.response.model", call.served_by)
        for way, count in (("input", call.tokens_in), ("output", call.tokens_out)):
            if count is not None:
                span.set_attribute(f"gen_ai.usage.{way}_tokens", count)
        told = {"purpose": call.purpose, "prompt_hash": call.prompt_hash, "code": call.outcome}
        span.set_attributes({f"treehand.{name}": value for name, value in told.items()})
        if call.outcome != "answered":
            span.set_status(Status(StatusCode.ERROR, call.outcome))
        span.end()


class RunSpans(Fold):
    """Makes the spans of a robot's runs; give it to the robot as ``RobotSettings.tracing``.

    Calls of language models before a run have traces of their own; the run's span links to them.

    Args:
        provider: Where spans go; it is shut down with the robot.
        parent: Header ``traceparent`` of the span that runs belong to; None takes the span that is
            current in the thread, if there is one.
    """

    def __init__(self, provider: TracerProvider, parent: str | None = None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("treehand")
        self._above = _CONTEXT.extract({"traceparent": parent}) if parent else None
        self._run: Span | None = None
        self._asked: list[Span] = []
        """Calls since the last run."""
        self._leaves: dict[tuple[str, str, int], Span] = {}
        self._at: dict[str, Span] = {}
        """Span of the leaf that runs at each path."""

    def take(self, event: Event | BaseEvent) -> None:
        """Take in an event."""
        super().take(event)

    def of_leaf(self, path: str) -> str | None:
        """Return the header for calls of the leaf at a path; the run's if none runs there."""
        span = self._at.get(path, self._run)
        return _traceparent(span) if span is not None else None

    def model_span(self, model: str) -> CallSpan:
        """Begin the span of a call of a language model."""
        run = self._run
        above = trace.set_span_in_context(run) if run is not None else self._above
        span = self._tracer.start_span(f"chat {model}", context=above, kind=SpanKind.CLIENT)
        if run is None:
            self._asked = [*self._asked[1 - _MOST_LINKS :], span]
        return CallSpan(span)

    def close(self) -> None:
        """End what has not ended, and send it."""
        self._end_all("the run was left")
        self._provider.shutdown()

    def _begin(self, name: str, event: BaseEvent) -> Span:
        """Return a new span below that of the run."""
        above = trace.set_span_in_context(self._run) if self._run is not None else self._above
        links = [Link(span.get_span_context()) for span in self._asked] if name == "run" else []
        span = self._tracer.start_span(name, context=above, links=links, start_time=time.time_ns())
        span.set_attribute("treehand.t_s", event.t_s)
        return span

    def _begin_run(self, event: BaseEvent, why: str) -> Span:
        self._end_all(why)
        self._run = run = self._begin("run", event)
        self._asked = []
        return run

    def _end_all(self, why: str) -> None:
        for span in (*self._leaves.values(), *([self._run] if self._run is not None else [])):
            span.set_status(Status(StatusCode.ERROR, why))
            span.end()
        self._leaves.clear()
        self._at.clear()
        self._run = None

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        run = self._begin_run(event, "another run began")
        told = {"world": event.world, "scene": event.scene, "domain": event.domain}
        run.set_attributes({f"treehand.{name}": value for name, value in told.items()})
        run.set_attribute("treehand.seed", event.seed)

    @on(Resumed)
    def _resumed(self, event: Resumed) -> None:
        self._begin_run(event, "another run was resumed").set_attribute("treehand.resumed", True)

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        span = self._begin("plan", event)
        span.set_attribute("treehand.plan_hash", event.plan_hash)
        span.set_attribute("treehand.reason", event.reason)
        span.end()

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        span = self._begin(f"leaf {event.call.name}", event)
        told = {"path": event.path, "call": str(event.call)}
        span.set_attributes({f"treehand.{name}": value for name, value in told.items()})
        span.set_attribute("treehand.attempt", event.attempt)
        self._leaves[event.path, str(event.call), event.attempt] = span
        self._at[event.path] = span

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        span = self._leaves.pop((event.path, str(event.call), event.attempt), None)
        if span is None:
            return
        if self._at.get(event.path) is span:
            del self._at[event.path]
        span.set_attribute("treehand.result", event.result)
        if event.code is not None:
            span.set_attribute("treehand.code", event.code)
        if event.result == "failure":
            span.set_status(Status(StatusCode.ERROR, event.code or ""))
        span.end()

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        if self._run is None:
            return
        self._run.set_attribute("treehand.outcome", event.outcome)
        if event.failure is not None:
            self._run.set_attribute("treehand.code", event.failure.code)
        if Outcome(event.outcome).exit_code is not ExitCode.SUCCESS:
            self._run.set_status(Status(StatusCode.ERROR, event.outcome))
        run, self._run = self._run, None
        run.end()


def otlp_spans() -> RunSpans:
    """Return spans that go to a collector, by OTLP over HTTP.

    The variables of OpenTelemetry say where: ``OTEL_EXPORTER_OTLP_ENDPOINT``, by default
    ``http://localhost:4318``; ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES``. With
    ``TRACEPARENT`` in the environment, runs belong to that span.

    Raises:
        InputError: If a variable names no address.
    """
    address = _collector()
    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(BatchSpanProcessor(_ToldExporter(address)))
    return RunSpans(provider, os.environ.get("TRACEPARENT"))


class _ToldExporter:
    """Sends spans to a collector, and tells in the end how many it did not take.

    Args:
        address: Where the collector is, for the message.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._exporter = OTLPSpanExporter(timeout=5)
        self._lost_n = 0
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; one that the collector does not take is counted."""
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._lost_n += len(spans)
        return result

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until what was given is sent."""
        is_sent: bool = self._exporter.force_flush(timeout_millis)
        return is_sent

    def shutdown(self) -> None:
        """End the connection, and tell what was lost."""
        self._exporter.shutdown()
        if self._lost_n:
            message = "%d spans were not sent: the collector at %s did not take them"
            _LOG.warning(message, self._lost_n, self._address)
            self._lost_n = 0


def _resource() -> Resource:
    """Return the resource of the spans: ``treehand``, unless the environment names a service."""
    given = Resource.create()
    is_named = not str(given.attributes[SERVICE_NAME]).startswith("unknown_service")
    return given if is_named else given.merge(Resource({SERVICE_NAME: "treehand"}))


def _collector() -> str:
    """Return the address of the collector; raises `InputError` if it is none."""
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        given = os.environ.get(name, "")
        if not given:
            continue
        try:
            parts = urlsplit(given)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
            is_address = is_address and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            message = f"{name}={given!r} is no address of a collector"
            raise InputError.of("wrong-value", message, hint="write http://HOST:PORT")
        return given
    return "http://localhost:4318"


def _traceparent(span: Span) -> str | None:
    carried: dict[str, str] = {}
    _CONTEXT.inject(carried, context=trace.set_span_in_context(span))
    return carried.get("traceparent")
