"""What the robot can know of the kitchen.

A camera with a range, doors that hide, detections that are missed.

Glances are taken when something happens (an arrival, a release, a door that opened), never because
somebody asked, so what is perceived does not depend on how often the tree was ticked.
"""

from __future__ import annotations

import pickle

from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import Fact, Percept
from treehand.worlds.kitchen.state import KitchenObject, KitchenState, Point, distance_m

RANGE_M = 2.9
"""How far the camera recognises things on surfaces."""
INSIDE_RANGE_M = 1.3
"""How close it must be to see into an open cabinet."""
MISS_PROBABILITY = 0.01
"""Chance that one glance overlooks one visible thing."""
MISSES_TO_BELIEVE = 2
"""How many glances in a row must miss a thing where it was before it is taken to be gone."""
CAREFUL_MISS_PROBABILITY = 0.001
"""The same while searching, or looking at one thing."""


class KitchenPerception:
    """Camera, odometry and gripper sensors, with the tracker that remembers what was seen where."""

    def __init__(self, state: KitchenState, random: KeyedRandom) -> None:
        self._state = state
        self._random = random
        self.glances = 0
        self.tracked: dict[str, tuple[Fact, Point]] = {}
        self._misses: dict[str, int] = {}
        self._told: dict[Fact, bool] = {}
        self._pending: list[Percept] = []

    def remember(self, fact: Fact) -> None:
        """Take a location from an earlier day as tracked, and what was felt as to be felt anew."""
        if fact.predicate in ("on", "in"):
            self.tracked[fact.terms[0]] = (fact, self._state.point_m(fact.terms[1]))
        elif fact.predicate in ("at", "holding"):
            self._told[fact] = True

    def drain(self) -> list[Percept]:
        """Return what was observed since the last call."""
        percepts, self._pending = self._pending, []
        return percepts

    def lose(self, name: str) -> None:
        """Forget where a thing is: it slipped out of the gripper."""
        self.feel()
        self._tell(Fact("located", (name,)), False, "gripper")

    def feel(self) -> None:
        """Read odometry and gripper; what is being lifted is not held yet."""
        state = self._state
        held = None if state.is_lifting else state.held
        for place in state.scene.objects:
            fact = Fact("at", (place,))
            if state.at == place or self._told.get(fact):
                self._tell(fact, state.at == place, "odometry")
        for name in state.things:
            fact = Fact("holding", (name,))
            if held == name or self._told.get(fact):
                self._tell(fact, held == name, "gripper")
        if held is not None:
            self.tracked.pop(held, None)
            self._tell(Fact("located", (held,)), True, "gripper")
        self._tell(Fact("hand_empty", ()), held is None, "gripper")

    def glance(self, *, careful: bool = False) -> frozenset[str]:
        """Look round from where the robot is and return the things that were recognised."""
        self.glances += 1
        self.feel()
        state = self._state
        for predicate, values in (("is_open", state.open), ("is_on", state.knobs)):
            for name, value in values.items():
                if distance_m(state.base_m, state.point_m(name)) <= RANGE_M:
                    self._tell(Fact(predicate, (name,)), value, "camera")
        seen: set[str] = set()
        miss = CAREFUL_MISS_PROBABILITY if careful else MISS_PROBABILITY
        for thing in state.things.values():
            if thing.place is None:
                continue
            if self.can_see(thing) and self._random.uniform(self.glances, thing.name) >= miss:
                self._saw(thing)
                seen.add(thing.name)
            elif self._should_be_in_view(thing.name):
                self._missed(thing.name)
            elif Fact("located", (thing.name,)) not in self._told:
                self._not_here(thing.name)
        return frozenset(seen)

    def _not_here(self, name: str) -> None:
        """Tell where a thing is not that was never seen, once two glances in a row say so."""
        state = self._state
        self._misses[name] = self._misses.get(name, 0) + 1
        if self._misses[name] < MISSES_TO_BELIEVE:
            return
        for predicate, kind in (("on", "worktop"), ("in", "receptacle")):
            for place in state.vocabulary.objects(kind):
                if self._in_view(place, predicate == "in", state.point_m(place)):
                    self._tell(Fact(predicate, (name, place)), False, "camera", confidence=0.98)

    def can_see(self, thing: KitchenObject) -> bool:
        """Return whether nothing hides the thing from where the robot is."""
        if thing.place is None or thing.is_gone or thing.hidden_until_s > self._state.time_s:
            return False
        return self._in_view(thing.place, thing.is_inside, thing.point_m)

    def _in_view(self, place: str, is_inside: bool, point_m: Point) -> bool:
        state = self._state
        away_m = distance_m(state.base_m, point_m)
        if not is_inside or not state.vocabulary.is_a(state.scene.objects[place].type, "cabinet"):
            return away_m <= RANGE_M
        return state.open[place] and away_m <= INSIDE_RANGE_M

    def mistake(self, name: str, place: str) -> None:
        """Take a thing for being at a place where it is not, until the next glances say so."""
        state = self._state
        fact = Fact("in" if state.is_receptacle(place) else "on", (name, place))
        self.tracked[name] = (fact, state.point_m(place))
        self._misses.pop(name, None)
        self._tell(fact, True, "camera", confidence=0.6, refresh=True)
        self._tell(Fact("located", (name,)), True, "camera", confidence=0.6)

    def _should_be_in_view(self, name: str) -> bool:
        if name not in self.tracked:
            return False
        fact, point_m = self.tracked[name]
        return self._in_view(fact.terms[1], fact.predicate == "in", point_m)

    def _saw(self, thing: KitchenObject) -> None:
        location = thing.location()
        self._misses.pop(thing.name, None)
        self.tracked[thing.name] = (location, thing.point_m)
        self._tell(location, True, "camera", confidence=0.98, refresh=True)
        self._tell(Fact("located", (thing.name,)), True, "camera")
        self._tell(Fact("broken", (thing.name,)), thing.is_broken, "camera")
        if self._state.vocabulary.is_a(thing.model.type, "dish"):
            self._tell(Fact("clean", (thing.name,)), thing.is_clean, "camera")

    def _missed(self, name: str) -> None:
        """Believe that a thing is gone once it was missed twice in a row."""
        self._misses[name] = self._misses.get(name, 0) + 1
        if self._misses[name] < MISSES_TO_BELIEVE:
            return
        location, _ = self.tracked.pop(name)
        self._tell(location, False, "camera", confidence=0.8)
        self._tell(Fact("located", (name,)), False, "camera", confidence=0.8)

    def dump(self) -> bytes:
        """Return everything that changes."""
        fixed = ("_state", "_random")
        return pickle.dumps({key: value for key, value in vars(self).items() if key not in fixed})

    def load(self, state: bytes) -> None:
        """Take back what `dump` returned; only from this process's own snapshots."""
        vars(self).update(pickle.loads(state))

    def _tell(
        self,
        fact: Fact,
        value: bool,
        source: str,
        *,
        confidence: float = 1.0,
        refresh: bool = False,
    ) -> None:
        if refresh or self._told.get(fact) is not value:
            self._told[fact] = value
            percept = Percept(fact, value, source, self._state.time_s, confidence)
            self._pending.append(percept)
