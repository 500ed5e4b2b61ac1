"""GR00T and ``/act`` clients: against what real servers answered, and against those themselves.

The recordings are always there. Where `GROOT_REPO` or `ACT_REPO` say where the code of a real
server is, the same is asked of that, and it drives the tabletop, too.
"""

import contextlib
import socket
import threading
import time

import numpy as np
import pytest

from treehand.core.clock import MonotonicClock
from treehand.orchestrator.running.result import Outcome
from treehand.skills.vla import PolicyError, find_adapter

from . import recordings, servers, wire
from .benches import codes, deployment, run

RED, RAISE, NAN, SHAPE, NOTHING = wire.WORDS

GROOT = {
    "recorded, N1.6": lambda: recordings.recorded_groot("as_npy"),
    "recorded, N1.7": lambda: recordings.recorded_groot("msgpack_numpy"),
    "real": servers.groot,
}
ACT = {
    f"{kind}, {name}": (name, lambda serve=serve, name=name: serve(name))
    for name in wire.ACT
    for kind, serve in (("recorded", recordings.recorded_act), ("real", servers.act))
}
EVERY = [("groot", wire.GROOT, serve) for serve in GROOT.values()]
EVERY += [("act", wire.ACT[name], serve) for name, serve in ACT.values()]


@pytest.fixture(params=EVERY, ids=[f"groot {n}" for n in GROOT] + [f"act {n}" for n in ACT])
def client(request):
    """A connected client, with what it is sent."""
    adapter, sent, serve = request.param
    with serve() as address:
        policy = find_adapter(adapter)(address, sent.spec, {})
        policy.connect(10.0)
        policy.reset("a test")
        yield policy, sent
        policy.close()


def asked(client, words, times=1, timeout_s=5.0):
    policy, sent = client
    for _ in range(times):
        answer = policy.infer(sent.observation(), words, timeout_s)
    return answer.actions


def test_an_answer_has_the_actions_that_are_due(client):
    actions = asked(client, RED)
    _, sent = client
    assert actions.shape == (sent.spec.chunk, sent.spec.action.size)
    assert np.isfinite(actions).all()
    assert actions[0, 0] > 0  # the block is to the right


def test_a_policy_that_raises_has_failed_and_can_be_asked_again(client):
    for words in (RAISE, NOTHING):
        with pytest.raises(PolicyError) as told:
            asked(client, words, times=3)
        assert told.value.code.value == "policy-failed"
    assert len(asked(client, RED))


def test_what_the_server_lets_through_reaches_the_checks(client):
    """None of these servers looks at the numbers that it sends."""
    _, sent = client
    assert not np.isfinite(asked(client, NAN, times=3)).all()
    assert asked(client, SHAPE, times=3).shape[1] != sent.spec.action.size


@pytest.mark.parametrize("name", recordings.READS)
def test_a_modality_config_is_what_a_groot_server_declares(name):
    with recordings.recorded_groot(name) as address:
        policy = find_adapter("groot")(address, wire.GROOT.spec, {})
        assert policy.connect(5.0) == {
            "cameras": ["overhead", "wrist"],
            "state": ["gripper_m", "gripper_width_m", "gripper_force_n"],
            "action_keys": ["velocity", "grip"],
            "chunk": 16,
            "language": "annotation.human.task_description",
        }
        policy.close()


@pytest.mark.parametrize("name", ["openvla", "oft"])
def test_json_in_json_is_read_and_written(name):
    with recordings.recorded_act(name) as address:
        policy = find_adapter("act")(address, wire.ACT[name].spec, {"is_double_encoded": True})
        client = policy, wire.ACT[name]
        assert np.isfinite(asked(client, RED)).all()
        with pytest.raises(PolicyError, match="policy-failed"):
            asked(client, RAISE, times=3)
        policy.close()


@contextlib.contextmanager
def silent(adapter):
    """A server that takes everything and answers nothing."""
    hold = threading.Event()

    def answer(request):
        hold.wait(10.0)
        return (200, "{}") if adapter == "act" else b"\x80"

    serve = recordings.answering_act if adapter == "act" else recordings.answering_groot
    scheme = "http" if adapter == "act" else "tcp"
    with serve(answer) as port:
        try:
            yield f"{scheme}://127.0.0.1:{port}"
        finally:
            hold.set()


@pytest.mark.parametrize("adapter", ["groot", "act"])
def test_a_server_that_does_not_answer_costs_no_more_than_the_time_limit(adapter):
    sent = wire.GROOT if adapter == "groot" else wire.ACT["oft"]
    with silent(adapter) as address:
        policy = find_adapter(adapter)(address, sent.spec, {})
        began = time.monotonic()
        with pytest.raises(PolicyError) as told:
            asked((policy, sent), RED, timeout_s=0.3)
        assert told.value.code.value == "policy-unreachable"
        assert time.monotonic() - began < 5
        policy.close()


