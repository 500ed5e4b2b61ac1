"""Object tracker of the physics kitchen, fed by detections and by the hand's contacts.

Frames are taken at fixed times of the run, never on request. An object's place is reported once it
was detected at rest there in two consecutive frames. A lid is reported open with a hysteresis.
"""

from __future__ import annotations

import pickle

import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.model.arm import wrapped
from treehand.worlds.physics.model.stations import KNOB_OFF_RAD
from treehand.worlds.physics.perception.detectors import (
    Detection,
    DetectionSource,
    MissReason,
    is_in_view,
)
from treehand.worlds.physics.perception.percept_log import LOOKS_N, PerceptLog
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.sim.simulation import Simulation

LOOK_S = 0.1
"""Period of the frames."""
FIRST_LOOKS_N = 3
"""Number of periods with a frame at the start, until objects are known to be at rest."""
MEAN_OF = 12
"""Frames over which the pose of an object at rest is averaged."""
SAME_M, SAME_RAD = 0.012, 0.15
"""Position and yaw change above which an object has moved."""
LATE_S = 0.5
"""Latency of detections during the fault ``latency``."""
GRIPPED_M = 0.018
"""Assumed distance of the pads below the top of an object whose grasp is unknown."""
HELD_SHARE = 0.2
"""Smoothing factor of the held object's pose in the hand."""
OPEN_SHARE, SHUT_SHARE = 0.8, 0.12
ON_RAD = 1.0
"""Angle of the knob from which the burner is on."""


