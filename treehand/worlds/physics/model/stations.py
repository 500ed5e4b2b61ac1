"""Stations of the physics kitchen: the furniture of a scene that objects lie on or in.

The frame is that of the arm's base: origin in its foot, z upwards, in metres and radians. Worktops
are at z = 0. Each station has its own frame: origin in the middle of its area, x from the front to
the back. The area of a drawer or cabinet moves with it; its frame is that of the open one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import FurnitureModel

SWINGING = ("cupboard", "fridge", "dishwasher")
"""Kinds with a hinged front door, which carries the tray behind it."""
SURFACES = ("worktop", "stove", "table")
"""Kinds that objects lie on."""
SCENERY = ("wall_cupboard", "hood", "tall_cupboard")
"""Kinds that no object can lie on or in."""
HUNG = ("wall_cupboard", "hood")
"""Kinds that hang above the others."""
TALL = ("shelf", "fridge", "tall_cupboard")
"""Kinds that are higher than the worktops."""
ROOFED = ("shelf",)
"""Kinds with a board above what they hold: the hand gets in from the front."""

TRAY_M, TRAY_WALL_M = -0.15, 0.045
"""Height of the bottom of a tray behind a door, and height of its walls."""
DRAWER_M, DRAWER_WALL_M = -0.08, 0.03
"""The same of a drawer, which is shallow: the hand stays above the worktop."""
UNDER_M = -0.033
"""Height up to which objects fit below a worktop."""
TRAY_HALF_M = 0.122
"""Half of a tray's depth, from the front of the cabinet to its back."""
EDGE_M = 0.03
"""Distance of an area from the edges of its furniture."""
STOVE_FRONT_M = 0.18
"""Distance of the middle of a stove's area from its front edge: the knob is before it."""
REACHED_M = 0.26
"""Depth of the area of worktops and sinks, from near the front edge."""
FRONT_TOP_M = -0.06
"""Height of the fronts of doors and drawers; the hand passes between them and the worktop."""
PANEL_M = 0.02
"""Distance of an open tray or drawer from the front of its furniture."""
PULL_M = 2 * (TRAY_HALF_M + PANEL_M)
"""Way of a drawer."""
SWING_RAD = math.pi / 2
"""Angle by which a door opens."""
HANDLE_M, HANDLE_OUT_M = 0.05, 0.05
"""Distance of a handle from the free edge of its door, and from its front."""
BOARD_M = 0.018
"""Thickness of the boards of a shelf, and of its back."""
KNOB_M = 0.04
"""Distance of the knob of a stove from the front edge."""
KNOB_ON_RAD = 1.4
KNOB_OFF_RAD = 0.3
"""Angle of the knob up to which the burner is off."""
KNOB_GRIP_M = 0.03
"""Grasp height of the knob."""
KNOB_WIDE_M, KNOB_TOP_M = 0.024, 0.042
"""Radius and height of the knob."""
HANDLE_GRIP_M, HANDLE_TOP_M, BAR_M = 0.005, 0.037, 0.007
"""Grasp height, height and radius of the handles of doors and drawers."""


@dataclass(frozen=True)
class Kind:
    """Size of a kind of furniture.

    Attributes:
        width_m: Usual length of its front, and the least and greatest.
        depth_m: Usual distance from front to back, and the least and greatest.
        height_m: Usual height of its board above the worktops, and the least and greatest; None if
            it is always the same.
        clear_m: Usual free height above that board, and the least and greatest; None if nothing is
            above it. The hand needs the least.
    """

    width_m: tuple[float, float, float]
    depth_m: tuple[float, float, float]
    height_m: tuple[float, float, float] | None = None
    clear_m: tuple[float, float, float] | None = None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "worktop": Kind((0.40, 0.20, 3.0), (0.60, 0.20, 1.0)),
        "stove": Kind((0.36, 0.32, 0.9), (0.60, 0.36, 1.0)),
        "sink": Kind((0.36, 0.30, 0.9), (0.60, 0.40, 1.0)),
        "table": Kind((0.40, 0.24, 2.0), (0.40, 0.24, 1.2)),
        "bin": Kind((0.24, 0.20, 0.5), (0.24, 0.20, 0.5)),
        "drawer": Kind((0.32, 0.26, 0.6), (0.60, 0.45, 1.0)),
        "cupboard": Kind((0.34, 0.30, 0.45), (0.60, 0.45, 1.0)),
        "dishwasher": Kind((0.34, 0.30, 0.45), (0.60, 0.45, 1.0)),
        "fridge": Kind((0.34, 0.30, 0.45), (0.60, 0.45, 1.0)),
        "shelf": Kind(
            (0.60, 0.36, 1.6), (0.26, 0.20, 0.40), (0.34, 0.28, 0.50), (0.34, 0.30, 0.60)
        ),
        "wall_cupboard": Kind((0.60, 0.20, 3.0), (0.32, 0.15, 0.6)),
        "tall_cupboard": Kind((0.60, 0.20, 2.0), (0.60, 0.20, 1.0)),
        "hood": Kind((0.40, 0.30, 1.2), (0.45, 0.20, 0.6)),
    }
)
"""Kinds of furniture that a scene may declare."""


