"""The span of an activation reaches the server of its policy."""

import base64
import contextlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import json_numpy
import msgpack
import numpy as np
import pytest
from websockets.sync.server import serve

from treehand.core.tracing import NoTracing
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills.vla import find_adapter
from treehand.skills.vla.adapters.arrays import unpack
from treehand.skills.vla.control.kept_policy import KeptPolicy

from . import wire
from .recordings import answering_groot, asked_groot, recorded
from .test_leaf import place

SPANS = [f"00-{number:032x}-{number:016x}-01" for number in (7, 8)]


class Naming(NoTracing):
    """Calls a span after its leaf."""

    def of_leaf(self, path):
        return f"span of {path}"


def test_a_policy_is_told_the_span_of_its_activation(tmp_path):
    loaded = place(tmp_path, "Traced", is_recorded=False)
    told = loaded.policies["pick"].factory().spans
    told.clear()
    with Robot(loaded, workspace=None, settings=RobotSettings(tracing=Naming())) as robot:
        plan = robot.propose("pick up the red block")
        robot.run(robot.approve(plan, by="a test"))
    assert [span.startswith("span of ") for span in told] == [True]


@contextlib.contextmanager
def groot():
    answers, seen = recorded("groot")["msgpack_numpy"], []

    def answer(request):
        seen.append(unpack(request).get("traceparent"))
        return base64.b64decode(answers[asked_groot(request)])

    with answering_groot(answer) as port:
        yield f"tcp://127.0.0.1:{port}", seen


@contextlib.contextmanager
def openpi():
    seen = []

    def handle(connection):
        seen.append(connection.request.headers.get("traceparent"))
        connection.send(msgpack.packb({}))
        for _ in connection:
            connection.send(msgpack.packb({"actions": [[0.0] * 7]}))

    with serve(handle, "127.0.0.1", 0, compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}", seen
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def act():
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(self.headers.get("traceparent"))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json_numpy.dumps(np.zeros((1, 7))).encode())

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("adapter", "server", "sent"),
    [("groot", groot, wire.GROOT), ("openpi", openpi, wire.GROOT), ("act", act, wire.ACT["oft"])],
)
def test_a_server_gets_the_span_and_a_kept_client_the_next_one(adapter, server, sent):
    with server() as (address, seen):
        policy = KeptPolicy(lambda: find_adapter(adapter)(address, sent.spec, {}))
        for span in (*SPANS, None):
            assert policy.lease()
            policy.trace(span)
            policy.connect(10.0)
            policy.infer(sent.observation(), wire.WORDS[0], 10.0)
            policy.close()
        policy.release()
    first = [SPANS[0]] if adapter == "openpi" else [*SPANS, None]  # one connection, one header
    assert list(dict.fromkeys(seen)) == first
