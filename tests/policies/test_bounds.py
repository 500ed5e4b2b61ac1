"""Policy servers that send too much, too slowly or something else: bounded and told at once."""

import contextlib
import gzip
import socket
import threading
import time

import msgpack
import numpy as np
import pytest
import zmq
from websockets.sync.server import serve

from treehand.skills.vla import PolicyError, find_adapter
from treehand.skills.vla.adapters.bounds import answer_bytes

from . import wire
from .recordings import answering_groot

ACT = wire.ACT["oft"]


def take_request(connection):
    """Read one HTTP request: what is left unread would reset the connection."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, _, body = head.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    left = int(fields.get(b"content-length", 0)) - len(body)
    while left > 0:
        left -= len(connection.recv(left))


@contextlib.contextmanager
def talking(*pieces, pause_s=0.0):
    """A server that reads a request and sends these bytes; the last one again and again."""
    ended = threading.Event()

    def talk(server):
        with contextlib.suppress(OSError):
            while not ended.is_set():
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    take_request(connection)
                    for piece in pieces:
                        connection.sendall(piece)
                    while not ended.wait(pause_s) and pause_s:
                        connection.sendall(pieces[-1])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def ask_act(address, timeout_s=5.0):
    policy = find_adapter("act")(f"http://{address}", ACT.spec, {})
    try:
        policy.infer(ACT.observation(), "pick up the red block", timeout_s)
    finally:
        policy.close()


def answer(body, *headers):
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_headers_that_drip_end_with_the_time_limit():
    began_s = time.monotonic()
    with (
        talking(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", pause_s=0.05) as address,
        pytest.raises(PolicyError, match="policy-unreachable"),
    ):
        ask_act(address, timeout_s=0.5)
    assert time.monotonic() - began_s < 5


def test_a_cancel_ends_a_wait_for_headers():
    with talking(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", pause_s=0.05) as address:
        policy = find_adapter("act")(f"http://{address}", ACT.spec, {})
        threading.Timer(0.3, policy.cancel).start()
        began_s = time.monotonic()
        with pytest.raises(PolicyError, match="policy-unreachable"):
            policy.infer(ACT.observation(), "pick up the red block", 60.0)
        assert time.monotonic() - began_s < 10


def test_a_compressed_answer_is_not_unpacked():
    bomb = gzip.compress(b" " * 50_000_000)
    with (
        talking(answer(bomb, "Content-Encoding: gzip")) as address,
        pytest.raises(PolicyError, match="compressed"),
    ):
        ask_act(address)


def test_an_answer_longer_than_a_chunk_can_be_is_refused():
    with (
        talking(answer(b"[" + b" " * (answer_bytes(ACT.spec) + 1))) as address,
        pytest.raises(PolicyError, match="is longer than"),
    ):
        ask_act(address)


def test_the_bound_follows_from_the_chunk_and_leaves_room_for_json():
    spec = ACT.spec
    longest = len(repr(-1.2345678901234567e-100)) + 2
    assert answer_bytes(spec) > spec.chunk * spec.action.size * longest
    longer = spec.model_copy(update={"chunk": spec.chunk * 1000})
    assert answer_bytes(longer) > answer_bytes(spec)


@contextlib.contextmanager
def openpi(reply):
    """An openpi server with empty metadata that answers every observation alike."""

    def handle(connection):
        connection.send(msgpack.packb({}))
        for _ in connection:
            connection.send(reply)

    with serve(handle, "127.0.0.1", 0, compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def ask_openpi(address, spec=wire.GROOT):
    policy = find_adapter("openpi")(address, spec.spec, {})
    try:
        policy.connect(10.0)
        policy.infer(spec.observation(), "pick up the red block", 10.0)
    finally:
        policy.close()


def test_a_frame_longer_than_a_chunk_can_be_is_refused():
    frame = msgpack.packb({"actions": b" " * (answer_bytes(wire.GROOT.spec) + 1)})
    with openpi(frame) as address, pytest.raises(PolicyError, match="is longer than"):
        ask_openpi(address)


def test_an_answer_under_another_key_names_the_keys_and_the_option():
    frame = msgpack.packb({"action": [[0.0]], "server_timing": {}})
    with openpi(frame) as address, pytest.raises(PolicyError) as told:
        ask_openpi(address)
    assert "has no 'actions', only 'action', 'server_timing'" in str(told.value)
    assert "actions_key" in str(told.value)


def test_a_groot_port_where_nobody_listens_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    policy = find_adapter("groot")(f"tcp://127.0.0.1:{port}", wire.GROOT.spec, {})
    began_s = time.monotonic()
    with pytest.raises(PolicyError, match="nobody listens"):
        policy.connect(60.0)
    assert time.monotonic() - began_s < 10
    policy.close()


def test_a_groot_answer_longer_than_a_chunk_can_be_never_arrives():
    big = msgpack.packb({"x": np.zeros(answer_bytes(wire.GROOT.spec) // 8 + 8).tobytes()})
    with answering_groot(lambda request: big) as port:
        policy = find_adapter("groot")(f"tcp://127.0.0.1:{port}", wire.GROOT.spec, {})
        with pytest.raises(PolicyError, match="policy-unreachable"):
            policy.connect(0.5)
        policy.close()


def test_a_groot_answer_in_parts_is_refused():
    context = zmq.Context()
    server = context.socket(zmq.REP)
    port = server.bind_to_random_port("tcp://127.0.0.1")

    def reply():
        server.recv()
        server.send_multipart([b"\x80", b"\x80"])

    thread = threading.Thread(target=reply)
    thread.start()
    policy = find_adapter("groot")(f"tcp://127.0.0.1:{port}", wire.GROOT.spec, {})
    with pytest.raises(PolicyError, match="several parts"):
        policy.connect(5.0)
    thread.join()
    policy.close()
    server.close()
    context.term()
