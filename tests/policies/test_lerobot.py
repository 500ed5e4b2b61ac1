"""The LeRobot client: its process, its codec, and a real server that drives the tabletop."""

import io
import os
import pickle
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from treehand.core.clock import MonotonicClock
from treehand.orchestrator.running.result import Outcome
from treehand.skills.vla import PolicyError, PolicyWants, find_adapter, synthetic_observation
from treehand.worlds.tabletop.robot import SPEC

from . import servers
from .benches import codes, deployment, run

pytest.importorskip("grpc", reason="needs: pip install 'treehand[lerobot]'")
pytest.importorskip("torch", reason="needs: pip install 'treehand[lerobot]'")

CAMERAS = {
    "overhead": {"height": 64, "width": 64},
    "wrist": {"height": 64, "width": 64},
}
WANTS = PolicyWants(cameras=CAMERAS).over(SPEC, chunk=16, rate_hz=30)
MORE = """
options: {{unpickles: true, checkpoint: "{folder}"}}
warm_up: 60 s
wants: {{cameras: {{overhead: {{height: 64, width: 64}}, wrist: {{height: 64, width: 64}}}}}}"""


def client(address, folder="none", **options):
    options = {"unpickles": True, "checkpoint": str(folder), **options}
    return find_adapter("lerobot")(address, WANTS, options)


def test_it_is_off_until_somebody_says_that_pickles_may_be_read():
    policy = find_adapter("lerobot")("127.0.0.1:1", WANTS, {})
    with pytest.raises(PolicyError, match="may run anything"):
        policy.connect(1.0)


def test_nobody_there_is_unreachable_within_the_time_limit():
    policy = client(f"127.0.0.1:{servers.free_port()}")
    began = time.monotonic()
    with pytest.raises(PolicyError) as told:
        policy.connect(8.0)
    assert told.value.code.value == "policy-unreachable"
    assert time.monotonic() - began < 30
    policy.close()


def test_a_cancel_ends_its_process_and_the_wait():
    policy = client(f"127.0.0.1:{servers.free_port()}")
    threading.Timer(0.5, policy.cancel).start()
    with pytest.raises(PolicyError, match="cancelled"):
        policy.connect(60.0)
    policy.close()


def test_its_process_has_no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "not to be seen")
    policy = client("127.0.0.1:1")
    policy._start()
    environment = f"/proc/{policy._child.pid}/environ"
    if not os.path.exists(environment):
        pytest.skip("nobody can look into a process here")
    for _ in range(100):
        with open(environment, "rb") as seen:
            names = [entry.split(b"=")[0] for entry in seen.read().split(b"\0") if entry]
        if b"OPENAI_API_KEY" not in names and names:
            break
        time.sleep(0.02)
    policy.close()
    assert sorted(names) == [b"HOME", b"LC_ALL", b"PATH"]


class _Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_a_pickle_that_is_no_action_is_not_read():

    from treehand.skills.vla.adapters.lerobot_child import _Reader

    with pytest.raises(pickle.UnpicklingError, match="has no place in an action"):
        _Reader(io.BytesIO(pickle.dumps([_Evil()]))).load()


@pytest.mark.parametrize(
    "pickled",
    [
        # a TimedAction with another attribute; a function of ours with other defaults
        b"clerobot.async_inference.helpers\nTimedAction\n)\x81}(Vattacked\nI1\nub.",
        b"ctorch._utils\n_rebuild_tensor_v2\n(N}V__defaults__\n)stb.",
    ],
)
def test_a_pickle_changes_nothing_but_actions(pickled):
    from treehand.skills.vla.adapters.lerobot_child import _Reader, register_names

    register_names()
    with pytest.raises((pickle.UnpicklingError, AttributeError, TypeError)):
        _Reader(io.BytesIO(pickled)).load()


def test_messages_are_those_of_the_protocol():
    """As LeRobot's own stubs write them."""
    from treehand.skills.vla.adapters.lerobot_child import PIECE, decoded, encoded, pieces

    assert encoded({1: 3, 2: b"ab"}).hex() == "080312026162"
    assert encoded({1: b"ab"}).hex() == "0a026162"
    assert decoded(encoded({1: b"x" * 300})) == {1: b"x" * 300}
    states = [piece[1] for piece in pieces(b"x" * (2 * PIECE + 1))]
    assert states == [1, 2, 3]
    assert [piece[1] for piece in pieces(b"x")] == [3]


@pytest.mark.nightly
def test_a_real_lerobot_server_picks_a_block_up(tmp_path):
    with servers.lerobot(tmp_path / "act") as server:
        where = f"url: grpc://127.0.0.1:{server.port}"
        more = MORE.format(folder=tmp_path / "act")
        place = deployment(tmp_path, adapter="lerobot", where=where, more=more)
        result, robot, _ = run(place, clock=MonotonicClock())
    assert result.outcome is Outcome.SUCCESS, result.message
    robot.require_safe()


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (" [raise]", "policy-failed"),
        (" [nan]", "policy-invalid"),
        (" [shape]", "policy-invalid"),
        (" [far]", "policy-invalid"),
        (" [die]", "policy-unreachable"),
    ],
)
def test_a_real_lerobot_server_that_goes_wrong_stops_the_robot(tmp_path, words, code):
    with servers.lerobot(tmp_path / "act") as server:
        where = f"url: grpc://127.0.0.1:{server.port}"
        more = MORE.format(folder=tmp_path / "act")
        place = deployment(tmp_path, adapter="lerobot", where=where, words=words, more=more)
        result, robot, events = run(place, clock=MonotonicClock())
    assert codes(events)[0] == code
    assert result.outcome is Outcome.FAILURE
    robot.require_safe()


@pytest.mark.nightly
def test_another_instruction_at_the_same_pose_is_answered(tmp_path):
    """A server drops what is like the last observation, whatever the words, unless it must go."""
    with servers.lerobot(tmp_path / "act") as server:
        policy = client(f"127.0.0.1:{server.port}", tmp_path / "act")
        policy.connect(60.0)
        policy.reset("a test")
        answers = []
        for number, words in enumerate(["put it on the tray", "put it in the bin"], start=1):
            seen = replace(synthetic_observation(WANTS, 1), request=number)
            answers.append(policy.infer(seen, words, 5.0).actions)
        policy.close()
    assert answers[0][0, 0] < 0 < answers[1][0, 0]
    assert np.isfinite(answers).all()


@pytest.mark.nightly
def test_a_checkpoint_that_the_server_cannot_load_is_its_failure(tmp_path):
    with servers.lerobot(tmp_path / "act") as server:
        policy = client(f"127.0.0.1:{server.port}", tmp_path / "nothing")
        with pytest.raises(PolicyError) as told:
            policy.connect(60.0)
        assert told.value.code.value == "policy-failed"
        policy.close()
