"""Parts of a runtime: its fence, its questions to people, its tick counter."""

from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import MotionFence
from treehand.skills.domain import Facts, parse_call
from treehand.trees import PersonPort, PersonQuestion
from treehand.trees.runtime.activations import Activations
from treehand.trees.runtime.runtime import TickCounter

PICK = parse_call("pick(apple)")


class Confirms:
    """Asks before every step."""

    def question(self, call, facts):
        return f"{call}?"


def test_a_closed_fence_stays_closed():
    fence = MotionFence()
    assert not fence.is_closed
    assert fence.lets_begin
    fence.close()
    fence.hold_starts(False)
    assert fence.is_closed
    assert not fence.lets_begin


def test_a_fence_that_holds_starts_lets_running_skills_move():
    fence = MotionFence()
    fence.hold_starts(True)
    assert not fence.lets_begin
    assert not fence.is_closed
    fence.hold_starts(False)
    assert fence.lets_begin


def test_questions_are_taken_in_their_order_and_may_be_withdrawn(deployment: Deployment):
    people = PersonPort(Confirms())
    first, second = PersonQuestion("first?"), PersonQuestion("second?")
    people.put(first)
    people.put(second)
    people.withdraw(first)
    people.withdraw(first)
    people.withdraw(None)
    assert people.take() is second
    assert not people.is_waiting
    assert people.take() is None
    assert people.confirmation(PICK, Facts(deployment.vocabulary)) == "pick(apple)?"


def test_passes_that_change_nothing_are_not_counted():
    ticks = TickCounter()
    ticks.begin()
    ticks.begin()
    assert ticks.number == 1
    assert ticks.report() == 1
    ticks.begin()
    assert ticks.number == 2


def test_a_resumed_run_goes_on_counting_activations():
    earlier = {PICK: 2}
    activations = Activations(earlier)
    assert activations.next_attempt(PICK) == 3
    assert earlier == {PICK: 2}
