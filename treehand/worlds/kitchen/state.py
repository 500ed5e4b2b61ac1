"""True state of the built-in kitchen."""

from __future__ import annotations

import heapq
import json
import math
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from treehand.core.errors import InputError, StorageError
from treehand.skills import Disturbance
from treehand.skills.domain import Domain, Fact, Facts, ObjectModel, Percept, Scene
from treehand.worlds.kitchen.near_index import NearIndex
from treehand.worlds.simulated.pending_faults import PendingFaults

HOME_M = (1.8, 1.2)
"""Start position of the robot, in the room's frame."""
FLOOR = "floor"
RANGE_M = 2.9
"""Range of the camera for objects on surfaces."""
STATE_VERSION = 1
"""Version of the format of `KitchenState.serialize`."""

_NOT_DUMPED = frozenset(
    {
        *("scene", "domain", "vocabulary", "worktops", "receptacles", "cabinets"),
        *("_places", "_fixed", "_anywhere", "_places_of_things", "_texts", "_changes"),
    }
)
"""Attributes that a dump leaves out: they never change, or follow from the rest."""

Point = tuple[float, float]
"""x and y in the room's frame, in m."""


def distance_m(a: Point, b: Point) -> float:
    """Return the distance between two points, in m."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def _point(value: Sequence[float]) -> Point:
    x, y = value
    return (float(x), float(y))


@dataclass
class KitchenObject:
    """A movable object."""

    name: str
    model: ObjectModel
    place: str | None
    """Name of its place; None in the gripper."""
    is_inside: bool
    """True if it is in the place, False if on it."""
    point_m: Point
    is_clean: bool
    is_broken: bool = False
    hidden_until_s: float = 0.0
    is_gone: bool = False
    """True if it was taken out of the room."""
    changed: set[str] | None = field(default=None, repr=False, compare=False)
    """Takes in its name whenever one of its values is set."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set a value, and tell of it."""
        vars(self)[name] = value
        changed = vars(self).get("changed")
        if changed is not None:
            changed.add(self.name)

    def saved_text(self) -> str:
        """Return its lasting values as JSON."""
        values = {
            "place": self.place,
            "is_inside": self.is_inside,
            "point_m": self.point_m,
            "is_clean": self.is_clean,
            "is_broken": self.is_broken,
            "is_gone": self.is_gone,
        }
        return f"{json.dumps(self.name)}:{json.dumps(values, separators=(',', ':'))}"

    def location(self) -> Fact:
        """Return the fact of its location."""
        if self.place is None:
            return Fact("holding", (self.name,))
        return Fact("in" if self.is_inside else "on", (self.name, self.place))


@dataclass(order=True)
class ScheduledEvent:
    """An event that the world handles at a time."""

    time_s: float
    order: int
    kind: str = field(compare=False)
    subject: str = field(compare=False)
    motion: int = field(compare=False, default=0)
    """Number of the motion that it belongs to; void once another motion began."""


@dataclass
class Motion:
    """A drive in a straight line."""

    number: int
    start_m: Point
    end_m: Point
    began_s: float
    ends_s: float
    target: str

    def point_m(self, time_s: float) -> Point:
        """Return the position of the base at a time."""
        whole_s = self.ends_s - self.began_s
        share = 1.0 if whole_s <= 0 else min(max((time_s - self.began_s) / whole_s, 0.0), 1.0)
        (x0, y0), (x1, y1) = self.start_m, self.end_m
        return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))


