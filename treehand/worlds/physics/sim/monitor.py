"""Plausibility monitor of the simulated physics; runs at every control step, asserted by tests."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np

from treehand.worlds.physics.model.furniture.carpentry import FLOOR_M
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.robots.robot_library import RobotModel

DEEP_M = 0.005
"""Penetration depth that must not last."""
LASTS_S = 0.2
BEYOND_RAD = 0.01
"""Angle by which a joint may swing beyond its range."""
TOO_FAST = 1.05
"""Share of a velocity limit that is a violation."""
SUNK_M = -0.03
"""Height of an object's origin below which it is inside a worktop."""
BELOW_M = -1.0
"""Height below which a body has left the room; the floor is above."""


class Monitor:
    """Checks the state of the simulation at every control step.

    Args:
        model: Model of the kitchen.
        robot: The robot, whose joints are the model's first.
        stations: Stations of the kitchen.
    """

    def __init__(
        self, model: mujoco.MjModel, robot: RobotModel, stations: Iterable[Station]
    ) -> None:
        self._model = model
        self._worktops = [station for station in stations if not station.is_inside]
        self._joints = slice(0, robot.joints_n)
        self._low, self._high = model.jnt_range[self._joints].T
        self._fastest = TOO_FAST * robot.speeds
        is_free = model.jnt_type == mujoco.mjtJoint.mjJNT_FREE
        self._things = model.jnt_bodyid[is_free]
        self._deep_since_s: dict[tuple[int, int], float] = {}
        self.violations: list[str] = []
        """Descriptions of implausible events, each kind once."""
        self.deepest_m = 0.0

    def forget(self) -> None:
        """Clear all violations."""
        self._deep_since_s.clear()
        self.violations.clear()
        self.deepest_m = 0.0

    def look(self, data: mujoco.MjData, now_s: float) -> None:
        """Check the state of one control step."""
        self._look_for_penetration(data, now_s)
        angles, rates = data.qpos[self._joints], data.qvel[self._joints]
        if (angles < self._low - BEYOND_RAD).any() or (angles > self._high + BEYOND_RAD).any():
            self._report("a joint is beyond its range", now_s)
        if (np.abs(rates) > self._fastest).any():
            self._report("a joint is faster than it may be", now_s)
        if (data.xpos[1:, 2] < BELOW_M).any() or not np.isfinite(data.qpos).all():
            self._report("something has left the room", now_s)
        for body in self._things[data.xpos[self._things, 2] < SUNK_M]:
            at_m = data.xpos[body]
            for station in self._worktops:
                if station.covers(at_m) and at_m[2] > FLOOR_M:
                    name = self._model.body(body).name
                    self._report(f"{name} has gone through the {station.name}", now_s)

    def _look_for_penetration(self, data: mujoco.MjData, now_s: float) -> None:
        if not data.ncon:
            self._deep_since_s.clear()
            return
        depths = -data.contact.dist[: data.ncon]
        self.deepest_m = max(self.deepest_m, float(depths.max()))
        deep = {
            (int(data.contact.geom1[i]), int(data.contact.geom2[i]))
            for i in np.flatnonzero(depths > DEEP_M)
        }
        for pair in tuple(self._deep_since_s):
            if pair not in deep:
                del self._deep_since_s[pair]
        for pair in deep:
            since_s = self._deep_since_s.setdefault(pair, now_s)
            if now_s - since_s >= LASTS_S:
                names = [self._model.body(self._model.geom_bodyid[geom]).name for geom in pair]
                self._report(f"{names[0]} and {names[1]} are in each other", now_s)

    def _report(self, what: str, now_s: float) -> None:
        if not any(known.startswith(what) for known in self.violations):
            self.violations.append(f"{what} at {now_s:.2f} s")
