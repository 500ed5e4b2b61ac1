"""Policies behind the real openpi server, in real time: what works, and every way to fail."""

import asyncio
import threading
import time

import msgpack
import numpy as np
import pytest
from websockets.asyncio.server import serve

from treehand.core.clock import MonotonicClock
from treehand.orchestrator.running.result import Outcome
from treehand.skills import Frames

from .benches import codes, deployment, run
from .servers import free_port, openpi

pytestmark = pytest.mark.slow


def at(server):
    return f'url: "ws://127.0.0.1:{server.port}"'


def in_real_time(place, **more):
    return run(place, clock=MonotonicClock(), **more)


def test_a_real_policy_picks_a_block_up(tmp_path):
    with openpi("--delay", "0.017") as server:
        result, robot, events = in_real_time(deployment(tmp_path, where=at(server)))
    assert result.outcome is Outcome.SUCCESS
    assert result.world_true
    robot.require_safe()
    times_s = [time_s for time_s, _ in robot.sent]
    assert np.median(np.diff(times_s)) == pytest.approx(1 / 30, abs=0.01)
    notes = [e.note for e in events if e.event == "skill-noted"]
    assert any("periods" in note and "latency" in note for note in notes)


def test_the_same_policy_in_lockstep_gives_the_same_run_twice(tmp_path):
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), more="latency: 100 ms")
        first, robot, _ = run(place)
        again, other, _ = run(place)
    assert first.outcome is Outcome.SUCCESS
    assert [str(sent) for sent in robot.sent] == [str(sent) for sent in other.sent]
    assert first.sim_time_s == again.sim_time_s


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (" [raise]", "policy-failed"),
        (" [nan]", "policy-invalid"),
        (" [shape]", "policy-invalid"),
        (" [flat]", "policy-invalid"),
        (" [far]", "policy-invalid"),
        (" [empty]", "policy-invalid"),
        (" [nothing]", "policy-invalid"),
        (" [die]", "policy-unreachable"),
    ],
)
def test_a_policy_that_goes_wrong_stops_the_robot_with_its_code(tmp_path, words, code):
    with openpi() as server:
        more = "execute: 2"
        place = deployment(tmp_path, where=at(server), words=words, more=more)
        result, robot, events = in_real_time(place)
    assert codes(events)[0] == code
    assert result.outcome is Outcome.FAILURE
    robot.require_safe()
    assert robot.stops_s


def test_an_exception_in_the_policy_is_quoted(tmp_path):
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), words=" [raise]")
        result, _, _ = in_real_time(place)
    assert "the weights are on fire" in result.message


def test_a_killed_server_is_noticed_at_once(tmp_path):
    """While it infers: the connection breaks, and the robot is stopped in that instant."""
    with openpi("--delay", "0.4", "--chunk", "50") as server:
        place = deployment(tmp_path, where=at(server), more="chunk: 50\nexecute: 4")
        kill = threading.Timer(1.3, server.kill)
        kill.start()
        _, robot, events = in_real_time(place)
    assert codes(events) == ["policy-unreachable"]
    assert robot.sent
    assert robot.stops_s[0] - robot.sent[-1][0] < 0.1


def test_a_hung_server_brings_the_robot_to_rest_long_before_it_answers(tmp_path):
    text = " [hang]"
    with openpi() as server:
        more = "warm_up: 1 s"
        place = deployment(tmp_path, where=at(server), words=text, more=more)
        began = time.monotonic()
        result, robot, events = in_real_time(place)
    assert codes(events) == ["policy-unreachable"]
    assert time.monotonic() - began < 6
    assert result.outcome is Outcome.FAILURE
    assert robot.sent == []


def test_a_server_that_hangs_later_is_stale(tmp_path):
    """Answers stop while the robot moves: hold, ramp, stop, and only then the failure."""
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), more="hold: 100 ms\nramp: 200 ms")

        def freeze(session):
            threading.Timer(0.7, server.process.send_signal, [19]).start()  # SIGSTOP

        _, robot, events = in_real_time(place, before=freeze, seed=3)
    assert codes(events) == ["policy-stale"]
    speeds = [abs(action[:2]).max() for _, action in robot.sent[-4:]]
    assert speeds == sorted(speeds, reverse=True)
    robot.require_safe()


def test_a_slow_first_answer_is_waited_for(tmp_path):
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), words=" [slow start]")
        result, _, _ = in_real_time(place)
    assert result.outcome is Outcome.SUCCESS
    assert result.sim_time_s > 3


def test_a_second_client_only_costs_time(tmp_path):
    from websockets.sync.client import connect

    with openpi("--delay", "0.05") as server:
        url = f"ws://127.0.0.1:{server.port}"
        other = connect(url, compression=None, legacy=True)
        other.recv()
        place = deployment(tmp_path, where=at(server))
        result, robot, _ = in_real_time(place)
        other.close()
    assert result.outcome is Outcome.SUCCESS
    robot.require_safe()


def test_metadata_that_contradict_the_file_keep_the_robot_still(tmp_path):
    with openpi("--meta", '{"action_horizon": 50, "model": "other"}') as server:
        place = deployment(tmp_path, where=at(server), more="expects: {model: mine}")
        result, robot, events = in_real_time(place)
    assert codes(events) == ["policy-mismatch"]
    assert "action_horizon 50" in result.message
    assert "'other'" in result.message
    assert robot.sent == []


def test_a_server_that_came_back_with_another_model_is_found_out(tmp_path):
    with openpi("--meta", '{"model": "a"}') as server:
        place = deployment(tmp_path, where=at(server))
        first, _, _ = in_real_time(place)
        server.kill()
        server.start("--meta", '{"model": "b"}')
        second, robot, events = in_real_time(place)
    assert first.outcome is Outcome.SUCCESS
    assert codes(events) == ["policy-mismatch"]
    assert "what it declares has changed: model" in second.message
    assert robot.sent == []


