"""Motions of the physics kitchen's robot, each supervised while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillStep
from treehand.worlds.physics.model.arm import GraspPose, Slowed, Trajectory, Transfer
from treehand.worlds.physics.model.stance_planning import Obstacle, way_to_work, works_from
from treehand.worlds.physics.port import CARRY_M_S, FREE_M_S, RISE_M_S, THERE_M, Motion
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.simulated.pace import Pace

LOOK_S = 0.1
"""Period of the checks of a motion in progress."""
LATE_S = 0.8
"""Time that the arm may take to reach the end of a path after its planned end."""
TUCKED_M, TUCKED_HIGH_M = 0.36, 0.4
"""Distance and height of the hand while the base drives."""
AJAR = 0.05
"""Opening of a door, from 0 to 1, beyond which a base keeps out of where it swings."""
NEAR_M = 0.004
"""Position error at which the hand has arrived."""
MOVING_M = 0.015
"""Further position error that is allowed during a motion."""
MISSES_N = 2
"""Consecutive checks without contact after which a carried object has slipped."""


class SupervisedMotions:
    """Motions of hand, fingers and base, which skills use through the port `WorkingRobot`.

    Args:
        simulation: Simulation of the kitchen.
        lock: Held while the simulation changes.
    """

    def __init__(self, simulation: Simulation, lock: threading.RLock) -> None:
        self.simulation = simulation
        self.model = simulation.robot
        """Facts about the robot."""
        self.pace = Pace()
        """Duration factor of the motions."""
        self._lock = lock

    def pose(self) -> GraspPose:
        """Return the commanded pose of the hand."""
        return self.simulation.arm.pose()

    def go(
        self, to: GraspPose, speed_m_s: float = FREE_M_S, *, carrying: str | None = None
    ) -> Motion:
        """Move the hand to a pose; fail if something is in the way.

        Args:
            to: Target pose.
            speed_m_s: Greatest speed.
            carrying: Held object, whose slip is a failure.
        """
        return (yield from self.follow(Transfer(self.pose(), to, speed_m_s), carrying=carrying))

    def follow(
        self,
        trajectory: Trajectory,
        *,
        tolerance_m: float = THERE_M,
        press_n: float = 0.0,
        carrying: str | None = None,
    ) -> Motion:
        """Move the hand along a trajectory; stop and fail if its position error is too large.

        Args:
            trajectory: The trajectory.
            tolerance_m: Allowed position error; larger where the hand pushes something.
            press_n: Force with which the hand presses down, in place of the trajectory's height.
            carrying: Held object, whose slip is a failure.
        """
        if self.pace.factor != 1.0:
            trajectory = Slowed(trajectory, self.pace.factor)
        with self._lock:
            left_s = self.simulation.arm.follow(trajectory, press_n)
        return (yield from self._supervise(left_s, tolerance_m, carrying))

    @property
    def joints(self) -> FloatArray:
        """Commanded positions of the joints, shape (n,), in rad or m."""
        return self.simulation.arm.reference_rad.copy()

    def move_joints(
        self, path: FloatArray, *, least_s: float = 0.0, carrying: str | None = None
    ) -> Motion:
        """Move all joints through close positions; fail if something is in the way.

        Args:
            path: The positions, shape (k, n), in rad or m; one for a point-to-point motion.
            least_s: Mean duration that it takes at least.
            carrying: Held object, whose slip is a failure.
        """
        with self._lock:
            left_s = self.simulation.arm.move_joints(path, least_s, self.pace.factor)
        return (yield from self._supervise(left_s, THERE_M, carrying))

    def _supervise(self, left_s: float, tolerance_m: float, carrying: str | None) -> Motion:
        """Wait for a motion of some seconds to end; stop it if it goes wrong."""
        missed_n = 0
        while left_s > 0.0 or (left_s > -LATE_S and self._goal_error_m() > NEAR_M):
            pause_s = LOOK_S if left_s <= 0.0 else min(LOOK_S, max(left_s, 0.02))
            yield pause_s
            left_s -= pause_s
            missed_n = 0 if carrying is None or self.has_contact(carrying) else missed_n + 1
            if missed_n >= MISSES_N:
                self.simulation.arm.hold_still()
                yield from self.open()
                yield from self.rise()
                detail = f"{carrying} slipped out of the hand"
                return SkillStep.failure(FailureCode.GRASP_DROPPED, detail)
            if self._tracking_error_m() > tolerance_m + MOVING_M:
                self.simulation.arm.hold_still()
                break
        if self._tracking_error_m() > tolerance_m:
            detail = f"the hand is {self._goal_error_m() * 1000:.0f} mm from where it should be"
            return SkillStep.failure(FailureCode.PATH_BLOCKED, detail)
        if self.simulation.arm.error_m > tolerance_m:
            away_m = self.simulation.arm.error_m
            detail = f"the arm gets only to {away_m * 1000:.0f} mm from where the hand should be"
            return SkillStep.failure(FailureCode.OUT_OF_REACH, detail)
        return None

    def _goal_error_m(self) -> float:
        """Return the distance of the hand from its target."""
        return max(self._tracking_error_m(), self.simulation.arm.error_m)

    def _tracking_error_m(self) -> float:
        """Return the distance of the hand from its commanded pose."""
        point, _ = self.simulation.arm.pose().frame()
        return float(np.linalg.norm(self.simulation.hand_m - point))

    def has_contact(self, item: str) -> bool:
        """Return True if both pads touch an object."""
        return item in self.simulation.contacts.touching()

    def reach(
        self,
        *points_m: FloatArray,
        carrying: str | None = None,
        moving: str | None = None,
        works_m: tuple[float, float] | None = None,
    ) -> Motion:
        """Drive to where the arm works well at some points; an arm without a base stays.

        Args:
            points_m: The points, each of shape (2,).
            carrying: Held object, whose slip is a failure.
            moving: Furniture whose door will move.
            works_m: Least and greatest distance from the points; those of the base if None.
        """
        base, points = self.model.base, np.array(points_m)
        here = self.simulation.arm.stance
        if base is None:
            return None
        if works_m is not None:
            base = base.model_copy(update={"works_m": works_m})
        obstacles = [
            Obstacle(station, name == moving or self.simulation.poses.opening(name) > AJAR)
            for name, station in self.simulation.stations.items()
        ]
        if works_from(base, here, points, obstacles):
            return None
        way = way_to_work(base, here, points, obstacles)
        if not way:
            detail = "the base has no place from which the arm reaches that"
            return SkillStep.failure(FailureCode.OUT_OF_REACH, detail)
        pose = self.pose()
        if pose.is_tilted:
            return (yield from self._drive(way, carrying))
        tucked = GraspPose(TUCKED_M, float(here[2]), TUCKED_HIGH_M, pose.turn_rad, pose.axis)
        problem = yield from self.rise()
        speed = FREE_M_S if carrying is None else CARRY_M_S
        problem = problem or (yield from self.go(tucked, speed, carrying=carrying))
        if problem:
            return problem
        return (yield from self._drive(way, carrying))

    def _drive(self, way: Sequence[FloatArray], carrying: str | None) -> Motion:
        """Drive straight from stance to stance."""
        for stance in way:
            with self._lock:
                left_s = self.simulation.arm.move_base(stance)
            problem = yield from self._supervise(left_s, THERE_M, carrying)
            if problem:
                return problem
        return None

    def rise(self, height_m: float = 0.22) -> Motion:
        """Raise the hand to a height at which nothing is in its way."""
        pose = self.pose()
        if pose.height_m < height_m - 0.005:
            return (yield from self.go(pose.lifted(height_m), RISE_M_S))
        return None

    def grip(self, force_n: float, wait_s: float = 0.4) -> Motion:
        """Close the fingers with a force, in N, and wait."""
        with self._lock:
            self.simulation.grip_n = force_n
        yield wait_s
        return None

    def open(self, to_m: float | None = None, wait_s: float = 0.3) -> Motion:
        """Open each finger to a distance, in m, as far as it goes if None; and wait."""
        with self._lock:
            self.simulation.grip_n = 0.0
            self.simulation.open_m = self.model.gripper.open_m if to_m is None else to_m
        yield wait_s
        return None
