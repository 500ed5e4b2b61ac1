"""Perception of the kitchen: camera range, doors that hide, missed detections.

Scans happen at events (an arrival, a release, an opened door), never on request. Perception
therefore does not depend on how often the tree was ticked.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import Fact, Percept
from treehand.worlds.kitchen.near_index import NearIndex
from treehand.worlds.kitchen.state import (
    RANGE_M,
    KitchenObject,
    KitchenState,
    Point,
    distance_m,
)

INSIDE_RANGE_M = 1.3
"""Range of the camera for objects in an open cabinet."""
MISS_PROBABILITY = 0.01
"""Probability that one scan misses one visible object."""
MISSES_TO_BELIEVE = 2
"""Consecutive misses after which an object is believed to be gone."""
CAREFUL_MISS_PROBABILITY = 0.001
"""Miss probability while searching, or looking at one object."""


class KitchenPerception:
    """Camera, odometry and gripper sensors, and a tracker of the objects seen.

    Args:
        state: True state of the kitchen.
        random: Random numbers of the scans.
    """

    def __init__(self, state: KitchenState, random: KeyedRandom) -> None:
        self._state = state
        self._random = random
        self.scans_n = 0
        self.tracked: dict[str, tuple[Fact, Point]] = {}
        self._tracked_at = NearIndex(RANGE_M)
        self._unseen_at = -1
        """Number of objects in `_located` when the things without a report were looked up."""
        self._unseen_things: tuple[str, ...] = ()
        self._absent: dict[str, set[tuple[str, str]]] = {}
        """Never-seen objects with the places that were reported to be without them."""
        self._misses: dict[str, int] = {}
        self._reported: dict[Fact, bool] = {}
        self._located: set[str] = set()
        """Objects of which it was reported if they are located."""
        self._felt: set[str] = set()
        """Where the robot is reported to be, and what it is reported to hold."""
        self._pending: list[Percept] = []

    def remember(self, fact: Fact) -> None:
        """Take in an earlier run's fact: a tracked location, or a contact to sense again."""
        if fact.predicate in ("on", "in"):
            self._track(fact, self._state.point_m(fact.terms[1]))
        elif fact.predicate in ("at", "holding"):
            self._reported[fact] = True
            self._felt.add(fact.terms[0])

    def drain(self) -> list[Percept]:
        """Return the percepts since the last call."""
        percepts, self._pending = self._pending, []
        return percepts

    def forget(self, name: str) -> None:
        """Report that an object's place is unknown: it slipped out of the gripper."""
        self.sense_body()
        self._report(Fact("located", (name,)), False, "gripper")

    def sense_body(self) -> None:
        """Read odometry and gripper; an object during its lift does not count as held."""
        state = self._state
        held = None if state.is_lifting else state.held
        felt = {state.at, held, *self._felt}
        for place in state.in_order(felt):
            fact = Fact("at", (place,))
            if state.at == place or self._reported.get(fact):
                self._report(fact, state.at == place, "odometry")
        for name in filter(state.things.__contains__, state.in_order(felt)):
            fact = Fact("holding", (name,))
            if held == name or self._reported.get(fact):
                self._report(fact, held == name, "gripper")
        told = self._reported.get
        self._felt = {
            name
            for name in felt
            if name and (told(Fact("at", (name,))) or told(Fact("holding", (name,))))
        }
        if held is not None:
            self._lose(held)
            self._report(Fact("located", (held,)), True, "gripper")
        self._report(Fact("hand_empty", ()), held is None, "gripper")

    def scan(self, *, careful: bool = False) -> frozenset[str]:
        """Scan from the robot's position and return the names of the detected objects."""
        self.scans_n += 1
        self.sense_body()
        state = self._state
        near = state.near_robot()
        around = state.in_order({*near, *self._tracked_at.near(state.base_m), *self._unseen()})
        for predicate, values in (("is_open", state.open), ("is_on", state.knobs)):
            for name in filter(values.__contains__, around):
                if distance_m(state.base_m, state.point_m(name)) <= RANGE_M:
                    self._report(Fact(predicate, (name,)), values[name], "camera")
        seen: set[str] = set()
        in_view = self._places_in_view(around)
        miss = CAREFUL_MISS_PROBABILITY if careful else MISS_PROBABILITY
        for name in filter(state.things.__contains__, around):
            thing = state.things[name]
            if thing.place is None:
                continue
            if self.can_see(thing) and self._random.uniform(self.scans_n, name) >= miss:
                self._report_detection(thing)
                seen.add(name)
            elif self._should_be_in_view(name):
                self._report_miss(name)
            elif name not in self._located:
                self._report_absence(name, in_view)
        return frozenset(seen)

    def _unseen(self) -> tuple[str, ...]:
        """Return the things of which it was never reported if they are located."""
        if self._unseen_at != len(self._located):
            self._unseen_at = len(self._located)
            self._unseen_things = tuple(n for n in self._state.things if n not in self._located)
        return self._unseen_things

    def _places_in_view(self, around: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return the places in view, each with the predicate of what is there."""
        state = self._state
        return tuple(
            (predicate, place)
            for predicate, places in (("on", state.worktops), ("in", state.receptacles))
            for place in filter(places.__contains__, around)
            if self._in_view(place, predicate == "in", state.point_m(place))
        )

    def _track(self, fact: Fact, point_m: Point) -> None:
        """Remember where an object was seen."""
        name = fact.terms[0]
        self.tracked[name] = (fact, point_m)
        self._tracked_at.put(name, point_m)

    def _lose(self, name: str) -> None:
        """Forget where an object was seen."""
        self.tracked.pop(name, None)
        self._tracked_at.remove(name)

    def _report_absence(self, name: str, in_view: tuple[tuple[str, str], ...]) -> None:
        """Report places in view without a never-seen object, after two misses in a row."""
        self._misses[name] = self._misses.get(name, 0) + 1
        if self._misses[name] < MISSES_TO_BELIEVE:
            return
        absent = self._absent.setdefault(name, set())
        if not absent.issuperset(in_view):
            absent.update(in_view)
            for predicate, place in in_view:
                self._report(Fact(predicate, (name, place)), False, "camera", confidence=0.98)

    def can_see(self, thing: KitchenObject) -> bool:
        """Return True if nothing hides the object from the robot's position."""
        if thing.place is None or thing.is_gone or thing.hidden_until_s > self._state.time_s:
            return False
        return self._in_view(thing.place, thing.is_inside, thing.point_m)

    def _in_view(self, place: str, is_inside: bool, point_m: Point) -> bool:
        state = self._state
        if not is_inside or place not in state.cabinets:
            return distance_m(state.base_m, point_m) <= RANGE_M
        return state.open[place] and distance_m(state.base_m, point_m) <= INSIDE_RANGE_M

    def misdetect(self, name: str, place: str) -> None:
        """Report an object at a place where it is not, until later scans correct it."""
        state = self._state
        fact = Fact("in" if state.is_receptacle(place) else "on", (name, place))
        self._track(fact, state.point_m(place))
        self._misses.pop(name, None)
        self._report(fact, True, "camera", confidence=0.6, refresh=True)
        self._report(Fact("located", (name,)), True, "camera", confidence=0.6)

    def _should_be_in_view(self, name: str) -> bool:
        if name not in self.tracked:
            return False
        fact, point_m = self.tracked[name]
        return self._in_view(fact.terms[1], fact.predicate == "in", point_m)

    def _report_detection(self, thing: KitchenObject) -> None:
        location = thing.location()
        self._misses.pop(thing.name, None)
        self._track(location, thing.point_m)
        self._report(location, True, "camera", confidence=0.98, refresh=True)
        self._report(Fact("located", (thing.name,)), True, "camera")
        self._report(Fact("broken", (thing.name,)), thing.is_broken, "camera")
        if self._state.vocabulary.is_a(thing.model.type, "dish"):
            self._report(Fact("clean", (thing.name,)), thing.is_clean, "camera")

    def _report_miss(self, name: str) -> None:
        """Report a tracked object as gone after two misses in a row."""
        self._misses[name] = self._misses.get(name, 0) + 1
        if self._misses[name] < MISSES_TO_BELIEVE:
            return
        location, _ = self.tracked[name]
        self._lose(name)
        self._report(location, False, "camera", confidence=0.8)
        self._report(Fact("located", (name,)), False, "camera", confidence=0.8)

    def dump(self) -> bytes:
        """Return the variable state."""
        fixed = ("_state", "_random", "_tracked_at", "_unseen_at", "_unseen_things")
        return pickle.dumps({key: value for key, value in vars(self).items() if key not in fixed})

    def load(self, state: bytes) -> None:
        """Restore a state from `dump`; only from snapshots of this process."""
        vars(self).update(pickle.loads(state))
        self._tracked_at = NearIndex(RANGE_M)
        self._tracked_at.update((name, point_m) for name, (_, point_m) in self.tracked.items())
        self._unseen_at = -1

    def _report(
        self,
        fact: Fact,
        value: bool,
        source: str,
        *,
        confidence: float = 1.0,
        refresh: bool = False,
    ) -> None:
        if refresh or self._reported.get(fact) is not value:
            self._reported[fact] = value
            if fact.predicate == "located":
                self._located.add(fact.terms[0])
            percept = Percept(fact, value, source, self._state.time_s, confidence)
            self._pending.append(percept)
