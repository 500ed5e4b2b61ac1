"""Detectors: protocol, and a detector that reads the simulation and adds noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FloatArray
from treehand.worlds.physics.sim.simulation import Simulation

STILL_M_S = 0.08
NOISE_M = 0.002
"""Standard deviation of a detected position, per axis."""
NOISE_RAD = 0.03
NOISY = 5.0
"""Factor on the noise during the fault ``noise``."""


@dataclass(frozen=True)
class Detection:
    """Detected pose of an object."""

    at_m: FloatArray
    """Origin of the object, shape (3,), in the arm's frame."""
    yaw_rad: float
    lies_rad: float | None
    """Azimuth of its axis if it has fallen over."""
    is_still: bool


class MissReason(Enum):
    """Reason why an object was not detected."""

    ABSENT = "it would be seen, were it where one can look"
    COVERED = "something is before where it was"


class DetectionSource(Protocol):
    """A detector that works frame by frame."""

    memory: dict[str, Any]
    """State that is kept from frame to frame."""
    every_n: int
    """Number of the tracker's periods from one frame to the next."""

    def look(self, looks_n: int, *, is_disturbed: bool) -> None:
        """Take the frame of that number."""
        ...

    def detect(self, name: str, known_m: FloatArray | None) -> Detection | MissReason:
        """Return the detection of an object in the last frame.

        Args:
            name: Name of the object.
            known_m: Its last known position, shape (3,), if there is one.
        """
        ...

    def held_m(self, name: str) -> FloatArray | None:
        """Return the position of a held object; None if it cannot be seen."""
        ...


class Detector:
    """Detector that adds noise to the true poses; it sees past the arm, but not through lids.

    Args:
        simulation: Simulation whose poses are read.
        random: Random numbers of the noise.
    """

    def __init__(self, simulation: Simulation, random: KeyedRandom) -> None:
        self._simulation = simulation
        self._random = random
        self._looks_n = 0
        self._factor = 1.0
        self.memory: dict[str, Any] = {}
        self.every_n = 1

    def look(self, looks_n: int, *, is_disturbed: bool) -> None:
        """Take the frame of that number."""
        self._looks_n, self._factor = looks_n, NOISY if is_disturbed else 1.0

    def detect(self, name: str, known_m: FloatArray | None) -> Detection | MissReason:
        """Return the detection of an object in the last frame."""
        simulation = self._simulation
        where = simulation.poses.place_of(name)
        if where is None or not is_in_view(simulation, where.terms[1]):
            return MissReason.ABSENT
        at, yaw = self._measured(name)
        is_still = simulation.poses.speed_m_s(name) < STILL_M_S
        return Detection(at, yaw, simulation.poses.lies_rad(name), is_still)

    def held_m(self, name: str) -> FloatArray | None:
        """Return the position of a held object."""
        return self._measured(name)[0]

    def _measured(self, name: str) -> tuple[FloatArray, float]:
        draw = self._random.under(name, self._looks_n)
        noise = np.array([draw.normal(axis, deviation=self._factor * NOISE_M) for axis in "xyz"])
        yaw = self._simulation.poses.yaw_rad(name) + draw.normal(
            "yaw", deviation=self._factor * NOISE_RAD
        )
        return self._simulation.poses.at_m(name) + noise, yaw


def is_in_view(simulation: Simulation, place: str) -> bool:
    """Return True if the inside of a place can be seen."""
    station = simulation.stations.get(place)
    return station is None or not station.has_door or simulation.poses.opening(place) > 0.5
