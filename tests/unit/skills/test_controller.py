"""The control loop, period by period, in virtual time, with a policy that a test writes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.gates import own_gate
from treehand.core.clock import VirtualClock
from treehand.skills import (
    ActionDim,
    ActionSpec,
    EmbodimentSpec,
    FailureCode,
    Frames,
    MotionLimits,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    StopStatus,
)
from treehand.skills.vla import PolicyAnswer, PolicyError, PolicySpec, Properties, StateSpec
from treehand.skills.vla.control.controller import Controller, ControlSettings
from treehand.skills.vla.control.inference import (
    Failed,
    InferenceRequest,
    LockstepInference,
    PolicyCaller,
)
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.conversion.action_conversion import ActionConversion

RATE_HZ = 10.0


def action_spec(control="velocity", gripper="force", **more):
    dims = (
        ActionDim(label="x", unit="m/s" if control == "velocity" else "m", low=-1, high=1),
        ActionDim(label="grip", unit="N", low=0, high=40, part="gripper"),
    )
    return ActionSpec(control=control, gripper=gripper, dims=dims, **more)


class Robot:
    """One that only remembers."""

    def __init__(self, clock, action):
        self.clock, self.sent, self.stops = clock, [], 0
        self.spec = EmbodimentSpec(
            proprioception={"x_m": QuantityOfRobot(size=1, unit="m")},
            sensors={"wrench": QuantityOfRobot(size=6, unit="N")},
            action=action,
        )

    def proprioception(self):
        return Proprioception(self.clock.now_s(), {"x_m": np.array([0.25])})

    def frames(self, cameras, size=(224, 224), *, depth=False):
        return Frames({}, {})

    def readings(self, sensors):
        return {name: SensorReading(self.clock.now_s(), np.ones(6)) for name in sensors}

    def apply(self, action):
        self.sent.append(action.tolist())

    def stop(self):
        self.stops += 1
        return StopStatus(acknowledged=True)


class Policy:
    """Answers from a list; the last one stays. An exception is raised."""

    def __init__(self, *answers, declared=None):
        self.answers, self.declared = list(answers), declared or {}
        self.asked, self.is_closed = [], False

    def connect(self, timeout_s):
        return self.declared

    def reset(self, episode):
        self.episode = episode

    def infer(self, observation, instruction, timeout_s):
        self.asked.append((observation, instruction))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return (
            answer
            if isinstance(answer, PolicyAnswer)
            else PolicyAnswer(np.array(answer, dtype=float))
        )

    def cancel(self):
        pass

    def close(self):
        self.is_closed = True


class Bench:
    def __init__(
        self,
        policy,
        *,
        action=None,
        latency_s=0.0,
        chunk=4,
        continues=False,
        is_blind=False,
        limits=MotionLimits,
        **settings,
    ):
        self.clock = VirtualClock()
        self.policy, self.notes = policy, []
        action = action or action_spec()
        self.robot = Robot(self.clock, action)
        state = {
            "x_m": StateSpec(size=1, unit="m"),
            "both": StateSpec(reads=("x_m", "wrench"), size=7, unit="m"),
        }
        spec = PolicySpec(
            state={} if is_blind else state,
            action=action,
            chunk=chunk,
            rate_hz=RATE_HZ,
            continues=continues,
        )
        observer = Observer(spec, self.robot, self.clock.now_s)
        self.caller = PolicyCaller(policy, observer, spec.period_s, "pick(mug) 1")
        self.inference = LockstepInference(self.caller, self.clock.now_s, latency_s)
        self.gate = own_gate(self.robot, self.clock)
        self.controller = Controller(
            spec,
            ControlSettings(**{"instruction": "go", "execute_n": 2, **settings}),
            self.gate.robot(),
            self.gate,
            self.inference,
            ActionConversion(spec, self.robot, settings.get("beyond", "fail")),
            note=self.notes.append,
            limits=limits,
        )

    def run(self, periods):
        for _ in range(periods):
            self.controller.period(self.clock.now_s())
            self.clock.wait_until(self.clock.now_s() + 1 / RATE_HZ)
        return [x for x, _ in self.robot.sent]


RAMP = [[0.1, 5], [0.2, 5], [0.3, 5], [0.4, 5]]


def test_an_answer_that_comes_too_late_on_a_robot_is_a_failure():
    bench = Bench(Policy(RAMP))
    request = InferenceRequest(1, 0, 0.0, "go", None, timeout_s=0.0)
    late = bench.caller.infer_in_time(request)
    assert isinstance(late, Failed)
    assert "it answered after" in str(late.error)
    assert not isinstance(bench.caller.infer_in_time(replace(request, timeout_s=60.0)), Failed)
    assert not isinstance(bench.caller.infer(request), Failed)


def test_a_chunk_is_executed_for_so_long_as_it_should_be_and_then_asked_for_again():
    bench = Bench(Policy(RAMP))
    assert bench.run(6) == [0.1, 0.2, 0.1, 0.2, 0.1, 0.2]
    assert len(bench.policy.asked) == 3
    assert bench.policy.episode == "pick(mug) 1"
    observation, instruction = bench.policy.asked[0]
    assert instruction == "go"
    assert observation.state["both"].tolist() == [0.25, 1, 1, 1, 1, 1, 1]


def test_a_slow_answer_is_entered_after_the_actions_that_were_executed_meanwhile():
    bench = Bench(Policy(RAMP), latency_s=0.2)
    assert bench.run(6) == [0.1, 0.2, 0.3, 0.4]
    assert bench.controller.statistics.ages_s == pytest.approx([0.2, 0.3, 0.2, 0.3])


COUNTING = [[0.01 * k, 5] for k in range(1, 17)]


@pytest.mark.parametrize("latency_ms", range(0, 1600, 100))
@pytest.mark.parametrize("control", ["velocity", "position", "delta"])
def test_a_standing_robot_begins_with_the_first_action_at_every_latency(latency_ms, control):
    bench = Bench(
        Policy(COUNTING),
        action=action_spec(control),
        chunk=16,
        latency_s=latency_ms / 1e3,
        execute_n=8,
    )
    sent = bench.run(latency_ms // 100 + 16)
    assert sent[:5] == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])


@pytest.mark.parametrize("latency_s", [1.7, 2.0, 4.0])
def test_a_chunk_that_can_never_be_in_time_is_too_slow(latency_s):
    bench = Bench(Policy(COUNTING), chunk=16, latency_s=latency_s, execute_n=8)
    bench.run(120)
    assert bench.controller.error.code is FailureCode.POLICY_TOO_SLOW
    assert "ms > 1600 ms of chunk" in bench.controller.error.detail


def test_a_cold_start_is_no_latency():
    bench = Bench(Policy(COUNTING), chunk=16, execute_n=8, continues=True, latency_s=3.0)
    bench.run(1)
    bench.inference.latency_s = 0.2
    bench.run(70)
    assert bench.controller.error is None
    assert bench.controller.statistics.late_n == 0


def test_one_slow_answer_among_good_ones_goes_on_after_what_was_executed():
    bench = Bench(Policy(COUNTING), chunk=16, execute_n=8, latency_s=0.1, hold_s=2.0)
    bench.run(30)
    bench.inference.latency_s = 2.0
    bench.run(12)
    bench.inference.latency_s = 0.1
    bench.run(40)
    assert bench.controller.error is None
    assert bench.controller.statistics.late_n == 0


def test_stale_is_held_then_ramped_to_a_standstill_then_failed():
    bench = Bench(Policy(RAMP), hold_s=0.2, ramp_s=0.4, execute_n=100)
    sent = bench.run(14)
    assert sent[4:] == pytest.approx([0.4, 0.4, 0.4, 0.3, 0.2, 0.1])
    assert [grip for _, grip in bench.robot.sent] == [5] * 10
    assert bench.controller.error.code is FailureCode.POLICY_STALE
    assert bench.robot.stops == 1
    assert bench.policy.is_closed


def test_under_position_control_holding_is_standing_still():
    bench = Bench(Policy(RAMP), action=action_spec("position"), execute_n=100, hold_s=0.1)
    assert bench.run(12) == [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4][: len(bench.robot.sent)]
    assert bench.controller.error.code is FailureCode.POLICY_STALE


def test_deltas_are_not_repeated():
    bench = Bench(Policy(RAMP), action=action_spec("delta"), execute_n=100)
    assert bench.run(7)[4:] == [0.0, 0.0, 0.0]


def test_an_answer_comes_in_time_to_end_a_hold():
    bench = Bench(Policy(RAMP), latency_s=0.3, execute_n=1, hold_s=1.0)
    assert bench.run(11) == [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.2, 0.3]
    assert bench.controller.statistics.held_n == 2
    assert bench.controller.error is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ([[float("nan"), 0]] * 4, FailureCode.POLICY_INVALID),
        ([[7.0, 0]] * 4, FailureCode.POLICY_INVALID),
        ([[0.0, 0, 0]] * 4, FailureCode.POLICY_INVALID),
        (PolicyError(FailureCode.POLICY_UNREACHABLE, "gone"), FailureCode.POLICY_UNREACHABLE),
    ],
)
def test_what_is_wrong_with_an_answer_stops_the_robot_and_is_said(answer, code):
    bench = Bench(Policy(RAMP, answer))
    assert bench.run(9) == [0.1, 0.2]
    assert bench.controller.error.code is code
    assert bench.robot.stops == 1


def test_an_adapters_own_error_is_kept_as_it_is():
    bench = Bench(Policy(RAMP, ZeroDivisionError("oh")))
    bench.run(9)
    assert isinstance(bench.controller.error, ZeroDivisionError)
    assert bench.robot.stops == 1


def test_after_the_end_nothing_is_sent():
    bench = Bench(Policy(RAMP))
    bench.run(1)
    bench.controller.end()
    assert bench.run(5) == [0.1]
    assert not bench.gate.is_open


def test_a_new_instruction_throws_the_old_answers_away():
    bench = Bench(Policy(RAMP, [[-0.5, 5]] * 4), latency_s=0.1, hold_s=0.1, ramp_s=0.2)
    bench.run(3)
    bench.controller.change_instruction("come back")
    sent = bench.run(6)
    assert bench.policy.asked[-1][1] == "come back"
    assert bench.controller.statistics.late_n == 1
    assert sent[-1] == -0.5
    assert bench.controller.error is None


def test_a_policy_that_continues_is_told_what_will_be_sent_and_held_to_it():
    bench = Bench(
        Policy(RAMP, [[-0.9, 5]] * 4), continues=True, execute_n=2, latency_s=0.0, chunk=4
    )
    bench.run(2)
    bench.controller.statistics.latencies_s[:] = [0.1]
    sent = bench.run(2)
    assert bench.policy.asked[1][0].prefix.tolist() == [[0.3, 5.0]]
    assert sent == [0.1, 0.2, 0.3, -0.9]


def test_the_first_position_is_no_leap_from_where_the_robot_is():
    dims = (ActionDim(label="x", unit="m", low=-1, high=1, max_step=0.05),)
    action = ActionSpec(control="position", dims=dims, starts_at="x_m")
    bench = Bench(Policy([[0.26]] * 4), action=action)
    bench.controller.period(0.0)
    assert bench.robot.sent == [[0.26]]
    bench = Bench(Policy([[0.6]] * 4), action=action)
    bench.controller.period(0.0)
    assert bench.robot.sent == []
    assert "leaps by 0.35 m" in bench.controller.error.detail


def test_the_grip_is_bound_by_what_the_thing_is_like():
    heavy = Properties(mass_kg=0.4, friction=0.5, break_force_n=12.0)
    answer = PolicyAnswer(np.array([[0.0, 1.0], [0.0, 40.0], [0.0, 0.0], [0.0, 5.0]]), heavy)
    bench = Bench(Policy(answer), execute_n=4)
    bench.run(4)
    need_n = 0.4 * (9.81 + 1.0) / (2 * 0.5)
    assert [grip for _, grip in bench.robot.sent] == pytest.approx([need_n, 9.6, 0.0, 5.0])
    assert bench.notes == ["grip 4.3 to 9.6 N for 0.40 kg at friction 0.50"]


def test_what_would_break_before_it_is_lifted_is_not_gripped():
    egg = Properties(mass_kg=1.0, friction=0.2, break_force_n=9.0)
    bench = Bench(Policy(PolicyAnswer(np.array([[0.0, 9.0]] * 4), egg)))
    assert bench.run(3) == []
    assert bench.controller.error.code is FailureCode.UNSAFE_FORCE


def test_after_a_ramp_the_old_speed_would_be_a_leap():
    """The step is measured from what was sent last, not from what was sent before the ramp."""
    dims = (ActionDim(label="x", unit="m/s", low=-1, high=1, max_step=0.2),)
    action = ActionSpec(control="velocity", dims=dims)
    fast = [[0.2], [0.4], [0.6], [0.8]]
    bench = Bench(
        Policy(fast, [[0.8]] * 4),
        action=action,
        chunk=4,
        latency_s=0.2,
        execute_n=9,
        hold_s=0.1,
        ramp_s=0.8,
    )
    for _ in range(15):
        bench.controller.period(bench.clock.now_s())
        bench.clock.wait_until(bench.clock.now_s() + 1 / RATE_HZ)
    assert bench.robot.sent[3] == pytest.approx([0.8])
    assert bench.robot.sent[-1][0] < 0.6
    assert bench.controller.error.code is FailureCode.POLICY_INVALID
    assert "leaps" in bench.controller.error.detail


@pytest.mark.parametrize(
    "properties",
    [
        Properties(float("nan"), 0.5, 10.0),
        Properties(0.2, 0.0, 10.0),
        Properties(-0.2, 0.5, 10.0),
        Properties(0.2, 0.5, float("inf")),
    ],
)
def test_what_a_thing_cannot_be_like_is_not_acted_on(properties):
    bench = Bench(Policy(PolicyAnswer(np.array([[0.0, 5.0]] * 4), properties)))
    assert bench.run(3) == []
    assert bench.controller.error.code is FailureCode.POLICY_INVALID


def test_a_start_that_is_no_number_moves_nothing():
    """An encoder that is not ready must not switch the check of the first step off."""
    action = action_spec("position", starts_at="x_m")
    bench = Bench(Policy([[0.1, 5]] * 4), action=action, is_blind=True)
    bench.robot.proprioception = lambda: Proprioception(
        bench.clock.now_s(), {"x_m": np.array([np.nan, 0.0])}
    )
    assert bench.run(3) == []
    assert bench.controller.error.code is FailureCode.SENSOR_STALE


def test_the_bound_force_is_reached_as_fast_as_it_may_change():
    dims = (
        ActionDim(label="x", unit="m/s", low=-1, high=1),
        ActionDim(label="grip", unit="N", low=0, high=40, part="gripper", max_step=5),
    )
    action = ActionSpec(control="velocity", gripper="force", dims=dims)
    heavy = Properties(mass_kg=1.0, friction=0.5, break_force_n=100.0)
    bench = Bench(Policy(PolicyAnswer(np.array([[0.0, 1.0]] * 4), heavy)), action=action)
    bench.run(4)
    assert bench.controller.error is None
    assert [grip for _, grip in bench.robot.sent] == pytest.approx([6.0, 10.81, 10.81, 10.81])


def test_a_ramp_is_no_faster_than_a_step_may_be():
    dims = (ActionDim(label="x", unit="m/s", low=-1, high=1, max_step=0.05),)
    action = ActionSpec(control="velocity", dims=dims)
    rising = [[0.05 * (i + 1)] for i in range(8)]
    bench = Bench(
        Policy(rising), action=action, chunk=8, execute_n=90, hold_s=0.1, ramp_s=0.2, latency_s=0.0
    )
    for _ in range(14):
        bench.controller.period(bench.clock.now_s())
        bench.clock.wait_until(bench.clock.now_s() + 1 / RATE_HZ)
    sent = [x for (x,) in bench.robot.sent]
    assert max(abs(a - b) for a, b in pairwise(sent)) <= 0.05 + 1e-9


def test_an_answer_of_another_length_is_another_policy():
    bench = Bench(Policy([[0.1, 5]] * 900))
    assert bench.run(2) == []
    assert "900 actions, but 'chunk' is 4" in bench.controller.error.detail


def test_a_position_that_is_no_number_is_not_sent():
    bench = Bench(
        Policy([[0.1, 5]] * 4), action=action_spec("position", starts_at="x_m"), is_blind=True
    )
    bench.robot.proprioception = lambda: Proprioception(0.0, {"x_m": np.array([np.nan, 0.0])})
    assert bench.run(3) == []
    assert "where the robot is" in bench.controller.error.detail


@pytest.mark.parametrize("control", ["velocity", "delta"])
def test_a_limit_on_speed_scales_velocities_and_steps_and_not_the_grip(control):
    bench = Bench(
        Policy([[0.8, 30]] * 4),
        action=action_spec(control),
        limits=lambda: MotionLimits(speed=0.5, force=0.5),
    )
    bench.run(3)
    assert bench.robot.sent[-1] == [0.4, 20.0]


def test_a_limit_on_speed_shortens_the_greatest_step_of_a_position():
    dims = (
        ActionDim(label="x", unit="m", low=-1, high=1, max_step=0.1),
        ActionDim(label="grip", unit="N", low=0, high=40, part="gripper"),
    )
    action = ActionSpec(control="position", gripper="force", dims=dims, starts_at=None)
    answers = [[0.0, 5], [1, 5], [1, 5], [1, 5]]
    sent = {}
    for share in (1.0, 0.5):
        limits = MotionLimits(speed=share)
        more = {"limits": lambda now=limits: now, "beyond": "clip", "execute_n": 4}
        sent[share] = Bench(Policy(answers), action=action, **more).run(3)[-1]
    assert sent[0.5] == pytest.approx(sent[1.0] / 2)


def test_a_limit_is_read_at_every_period():
    now = [MotionLimits()]
    bench = Bench(Policy([[0.8, 30]] * 4), limits=lambda: now[0])
    bench.run(1)
    now[0] = MotionLimits(speed=0.1)
    assert bench.run(1) == pytest.approx([0.8, 0.08])
