"""A skill behind its gate: its halt and its end shut it, and a stop is not its failure."""

import threading

import pytest

from tests.gates import own_gate
from treehand.core.clock import VirtualClock
from treehand.core.errors import CommandRefused
from treehand.skills import (
    CommandGate,
    FailureCode,
    GatedSkill,
    HaltStep,
    MotionFence,
    SkillStep,
    StepStatus,
    StopStatus,
    is_self_ending,
)


class Robot:
    def __init__(self):
        self.sent = []

    def apply(self, action):
        self.sent.append(action)

    def stop(self):
        self.sent.append("stop")
        return StopStatus(acknowledged=True)


class Commands:
    """Commands in every method, and answers as it is told to."""

    ends_itself = True

    def __init__(self, robot, *answers):
        self._robot, self._answers = robot, list(answers)

    def start(self):
        self._robot.apply("start")

    def step(self):
        self._robot.apply("step")
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def halt(self):
        self._robot.apply("retreat")
        return HaltStep.DONE


@pytest.fixture
def robot():
    return Robot()


def skill_of(robot, *answers, fence=None):
    gate = CommandGate(robot, fence or MotionFence(), "the skill", VirtualClock())
    return GatedSkill(Commands(gate.robot(), *answers), gate), gate


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        (SkillStep.running(1.0), True),
        (SkillStep.success(), False),
        (SkillStep.failure(FailureCode.TIMEOUT), False),
        (True, False),
    ],
)
def test_the_last_step_shuts_the_gate(robot, answer, is_open):
    skill, gate = skill_of(robot, answer)
    skill.start()
    assert skill.step() is answer
    assert gate.is_open is is_open


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit("x"), KeyboardInterrupt()])
def test_an_exception_shuts_the_gate(robot, error):
    skill, gate = skill_of(robot, error)
    with pytest.raises(type(error)):
        skill.step()
    assert not gate.is_open


def test_a_halt_retreats_and_leaves_the_gate_shut(robot):
    skill, gate = skill_of(robot)
    skill.start()
    assert skill.halt() is HaltStep.DONE
    assert robot.sent == ["start", "retreat"]
    assert not gate.is_open


def test_a_halt_after_a_stop_stops_the_robot_in_place_of_a_retreat(robot):
    fence = MotionFence()
    skill, _ = skill_of(robot, fence=fence)
    skill.start()
    fence.close()
    assert skill.halt() is HaltStep.DONE
    assert robot.sent == ["start", "stop"]


def test_a_step_that_is_refused_by_a_stop_is_no_failure(robot):
    fence = MotionFence()
    skill, _ = skill_of(robot, fence=fence)
    fence.close()
    skill.start()
    assert skill.step().status is StepStatus.RUNNING


def test_a_success_after_a_refused_command_is_not_believed(robot):
    class Swallows(Commands):
        def step(self):
            try:
                super().step()
            except CommandRefused:
                return SkillStep.success()

    fence = MotionFence()
    gate = CommandGate(robot, fence, "the skill", VirtualClock())
    skill = GatedSkill(Swallows(gate.robot()), gate)
    fence.close()
    assert skill.step().status is StepStatus.RUNNING
    assert not gate.is_open


def test_a_step_after_its_own_halt_is_an_error_of_the_skill(robot):
    skill, _ = skill_of(robot)
    skill.halt()
    with pytest.raises(CommandRefused):
        skill.step()


def test_a_halt_is_not_done_while_the_driver_is_at_a_command():
    class Slow(Robot):
        def __init__(self):
            super().__init__()
            self.is_busy, self.goes_on = threading.Event(), threading.Event()

        def move(self):
            self.is_busy.set()
            self.goes_on.wait(10)

    robot = Slow()
    gate = own_gate(robot)
    worker = threading.Thread(target=gate.robot().move)
    worker.start()
    robot.is_busy.wait(10)
    skill = GatedSkill(Commands(gate.robot()), gate)
    assert skill.halt() is HaltStep.RUNNING
    robot.goes_on.set()
    worker.join()
    assert skill.halt() is HaltStep.DONE


def test_it_ends_itself_if_the_skill_does(robot):
    skill, _ = skill_of(robot)
    assert is_self_ending(skill)
