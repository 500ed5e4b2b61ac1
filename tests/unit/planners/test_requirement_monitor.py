"""Requirements watched along a sequence of beliefs."""

import pytest

from treehand.planners.goals.requirements.requirement import parse_requirement
from treehand.planners.goals.requirements.requirement_monitor import RequirementMonitor


class Beliefs:
    """Truth values by the letter of the predicate; those left out are unknown."""

    def __init__(self, letters: str) -> None:
        self._letters = letters

    def value(self, fact):
        letter = fact.predicate
        if letter in self._letters:
            return True
        return None if f"{letter}?".upper() in self._letters else False

    def objects(self, type_name):
        return ()

    def entry(self, name):
        return None


def watched(text, moments):
    """Return what is broken after (seconds, letters that are true), a step ending at each."""
    monitor = RequirementMonitor([parse_requirement(text)])
    monitor.observe(Beliefs(moments[0][1]), moments[0][0])
    for seconds, letters in moments[1:]:
        monitor.step_ended()
        monitor.observe(Beliefs(letters), seconds)
    return monitor


@pytest.mark.parametrize(
    ("text", "moments", "is_kept"),
    [
        ("never a() for 20 s", [(0, ""), (5, "a"), (25, "")], True),
        ("never a() for 20 s", [(0, ""), (5, "a"), (26, "")], False),
        ("never a() for 20 s", [(0, "a"), (15, ""), (16, "a"), (30, "")], True),
        ("never a() for 20 s", [(0, "a"), (21, "a")], False),
        ("whenever a() then b() within 2 steps", [(0, ""), (1, "a"), (2, "a"), (3, "b")], True),
        ("whenever a() then b() within 2 steps", [(0, ""), (1, "a"), (2, ""), (3, "")], False),
        ("whenever a() then b() within 1 step", [(0, ""), (1, "a"), (2, "ab")], True),
        ("whenever a() then b()", [(0, "a"), (500, ""), (900, "b")], True),
        ("whenever a() then b() within 9 s", [(0, "ab"), (500, "b")], True),
        ("never a() until b()", [(0, ""), (1, "b"), (2, "a")], True),
        ("never a() until b()", [(0, ""), (1, "ab")], True),
        ("never a() until b()", [(0, ""), (1, "a"), (2, "b")], False),
        ("never a() until b()", [(0, ""), (1, "A?")], True),
    ],
)
def test_a_requirement_is_kept_or_broken(text, moments, is_kept):
    monitor = watched(text, moments)
    assert (monitor.finish() == ()) is is_kept


def test_a_response_that_is_still_due_at_the_end_is_broken():
    monitor = watched("whenever a() then b() within 90 s", [(0, ""), (1, "a")])
    assert monitor.broken == ()
    assert "still to follow" in monitor.finish()[0].detail


def test_a_broken_requirement_is_told_once():
    monitor = watched("never a() for 2 s", [(0, "a"), (5, "a"), (9, "a"), (20, "")])
    assert len(monitor.finish()) == 1


def test_a_copy_goes_on_by_itself():
    monitor = watched("never a() for 2 s", [(0, "a")])
    twin = monitor.copy()
    twin.observe(Beliefs("a"), 9.0)
    assert twin.broken
    assert not monitor.broken


def test_states_that_go_on_alike_have_equal_keys():
    early = watched("never a() for 20 s", [(0, ""), (5, "a")])
    late = watched("never a() for 20 s", [(0, ""), (50, "a")])
    assert early.key(7.0) == late.key(52.0)
    assert early.key(7.0) != late.key(53.0)