def test_a_server_that_is_not_there_fails_at_once(tmp_path):
    where = f'url: "ws://127.0.0.1:{free_port()}"'
    result, robot, events = in_real_time(deployment(tmp_path, where=where))
    assert codes(events) == ["policy-unreachable"]
    assert result.sim_time_s < 3
    assert robot.sent == []


def test_an_answer_after_the_halt_moves_nothing(tmp_path):
    with openpi("--delay", "0.5", "--chunk", "50") as server:
        place = deployment(tmp_path, where=at(server), more="chunk: 50\nexecute: 4")
        halted = []

        def stop(session):
            def request():
                halted.append(session.world_model.clock.now_s())
                session.stop("the test", by="test")

            threading.Timer(1.25, request).start()

        result, robot, _ = in_real_time(place, before=stop, seed=2)
        time.sleep(0.7)  # the answer under way comes now
    assert result.outcome is Outcome.INTERRUPTED
    assert all(time_s <= halted[0] + 0.001 for time_s, _ in robot.sent)


class _Wrapped:
    """A robot whose cameras misbehave."""

    def __init__(self, robot, spoil):
        self._robot, self._spoil = robot, spoil

    def __getattr__(self, name):
        return getattr(self._robot, name)

    spec = property(lambda self: self._robot.spec)

    def frames(self, cameras, size=(224, 224), *, depth=False):
        frames = self._robot.frames(cameras, size, depth=depth)
        return self._spoil(frames, self._robot)


def _missing(frames, robot):
    return Frames(frames.taken_s, {n: p for n, p in frames.rgb.items() if n != "wrist"})


def _stamped(by_s):
    def corrupt(frames, robot):
        later = len(robot.sent) > 10
        return Frames({n: t + later * by_s for n, t in frames.taken_s.items()}, frames.rgb)

    return corrupt


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_missing, "camera 'wrist' gives no picture"),
        (_stamped(-2.0), "s old, more than 0.5 s"),
        (_stamped(3600.0), "ahead of the clock"),
    ],
)
def test_a_camera_that_cannot_be_trusted_ends_the_attempt(tmp_path, spoil, said):
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), wrap=lambda robot: _Wrapped(robot, spoil))
        result, robot, events = in_real_time(place)
    assert codes(events) == ["sensor-stale"]
    assert said in result.message
    robot.require_safe()


def test_a_frozen_camera_is_found_out_by_its_stamp(tmp_path):
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), more="execute: 2")

        def freeze(session):
            session.disturb(["freeze@0.3s"])

        _, robot, events = in_real_time(place, before=freeze, seed=3)
    assert "sensor-stale" in codes(events)
    robot.require_safe()


def test_a_policy_that_does_nothing_stalls(tmp_path):
    text = deployment_text("stall: 1 s")
    with openpi() as server:
        place = deployment(tmp_path, text=text.format(url=at(server), words=" [still]"))
        _, robot, events = in_real_time(place)
    assert codes(events) == ["stalled"]
    robot.require_safe()


def deployment_text(more):
    return (
        "world: tabletop\nbindings:\n  pick:\n    policy:\n"
        "      adapter: openpi\n      {url}\n      instruction: pick up the {{item}}{words}\n"
        f"    until: holding(item)\n    {more}\n"
    )


def test_fallbacks_are_tried_in_their_order_and_shown_in_the_tree(tmp_path):
    text = deployment_text("otherwise: [{{skill: world}}]")
    where = f'url: "ws://127.0.0.1:{free_port()}"'
    place = deployment(tmp_path, text=text.format(url=where, words=""), is_recorded=False)
    result, _, events = in_real_time(place, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == ["policy-unreachable"]
    paths = [e.path for e in events if e.event == "skill-started"]
    assert "/pick(red_block)/openpi ws:||127.0.0.1:" in paths[0]
    assert paths[1].endswith("pick(red_block)/the world's own skill")


@pytest.mark.parametrize(
    "frame",
    [b"\xc1garbage", msgpack.packb([1, 2]), msgpack.packb({"actions": "none"}), b""],
    ids=["no msgpack", "no mapping", "no numbers", "nothing"],
)
def test_a_server_that_sends_garbage_is_not_believed(tmp_path, frame):
    """This server is ours: the real one cannot be made to."""
    port = free_port()
    stopped = threading.Event()

    async def answer(socket):
        await socket.send(msgpack.packb({}))
        async for _ in socket:
            await socket.send(frame)

    async def main():
        async with serve(answer, "127.0.0.1", port, compression=None, max_size=None):
            while not stopped.is_set():
                await asyncio.sleep(0.05)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    time.sleep(0.3)
    try:
        place = deployment(tmp_path, where=f'url: "ws://127.0.0.1:{port}"')
        _, robot, events = in_real_time(place)
    finally:
        stopped.set()
        thread.join()
    assert codes(events) == ["policy-invalid"]
    assert robot.sent == []


def test_a_server_that_is_started_again_is_used_again(tmp_path):
    """The tree tries again, with a pause in between: nobody has to walk to the robot."""
    with openpi() as server:
        place = deployment(tmp_path, where=at(server), words="", more="execute: 2")

        def restart(session):
            threading.Timer(0.6, server.kill).start()
            threading.Timer(0.8, server.start).start()

        result, robot, events = in_real_time(place, before=restart, seed=3, has_recovery=True)
    assert codes(events)[0] == "policy-unreachable"
    assert result.outcome is Outcome.SUCCESS
    robot.require_safe()