class KitchenState:
    """Variable state of the kitchen; the rest is the scene.

    Args:
        scene: Objects and start facts.
        domain: The kitchen domain, or one that extends it.

    Raises:
        InputError: If a place has no position, or an object no place.
    """

    def __init__(self, scene: Scene, domain: Domain) -> None:
        self.scene = scene
        self._places: dict[str, int] = {name: n for n, name in enumerate(scene.objects)}
        self.vocabulary = domain.vocabulary({n: o.type for n, o in scene.objects.items()})
        self.domain = domain
        facts = set(scene.facts)
        for name in self.vocabulary.objects("place"):
            if scene.objects[name].position_m is None and scene.objects[name].type != FLOOR:
                message = f"place '{name}' has no position"
                span = scene.objects[name].span()
                raise InputError.of("no-place", message, span=span, hint="give position_m: [x, y]")
        self.time_s = 0.0
        self.base_m: Point = HOME_M
        self.at: str | None = None
        self.held: str | None = None
        self.force_n = 0.0
        self.is_lifting = False
        """True from the closing of the fingers to the end of the lift."""
        self.lifted_from: str | None = None
        self.open = {
            n: Fact("is_open", (n,)) in facts for n in self.vocabulary.objects("container")
        }
        self.knobs = {n: Fact("is_on", (n,)) in facts for n in self.vocabulary.objects("knob")}
        self.wiped: set[str] = set()
        self.jammed: dict[str, Disturbance] = {}
        self.blocked: dict[str, tuple[float, Disturbance]] = {}
        """Place to the time at which it is free again, and the fault that blocks it."""
        self._changed: set[str] = set()
        self.things = {n: self._thing(n, facts) for n in self.vocabulary.objects("movable")}
        self.motion: Motion | None = None
        self.motions = 0
        self.events: list[ScheduledEvent] = []
        self.faults = PendingFaults()
        self._order = 0
        self.worktops = frozenset(self.vocabulary.objects("worktop"))
        self.receptacles = frozenset(self.vocabulary.objects("receptacle"))
        self.cabinets = frozenset(self.vocabulary.objects("cabinet"))
        self._fixed = NearIndex(RANGE_M)
        self._fixed.update((n, o.position_m) for n, o in scene.objects.items() if o.position_m)
        self._anywhere = {
            name
            for name in (*self.vocabulary.objects("place"), *self.open, *self.knobs)
            if scene.objects[name].position_m is None
        }
        """Places that are wherever the robot is, as the floor is."""
        self._begin_following()

    def _begin_following(self) -> None:
        """Follow the changes of the things, all of which may have changed."""
        self._changed = set()
        for thing in self.things.values():
            thing.changed = self._changed
        self._changed.update(self.things)
        self._places_of_things = NearIndex(RANGE_M)
        self._texts: dict[str, str] = dict.fromkeys(self.things, "")
        self._changes = getattr(self, "_changes", 0) + 1

    def _follow(self) -> None:
        """Take in the things that have changed."""
        if self._changed:
            for name in self._changed:
                thing = self.things[name]
                self._texts[name] = thing.saved_text()
                self._places_of_things.put(name, thing.point_m)
            self._changed.clear()
            self._changes += 1

    def near_robot(self) -> set[str]:
        """Return the places, knobs and things within the camera's range, and some more."""
        self._follow()
        here_m = self.base_m
        return self._fixed.near(here_m) | self._places_of_things.near(here_m) | self._anywhere

    def in_order(self, names: Iterable[str | None]) -> list[str]:
        """Return the objects of the scene among some names, in the scene's order."""
        found = [name for name in names if name is not None and name in self._places]
        return sorted(found, key=self._places.__getitem__)

    def _thing(self, name: str, facts: set[Fact]) -> KitchenObject:
        model = self.scene.objects[name]
        for fact in self.scene.facts:
            if fact.predicate in ("on", "in") and fact.terms[0] == name:
                place = fact.terms[1]
                is_clean = Fact("clean", (name,)) in facts
                inside = fact.predicate == "in"
                is_broken = Fact("broken", (name,)) in facts
                return KitchenObject(
                    name, model, place, inside, self.point_m(place), is_clean, is_broken
                )
        raise InputError.of(
            "no-place",
            f"'{name}' is nowhere when the run begins",
            span=self.scene.span("objects"),
            hint=f"add a fact like on({name}, …) or in({name}, …) to the scene",
        )

    def point_m(self, name: str) -> Point:
        """Return the position of a place or knob; for the floor, that of the robot."""
        return self.scene.objects[name].position_m or self.base_m

    def is_place(self, name: str) -> bool:
        """Return True if objects can be in or on it."""
        return self.vocabulary.is_a(self.scene.objects[name].type, "place")

    def is_cabinet(self, name: str) -> bool:
        """Return True if it has a door."""
        return name in self.cabinets

    def mark_triggered(self, disturbance: Disturbance) -> None:
        """Record that a fault took effect."""
        if not any(disturbance is known for known in self.faults.triggered):
            self.faults.triggered.append(disturbance)

    def is_receptacle(self, name: str) -> bool:
        """Return True if objects are in it, not on it."""
        return name in self.receptacles

    def contents(self, place: str) -> list[KitchenObject]:
        """Return the objects in or on a place."""
        things = self.things.values()
        return [thing for thing in things if thing.place == place and not thing.is_gone]

    def is_full(self, place: str) -> bool:
        """Return True if no further object fits."""
        capacity = self.scene.objects[place].capacity
        return capacity is not None and len(self.contents(place)) >= capacity

    def schedule(self, time_s: float, kind: str, subject: str, motion: int = 0) -> None:
        """Schedule an event."""
        self._order += 1
        heapq.heappush(self.events, ScheduledEvent(time_s, self._order, kind, subject, motion))

    def facts(self) -> Facts:
        """Return the true facts."""
        facts = Facts(self.vocabulary)
        hand = Fact("holding", (self.held,)) if self.held else Fact("hand_empty", ())
        values = {hand: True}
        for name in self.vocabulary.objects("place"):
            values[Fact("at", (name,))] = name == self.at
        for thing in self.things.values():
            if thing.is_gone:
                continue
            values[thing.location()] = True
            values[Fact("broken", (thing.name,))] = thing.is_broken
            values[Fact("located", (thing.name,))] = True
            if self.vocabulary.is_a(thing.model.type, "dish"):
                values[Fact("clean", (thing.name,))] = thing.is_clean
        values |= {Fact("is_open", (name,)): is_open for name, is_open in self.open.items()}
        values |= {Fact("is_on", (name,)): is_on for name, is_on in self.knobs.items()}
        for name in self.vocabulary.objects("worktop"):
            values[Fact("wiped", (name,))] = name in self.wiped
        facts.observe(Percept(fact, value, "truth", self.time_s) for fact, value in values.items())
        return facts

    def fingerprint(self) -> tuple[object, ...]:
        """Return a cheap key; states with different `serialize` results differ in it."""
        motion = self.motion
        self._follow()
        return (
            motion.point_m(self.time_s) if motion else self.base_m,
            self.at,
            self.held,
            self.force_n,
            tuple(self.open.values()),
            tuple(self.knobs.values()),
            len(self.wiped),
            tuple(self.jammed),
            self._changes,
        )

    def serialize(self) -> bytes:
        """Return the lasting state for the world's file, as JSON without clock times.

        Motions in progress are left out: a drive ends where the base is.
        """
        base_m = self.motion.point_m(self.time_s) if self.motion else self.base_m
        content = {
            "world": "kitchen",
            "version": STATE_VERSION,
            "base_m": base_m,
            "at": self.at,
            "held": self.held,
            "force_n": self.force_n,
            "open": self.open,
            "knobs": self.knobs,
            "wiped": sorted(self.wiped),
            "jammed": sorted(self.jammed),
        }
        self._follow()
        head = json.dumps(content, separators=(",", ":"))[:-1]
        return f'{head},"things":{{{",".join(self._texts.values())}}}}}'.encode()

    def deserialize(self, saved: bytes) -> None:
        """Restore the lasting state from `serialize`.

        Raises:
            StorageError: If it is not the state of a kitchen with these objects.
        """
        try:
            content = json.loads(saved)
            if (content["world"], content["version"]) != ("kitchen", STATE_VERSION):
                raise ValueError(f"{content['world']}, version {content['version']}")
            for key in ("things", "open", "knobs"):
                if set(content[key]) != set(getattr(self, key)):
                    raise ValueError(f"other {key} than in scene '{self.scene.scene}'")
            for name, values in content["things"].items():
                values["point_m"] = _point(values["point_m"])
                vars(self.things[name]).update(values)
            self._begin_following()
            self.base_m = _point(content["base_m"])
            self.jammed = {name: Disturbance("jam", (name,)) for name in content["jammed"]}
            self.wiped = set(content["wiped"])
            self.open = {str(name): bool(value) for name, value in content["open"].items()}
            self.knobs = {str(name): bool(value) for name, value in content["knobs"].items()}
            self.force_n = float(content["force_n"])
            self.at, self.held = content["at"], content["held"]
            if not {self.at, self.held} <= {None, *self.scene.objects}:
                raise ValueError(f"at {self.at}, holding {self.held}")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StorageError(
                "not-this-world",
                f"the saved state is not that of this kitchen: {error}",
                "give the scene it was made with, or another file with --state",
            ) from error

    def dump(self) -> bytes:
        """Return the variable state."""
        return pickle.dumps({k: v for k, v in vars(self).items() if k not in _NOT_DUMPED})

    def load(self, state: bytes) -> None:
        """Restore a state from `dump`; only from snapshots of this process."""
        vars(self).update(pickle.loads(state))
        self._begin_following()
