"""The ``adapt:`` section of a policy: the conversions to the robot that a deployment allows."""

from __future__ import annotations

from pydantic import StrictBool

from treehand.documents.reader import Located
from treehand.skills.contracts.embodiment import Control, Gripper, Positive, Rotation


class Adapt(Located):
    """Convention of the robot, where it differs from the policy's; it is compared with the robot.

    A convention that differs and is not stated here is refused.
    """

    control: Control | None = None
    """Kind of action that the robot takes."""
    frame: str | None = None
    """Frame of the robot's actions: ``base``, ``world``, ``tool``, ``joint``."""
    rotation: Rotation | None = None
    """Representation of rotations that the robot takes."""
    gripper: Gripper | None = None
    """Convention of the robot's gripper; also states that the two ranges may differ."""
    grip_n: Positive | None = None
    """Grip force of a closed gripper in N, for robots whose gripper takes a force."""
    units: StrictBool = False
    """True if units of one kind are converted: deg and rad, mm and m."""
    order: StrictBool = False
    """True if dimensions with equal labels are brought into the robot's order."""
    damping: Positive = 0.01
    """Damping of the inverse kinematics (damped least squares); larger is slower and smoother near
    singular poses."""
