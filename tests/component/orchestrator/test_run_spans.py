"""Runs as spans: in the SDK's memory, and at a real HTTP server."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot, RobotSettings

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


def opened(*faults):
    settings = RobotSettings(experiment=Experiment(faults=faults))
    return Robot(Deployment.load(), workspace=None, settings=settings)


def test_spans_of_a_run_carry_codes_and_hashes():
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with opened("grasp-dropped@pick(red_mug):1") as robot, RunSpans(robot, provider):
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


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


def test_spans_reach_a_collector_over_http(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.got = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    with opened() as robot, otlp_spans(robot):
        run(robot)
    server.shutdown()
    thread.join()
    server.server_close()
    assert {path for path, _ in server.got} == {"/v1/traces"}
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    names = [
        span.name
        for _, body in server.got
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {"run", "plan", "leaf pick", "leaf put_in"} <= set(names)
