"""Where what is seen comes from: a detector with noise, which the simulation stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FloatArray
from treehand.worlds.physics.model.layout import STATIONS
from treehand.worlds.physics.sim.simulation import Simulation

STILL_M_S = 0.08
NOISE_M = 0.002
"""Standard deviation of where a thing is seen, along each axis."""
NOISE_RAD = 0.03
NOISY = 5.0
"""How much more noise there is while the cameras are disturbed."""


@dataclass(frozen=True)
class Detection:
    """A thing as one look shows it."""

    at_m: FloatArray
    """Its origin, shape (3,), in the arm's frame."""
    yaw_rad: float
    lies_rad: float | None
    """Which way it points if it has fallen over."""
    is_still: bool


class MissReason(Enum):
    """Why a look does not show a thing."""

    ABSENT = "it would be seen, were it where one can look"
    COVERED = "something is before where it was"


class DetectionSource(Protocol):
    """One look after the other."""

    memory: dict[str, Any]
    """What it keeps from one look to the next."""

    def look(self, looks_n: int, *, is_disturbed: bool) -> None:
        """Take the look of that number."""
        ...

    def detect(self, name: str, known_m: FloatArray | None) -> Detection | MissReason:
        """Return a thing as the last look shows it.

        Args:
            name: Of the thing.
            known_m: Where it was so far, if that is known.
        """
        ...

    def held_m(self, name: str) -> FloatArray | None:
        """Return where a thing in the hand is; None if that cannot be seen."""
        ...


class Detector:
    """A detector as good as its noise: it sees over the arm, and not through lids."""

    def __init__(self, simulation: Simulation, random: KeyedRandom) -> None:
        self._simulation = simulation
        self._random = random
        self._looks_n = 0
        self._factor = 1.0
        self.memory: dict[str, Any] = {}

    def look(self, looks_n: int, *, is_disturbed: bool) -> None:
        """Take the look of that number."""
        self._looks_n, self._factor = looks_n, NOISY if is_disturbed else 1.0

    def detect(self, name: str, known_m: FloatArray | None) -> Detection | MissReason:
        """Return a thing as the last look shows it."""
        simulation = self._simulation
        where = simulation.place_of(name)
        if where is None or not is_in_view(simulation, where.terms[1]):
            return MissReason.ABSENT
        at, yaw = self._measured(name)
        is_still = simulation.speed_m_s(name) < STILL_M_S
        return Detection(at, yaw, simulation.lies_rad(name), is_still)

    def held_m(self, name: str) -> FloatArray | None:
        """Return where a thing in the hand is."""
        return self._measured(name)[0]

    def _measured(self, name: str) -> tuple[FloatArray, float]:
        draw = self._random.under(name, self._looks_n)
        noise = np.array([draw.normal(axis, deviation=self._factor * NOISE_M) for axis in "xyz"])
        yaw = self._simulation.yaw_rad(name) + draw.normal(
            "yaw", deviation=self._factor * NOISE_RAD
        )
        return self._simulation.at_m(name) + noise, yaw


def is_in_view(simulation: Simulation, place: str) -> bool:
    """Return whether one can look into a place."""
    station = STATIONS.get(place)
    return station is None or not station.has_door or simulation.opening(place) > 0.5
