"""Port of the kitchen's skills: what they ask a robot for, whatever serves it.

Skills never ask the simulation. A driver of a real arm, or of another simulator, that offers this
port can run them.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Protocol

from treehand.skills import FloatArray, SkillStep
from treehand.skills.domain import Call, Fact, ObjectModel
from treehand.worlds.physics.model.arm import GraspPose, Trajectory
from treehand.worlds.physics.model.objects import Shape
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.robots.kinematic_chain import KinematicChain
from treehand.worlds.physics.robots.robot_library import RobotModel
from treehand.worlds.simulated.pace import Pace

FREE_M_S, CARRY_M_S = 0.8, 0.6
"""Greatest speeds of the hand in free space: empty, and carrying."""
RISE_M_S = 0.5
THERE_M = 0.02
"""Position error above which a motion has failed."""

Motion = Generator[float, None, SkillStep | None]
"""A motion of a skill: yields seconds; returns the failed step, or None."""


@dataclass(frozen=True)
class Track:
    """Last known pose of an object."""

    fact: Fact
    """Fact of its location."""
    at_m: FloatArray
    """Its origin, shape (3,), in the arm's frame."""
    yaw_rad: float
    lies_rad: float | None = None
    """Azimuth of its axis if it has fallen over."""
    looks_n: int = 1
    """Number of frames that the pose is averaged over."""


class Perception(Protocol):
    """Perception of the objects and of the hand's contacts."""

    tracked: dict[str, Track]
    """Objects that were seen and are not held."""
    held: str | None
    """Object that the hand is known to hold."""
    in_hand: FloatArray | None
    """Origin of the held object in the hand, shape (3,): along the pads, across, up."""
    intended_in_hand: FloatArray | None
    """The same, as the skill that closes the fingers intends it."""
    held_tilt_rad: float
    """Tilt of the hand at which the held object stands upright."""
    intended_tilt_rad: float
    """The same, as the skill that closes the fingers intends it."""
    held_foot_m: float | None
    """Height of the held object's origin over what it lay on; None if it stood."""
    intended_foot_m: float | None
    """The same, as the skill that closes the fingers intends it."""
    at: str | None
    """Place at which the hand works, as the skills tell."""
    closed_n: dict[str, float]
    """Object to the force with which the fingers were last closed on it."""
    slipped_n: dict[str, float]
    """Object to the force from which it slipped last."""

    def has_observed(self, fact: Fact) -> bool:
        """Return True if a fact was true when it was last observed."""
        ...


class Encoders(Protocol):
    """Angles and distances that encoders measure."""

    def opening(self, place: str) -> float:
        """Return the opening of a door or drawer, from 0 to 1; 1 without a door."""
        ...

    def now(self, station: Station) -> Station:
        """Return a station where it is now; a drawer moves, and a tray turns with its door."""
        ...

    @property
    def knob_rad(self) -> float:
        """Angle by which the stove's knob is turned on."""
        ...


@dataclass(frozen=True)
class ShapeLibrary:
    """Knowledge about objects and furniture that does not change."""

    stations: Mapping[str, Station]
    """Place to the furniture that it is."""
    shapes: Mapping[str, Shape]
    """Object to its shape."""
    models: Mapping[str, ObjectModel]
    """Object to what the robot takes it for: mass, friction, breaking force."""


class WorkingRobot(Protocol):
    """A robot that the kitchen's skills move."""

    perception: Perception
    library: ShapeLibrary
    model: RobotModel
    """Facts about the robot."""
    pace: Pace
    """Duration factor of the motions."""

    @property
    def encoders(self) -> Encoders:
        """Encoders of doors, drawer and knob."""
        ...

    @property
    def now_s(self) -> float:
        """Time of the last observation."""
        ...

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        ...

    @property
    def is_gripping(self) -> bool:
        """True if the fingers close with a force."""
        ...

    @property
    def kinematics(self) -> KinematicChain:
        """Kinematics of base and arm."""
        ...

    @property
    def joints(self) -> FloatArray:
        """Commanded positions of the joints, shape (n,), in rad or m."""
        ...

    def pose(self) -> GraspPose:
        """Return the commanded pose of the hand."""
        ...

    def go(
        self, to: GraspPose, speed_m_s: float = FREE_M_S, *, carrying: str | None = None
    ) -> Motion:
        """Move the hand to a pose; fail if something is in the way.

        Args:
            to: Target pose.
            speed_m_s: Greatest speed.
            carrying: Held object, whose slip is a failure.
        """
        ...

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
        ...

    def move_joints(
        self, path: FloatArray, *, least_s: float = 0.0, carrying: str | None = None
    ) -> Motion:
        """Move all joints through close positions; fail if something is in the way.

        Args:
            path: The positions, shape (k, n), in rad or m; one for a point-to-point motion.
            least_s: Mean duration that it takes at least.
            carrying: Held object, whose slip is a failure.
        """
        ...

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
        ...

    def rise(self, height_m: float = 0.22) -> Motion:
        """Raise the hand to a height at which nothing is in its way."""
        ...

    def grip(self, force_n: float, wait_s: float = 0.4) -> Motion:
        """Close the fingers with a force, in N, and wait."""
        ...

    def open(self, to_m: float | None = None, wait_s: float = 0.3) -> Motion:
        """Open each finger to a distance, in m, as far as it goes if None; and wait."""
        ...

    def strike(self, kind: str, item: str | None = None) -> bool:
        """Let a pending fault of a kind strike, if there is one; return True if there was."""
        ...

    def discard_faults(self, call: Call) -> None:
        """Forget the pending faults of an activation that has ended."""
        ...
