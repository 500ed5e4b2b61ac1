"""Hazards and standing orders at the console: the safe order is offered, orders hold in a run."""

import pytest

from treehand.console import Asked, Conversation, Proposed, Said
from treehand.orchestrator.store.workspace import Workspace


class Talk:
    """A conversation with its messages."""

    def __init__(self, deployment, folder):
        self.messages = []
        self.conversation = Conversation(
            deployment,
            workspace=Workspace(folder / "runs"),
            tell=self.messages.append,
            folder=folder,
        )

    def say(self, *lines):
        for line in lines:
            self.conversation.say(line)
            assert self.conversation.wait_for_turn(60.0)

    @property
    def said(self):
        return [message.text for message in self.messages if isinstance(message, Said)]


@pytest.fixture
def talk(deployment, tmp_path):
    one = Talk(deployment, tmp_path)
    yield one
    one.conversation.close()


def test_a_yes_to_the_safe_order_proposes_it(talk):
    talk.say("put the paper on the stove")
    assert talk.said[-1].startswith("refused: the wrapper would catch fire")
    (asked,) = [message for message in talk.messages if isinstance(message, Asked)]
    assert asked.question.text == "shall I turn off the left knob and put the paper on the stove?"
    talk.say("yes")
    shown = [message for message in talk.messages if isinstance(message, Proposed)][-1]
    steps = ["turn_off(left_knob)", "pick(wrapper)", "put_on(wrapper, stove)"]
    assert list(map(str, shown.plan.steps)) == steps


def test_a_no_to_the_safe_order_does_nothing(talk):
    talk.say("put the paper on the stove", "no")
    assert not [message for message in talk.messages if isinstance(message, Proposed)]
    assert not talk.conversation.is_waiting


def test_orders_are_given_shown_and_lifted_at_the_console(talk):
    talk.say("never put the milk in the sink", "/orders", "what are the standing orders?")
    assert talk.said[-1] == talk.said[-2]
    assert talk.said[-1].startswith("1. never put the milk in the sink (since ")
    talk.say("put the milk in the sink")
    assert talk.said[-1].startswith("refused: you said 'never put the milk in the sink'")
    talk.say("forget the order about the milk", "/orders")
    assert talk.said[-2:] == [
        "lifted: 'never put the milk in the sink'",
        "there are no standing orders",
    ]


def test_the_plan_at_the_console_names_what_it_leaves_behind(talk):
    talk.say("put the milk in the fridge")
    shown = [message for message in talk.messages if isinstance(message, Proposed)][-1]
    assert [caution.rule for caution in shown.plan.cautions] == ["door-left-open"]


def test_stop_doing_something_is_asked_about_as_a_standing_order(talk):
    talk.say("stop putting plates in the sink")
    assert talk.said[-1] == (
        "nothing is running; shall I keep to 'never put plates in the sink' from now on?"
    )
    talk.say("yes please")
    assert talk.said[-1].startswith("standing order 1: never")
    talk.say("put plate 1 in the sink")
    assert talk.said[-1].startswith("refused: you said 'never put plates in the sink'")
    talk.say("stop opening the fridge", "no", "open the fridge")
    assert any(isinstance(message, Proposed) for message in talk.messages)
