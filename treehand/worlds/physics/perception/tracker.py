"""What the robot can know of the physics kitchen: cameras that do not see through lids, and a hand.

Looks are taken at fixed times of the run, never because somebody asked. A thing is told where it is
once it lies still there for two looks in a row; an open lid is open when it is well open.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.model.arm import wrapped
from treehand.worlds.physics.model.layout import STATIONS
from treehand.worlds.physics.perception.detectors import (
    Detection,
    DetectionSource,
    MissReason,
    is_in_view,
)
from treehand.worlds.physics.sim.simulation import Simulation, located

LOOK_S = 0.1
"""From one look to the next."""
LOOKS_N = 2
"""Looks in a row that must agree."""
MEAN_OF = 12
"""Looks at a thing that lies still that its pose is the mean of."""
SAME_M, SAME_RAD = 0.012, 0.15
"""Seen farther from where it was, a thing has moved."""
LATE_S = 0.5
"""How late is seen while the cameras are disturbed."""
GRIPPED_M = 0.018
"""How far below its top a thing is held of which nobody knows how it was taken."""
HELD_SHARE = 0.2
"""How much a new look counts for how a thing lies in the hand."""
OPEN_SHARE, SHUT_SHARE = 0.8, 0.12
ON_RAD, OFF_RAD = 1.0, 0.3


@dataclass(frozen=True)
class Track:
    """A thing as it was last seen."""

    fact: Fact
    """Where it is."""
    at_m: FloatArray
    """Its origin, shape (3,), in the arm's frame."""
    yaw_rad: float
    lies_rad: float | None = None
    """Which way it points if it has fallen over."""
    looks_n: int = 1
    """How many looks the pose is the mean of."""


