"""Data models of ``*.robot.yaml`` and ``*.mobile.yaml``: the facts that an MJCF does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from treehand.core.errors import Finding
from treehand.documents.reader import Located

Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
RobotName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class JointOfRobot(Located):
    """One joint of the chain from the base to the tool; in rad, or in m if it slides."""

    name: str
    """Name of the joint, and of its position servo, in the MJCF."""
    low: Number
    """Least position."""
    high: Number
    """Greatest position."""
    speed: Positive
    """Greatest speed, per second."""
    home: Number
    """Position at the start of a run; the arm keeps near it where the task leaves a choice."""


class GripperOfRobot(Located):
    """A parallel gripper of two fingers; lengths in the frame of the tool."""

    joints: tuple[str, str]
    """Sliding joints of the fingers, and their servos; 0 is closed."""
    pads: tuple[str, str]
    """Geometries of the MJCF that touch what is held."""
    open_m: Positive
    """Greatest opening of each finger."""
    closed_m: Number
    """Commanded position of a closing finger; below 0, so that its force is reached."""
    speed_m_s: Positive
    """Speed of each finger."""
    force_n: Positive
    """Greatest force of each finger."""
    opening_n: Positive
    """Force with which the fingers open."""
    thickness_m: Positive
    """Thickness of a finger, from the face of its pad outwards."""
    pad_m: Positive
    """Half of a pad's length."""
    tip_m: Positive
    """Length of the fingers beyond the middle of the pads."""
    hand_m: tuple[Positive, Positive]
    """Half of the hand's size, along the pads and across them."""
    palm_m: Positive
    """Distance of the hand's underside from the middle of the pads."""

    @property
    def width_m(self) -> float:
        """Greatest width between the pads."""
        return 2 * self.open_m


class RobotFile(Located):
    """Facts about a robot: limits, home, tool frame, gripper, payload and force."""

    robot: RobotName
    """Name of the robot, as in ``--robot``."""
    doc: str
    """Description of the robot."""
    model: str
    """MJCF file, from this file's folder. Position limits are those of this file."""
    tool: str
    """Site between the pads: z points out of the hand, the fingers close along y."""
    hand: str = "hand"
    """Body that carries the fingers."""
    joints: Annotated[tuple[JointOfRobot, ...], Field(min_length=1)]
    """Joints from the base to the tool, which are the first joints of the MJCF."""
    gripper: GripperOfRobot
    """The gripper."""
    payload_kg: Positive
    """Greatest mass that the hand lifts."""
    reach_m: Positive
    """Greatest distance of the tool from the base."""
    load_nm: Positive
    """Greatest torque of a joint from outside."""
    lag_s: Positive
    """Time constant of the joints' servos: damping over stiffness in the MJCF."""


class BaseOfRobot(Located):
    """A base that drives in the plane and carries an arm."""

    model: str
    """MJCF file of the base, from this file's folder."""
    mount: str
    """Site that the arm stands on."""
    joints: tuple[JointOfRobot, JointOfRobot, JointOfRobot]
    """Joints along x and y of the room, in m, and about z, in rad; the first joints of the MJCF."""
    radius_m: Positive
    """Radius of the base."""
    works_m: tuple[Positive, Positive]
    """Least and greatest distance from the base's axis at which the arm works well."""
    load_n: Positive
    """Greatest force on the base from outside."""


class MobileRobotFile(Located):
    """Facts about a robot whose arm stands on a base that drives."""

    robot: RobotName
    """Name of the robot, as in ``--robot``."""
    doc: str
    """Description of the robot."""
    arm: str
    """Robot file of the arm, from this file's folder."""
    base: BaseOfRobot
    """The base."""


def base_findings(base: BaseOfRobot) -> Iterator[Finding]:
    """Yield a finding for each impossible limit of a base."""
    yield from _joint_findings(base.joints)
    least, greatest = base.works_m
    if least >= greatest:
        message = f"the arm works from {least:g} to {greatest:g} m"
        yield Finding("robot-limits", message, base.span("works_m"), "the least comes first")


def limit_findings(robot: RobotFile) -> Iterator[Finding]:
    """Yield a finding for each joint with impossible limits or with its home outside of them."""
    yield from _joint_findings(robot.joints)
    gripper = robot.gripper
    if gripper.closed_m >= gripper.open_m:
        message = f"the fingers close at {gripper.closed_m:g} m, and open at {gripper.open_m:g} m"
        yield Finding("robot-limits", message, gripper.span("closed_m"), "give 0, or a little less")


def _joint_findings(joints: Iterable[JointOfRobot]) -> Iterator[Finding]:
    names: set[str] = set()
    for joint in joints:
        if joint.name in names:
            message = f"joint '{joint.name}' is listed twice"
            yield Finding("robot-joint", message, joint.span("name"))
        names.add(joint.name)
        if joint.low >= joint.high:
            message = f"joint '{joint.name}' has no room between {joint.low:g} and {joint.high:g}"
            yield Finding("robot-limits", message, joint.span("high"), "low is less than high")
        elif not joint.low <= joint.home <= joint.high:
            message = (
                f"home of joint '{joint.name}' is {joint.home:g}, outside of its limits "
                f"{joint.low:g} to {joint.high:g}"
            )
            hint = "give radians, and a home between low and high"
            yield Finding("robot-home", message, joint.span("home"), hint)