@dataclass(frozen=True)
class Station:
    """A piece of furniture that objects lie on or in.

    Attributes:
        name: Name in scenes.
        kind: Construction of the furniture, one of `KINDS`.
        at_m: Middle of its area in the arm's frame; of a drawer or cabinet, when open.
        turn_rad: Direction of the x axis of its frame.
        half_m: Half of its area, along x and y of its frame.
        bottom_m: Height of the surface that objects lie on.
        width_m: Length of its front.
        side: 1 if the hinge is at positive y of its frame, on the left of its door; else -1.
        clear_m: Free height above the surface; infinite if no board is above it.
    """

    name: str
    kind: str
    at_m: tuple[float, float]
    turn_rad: float
    half_m: tuple[float, float]
    bottom_m: float
    width_m: float
    side: int = 1
    clear_m: float = math.inf

    def point_m(self, x: Any, y: Any) -> FloatArray:
        """Return a point of its frame in the arm's frame, shape (2,); of arrays, (2, n)."""
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return np.array([self.at_m[0] + cos * x - sin * y, self.at_m[1] + sin * x + cos * y])

    def local_m(self, point_m: FloatArray) -> tuple[Any, Any]:
        """Return x and y of a point of the arm's frame in its own frame; of (2, n), two arrays."""
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        x, y = point_m[0] - self.at_m[0], point_m[1] - self.at_m[1]
        return cos * x + sin * y, -sin * x + cos * y

    def covers(self, point_m: FloatArray, beyond_m: float = 0.0) -> bool:
        """Return True if a point is above or in its area, or at most that far beyond the edge."""
        x, y = self.local_m(point_m)
        hx, hy = self.half_m
        return bool(abs(x) <= hx + beyond_m and abs(y) <= hy + beyond_m)

    @property
    def front_m(self) -> float:
        """Distance of a surface's front edge from the middle of its area."""
        return STOVE_FRONT_M if self.kind == "stove" else self.half_m[0] + EDGE_M

    @property
    def rim_m(self) -> float:
        """Height of its walls."""
        if self.kind == "bin":
            return -0.04
        if self.kind == "drawer":
            return DRAWER_M + DRAWER_WALL_M
        return TRAY_M + TRAY_WALL_M if self.swings else 0.0

    @property
    def is_inside(self) -> bool:
        """True if objects are in it, not on it."""
        return self.kind not in SURFACES

    @property
    def is_roofed(self) -> bool:
        """True if a board is above what it holds: the hand gets in from the front."""
        return self.kind in ROOFED

    @property
    def swings(self) -> bool:
        """True if it has a hinged door."""
        return self.kind in SWINGING

    @property
    def has_door(self) -> bool:
        """True if it can be opened and closed."""
        return self.swings or self.kind == "drawer"

    @property
    def hinge_m(self) -> tuple[float, float]:
        """Hinge of the door in the frame of the open station."""
        return self.half_m[0] + PANEL_M, self.side * self.width_m / 2

    @property
    def range(self) -> float:
        """Range of its joint, in m or rad."""
        return SWING_RAD if self.swings else PULL_M

    def moved(self, opening: float) -> Station:
        """Return it as it is when it is open by a share from 0 to 1."""
        shut = 1.0 - opening
        if self.kind == "drawer":
            x, y = self.point_m(shut * PULL_M, 0.0)
            return replace(self, at_m=(float(x), float(y)))
        if not self.swings:
            return self
        turn = self.turn_rad + self.side * shut * SWING_RAD
        hinge = self.point_m(*self.hinge_m)
        turned = replace(self, at_m=(0.0, 0.0), turn_rad=turn)
        x, y = hinge - turned.point_m(*self.hinge_m)
        return replace(turned, at_m=(float(x), float(y)))

    def handle_m(self, opening: float) -> FloatArray:
        """Return the middle of its handle, shape (2,), when it is open by a share from 0 to 1."""
        if self.kind == "drawer":
            return self.moved(opening).point_m(-self.half_m[0] - PANEL_M - HANDLE_OUT_M, 0.0)
        x, y = self.hinge_m
        away = (x - self.width_m + HANDLE_M, y + self.side * HANDLE_OUT_M)
        return self.moved(opening).point_m(*away)

    def knob_m(self) -> FloatArray:
        """Return the position of a stove's knob, shape (2,)."""
        return self.point_m(KNOB_M - _offset_m(self.kind, 0.0), 0.0)


