"""Dense states of runs: what is written is read back, also after a kill, and damage is told."""

from __future__ import annotations

import numpy as np
import pytest

from treehand.core.errors import StorageError
from treehand.orchestrator.states.states_reader import RunStates, states_of
from treehand.orchestrator.states.states_recorder import ROWS, StatesRecorder
from treehand.skills import ActionDim, ActionSpec, EmbodimentSpec, Moment, QuantityOfRobot

PERIOD_S = 0.02


class Arm:
    """A robot that declares one joint; nobody commands it here."""

    def __init__(self):
        dims = (ActionDim(label="joint_1", unit="rad/s", low=-1.0, high=1.0),)
        self.spec = EmbodimentSpec(
            proprioception={"joint_rad": QuantityOfRobot(size=2, unit="rad")},
            action=ActionSpec(control="velocity", frame="joint", gripper="none", dims=dims),
        )

    def proprioception(self):
        raise NotImplementedError

    frames = readings = apply = stop = proprioception


class Bench:
    """A world whose motion a test dictates."""

    def __init__(self):
        self.embodiment = Arm()
        self.sinks = []

    def record(self, sink):
        self.sinks.append(sink)
        return PERIOD_S

    def draw(self, moment, cameras, size):
        raise NotImplementedError

    def move(self, moments):
        for moment in moments:
            for sink in self.sinks:
                sink(moment)


def moments(count, first=0, scene_n=24):
    """Return moments of a joint that moves and of things that mostly lie still."""
    draws = np.random.default_rng(first)
    return [
        Moment(
            PERIOD_S * number,
            {"joint_rad": draws.standard_normal(2)},
            np.array([float(number % 3)]),
            bytes([number // 100 % 256] * scene_n),
        )
        for number in range(first, first + count)
    ]


def same(one, other):
    return (
        one.time_s == other.time_s
        and one.scene == other.scene
        and np.array_equal(one.command, other.command)
        and np.array_equal(one.proprioception["joint_rad"], other.proprioception["joint_rad"])
    )


def recorded(path, *parts):
    """Write parts of a run, each by a process of its own, and return what was said."""
    told = []
    for part in parts:
        bench = Bench()
        recorder = StatesRecorder.of(bench, told.append)
        recorder.begin(path)
        bench.move(part)
        recorder.end()
    return told


def test_every_moment_is_read_back(tmp_path):
    path, whole = tmp_path / "0001.states", moments(2 * ROWS + 7)
    assert recorded(path, whole) == []
    states = states_of(path)
    assert len(states) == len(whole)
    assert states.span_s == (0.0, whole[-1].time_s)
    assert all(map(same, states.moments(), whole))
    assert states.header.spec == Arm().spec
    assert states.header.period_s == PERIOD_S
    for time_s, number in ((-1.0, 0), (0.0, 0), (5.115, 255), (5.12, 256), (99.0, len(whole) - 1)):
        assert same(states.at(time_s), whole[number])


def test_between_runs_nothing_is_kept(tmp_path):
    bench = Bench()
    recorder = StatesRecorder.of(bench, pytest.fail)
    bench.move(moments(3))
    recorder.begin(tmp_path / "0001.states")
    bench.move(moments(2, first=3))
    recorder.end()
    bench.move(moments(3, first=5))
    recorder.begin(tmp_path / "0002.states")
    recorder.end()
    assert [one.time_s for one in states_of(tmp_path / "0001.states").moments()] == [0.06, 0.08]
    assert states_of(tmp_path / "0002.states") is None


def test_an_interrupted_run_goes_on_after_the_last_whole_chunk(tmp_path):
    path, before, after = tmp_path / "0001.states", moments(ROWS + 20), moments(30, first=500)
    recorded(path, before)
    path.write_bytes(path.read_bytes()[:-5])
    assert len(RunStates(path)) == ROWS
    assert recorded(path, after) == []
    assert all(map(same, RunStates(path).moments(), [*before[:ROWS], *after]))
    assert len(RunStates(path)) == ROWS + 30


def test_things_that_come_or_go_change_the_size_of_a_row(tmp_path):
    path, whole = tmp_path / "0001.states", [*moments(5), *moments(5, first=5, scene_n=40)]
    recorded(path, whole)
    assert all(map(same, states_of(path).moments(), whole))


@pytest.mark.parametrize("at", [0, 20, 60, 700, -3])
def test_damage_is_told(tmp_path, at):
    path = tmp_path / "0001.states"
    recorded(path, moments(50))
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(StorageError, match="damaged-states"):
        list(RunStates(path).moments())


def test_a_file_of_something_else_ends_the_recording_and_stays(tmp_path):
    path = tmp_path / "0001.states"
    path.write_bytes(b"mine")
    (told,) = recorded(path, moments(3))
    assert "no further states of this run are kept" in told
    assert path.read_bytes() == b"mine"


def test_a_world_that_records_no_motion_has_no_recorder():
    assert (
        StatesRecorder.of(object.__new__(type("Still", (), {"embodiment": Arm()})), print) is None
    )
