"""A fact that flickers is named when the run makes no progress because of it."""

from dataclasses import replace

from tests.conftest import planned
from tests.driving import Session
from treehand.core.events import FactChange, FactsChanged, SkillEnded
from treehand.orchestrator.running.watching.flicker_watch import FlickerWatch
from treehand.skills.domain import Fact, Percept, parse_call

HELD = Fact("holding", ("bowl_1",))


def changed(t_s, fact=HELD):
    change = FactChange(fact=fact, value=True, source="gripper", confidence=1.0)
    return FactsChanged(t_s=t_s, changes=(change,))


def halted(t_s):
    call = parse_call("put_in(bowl_1, drawer)")
    return SkillEnded(t_s=t_s, path="p", call=call, attempt=1, result="halted")


def test_a_fact_is_named_with_the_skill_that_it_halts():
    watch = FlickerWatch()
    for number in range(10):
        watch.hear(changed(2.0 * number))
        watch.hear(halted(2.0 * number + 0.1))
    assert watch.message() == (
        "holding(bowl_1) changed 10 times in 18 s, and "
        "put_in(bowl_1, drawer) was halted 10 times just after"
    )


def test_changes_without_halts_and_halts_without_changes_are_not_named():
    watch = FlickerWatch()
    for number in range(10):
        watch.hear(changed(2.0 * number))
        watch.hear(halted(2.0 * number + 1.0))
    assert watch.message() == ""


class Flickering:
    """The built-in kitchen with a contact that flips while something is carried."""

    def __init__(self, world, clock):
        self._world, self._clock, self._n = world, clock, 0

    def __getattr__(self, name):
        return getattr(self._world, name)

    def next_event_s(self):
        return self._clock.now_s() + 1.0

    def advance(self, to_s):
        self._world.advance(to_s)

    def perceive(self):
        told = list(self._world.perceive())
        now_s = self._clock.now_s()
        if self._world.truth().value(Fact("holding", ("red_mug",))) and int(now_s) > self._n:
            self._n = int(now_s)
            is_felt = self._n % 2 == 0
            told.append(Percept(Fact("holding", ("red_mug",)), is_felt, "contact", now_s))
            told.append(Percept(Fact("hand_empty", ()), not is_felt, "contact", now_s))
        return told


def test_a_run_that_is_halted_by_a_flickering_contact_says_so(deployment):
    kind = deployment.kind
    shaky = replace(kind, open=lambda context: Flickering(kind.open(context), context.clock))
    session = Session(replace(deployment, kind=shaky))
    result = session.execute(planned(session, "put the red mug in the sink"), approved_by="a test")
    assert "holding(red_mug) changed" in result.message
