"""The built-in kitchen.

It is kinematic, partially observable, runs in virtual time and is deterministic for a seed.
"""

from __future__ import annotations

import heapq
import pickle
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import Disturbance, WorldStore
from treehand.skills.domain import Domain, Facts, Percept, Scene
from treehand.worlds.kitchen.manipulator import PUSH_M
from treehand.worlds.kitchen.robot import KitchenRobot
from treehand.worlds.kitchen.sensing import MISSES_TO_BELIEVE, KitchenPerception
from treehand.worlds.kitchen.state import KitchenState, ScheduledEvent
from treehand.worlds.simulated.pending_faults import arguments_of

HIDDEN_S = 30.0
"""Duration of the fault ``hide``."""
BLOCKED_S = 12.0
"""Duration of the fault ``block``."""

DISTURBANCES: Mapping[str, str] = MappingProxyType(
    {
        "grasp-dropped": "what is lifted or carried slips",
        "grasp-missed": "the fingers close beside the thing",
        "push": f"a thing is pushed {PUSH_M * 1000:.1f} mm as the gripper closes",
        "hide": f"hide(thing): a thing cannot be seen for {HIDDEN_S:g} s",
        "move": "move(thing, place): a person moves a thing",
        "take": "take(thing): a person takes a thing out of the room",
        "lie": "lie(thing, place): a thing is once taken for being at a place where it is not",
        "close": "close(place): a person closes a door",
        "jam": "jam(place): a door does not move at the next try",
        "block": f"block(place): the way to a place is blocked for {BLOCKED_S:g} s",
        "battery": "the base stops half way of its next drive",
        "slow": "the activation takes four times as long",
        "skill-error": "an exception is raised inside the skill",
    }
)
_ARGUMENTS = {"hide": 1, "move": 2, "take": 1, "lie": 2, "close": 1, "jam": 1, "block": 1}
_OF_THINGS = ("hide", "move", "take", "lie")
_TO_PLACES = ("move", "lie")


