"""True poses of the simulation: objects, doors, drawer and knob, and the places of objects."""

from __future__ import annotations

import math
from collections.abc import Mapping

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import Fact
from treehand.worlds.physics.model.objects import Shape
from treehand.worlds.physics.model.stations import Station, stove_of

LYING = 0.4
"""Cosine of the tilt below which an object lies."""
RIM_M = 0.02
"""Tolerance beyond a station's edge; an object that leans on a rim still counts as there."""
LIFTED_M = 0.012
"""Height of an object's foot above its support at which it counts as lifted."""


class Poses:
    """Reads poses from a model's state, in the arm's frame.

    Args:
        model: Model of the kitchen.
        data: Its state.
        shapes: Shapes by object name.
        stations: Stations by name.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        shapes: Mapping[str, Shape],
        stations: Mapping[str, Station],
    ) -> None:
        self.stations = stations
        self._has_knob = stove_of(stations) is not None
        self._model = model
        self._data = data
        self._shapes = shapes
        self._body_of = {name: model.body(name).id for name in shapes}

    def at_m(self, name: str) -> FloatArray:
        """Return the position of an object's origin, shape (3,)."""
        at: FloatArray = self._data.xpos[self._body_of[name]].copy()
        return at

    def rotation(self, name: str) -> FloatArray:
        """Return the rotation matrix of an object, shape (3, 3)."""
        turned: FloatArray = self._data.xmat[self._body_of[name]].reshape(3, 3).copy()
        return turned

    def yaw_rad(self, name: str) -> float:
        """Return the rotation of an object about z."""
        rotation = self._data.xmat[self._body_of[name]]
        return math.atan2(rotation[3], rotation[0])

    def lies_rad(self, name: str) -> float | None:
        """Return the azimuth of a fallen object's axis; None if it stands."""
        rotation = self._data.xmat[self._body_of[name]]
        if abs(rotation[8]) > LYING:
            return None
        return math.atan2(rotation[5], rotation[2])

    def speed_m_s(self, name: str) -> float:
        """Return the speed of an object."""
        start = self._model.joint(name).dofadr[0]
        return float(np.linalg.norm(self._data.qvel[start : start + 3]))

    def opening(self, place: str) -> float:
        """Return the opening of a door or drawer, from 0 to 1; 1 without a door."""
        station = self.stations[place]
        if not station.has_door:
            return 1.0
        return float(self._data.joint(place).qpos[0]) / station.range

    def now(self, station: Station) -> Station:
        """Return a station where it is now; a drawer moves, and a tray turns with its door."""
        return station.moved(self.opening(station.name)) if station.has_door else station

    @property
    def knob_rad(self) -> float:
        """Angle by which the stove's knob is turned on."""
        return float(self._data.joint("knob").qpos[0]) if self._has_knob else 0.0

    def place_of(self, name: str) -> Fact | None:
        """Return the fact of an object's location; None if it is at no place."""
        place = self.place_at(self.at_m(name))
        return self.located(name, place) if place is not None else None

    def place_at(self, at_m: FloatArray) -> str | None:
        """Return the place of an object with this origin, shape (3,); None if there is none."""
        for station in self.stations.values():
            if not self.now(station).covers(at_m, RIM_M):
                continue
            low, high = (station.bottom_m - 0.02, 0.06) if station.is_inside else (-0.01, 0.2)
            if station.is_roofed:
                high = station.bottom_m + station.clear_m
            if station.has_door and self.opening(station.name) < 0.5:
                high = -0.02  # what is higher lies on the worktop above
            if low <= at_m[2] <= high:
                return station.name
        return "floor" if at_m[2] < -0.5 else None

    def station_below(self, at_m: FloatArray) -> str | None:
        """Return the station that a point, shape (3,), is above or in; None if there is none."""
        for station in self.stations.values():
            if self.now(station).covers(at_m, RIM_M):
                return station.name
        return None

    def is_lifted(self, name: str) -> bool:
        """Return True if an object is above its place, or at no place."""
        at, where = self.at_m(name), self.place_of(name)
        foot = float(at[2]) - self._shapes[name].foot_m
        return where is None or foot > self.stations[where.terms[1]].bottom_m + LIFTED_M

    def located(self, name: str, place: str) -> Fact:
        """Return the fact that an object is at a place."""
        is_inside = place in self.stations and self.stations[place].is_inside
        return Fact("in" if is_inside else "on", (name, place))
