"""What real policy servers answered, byte for byte, for machines that do not have them.

A server of ours stands between client and server and writes down; later it answers alone. Made by
``GROOT_REPO=… python -m tests.policies.recordings groot as_npy`` and ``ACT_REPO=… python -m
tests.policies.recordings act openvla``; the folders are named in `serve_groot` and `serve_act`.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import json_numpy
import zmq

from treehand.skills.vla import PolicyError, find_adapter
from treehand.skills.vla.adapters.arrays import unpack

from . import servers, wire

FOLDER = Path(__file__).parent / "recordings"
READS = {"as_npy": b"__ndarray_class__", "msgpack_numpy": b"\xc4\x02nd"}
"""What a GR00T server looks for in a request: the arrays of its own age."""
ASKED_N = 3
"""The colour policy misbehaves from its third answer on."""


def recorded(kind):
    """Return the servers of a kind that were recorded: name to request to answer."""
    return json.loads((FOLDER / f"{kind}.json").read_text())


@contextmanager
def answering_groot(answer):
    """Serve ZeroMQ requests with a function from bytes to bytes; yield the port."""
    stopped = threading.Event()
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        port = socket.bind_to_random_port("tcp://127.0.0.1")

        def serve():
            while not stopped.is_set():
                if socket.poll(20):
                    socket.send(answer(socket.recv()))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port
        finally:
            stopped.set()
            thread.join()


def asked_groot(request):
    """Return the endpoint that a request is for, with the instruction in it."""
    found = unpack(request)
    words = ""
    if found["endpoint"] == "get_action":
        ((words,),) = next(iter(found["data"]["observation"]["language"].values()))
    return f"{found['endpoint']} {words}".strip()


@contextmanager
def recorded_groot(name):
    """Answer as a recorded GR00T server did."""
    answers = recorded("groot")[name]

    def answer(request):
        asked = asked_groot(request)
        if asked.startswith("get_action"):
            assert READS[name] in request, "it cannot read these arrays"
        return base64.b64decode(answers[asked])

    with answering_groot(answer) as port:
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def answering_act(answer):
    """Serve HTTP posts with a function from the body to status and text; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._say(405, "{}")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._say(*answer(body))

        def _say(self, status, text):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked_act(body):
    """Return the instruction in a request."""
    found = json_numpy.loads(body)
    is_double = "encoded" in found
    words = (json_numpy.loads(found["encoded"]) if is_double else found)["instruction"]
    return f"{words} (double)" if is_double else words


@contextmanager
def recorded_act(name):
    """Answer as a recorded ``/act`` server did."""
    answers = recorded("act")[name]
    with answering_act(lambda body: answers[asked_act(body)]) as port:
        yield f"http://127.0.0.1:{port}"


def record_groot(name):
    """Ask a real server everything, and keep its answers."""
    kept = {}
    with servers.groot() as address, zmq.Context() as context, context.socket(zmq.REQ) as real:
        real.connect(address)

        def answer(request):
            real.send(request)
            reply = real.recv()
            kept[asked_groot(request)] = base64.b64encode(reply).decode()
            return reply

        with answering_groot(answer) as port:
            ask("groot", f"tcp://127.0.0.1:{port}", wire.GROOT, {})
    return kept


def record_act(name):
    """Ask a real server everything, and keep its answers."""
    kept = {}
    with servers.act(name) as real:

        def answer(body):
            headers = {"Content-Type": "application/json"}
            reply = httpx.post(f"{real}/act", content=body, headers=headers, trust_env=False)
            kept[asked_act(body)] = reply.status_code, reply.text
            return reply.status_code, reply.text

        with answering_act(answer) as port:
            address = f"http://127.0.0.1:{port}"
            ask("act", address, wire.ACT[name], {})
            if wire.ACT[name].is_double:
                ask("act", address, wire.ACT[name], {"is_double_encoded": True})
    return kept


def ask(adapter, address, client, options):
    """Ask for everything that the tests ask for."""
    policy = find_adapter(adapter)(address, client.spec, options)
    policy.connect(10.0)
    policy.reset("recording")
    for words in wire.WORDS:
        for _ in range(ASKED_N):
            try:
                policy.infer(client.observation(), words, 10.0)
            except PolicyError as error:
                print(f"{words}: {error}")
    policy.close()


if __name__ == "__main__":
    kind, name = sys.argv[1:]
    record = {"groot": record_groot, "act": record_act}[kind]
    path = FOLDER / f"{kind}.json"
    known = recorded(kind) if path.exists() else {}
    known[name] = record(name)
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
