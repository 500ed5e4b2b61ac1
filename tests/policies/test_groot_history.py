"""GR00T servers that look at earlier periods, too: asked for as they want, refused otherwise."""

import numpy as np
import pytest

pytest.importorskip("zmq", reason="needs the extra [policies]")

from tests.arms import ExactRobot, joint_action
from tests.gates import own_gate
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.documents.reader import parse
from treehand.skills import FailureCode, Frames
from treehand.skills.vla import PolicyError, PolicySpec, PolicyWants, StateSpec, find_adapter
from treehand.skills.vla.adapters.arrays import pack, unpack
from treehand.skills.vla.contract.spec import CameraSpec
from treehand.skills.vla.control.controller import Controller, ControlSettings
from treehand.skills.vla.control.inference import LockstepInference, PolicyCaller
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.conversion.action_conversion import ActionConversion

from .recordings import answering_groot

RATE_HZ = 10.0


class Moving(ExactRobot):
    """Joint 1, and the shade of the picture, count the periods."""

    def proprioception(self):
        self.joints[0] = round(self.now_s() * RATE_HZ)
        return super().proprioception()

    def frames(self, cameras, size=(224, 224), *, depth=False):
        shade = np.full((*size, 3), round(self.now_s() * RATE_HZ), dtype=np.uint8)
        return Frames(dict.fromkeys(cameras, self.now_s()), dict.fromkeys(cameras, shade))


def serving(asked, *, video, state):
    """Return a function that answers as a GR00T server with these periods does."""

    def part(keys, steps):
        return {"__ModalityConfig__": True, "as_json": {"delta_indices": steps} | keys}

    def config():
        return {
            "video": part({"modality_keys": ["front"]}, video),
            "state": part({"modality_keys": ["arm"]}, state),
            "action": part({"modality_keys": ["joints"]}, list(range(4))),
            "language": part({"modality_keys": ["task"]}, [0]),
        }

    def answer(request):
        said = unpack(request)
        if said["endpoint"] == "get_modality_config":
            return pack(config(), "msgpack_numpy")
        if said["endpoint"] == "reset":
            return pack({}, "msgpack_numpy")
        asked.append(said["data"]["observation"])
        return pack([{"joints": np.zeros((1, 4, 7), "<f4")}, {}], "msgpack_numpy")

    return answer


def spec_of(robot, history):
    return PolicySpec(
        cameras={"front": CameraSpec(height=8, width=8)},
        state={"arm": StateSpec(reads=("joint_rad",), size=6, unit="rad")},
        action=robot.spec.action,
        chunk=4,
        rate_hz=RATE_HZ,
        history=history,
    )


def test_earlier_periods_are_sent_as_the_server_wants_them():
    """At the beginning the oldest observation stands for those that there are not."""
    asked, clock = [], VirtualClock()
    robot = Moving(joint_action(), now_s=clock.now_s)
    spec = spec_of(robot, (-3, -1, 0))
    with answering_groot(serving(asked, video=[-3, 0], state=[-1, 0])) as port:
        policy = find_adapter("groot")(f"tcp://127.0.0.1:{port}", spec, {})
        observer = Observer(spec, robot, clock.now_s)
        caller = PolicyCaller(policy, observer, spec.period_s, "one")
        gate = own_gate(robot, clock)
        controller = Controller(
            spec,
            ControlSettings("go", execute_n=2),
            gate.robot(),
            gate,
            LockstepInference(caller, clock.now_s, 0.0),
            ActionConversion(spec, robot),
            remember=observer.remember,
        )
        for _ in range(7):
            controller.period(clock.now_s())
            clock.wait_until(clock.now_s() + 1 / RATE_HZ)
        controller.end()
    assert controller.error is None
    assert asked[0]["video"]["front"].shape == (1, 2, 8, 8, 3)
    assert asked[0]["state"]["arm"].shape == (1, 2, 6)
    assert [seen["video"]["front"][0, :, 0, 0, 0].tolist() for seen in asked] == [
        [0, 0],
        [0, 2],
        [1, 4],
        [3, 6],
    ]
    assert [seen["state"]["arm"][0, :, 0].tolist() for seen in asked] == [
        [0, 0],
        [1, 2],
        [3, 4],
        [5, 6],
    ]


def test_a_server_that_wants_more_than_is_sent_is_a_mismatch():
    robot = Moving(joint_action())
    with answering_groot(serving([], video=[-8, 0], state=[0])) as port:
        policy = find_adapter("groot")(f"tcp://127.0.0.1:{port}", spec_of(robot, (0,)), {})
        with pytest.raises(PolicyError) as caught:
            policy.connect(5.0)
        policy.close()
    assert caught.value.code is FailureCode.POLICY_MISMATCH
    assert "would fit: wants: {history: [-8, 0]}" in caught.value.detail


@pytest.mark.parametrize(
    "steps", ["[]", "[-1]", "[0, -1]", "[-1, -1, 0]", "[-1, 0, 1]", "[-9999, 0]"]
)
def test_a_history_that_means_nothing_is_a_finding(steps):
    with pytest.raises(InputError):
        parse(f"history: {steps}", PolicyWants, file="x.yaml")