class Kitchen:
    """A `World` that is `Simulated` and `Snapshottable`.

    Args:
        domain: The kitchen domain, or one that extends it.
        scene: Objects and start facts.
        random: Random numbers of the run.
        store: Store of the true state, which is loaded from it and saved as it changes.
        start_s: Run time at which it begins.

    Raises:
        InputError: If the scene has a place without a position or an object without a place.
        StorageError: If the store holds the state of another world.
    """

    def __init__(
        self,
        domain: Domain,
        scene: Scene,
        random: KeyedRandom,
        *,
        store: WorldStore | None = None,
        start_s: float = 0.0,
    ) -> None:
        self.state = KitchenState(scene, domain)
        self.state.time_s = start_s
        self._predicates = frozenset(domain.predicates)
        self._store = store
        self._saved: tuple[object, ...] = ()
        saved = store.load() if store is not None else None
        if saved is not None:
            self.state.deserialize(saved)
        self._random = random.under("kitchen")
        self.tracker = KitchenPerception(self.state, self._random.under("glance"))
        self._lock = threading.RLock()
        self.robot = KitchenRobot(self.state, self.tracker, self._lock)
        for atom in scene.remembered:
            if atom.positive:
                self.tracker.remember(atom.fact)
        for _ in range(MISSES_TO_BELIEVE):
            self.tracker.scan()

    @property
    def embodiment(self) -> KitchenRobot:
        """The robot."""
        return self.robot

    def perceive(self) -> Sequence[Percept]:
        """Return the percepts of camera, odometry and gripper since the last call.

        The true state is saved first, so nothing is reported that is not saved. Nothing is
        reported that the domain has no predicate for.
        """
        with self._lock:
            self._save()
            told = self.tracker.drain()
        return [one for one in told if one.fact.predicate in self._predicates]

    def _save(self) -> None:
        if self._store is None:
            return
        mark = self.state.fingerprint()
        if mark != self._saved:
            self._store.save(self.state.serialize())
            self._saved = mark

    def next_event_s(self) -> float | None:
        """Return the run time of the next scheduled event."""
        return self.state.events[0].time_s if self.state.events else None

    def advance(self, to_s: float) -> None:
        """Handle the events up to `to_s`, in order."""
        state = self.state
        with self._lock:
            while state.events and state.events[0].time_s <= to_s:
                event = heapq.heappop(state.events)
                self._advance_to(event.time_s)
                self._handle_event(event)
            self._advance_to(to_s)

    def _advance_to(self, time_s: float) -> None:
        self.robot.base.coast(max(time_s - self.state.time_s, 0.0))
        self.state.time_s = max(self.state.time_s, time_s)

    def _handle_event(self, event: ScheduledEvent) -> None:
        state = self.state
        if event.kind == "arrive":
            self.robot.base.arrive(event.motion)
        elif event.kind == "slip":
            moving = state.motion is not None and state.motion.number == event.motion
            if moving and state.held == event.subject:
                roll = self._random.under("slip", event.subject, event.motion)
                self.robot.manipulator.fall(self.robot.manipulator.surface_below(), random=roll)
        elif event.kind == "look":
            self.tracker.scan()

    def truth(self) -> Facts:
        """Return the true facts."""
        return self.state.facts()

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        return DISTURBANCES

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if the kind is unknown or its arguments do not fit."""
        kind, arguments = disturbance.kind, arguments_of(disturbance, _ARGUMENTS)
        if kind not in DISTURBANCES:
            raise ValueError(f"unknown disturbance '{kind}'")
        usage = DISTURBANCES[kind].split(":")[0]
        unknown = [name for name in arguments if name not in self.state.scene.objects]
        if len(arguments) != _ARGUMENTS.get(kind, 0) or unknown:
            raise ValueError(
                f"write {usage if kind in _ARGUMENTS else kind} with objects of the scene"
            )
        if kind in _OF_THINGS and arguments[0] not in self.state.things:
            raise ValueError(f"'{arguments[0]}' cannot be moved or hidden")
        if kind in _TO_PLACES and not self.state.is_place(arguments[1]):
            raise ValueError(f"'{arguments[1]}' is not a place")
        if kind in ("close", "jam") and not self.state.is_cabinet(arguments[0]):
            raise ValueError(f"'{arguments[0]}' has no door")
        if kind == "block" and arguments[0] in self.state.things:
            raise ValueError(f"the way to '{arguments[0]}' cannot be blocked: it is not a place")

    def inject(self, disturbance: Disturbance) -> None:
        """Apply a fault, or make it pending; raises `ValueError` as `validate` does."""
        self.validate(disturbance)
        if disturbance.kind not in _ARGUMENTS:
            self.state.faults.add(disturbance)
        elif self._apply_fault(disturbance, arguments_of(disturbance, _ARGUMENTS)):
            self.state.faults.triggered.append(disturbance)

    def _apply_fault(self, disturbance: Disturbance, arguments: tuple[str, ...]) -> bool:
        """Apply a fault to the world; return True if it has taken effect already."""
        state, subject = self.state, arguments[0]
        if disturbance.kind == "jam":
            state.jammed[subject] = disturbance
            return False
        if disturbance.kind == "block":
            state.blocked[subject] = (state.time_s + BLOCKED_S, disturbance)
            return False
        if disturbance.kind == "close":
            was_open, state.open[subject] = state.open[subject], False
            self.tracker.scan()
            return was_open
        return self._disturb_object(disturbance.kind, subject, arguments)

    def _disturb_object(self, kind: str, subject: str, arguments: tuple[str, ...]) -> bool:
        state = self.state
        thing = state.things[subject]
        if kind == "hide":
            thing.hidden_until_s = state.time_s + HIDDEN_S
            state.schedule(thing.hidden_until_s, "look", subject)
            self.tracker.scan()
            return True
        if kind == "lie":
            self.tracker.misdetect(subject, arguments[1])
            return True
        if kind == "take":
            was_here = not thing.is_gone and state.held != subject
            thing.is_gone = thing.is_gone or was_here
            self.tracker.scan()
            return was_here
        place = arguments[1]
        if state.held == subject or thing.place == place:
            return False
        thing.place, thing.point_m = place, state.point_m(place)
        thing.is_inside = state.is_receptacle(place)
        self.tracker.scan()
        return True

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect."""
        return tuple(self.state.faults.triggered)

    def snapshot(self) -> bytes:
        """Return the whole state, perception included."""
        return pickle.dumps((self.state.dump(), self.tracker.dump()))

    def restore(self, state: bytes) -> None:
        """Return to a snapshot of this process."""
        held, seen = pickle.loads(state)
        self.state.load(held)
        self.tracker.load(seen)
