"""Library of robots: the built-in ones, and those of a user's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from treehand.core.errors import Finding, InputError, in_line_order, near
from treehand.documents.reader import read_file
from treehand.skills import FloatArray
from treehand.worlds.physics.robots.robot_check import model_findings, unknown_joints
from treehand.worlds.robot_file import GripperOfRobot, RobotFile, limit_findings

ENDING = ".robot.yaml"
USUAL = "panda"
"""Robot where none is named."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class RobotModel:
    """A robot: its facts, and the path of its MJCF."""

    file: RobotFile
    """Facts about the robot."""
    mjcf: Path
    """Its MJCF file."""

    @property
    def joints_n(self) -> int:
        """Number of joints of the chain."""
        return len(self.file.joints)

    @property
    def gripper(self) -> GripperOfRobot:
        """The gripper."""
        return self.file.gripper

    @property
    def home(self) -> FloatArray:
        """Positions of the joints at the start, shape (n,), in rad or m."""
        return np.array([joint.home for joint in self.file.joints])

    @property
    def speeds(self) -> FloatArray:
        """Greatest speeds of the joints, shape (n,), in rad/s or m/s."""
        return np.array([joint.speed for joint in self.file.joints])

    def spec(self) -> mujoco.MjSpec:
        """Return the MJCF with the limits of the robot file, to compile or to add a kitchen to."""
        spec = mujoco.MjSpec.from_file(str(self.mjcf))
        for joint in self.file.joints:
            spec.joint(joint.name).range = [joint.low, joint.high]
        return spec


def robot_names() -> list[str]:
    """Return the names of the built-in robots."""
    return sorted(path.name.removesuffix(ENDING) for path in _HERE.glob(f"*/*{ENDING}"))


def find_robot(name: str | None, *, folder: Path = Path()) -> RobotModel:
    """Return a built-in robot, or one from a folder of a user.

    Args:
        name: Name of a built-in robot, or path of a ``*.robot.yaml``; `USUAL` if None.
        folder: Folder that a relative path starts at.

    Raises:
        InputError: If there is no such robot, or with all findings in its files.
    """
    name = name or USUAL
    if name.endswith(ENDING):
        return load_robot(folder / name)
    path = _HERE / name / f"{name}{ENDING}"
    if name not in robot_names():
        hint = near(name, robot_names(), what="robots") + f"; or give the path of a *{ENDING}"
        raise InputError.of("unknown-robot", f"there is no robot '{name}'", hint=hint)
    return load_robot(path)


def load_robot(path: Path) -> RobotModel:
    """Return the robot of a file.

    Raises:
        InputError: With all findings in the file, and in the MJCF that it names.
    """
    file = read_file(path, RobotFile)
    findings = list(limit_findings(file))
    robot = RobotModel(file, path.parent / file.model)
    if not findings:
        findings += _model_findings(robot)
    if findings:
        raise InputError(in_line_order(findings))
    return robot


def _model_findings(robot: RobotModel) -> list[Finding]:
    """Return the findings in the MJCF of a robot."""
    span = robot.file.span("model")
    if not robot.mjcf.is_file():
        return [Finding("unreadable-file", f"there is no file '{robot.mjcf}'", span)]
    try:
        named = [joint.name for joint in mujoco.MjSpec.from_file(str(robot.mjcf)).joints]
        lacking = list(unknown_joints(robot.file, named))
        if lacking:  # whose limits would lack, too
            return lacking
        model = robot.spec().compile()
    except ValueError as error:  # of MuJoCo, with the line of the MJCF
        text = " ".join(str(error).split())
        return [Finding("robot-model", f"'{robot.mjcf}' is no MJCF that loads: {text}", span)]
    return list(model_findings(robot.file, model))