def station_of(name: str, model: FurnitureModel) -> Station:
    """Return the station that a piece of furniture is; its kind must be one of `KINDS`."""
    width_m, depth_m = size_m(model)
    turn = math.radians(model.turn_deg)
    offset = _offset_m(model.kind, depth_m)
    x, y = model.position_m
    at_m = (x + math.cos(turn) * offset, y + math.sin(turn) * offset)
    half_m, bottom_m = _area_m(model.kind, width_m, depth_m)
    side = 1 if model.hinge == "left" else -1
    station = Station(name, model.kind, at_m, turn, half_m, bottom_m, width_m, side)
    if not station.is_roofed:
        return station
    height_m, clear_m = shelf_m(model)
    return replace(station, bottom_m=height_m, clear_m=clear_m)


def size_m(model: FurnitureModel) -> tuple[float, float]:
    """Return width and depth of a piece of furniture."""
    kind = KINDS[model.kind]
    return model.width_m or kind.width_m[0], model.depth_m or kind.depth_m[0]


def shelf_m(model: FurnitureModel) -> tuple[float, float]:
    """Return the height of a shelf's board above the worktops, and the free height above it."""
    kind = KINDS[model.kind]
    assert kind.height_m is not None
    assert kind.clear_m is not None
    return model.height_m or kind.height_m[0], model.clear_m or kind.clear_m[0]


def _offset_m(kind: str, depth_m: float) -> float:
    """Return the distance of the middle of the area from the front edge, towards the back."""
    if kind == "stove":
        return STOVE_FRONT_M
    if kind in ("worktop", "sink", "shelf"):
        return EDGE_M + _deep_m(depth_m) / 2
    if kind in ("table", "bin"):
        return depth_m / 2
    return -TRAY_HALF_M - PANEL_M


def _deep_m(depth_m: float) -> float:
    """Return the depth of the area of a worktop or sink."""
    return min(REACHED_M, depth_m - 2 * EDGE_M)


def _area_m(kind: str, width_m: float, depth_m: float) -> tuple[tuple[float, float], float]:
    """Return half of the area, along and across, and the height of its bottom."""
    across = width_m / 2 - EDGE_M
    if kind == "stove":
        return (0.115, across), 0.0
    if kind in ("worktop", "sink", "shelf"):
        return (_deep_m(depth_m) / 2, across), -0.10 if kind == "sink" else 0.0
    if kind == "table":
        return (depth_m / 2 - EDGE_M, across), 0.0
    if kind == "bin":
        return (depth_m / 2 - 0.012, width_m / 2 - 0.012), -0.24
    return (TRAY_HALF_M, across + 0.012), DRAWER_M if kind == "drawer" else TRAY_M


def corners(model: FurnitureModel, *, front_m: float = 0.0) -> FloatArray:
    """Return the corners of the floor that furniture takes, shape (4, 2), counter-clockwise.

    Args:
        model: The furniture.
        front_m: Depth of the space before its front, which is taken too.
    """
    width_m, depth_m = size_m(model)
    turn = math.radians(model.turn_deg)
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]]) * width_m / 2
    near = np.array(model.position_m) - front_m * along
    far = np.array(model.position_m) + depth_m * along
    return np.array([near - across, far - across, far + across, near + across])


def stations_of(furniture: Mapping[str, FurnitureModel], places: Any) -> dict[str, Station]:
    """Return the stations among the furniture: those with the name of a place."""
    return {
        name: station_of(name, model)
        for name, model in furniture.items()
        if name in places and model.kind not in SCENERY
    }


def stove_of(stations: Mapping[str, Station]) -> Station | None:
    """Return the stove, which has the knob; None if there is none."""
    return next(_stoves(stations), None)


def _stoves(stations: Mapping[str, Station]) -> Iterator[Station]:
    return (station for station in stations.values() if station.kind == "stove")