def test_a_cancel_ends_the_wait_for_a_groot_server():
    with silent("groot") as address:
        policy = find_adapter("groot")(address, wire.GROOT.spec, {})
        threading.Timer(0.2, policy.cancel).start()
        began = time.monotonic()
        with pytest.raises(PolicyError, match="cancelled"):
            asked((policy, wire.GROOT), RED, timeout_s=30.0)
        assert time.monotonic() - began < 10
        policy.close()


@pytest.mark.parametrize("adapter", ["groot", "act"])
def test_garbage_is_not_believed(adapter):
    sent = wire.GROOT if adapter == "groot" else wire.ACT["oft"]
    serve = recordings.answering_act if adapter == "act" else recordings.answering_groot
    garbage = (200, "<html>") if adapter == "act" else b"\xc1\xc1"
    scheme = "http" if adapter == "act" else "tcp"
    with serve(lambda request: garbage) as port:
        policy = find_adapter(adapter)(f"{scheme}://127.0.0.1:{port}", sent.spec, {})
        with pytest.raises(PolicyError, match="policy-invalid"):
            asked((policy, sent), RED)
        policy.close()


OPENVLA = """
      chunk: 1
      rate_hz: 10
      wants: {cameras: {image: {camera: overhead}}, state: {}}"""


@pytest.mark.slow
def test_a_real_groot_server_picks_a_block_up(tmp_path):
    with servers.groot() as address:
        place = deployment(tmp_path, adapter="groot", where=f"url: {address}")
        result, robot, _ = run(place, clock=MonotonicClock())
    assert result.outcome is Outcome.SUCCESS, result.message
    robot.require_safe()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (" [raise]", "policy-failed"),
        (" [nothing]", "policy-failed"),
        (" [nan]", "policy-invalid"),
        (" [shape]", "policy-invalid"),
        (" [far]", "policy-invalid"),
        (" [die]", "policy-unreachable"),
    ],
)
def test_a_real_groot_server_that_goes_wrong_stops_the_robot(tmp_path, words, code):
    with servers.groot() as address:
        where = f"url: {address}"
        more = "execute: 2\nhold: 3 s"
        place = deployment(tmp_path, adapter="groot", where=where, words=words, more=more)
        result, robot, events = run(place, clock=MonotonicClock())
    assert codes(events)[0] == code
    assert result.outcome is Outcome.FAILURE
    robot.require_safe()
    assert robot.stops_s


@pytest.mark.slow
def test_a_real_openvla_server_picks_a_block_up(tmp_path):
    """One action an answer, one picture, no proprioception: the first action is due on arrival."""
    with servers.act("openvla") as address:
        where = f"url: {address}"
        place = deployment(tmp_path, adapter="act", where=where, more=OPENVLA)
        result, robot, _ = run(place, clock=MonotonicClock())
    assert result.outcome is Outcome.SUCCESS, result.message
    robot.require_safe()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [(" [raise]", "policy-failed"), (" [nan]", "policy-invalid"), (" [die]", "policy-unreachable")],
)
def test_a_real_openvla_server_that_goes_wrong_stops_the_robot(tmp_path, words, code):
    with servers.act("openvla") as address:
        where = f"url: {address}"
        place = deployment(tmp_path, adapter="act", where=where, words=words, more=OPENVLA)
        result, robot, events = run(place, clock=MonotonicClock())
    assert codes(events)[0] == code
    assert result.outcome is Outcome.FAILURE
    robot.require_safe()


def test_an_answer_that_drips_ends_with_the_time_limit():
    """httpx limits each read; the whole call is limited here."""
    sent = wire.ACT["oft"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while not ended.wait(0.05):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        policy = find_adapter("act")(f"http://127.0.0.1:{server.getsockname()[1]}", sent.spec, {})
        began = time.monotonic()
        with pytest.raises(PolicyError, match="policy-unreachable"):
            asked((policy, sent), RED, timeout_s=0.5)
        assert time.monotonic() - began < 5
        ended.set()
        thread.join()
        policy.close()


@contextlib.contextmanager
def mute():
    """A machine that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"ws://127.0.0.1:{server.getsockname()[1]}"


def test_a_slow_handshake_is_waited_for_no_longer_than_it_may_take():
    with mute() as address:
        policy = find_adapter("openpi")(address, wire.GROOT.spec, {})
        began = time.monotonic()
        with pytest.raises(PolicyError, match="policy-unreachable"):
            policy.connect(0.4)
        assert time.monotonic() - began < 5


def test_a_cancel_ends_a_handshake():
    with mute() as address:
        policy = find_adapter("openpi")(address, wire.GROOT.spec, {})
        threading.Timer(0.2, policy.cancel).start()
        began = time.monotonic()
        with pytest.raises(PolicyError, match="cancelled"):
            policy.connect(60.0)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("adapter", ["openpi", "lerobot"])
def test_who_was_cancelled_does_not_begin(adapter):
    pytest.importorskip("grpc" if adapter == "lerobot" else "websockets")
    options = {"unpickles": True}
    policy = find_adapter(adapter)("ws://127.0.0.1:1", wire.GROOT.spec, options)
    policy.cancel()
    with pytest.raises(PolicyError, match="cancelled"):
        policy.connect(60.0)