class Tracker:
    """Tracks objects by detections and by the hand's contacts.

    Args:
        simulation: Simulation that is observed.
        detections: Detector of the objects.
    """

    def __init__(self, simulation: Simulation, detections: DetectionSource) -> None:
        self._simulation = simulation
        self._detections = detections
        self.tracked: dict[str, Track] = {}
        self.held: str | None = None
        """Object that the hand is known to hold."""
        self.in_hand: FloatArray | None = None
        """Origin of the held object in the frame of the hand, shape (3,): along the pads, across,
        up."""
        self.intended_in_hand: FloatArray | None = None
        """The same, as the grasp that closed the fingers intended it."""
        self.held_tilt_rad = self.intended_tilt_rad = 0.0
        """Tilt of the hand at which the held object stands upright; that of the intended grasp."""
        self.held_foot_m: float | None = None
        self.intended_foot_m: float | None = None
        """Height of its origin over what it lay on, if it lay there; that of the intended grasp."""
        self.at: str | None = None
        """Place at which the hand works."""
        self.closed_n: dict[str, float] = {}
        """Object to the force with which the fingers were last closed on it."""
        self.slipped_n: dict[str, float] = {}
        """Object to the force from which it slipped last."""
        self.hidden_until_s: dict[str, float] = {}
        self.noisy_until_s = self.late_until_s = 0.0
        """End times of the faults ``noise`` and ``latency``."""
        self._delayed: list[tuple[float, str, Track | None]] = []
        """Delayed detections: due time, object and track."""
        self._looks_n = 0
        self._next_s = simulation.time_s
        self.percepts = PerceptLog(simulation.vocabulary, lambda: simulation.time_s)
        """Reported values, and the percepts to pass on."""

    def open(self) -> None:
        """Take frames at the start of a run until they agree."""
        for _ in range(LOOKS_N):
            self._look()

    def remember(self, fact: Fact) -> None:
        """Track an object at its place of an earlier run."""
        if fact.predicate in ("on", "in"):
            name, place = fact.terms
            station = self._simulation.stations[place]
            middle = np.array([*station.at_m, station.bottom_m])
            self.tracked[name] = Track(fact, middle, 0.0)

    def has_observed(self, fact: Fact) -> bool:
        """Return True if a fact was true when it was last observed."""
        return self.percepts.last_observed(fact)

    def drain(self) -> list[Percept]:
        """Take the frames that are due, and return the percepts since the last call."""
        while self._simulation.time_s >= self._next_s - 1e-9:
            self._next_s += LOOK_S
            self._look()
        until_s = self._simulation.time_s - self._latency_s
        return self.percepts.take(until_s)

    @property
    def _latency_s(self) -> float:
        return LATE_S if self._simulation.time_s < self.late_until_s else 0.0

    def _look(self) -> None:
        self._looks_n += 1
        self._sense_body()
        while self._delayed and self._delayed[0][0] <= self._simulation.time_s + 1e-9:
            _, name, seen = self._delayed.pop(0)
            self._track(name, seen)
        for name, station in self._simulation.stations.items():
            if station.has_door:
                share = self._simulation.poses.opening(name)
                self.percepts.report_share(Fact("is_open", (name,)), share, OPEN_SHARE, SHUT_SHARE)
            elif station.is_inside and station.kind != "bin":
                self.percepts.report(Fact("is_open", (name,)), True, "camera")
            elif not station.is_inside:
                self.percepts.report(
                    Fact("wiped", (name,)), self._simulation.conditions.is_wiped(name), "camera"
                )
        for name, model in self._simulation.scene.objects.items():
            if model.type == "knob":
                self.percepts.report_share(
                    Fact("is_on", (name,)), self._simulation.poses.knob_rad, ON_RAD, KNOB_OFF_RAD
                )
        if self._looks_n % self._detections.every_n and self._looks_n > FIRST_LOOKS_N:
            return
        is_disturbed = self._simulation.time_s < self.noisy_until_s
        self._detections.look(self._looks_n, is_disturbed=is_disturbed)
        for name in self._simulation.things:
            self._detect(name)

    def _sense_body(self) -> None:
        simulation = self._simulation
        touched = [
            name
            for name in simulation.contacts.touching()
            if name == self.held or simulation.poses.is_lifted(name)  # what wipes is not in the air
        ]
        now = touched[0] if touched and simulation.grip_n > 0.0 else None
        if self.percepts.is_stable("held", now):
            if now != self.held:
                self.in_hand = self.intended_in_hand if now is not None else None
                self.held_tilt_rad = self.intended_tilt_rad if now is not None else 0.0
                self.held_foot_m = self.intended_foot_m if now is not None else None
                self.intended_in_hand, self.intended_tilt_rad = None, 0.0
                self.intended_foot_m = None
            self.held = now
        if self.held is not None:
            self._update_in_hand(self.held)
        for name in simulation.things:
            self.percepts.report_change(Fact("holding", (name,)), self.held == name, "gripper")
        self.percepts.report(Fact("hand_empty", ()), self.held is None, "gripper")
        if self.held is not None:
            self.tracked.pop(self.held, None)
            self.percepts.report(Fact("located", (self.held,)), True, "gripper")
        for place in self._simulation.stations:
            self.percepts.report_change(Fact("at", (place,)), self.at == place, "joints")

    def _update_in_hand(self, name: str) -> None:
        """Update the pose of the held object in the hand."""
        at_m = self._detections.held_m(name)
        if at_m is None:
            if self.in_hand is None:  # nobody meant to: somebody gave it, or a policy took it
                self.in_hand = np.array([0.0, 0.0, GRIPPED_M - self._simulation.shapes[name].top_m])
            return
        pose = self._simulation.arm.pose()
        seen = pose.to_hand_frame(at_m - self._simulation.hand_m)
        if self.in_hand is None:
            self.in_hand = seen
        self.in_hand = self.in_hand + HELD_SHARE * (seen - self.in_hand)

    def _detect(self, name: str) -> None:
        if name == self.held:
            return
        known = self.tracked.get(name)
        detection: Detection | MissReason = MissReason.ABSENT
        if self.hidden_until_s.get(name, 0.0) <= self._simulation.time_s:
            detection = self._detections.detect(name, known.at_m if known is not None else None)
        if detection is MissReason.COVERED:
            return
        place = (
            None
            if isinstance(detection, MissReason)
            else self._simulation.poses.place_at(detection.at_m)
        )
        if isinstance(detection, MissReason) or place is None:
            if self.percepts.is_stable(name, "not seen"):
                self._report_miss(name)
            return
        where = self._simulation.poses.located(name, place)
        if (
            self.percepts.is_stable(name, where if detection.is_still else None)
            and detection.is_still
        ):
            self._report_detection(name, where, detection)

    def _report_detection(self, name: str, where: Fact, detection: Detection) -> None:
        simulation = self._simulation
        at, yaw, lies, looks_n = detection.at_m, detection.yaw_rad, detection.lies_rad, 1
        known = self.tracked.get(name)
        if known is not None and known.fact == where and (known.lies_rad is None) is (lies is None):
            moved_m, turned = float(np.linalg.norm(at - known.at_m)), wrapped(yaw - known.yaw_rad)
            if moved_m < SAME_M and abs(turned) < SAME_RAD:
                looks_n = min(known.looks_n + 1, MEAN_OF)
                at = known.at_m + (at - known.at_m) / looks_n
                yaw = known.yaw_rad + turned / looks_n
        self._set_track(name, Track(where, at, yaw, lies, looks_n))
        self.percepts.report(where, True, "camera")
        self.percepts.report(Fact("located", (name,)), True, "camera")
        self.percepts.report(
            Fact("broken", (name,)), name in simulation.conditions.broken, "camera"
        )
        if simulation.vocabulary.is_a(simulation.scene.objects[name].type, "dish"):
            self.percepts.report(
                Fact("clean", (name,)), simulation.conditions.clean.get(name, False), "camera"
            )

    def _set_track(self, name: str, seen: Track | None) -> None:
        """Update an object's track, at once or with latency."""
        if self._latency_s > 0.0 or self._delayed:
            self._delayed.append((self._simulation.time_s + self._latency_s, name, seen))
        else:
            self._track(name, seen)

    def _track(self, name: str, seen: Track | None) -> None:
        if seen is None:
            self.tracked.pop(name, None)
        elif name != self.held:
            self.tracked[name] = seen

    def _report_miss(self, name: str) -> None:
        """Report an object as gone from where it would be seen."""
        known = self.tracked.get(name)
        if known is not None and is_in_view(self._simulation, known.fact.terms[1]):
            self._set_track(name, None)
            self.percepts.report(known.fact, False, "camera", 0.8)
            self.percepts.report(Fact("located", (name,)), False, "camera", 0.8)
        elif known is None and not self.percepts.is_known(Fact("located", (name,))):
            for place in self._simulation.stations:
                if is_in_view(self._simulation, place):
                    self.percepts.report(
                        self._simulation.poses.located(name, place), False, "camera", 0.98
                    )

    def dump(self) -> bytes:
        """Return the variable state."""
        fixed = ("_simulation", "_detections", "percepts")
        own = {key: value for key, value in vars(self).items() if key not in fixed}
        return pickle.dumps((own, self._detections.memory, self.percepts.dump()))

    def load(self, dumped: bytes) -> None:
        """Restore a state from `dump`; only from snapshots of this process."""
        own, self._detections.memory, percepts = pickle.loads(dumped)
        vars(self).update(own)
        self.percepts.load(percepts)
