"""Runs as spans: in the SDK's memory, and at a real HTTP server."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.component.planners.test_endpoints import ANSWER, REQUEST, chat_at
from tests.endpoint import says, serving
from treehand.core.errors import InputError
from treehand.core.events import SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners.llm import Meter, ModelName, ModelSettings
from treehand.planners.llm.endpoints.endpoint_profile import ProfileStore

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

from treehand.orchestrator.exports.run_spans import RunSpans, otlp_spans


def run(robot):
    plan = robot.propose("put the red mug in the sink")
    return robot.run(robot.approve(plan, by="a test"))


def opened(tracing, *faults):
    settings = RobotSettings(experiment=Experiment(faults=faults), tracing=tracing)
    return Robot(Deployment.load(), workspace=None, settings=settings)


@pytest.fixture
def memory():
    return InMemorySpanExporter()


@pytest.fixture
def tracing(memory):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return RunSpans(provider)


@pytest.mark.slow
def test_spans_that_no_collector_takes_are_told_in_plain_words(monkeypatch, caplog):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with opened(otlp_spans()) as robot:
        run(robot)
    (told,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert told.endswith(
        "spans were not sent: the collector at http://127.0.0.1:9 did not take them"
    )


@pytest.mark.parametrize("address", ["nonsense", "http://[::1", "ftp://here", "http://h:99999"])
def test_an_address_that_is_none_is_refused_before_the_run(monkeypatch, address):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    with pytest.raises(InputError, match="wrong-value: OTEL_EXPORTER_OTLP_ENDPOINT="):
        otlp_spans()


def header_of(span):
    one = span.context
    return f"00-{one.trace_id:032x}-{one.span_id:016x}-{one.trace_flags:02x}"


def test_spans_of_a_run_carry_codes_and_hashes(memory, tracing):
    with opened(tracing, "grasp-dropped@pick(red_mug):1") as robot:
        result = run(robot)
    spans = memory.get_finished_spans()
    (top,) = [span for span in spans if span.name == "run"]
    assert top.attributes["treehand.outcome"] == "success"
    assert {span.context.trace_id for span in spans} == {top.context.trace_id}
    assert all(span.parent.span_id == top.context.span_id for span in spans if span is not top)
    (plan,) = [span for span in spans if span.name == "plan"]
    assert plan.attributes["treehand.plan_hash"] == result.plan_hash
    picks = [span for span in spans if span.name == "leaf pick"]
    assert [span.attributes.get("treehand.code") for span in picks] == ["grasp-dropped", None]
    assert [span.status.is_ok for span in picks] == [False, True]
    assert all(span.end_time >= span.start_time for span in spans)


def ask(tracing, endpoint, profiles):
    chat = chat_at(endpoint, profiles)
    meter = Meter(chat, ModelName.parse("openai:m"), ModelSettings(), tracing=tracing)
    meter.ask(REQUEST, purpose="goal", round_=1, hear=lambda piece: None)


def test_a_model_is_told_its_span_and_the_run_links_to_what_was_asked_before(
    memory, tracing, tmp_path
):
    profiles = ProfileStore(tmp_path / "endpoints.json")
    with serving(says(ANSWER)) as endpoint, opened(tracing) as robot:
        ask(tracing, endpoint, profiles)
        plan = robot.propose("put the red mug in the sink")
        approval = robot.approve(plan, by="a test")
        ask(tracing, endpoint, profiles)
        robot.run(approval)
        sent = [headers["traceparent"] for headers in endpoint.headers]
    before, within = [span for span in memory.get_finished_spans() if span.name.startswith("chat")]
    (top,) = [span for span in memory.get_finished_spans() if span.name == "run"]
    assert sent == [header_of(before), header_of(within)]
    assert before.parent is None
    assert [link.context.span_id for link in top.links] == [before.context.span_id]
    assert within.parent.span_id == top.context.span_id
    assert before.attributes["treehand.code"] == "answered"
    assert before.attributes["treehand.prompt_hash"] == REQUEST.hash


def test_a_leaf_is_told_its_span(memory, tracing):
    seen = {}
    with opened(tracing) as robot:
        robot.on(
            SkillStarted, lambda event: seen.setdefault(event.path, tracing.of_leaf(event.path))
        )
        run(robot)
    leaves = {
        span.attributes["treehand.path"]: span
        for span in memory.get_finished_spans()
        if span.name.startswith("leaf")
    }
    assert seen == {path: header_of(span) for path, span in leaves.items()}


def test_runs_belong_to_the_span_of_their_caller(memory):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    caller = f"00-{7:032x}-{9:016x}-01"
    with opened(RunSpans(provider, caller)) as robot:
        run(robot)
    (top,) = [span for span in memory.get_finished_spans() if span.name == "run"]
    assert (top.parent.trace_id, top.parent.span_id) == (7, 9)


def test_a_run_that_is_left_ends_its_spans(memory, tracing):
    with opened(tracing) as robot:
        robot.approve(robot.propose("put the red mug in the sink"), by="a test")
    (top,) = [span for span in memory.get_finished_spans() if span.name == "run"]
    assert not top.status.is_ok


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("service", ["treehand", "robot-3"])
def test_spans_reach_a_collector_over_http(monkeypatch, service):
    if service != "treehand":
        monkeypatch.setenv("OTEL_SERVICE_NAME", service)
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.got = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    with opened(otlp_spans()) as robot:
        run(robot)
    server.shutdown()
    thread.join()
    server.server_close()
    assert {path for path, _ in server.got} == {"/v1/traces"}
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    sent = [
        resource
        for _, body in server.got
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
    ]
    services = {
        one.value.string_value
        for resource in sent
        for one in resource.resource.attributes
        if one.key == "service.name"
    }
    assert services == {service}
    names = [
        span.name for resource in sent for scope in resource.scope_spans for span in scope.spans
    ]
    assert {"run", "plan", "leaf pick", "leaf put_in"} <= set(names)