class Tracker:
    """Cameras and the feeling of the hand, with what was seen where.

    Args:
        simulation: What there is to be seen.
        detections: How things are seen.
    """

    def __init__(self, simulation: Simulation, detections: DetectionSource) -> None:
        self._simulation = simulation
        self._detections = detections
        self.tracked: dict[str, Track] = {}
        self.held: str | None = None
        """What the hand is sure to hold."""
        self.in_hand: FloatArray | None = None
        """Where the held thing's origin is in the frame of the hand: along the pads, across, up."""
        self.meant: FloatArray | None = None
        """The same, as it was meant by whoever closed the fingers."""
        self.at: str | None = None
        """The place that the hand works at."""
        self.hidden_until_s: dict[str, float] = {}
        self.noisy_until_s = self.late_until_s = 0.0
        """Until when the cameras are disturbed."""
        self._late: list[tuple[float, str, Track | None]] = []
        """What is seen late: when, of what, and as what."""
        self._looks_n = 0
        self._next_s = simulation.time_s
        self._streaks: dict[object, tuple[object, int]] = {}
        self._told: dict[Fact, bool] = {}
        self._pending: list[Percept] = []

    def open(self) -> None:
        """Look round as a run begins, until looks agree."""
        for _ in range(LOOKS_N):
            self._look()

    def remember(self, fact: Fact) -> None:
        """Take a thing to be where it was on an earlier day."""
        if fact.predicate in ("on", "in"):
            name, place = fact.terms
            station = STATIONS[place]
            middle = np.array([*station.point_m(station.middle_m, 0.0), station.bottom_m])
            self.tracked[name] = Track(fact, middle, 0.0)

    def sees(self, fact: Fact) -> bool:
        """Return whether a fact was so when it was last looked at."""
        return self._told.get(fact, False)

    def drain(self) -> list[Percept]:
        """Return what was observed since the last call, after the looks that are due."""
        while self._simulation.time_s >= self._next_s - 1e-9:
            self._next_s += LOOK_S
            self._look()
        until_s = self._simulation.time_s - self._latency_s
        told: list[Percept] = []
        later: list[Percept] = []
        for percept in self._pending:
            is_late = percept.source == "camera" and percept.time_s > until_s
            (later if is_late else told).append(percept)
        self._pending = later
        return told

    @property
    def _latency_s(self) -> float:
        return LATE_S if self._simulation.time_s < self.late_until_s else 0.0

    def _look(self) -> None:
        self._looks_n += 1
        self._feel()
        while self._late and self._late[0][0] <= self._simulation.time_s + 1e-9:
            _, name, seen = self._late.pop(0)
            self._track(name, seen)
        for name, station in STATIONS.items():
            if station.has_door:
                share = self._simulation.opening(name)
                self._hysteresis(Fact("is_open", (name,)), share, OPEN_SHARE, SHUT_SHARE)
            elif station.name == "sink":
                self._tell(Fact("is_open", (name,)), True, "camera")
            elif station.kind == "worktop":
                self._tell(Fact("wiped", (name,)), self._simulation.is_wiped(name), "camera")
        for name, model in self._simulation.scene.objects.items():
            if model.type == "knob":
                self._hysteresis(Fact("is_on", (name,)), self._simulation.knob_rad, ON_RAD, OFF_RAD)
        is_disturbed = self._simulation.time_s < self.noisy_until_s
        self._detections.look(self._looks_n, is_disturbed=is_disturbed)
        for name in self._simulation.things:
            self._look_at(name)

    def _feel(self) -> None:
        simulation = self._simulation
        touched = [
            name
            for name in simulation.touching()
            if name == self.held or simulation.is_lifted(name)  # what wipes is not in the air
        ]
        now = touched[0] if touched and simulation.grip_n > 0.0 else None
        if self._agreed("held", now):
            if now != self.held:
                self.in_hand = self.meant if now is not None else None
                self.meant = None
            self.held = now
        if self.held is not None:
            self._weigh_up(self.held)
        for name in simulation.things:
            self._tell_change(Fact("holding", (name,)), self.held == name, "gripper")
        self._tell(Fact("hand_empty", ()), self.held is None, "gripper")
        if self.held is not None:
            self.tracked.pop(self.held, None)
            self._tell(Fact("located", (self.held,)), True, "gripper")
        for place in STATIONS:
            self._tell_change(Fact("at", (place,)), self.at == place, "joints")

    def _weigh_up(self, name: str) -> None:
        """Take in how the held thing lies in the hand."""
        at_m = self._detections.held_m(name)
        if at_m is None:
            if self.in_hand is None:  # nobody meant to: somebody gave it, or a policy took it
                self.in_hand = np.array([0.0, 0.0, GRIPPED_M - self._simulation.shapes[name].top_m])
            return
        pose = self._simulation.arm.pose()
        seen = pose.seen_from(at_m - self._simulation.hand_m)
        if self.in_hand is None:
            self.in_hand = seen
        self.in_hand = self.in_hand + HELD_SHARE * (seen - self.in_hand)

    def _look_at(self, name: str) -> None:
        if name == self.held:
            return
        known = self.tracked.get(name)
        detection: Detection | MissReason = MissReason.ABSENT
        if self.hidden_until_s.get(name, 0.0) <= self._simulation.time_s:
            detection = self._detections.detect(name, known.at_m if known is not None else None)
        if detection is MissReason.COVERED:
            return
        place = (
            None if isinstance(detection, MissReason) else self._simulation.place_at(detection.at_m)
        )
        if isinstance(detection, MissReason) or place is None:
            if self._agreed(name, "not seen"):
                self._missed(name)
            return
        where = located(name, place)
        if self._agreed(name, where if detection.is_still else None) and detection.is_still:
            self._saw(name, where, detection)

    def _saw(self, name: str, where: Fact, detection: Detection) -> None:
        simulation = self._simulation
        at, yaw, lies, looks_n = detection.at_m, detection.yaw_rad, detection.lies_rad, 1
        known = self.tracked.get(name)
        if known is not None and known.fact == where and (known.lies_rad is None) is (lies is None):
            moved_m, turned = float(np.linalg.norm(at - known.at_m)), wrapped(yaw - known.yaw_rad)
            if moved_m < SAME_M and abs(turned) < SAME_RAD:
                looks_n = min(known.looks_n + 1, MEAN_OF)
                at = known.at_m + (at - known.at_m) / looks_n
                yaw = known.yaw_rad + turned / looks_n
        self._see(name, Track(where, at, yaw, lies, looks_n))
        self._tell(where, True, "camera")
        self._tell(Fact("located", (name,)), True, "camera")
        self._tell(Fact("broken", (name,)), name in simulation.broken, "camera")
        if simulation.vocabulary.is_a(simulation.scene.objects[name].type, "dish"):
            self._tell(Fact("clean", (name,)), simulation.clean.get(name, False), "camera")

    def _see(self, name: str, seen: Track | None) -> None:
        """Take in where a thing is, at once or late."""
        if self._latency_s > 0.0 or self._late:
            self._late.append((self._simulation.time_s + self._latency_s, name, seen))
        else:
            self._track(name, seen)

    def _track(self, name: str, seen: Track | None) -> None:
        if seen is None:
            self.tracked.pop(name, None)
        elif name != self.held:
            self.tracked[name] = seen

    def _missed(self, name: str) -> None:
        """Believe that a thing is not where it would be seen."""
        known = self.tracked.get(name)
        if known is not None and is_in_view(self._simulation, known.fact.terms[1]):
            self._see(name, None)
            self._tell(known.fact, False, "camera", 0.8)
            self._tell(Fact("located", (name,)), False, "camera", 0.8)
        elif known is None and Fact("located", (name,)) not in self._told:
            for place in STATIONS:
                if is_in_view(self._simulation, place):
                    self._tell(located(name, place), False, "camera", 0.98)

    def _agreed(self, subject: object, value: object) -> bool:
        """Return whether a value has been seen often enough in a row."""
        old, count = self._streaks.get(subject, (None, 0))
        count = count + 1 if old == value else 1
        self._streaks[subject] = (value, count)
        return count >= LOOKS_N

    def _hysteresis(self, fact: Fact, share: float, high: float, low: float) -> None:
        if share >= high:
            self._tell(fact, True, "camera")
        elif share <= low or fact not in self._told:
            self._tell(fact, False, "camera")

    def _tell_change(self, fact: Fact, value: bool, source: str) -> None:
        if value or self._told.get(fact):
            self._tell(fact, value, source)

    def _tell(self, fact: Fact, value: bool, source: str, confidence: float = 1.0) -> None:
        if self._told.get(fact) is not value:
            self._told[fact] = value
            for other in self._told:
                if value and other != fact and self._excludes(other, fact):
                    self._told[other] = False
            time_s = self._simulation.time_s
            self._pending.append(Percept(fact, value, source, time_s, confidence))

    def _excludes(self, other: Fact, fact: Fact) -> bool:
        groups = self._simulation.vocabulary.groups
        return bool(set(groups(other)) & set(groups(fact)))

    def dump(self) -> bytes:
        """Return everything that changes."""
        fixed = ("_simulation", "_sight")
        own = {key: value for key, value in vars(self).items() if key not in fixed}
        return pickle.dumps((own, self._detections.memory))

    def load(self, dumped: bytes) -> None:
        """Take back what `dump` returned; only from this process's own snapshots."""
        own, self._detections.memory = pickle.loads(dumped)
        vars(self).update(own)
