"""Cancelled stays cancelled: no queue, plan, answer or approval outlives a stop unasked."""

import threading
from dataclasses import replace

import pytest

import treehand as th
from tests.scenario.test_conversation import Talk, happened, saying
from treehand.cli.input.line_worker import LineWorker, TypedLine
from treehand.cli.views.console_screen import Screen
from treehand.console import Asked, Proposed, Understood
from treehand.core.clock import MonotonicClock
from treehand.core.errors import StillStopped
from treehand.core.events import Rearmed, SkillStarted
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.store.journal import read_events
from treehand.planners import Goal
from treehand.skills import HaltStep, SkillDefinition, SkillStep
from treehand.skills.domain import parse_formula
from treehand.trees import PersonQuestion

ELSEWHERE = LatchedStop(reason="a child came in", by="ann, treehand stop")


class Endless:
    """A skill that goes on until it is halted."""

    def __init__(self, context):
        self._clock = context.clock

    def start(self):
        pass

    def step(self):
        return SkillStep.running(self._clock.now_s() + 0.01)

    def halt(self):
        return HaltStep.DONE


@pytest.fixture
def talk(deployment, tmp_path):
    """Start conversations in which ``open`` never ends by itself."""
    catalog = deployment.catalog.rebound(SkillDefinition("open", Endless))
    made = []

    def make(**options):
        options = {"clock": MonotonicClock(60.0), **options}
        made.append(Talk(replace(deployment, catalog=catalog), tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.conversation.close()


def latch(one):
    return one.conversation.robot.parts.hold.latch


def lift(one):
    """Re-arm from another terminal."""
    latch(one).lift(latch(one).stops())


def opening(one, *lines):
    """Say lines while the robot opens the fridge."""
    one.conversation.say("open the fridge")
    if not one.conversation.is_running:
        one.conversation.say("yes")
    one.until(happened("skill-started", "open(fridge)"))
    for line in lines:
        one.conversation.say(line)


def begun(one):
    """Return the calls that began, in every run of the workspace."""
    return [
        str(event.call)
        for run in one.workspace.runs()
        for event in read_events(one.workspace.find_run(run).journal)
        if isinstance(event, SkillStarted)
    ]


def test_goals_that_waited_are_dropped_by_a_stop_from_elsewhere(talk):
    one = talk(policy=ApprovalPolicy.NEVER)
    opening(one, "turn off the left knob")
    latch(one).add(ELSEWHERE)
    one.conversation.wait(5)
    assert one.conversation.queued == ()
    assert "a stop came; no longer waiting: turn off the left knob" in one.said()
    lift(one)
    one.say("close the cupboard")  # already so; its end used to take the next goal
    assert not any("left_knob" in call for call in begun(one))


def test_goals_that_wait_after_a_failure_are_dropped_by_a_stop_and_its_lift_elsewhere(talk):
    one = talk(policy=ApprovalPolicy.NEVER)
    knob = Goal(text="turn off the left knob", formula=parse_formula("not is_on(left_knob)"))
    one.conversation._queue.put(knob.text, knob)
    latch(one).add(ELSEWHERE)
    lift(one)
    one.say("put the red mug in the sink")
    assert one.results[-1].outcome == "success"
    assert not any("left_knob" in call for call in begun(one))
    assert "no longer waiting: turn off the left knob" in one.said()


def test_a_change_of_the_goal_does_not_come_after_a_stop(talk):
    one = talk(policy=ApprovalPolicy.NEVER)
    opening(one, "actually put the red mug in the sink")
    latch(one).add(ELSEWHERE)
    one.conversation.wait(5)
    lift(one)
    one.say("what did you do?")
    assert len(one.workspace.runs()) == 1
    assert not any("red_mug" in call for call in begun(one))


def test_a_plan_that_was_shown_before_a_stop_does_not_run_on_a_late_yes(talk):
    one = talk().say("put the red mug in the sink")
    latch(one).add(ELSEWHERE)
    lift(one)
    one.say("yes")
    assert "a stop came after the plan was shown" in one.said()
    assert begun(one) == []
    one.say("put the red mug in the sink", "yes")
    assert one.results[-1].outcome == "success"


@pytest.mark.parametrize("words", ["cancel", "never mind", "forget it"])
def test_a_goal_that_was_cancelled_is_not_gone_on_with(talk, words):
    one = talk()
    opening(one)
    one.conversation.say(words)
    one.conversation.wait(5)
    one.say("rearm", "yes", "go on")
    assert one.said().endswith("there is nothing to go on with")


def test_a_no_to_going_on_ends_it(talk):
    one = talk()
    opening(one)
    one.conversation.say("stop")
    one.conversation.wait(5)
    one.say("rearm", "yes", "go on")
    assert isinstance(one.messages[-1], Proposed)
    one.say("no", "go on")
    assert one.said().endswith("there is nothing to go on with")


class Pausing(Talk):
    """A conversation whose client is slow to show that a goal was understood."""

    def __init__(self, *arguments, **options):
        self.understood, self.goes_on = threading.Event(), threading.Event()
        super().__init__(*arguments, **options)

    def _tell(self, message):
        super()._tell(message)
        if isinstance(message, Understood):
            self.understood.set()
            assert self.goes_on.wait(5)


def test_a_stop_while_a_goal_is_planned_keeps_its_run_from_beginning(deployment, tmp_path):
    """Nothing is asked under this policy: the plan would run as soon as it is there."""
    one = Pausing(deployment, tmp_path, policy=ApprovalPolicy.NEVER)
    speaking = threading.Thread(target=one.conversation.say, args=("open the fridge",))
    speaking.start()
    assert one.understood.wait(5)
    stopping = threading.Thread(target=one.conversation.say, args=("stop",))
    stopping.start()
    while not one.conversation._runs._is_barred:
        stopping.join(0.001)
    one.goes_on.set()
    speaking.join()
    stopping.join()
    assert begun(one) == []
    assert one.conversation.robot.stops
    one.conversation.close()


def test_lines_that_were_typed_before_a_stop_are_not_taken_after_it(deployment, tmp_path, capsys):
    one = Pausing(deployment, tmp_path, policy=ApprovalPolicy.NEVER)
    worker = LineWorker(one.conversation, Screen(deployment.domain, is_terminal=False))
    worker.take(TypedLine("open the fridge", 0.0))
    assert one.understood.wait(5)
    worker.take(TypedLine("turn off the left knob", 0.0))
    worker.take(TypedLine("stop", 0.0))
    one.goes_on.set()
    worker.close()
    worker.join()
    assert "dropped by the stop: turn off the left knob" in capsys.readouterr().out
    assert begun(one) == []
    one.conversation.close()


def test_an_answer_that_comes_too_late_answers_no_later_question(talk):
    one = talk()
    answers = one.conversation._questions.answers
    stopped = [True]
    answers._is_stopped = lambda: stopped[0]
    answers._given.put("yes")  # given just as its question ended
    stopped[0] = False
    asked = []
    thread = threading.Thread(target=lambda: asked.append(answers.ask(PersonQuestion("Sure?"))))
    thread.start()
    one.until(lambda message: isinstance(message, Asked))
    assert asked == []
    assert answers.give("no")
    thread.join(5)
    assert asked == ["no"]


def test_the_console_lifts_the_stops_that_it_showed_and_asks_again(talk):
    one = talk()
    opening(one)
    one.conversation.say("stop")
    one.conversation.wait(5)
    one.say("rearm")
    latch(one).add(ELSEWHERE)
    one.say("yes")
    assert one.conversation.robot.stops
    assert "stopped by ann, treehand stop: a child came in" in one.said()
    assert isinstance(one.messages[-1], Asked)
    one.say("yes")
    assert one.conversation.robot.stops == ()
    events = read_events(one.workspace.find_run("1").journal)
    (rearmed,) = [event for event in events if isinstance(event, Rearmed)]
    assert rearmed.lifted[1] == "ann, treehand stop: a child came in"


def test_the_api_lifts_what_was_shown_and_says_what_is_left(tmp_path):
    with th.open(workspace=tmp_path, state=tmp_path / "kitchen.world") as robot:
        robot.stop("smoke", by="a sensor")
        shown = robot.stops
        robot.stop("smoke", by="a sensor")  # the same words, and another stop
        with pytest.raises(StillStopped, match=r"still-stopped: .*smoke"):
            robot.rearm("ann", shown)
        plan = robot.propose("open the fridge")
        assert robot.run(robot.approve(plan, by="ann")).outcome is th.Outcome.REFUSED
        robot.rearm("ann")
        assert robot.stops == ()


def test_an_approval_is_void_after_a_stop_even_if_that_is_lifted(tmp_path):
    with th.open(workspace=tmp_path) as robot:
        approval = robot.approve(robot.propose("open the fridge"), by="ann")
        robot.stop("smoke", by="a sensor")
        robot.rearm("bob")
        result = robot.run(approval)
        assert result.outcome is th.Outcome.REFUSED
        assert "a stop came after the plan was approved" in result.message
        again = robot.approve(robot.propose("open the fridge"), by="ann")
        assert robot.run(again).outcome is th.Outcome.SUCCESS


def test_saying_stop_once_is_one_stop(talk):
    one = talk()
    opening(one)
    one.conversation.say("stop")
    one.until(saying("stopping"))
    one.conversation.wait(5)
    assert len(one.conversation.robot.stops) == 1
