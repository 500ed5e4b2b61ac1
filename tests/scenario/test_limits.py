"""Limits on speed and grip force: said by a person, journalled, kept by the skills."""

import pytest

from treehand.console import Conversation, Proposed, Said
from treehand.core.events import LimitsChanged, SkillEnded, SkillNoted, SkillStarted
from treehand.orchestrator.history.run_history import read_history
from treehand.orchestrator.running.watching.limit_book import ALL, LimitBook
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners.goals.goal_text import write_goal
from treehand.planners.goals.manner import Manner
from treehand.skills import MotionLimits
from treehand.skills.domain import Call, Facts


class Talk:
    """A conversation with its messages and journals."""

    def __init__(self, deployment, folder):
        self.messages, self.workspace = [], Workspace(folder / "runs")
        self.conversation = Conversation(
            deployment, workspace=self.workspace, tell=self.messages.append, folder=folder
        )

    def say(self, *lines):
        for line in lines:
            self.conversation.say(line)
            assert self.conversation.wait_for_turn(60.0)

    def events(self, run="0001"):
        return list(read_events(self.workspace.find_run(run).journal))


@pytest.fixture
def talk(deployment, tmp_path):
    one = Talk(deployment, tmp_path)
    yield one
    one.conversation.close()


def took_s(events):
    begun = {e.path: e.t_s for e in events if isinstance(e, SkillStarted)}
    return {str(e.call): e.t_s - begun[e.path] for e in events if isinstance(e, SkillEnded)}


def test_a_limit_on_one_thing_slows_its_steps_and_limits_its_grip(talk):
    talk.say("be careful with the glass", "put the glass in the dishwasher", "yes")
    shown = [m for m in talk.messages if isinstance(m, Proposed)][-1]
    assert shown.limits == ("glass: 50 % speed, 60 % grip force",)
    events = talk.events()
    kinds = [e for e in events if isinstance(e, LimitsChanged | SkillStarted)]
    assert isinstance(kinds[0], LimitsChanged)
    assert kinds[0].words == "be careful with the glass"
    slow = took_s(events)
    talk.say("undo that", "yes", "no need to be careful with the glass")
    talk.say("put the glass in the dishwasher", "yes")
    usual = took_s(talk.events("0003"))
    assert slow["put_in(glass, dishwasher)"] > 1.6 * usual["put_in(glass, dishwasher)"]
    grips = [e.note for e in events if isinstance(e, SkillNoted) and "grip" in e.note]
    assert float(grips[0].split()[1]) <= 0.6 * 0.8 * 9.0 * 1.35  # its estimate of 9 N errs


def test_a_manner_limits_the_steps_of_its_run_alone(talk):
    talk.say("carefully put the glass in the sink", "how long will it take?")
    assert "under the limits about" in [m.text for m in talk.messages if isinstance(m, Said)][-1]
    talk.say("yes")
    slow = took_s(talk.events())
    talk.say("put the glass on the table", "yes", "put the glass in the sink", "yes")
    usual = took_s(talk.events("0003"))
    assert slow["put_in(glass, sink)"] > 1.6 * usual["put_in(glass, sink)"]


def test_a_manner_is_kept_by_a_change_and_a_resumed_run(talk, deployment):
    talk.say("carefully put the glass in the sink", "no, in the dishwasher")
    plan = [m for m in talk.messages if isinstance(m, Proposed)][-1].plan
    assert write_goal(plan.goal) == "in(glass, dishwasher); carefully"
    talk.say("yes")
    history = read_history(talk.events(), deployment.vocabulary, run="0001")
    assert history.goal is not None
    assert history.goal.manner is Manner.CAREFULLY


@pytest.mark.slow
def test_a_limit_that_does_not_hold_the_thing_fails_as_unsafe(talk):
    talk.conversation.robot.world.limits.change("milk", MotionLimits(force=0.1), "softly")
    talk.say("pick up the milk", "yes")
    ends = [e for e in talk.events() if isinstance(e, SkillEnded)]
    assert {e.code for e in ends if e.call.name == "pick"} == {"unsafe-force"}


def test_be_careful_never_makes_a_limit_looser(talk):
    talk.say("slow down", "slow down", "be careful")
    assert talk.conversation.robot.world.limits.wanted[ALL] == MotionLimits(0.25, 0.6)
    talk.say("normal speed")
    assert talk.conversation.robot.world.limits.wanted[ALL] == MotionLimits(1.0, 0.6)
    talk.say("lift all limits")
    assert not talk.conversation.robot.world.limits.wanted


def test_the_estimate_tells_what_the_limits_cost(talk):
    talk.say("slow down", "put the milk in the fridge", "how long will it take?")
    told = [m.text for m in talk.messages if isinstance(m, Said)][-1]
    assert "under the limits about 1:00" in told


def test_a_resumed_run_keeps_the_limits(talk, deployment):
    talk.say("be careful with the milk", "put the milk in the fridge", "yes")
    history = read_history(talk.events(), deployment.vocabulary, run="0001")
    book = LimitBook()
    book.restore(history.limits)
    seen = []
    book.announce(seen.append, 0.0)
    milk = book.on(Call("pick", ("milk",)), Facts(deployment.vocabulary))
    assert milk == MotionLimits(0.5, 0.6)
    assert [e.limits for e in seen] == [history.limits]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan"), float("inf")])
def test_a_limit_is_a_share(share):
    with pytest.raises(ValueError, match=r"speed must be 0\.1 to 1"):
        MotionLimits(speed=share)
