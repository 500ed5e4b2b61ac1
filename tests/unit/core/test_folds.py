"""Folds: one mechanism for everything that is computed from the event stream."""

from collections import Counter

import pytest

from treehand.core.events import BaseEvent, Held, OracleRead, Stopped
from treehand.core.events.folds import Fold, on

EVENTS = [
    Held(t_s=1.0, by="ann"),
    OracleRead(t_s=2.0, purpose="test"),
    Stopped(t_s=3.0, reason="x", acknowledged=True, by="bob"),
    Held(t_s=4.0, by="bob"),
]


class People(Fold):
    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    @on(Held, Stopped)
    def _asked(self, event: Held | Stopped) -> None:
        self.times[event.by] += 1


class PeopleWhoHeld(People):
    @on(Stopped)
    def _stopped(self, event: Stopped) -> None:
        """Not counted here."""


class Last(People):
    t_s = 0.0

    def take(self, event: BaseEvent) -> None:
        self.t_s = event.t_s
        super().take(event)


def test_a_handler_gets_the_kinds_that_it_names():
    assert People().over(EVENTS).times == {"ann": 1, "bob": 2}


def test_a_subclass_replaces_a_handler_and_leaves_its_parent_alone():
    assert PeopleWhoHeld().over(EVENTS).times == {"ann": 1, "bob": 1}
    assert People().over(EVENTS).times == {"ann": 1, "bob": 2}


def test_take_sees_every_event():
    last = Last().over(EVENTS)
    assert (last.t_s, last.times["bob"]) == (4.0, 2)
    assert Last().over([OracleRead(t_s=2.0, purpose="test")]).t_s == 2.0


def test_a_fold_subscribes_as_it_is():
    fold = People()
    fold.take(EVENTS[0])
    assert fold.times == {"ann": 1}


def test_two_handlers_of_one_kind_are_a_mistake():
    with pytest.raises(TypeError, match="two handlers of Held"):

        class Twice(Fold):
            @on(Held)
            def _one(self, event: Held) -> None: ...

            @on(Held)
            def _other(self, event: Held) -> None: ...
