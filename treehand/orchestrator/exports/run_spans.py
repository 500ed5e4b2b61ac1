"""Runs as spans of OpenTelemetry: run, plan, leaf, call of a language model.

Spans are made from the event stream, in the thread of the run; they carry codes and hashes, and
neither prompts nor words. The exporter has a thread of its own, so a collector that hangs delays
nothing.
"""

from __future__ import annotations

import time
from types import TracebackType

from treehand.core.errors import MissingExtra
from treehand.core.events import (
    BaseEvent,
    ModelCalled,
    Planned,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillStarted,
)
from treehand.core.events.folds import Fold, on
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.robot import Robot

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("--otel", "otel") from error

_NS = 1_000_000_000


class RunSpans(Fold):
    """Makes the spans of a robot's runs while it is entered.

    Args:
        robot: The robot.
        provider: Where spans go.
    """

    def __init__(self, robot: Robot, provider: TracerProvider) -> None:
        self._robot = robot
        self._provider = provider
        self._tracer = provider.get_tracer("treehand")
        self._run: Span | None = None
        self._leaves: dict[tuple[str, str, int], Span] = {}

    def __enter__(self) -> RunSpans:
        self._leave = self._robot.world.stream.subscribe(self.take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        self._end_all("the run was left")
        self._provider.shutdown()

    def _begin(
        self, name: str, event: BaseEvent, took_s: float = 0.0, kind: SpanKind = SpanKind.INTERNAL
    ) -> Span:
        """Return a new span below that of the run, which began `took_s` before now."""
        above = trace.set_span_in_context(self._run) if self._run is not None else None
        start = time.time_ns() - round(took_s * _NS)
        span = self._tracer.start_span(name, context=above, kind=kind, start_time=start)
        span.set_attribute("treehand.t_s", event.t_s)
        return span

    def _end_all(self, why: str) -> None:
        for span in (*self._leaves.values(), *([self._run] if self._run is not None else [])):
            span.set_status(Status(StatusCode.ERROR, why))
            span.end()
        self._leaves.clear()
        self._run = None

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        self._end_all("another run began")
        self._run = self._begin("run", event)
        told = {"world": event.world, "scene": event.scene, "domain": event.domain}
        self._run.set_attributes({f"treehand.{name}": value for name, value in told.items()})
        self._run.set_attribute("treehand.seed", event.seed)

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

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        span = self._leaves.pop((event.path, str(event.call), event.attempt), None)
        if span is None:
            return
        span.set_attribute("treehand.result", event.result)
        if event.code is not None:
            span.set_attribute("treehand.code", event.code)
        if event.result == "failure":
            span.set_status(Status(StatusCode.ERROR, event.code or ""))
        span.end()

    @on(ModelCalled)
    def _model_called(self, event: ModelCalled) -> None:
        span = self._begin(f"chat {event.model}", event, event.latency_s, SpanKind.CLIENT)
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", event.model)
        if event.served_by is not None:
            span.set_attribute("gen_ai.response.model", event.served_by)
        for way, count in (("input", event.tokens_in), ("output", event.tokens_out)):
            if count is not None:
                span.set_attribute(f"gen_ai.usage.{way}_tokens", count)
        told = {"purpose": event.purpose, "prompt_hash": event.prompt_hash, "code": event.outcome}
        span.set_attributes({f"treehand.{name}": value for name, value in told.items()})
        if event.outcome != "answered":
            span.set_status(Status(StatusCode.ERROR, event.outcome))
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


def otlp_spans(robot: Robot) -> RunSpans:
    """Return spans that go to a collector, by OTLP over HTTP.

    The variables of OpenTelemetry say where: ``OTEL_EXPORTER_OTLP_ENDPOINT``, by default
    ``http://localhost:4318``; ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES``.
    """
    provider = TracerProvider()
    exporter = OTLPSpanExporter(timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return RunSpans(robot, provider)
