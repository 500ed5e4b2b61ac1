"""Library of robots: the built-in ones, and those of a user's own folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

from treehand.core.errors import Finding, InputError, in_line_order, near
from treehand.core.spans import Span
from treehand.documents.reader import read_file
from treehand.skills import FloatArray
from treehand.worlds.physics.robots.robot_check import model_findings, unknown_joints
from treehand.worlds.robot_file import (
    BaseOfRobot,
    GripperOfRobot,
    JointOfRobot,
    MobileRobotFile,
    RobotFile,
    base_findings,
    limit_findings,
)

ARM, MOBILE = ".robot.yaml", ".mobile.yaml"
"""Endings of the files of an arm, and of an arm on a base that drives."""
ON_BASE = "arm_"
"""Prefix of the names of an arm on a base, whose MJCF may have the same names."""
USUAL = "panda"
"""Robot where none is named."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class RobotModel:
    """A robot: its facts, and the paths of its MJCF."""

    name: str
    file: RobotFile
    """Facts about the arm."""
    mjcf: Path
    """MJCF file of the arm."""
    base: BaseOfRobot | None = None
    """The base that carries the arm; None if it stands where it is."""
    base_mjcf: Path | None = None
    """MJCF file of the base."""

    @property
    def joints(self) -> tuple[JointOfRobot, ...]:
        """Joints of the chain: those of the base, then those of the arm."""
        return (*(self.base.joints if self.base is not None else ()), *self.file.joints)

    @property
    def joints_n(self) -> int:
        """Number of joints of the chain."""
        return len(self.joints)

    @property
    def base_n(self) -> int:
        """Number of joints of the base."""
        return self.joints_n - len(self.file.joints)

    @property
    def gripper(self) -> GripperOfRobot:
        """The gripper."""
        return self.file.gripper

    @property
    def home(self) -> FloatArray:
        """Positions of the joints at the start, shape (n,), in rad or m."""
        return np.array([joint.home for joint in self.joints])

    @property
    def speeds(self) -> FloatArray:
        """Greatest speeds of the joints, shape (n,), in rad/s or m/s."""
        return np.array([joint.speed for joint in self.joints])

    @property
    def loads(self) -> FloatArray:
        """Greatest torques of the joints from outside in N·m, of sliding ones in N, shape (n,)."""
        loads = np.full(self.joints_n, self.file.load_nm)
        if self.base is not None:
            loads[:2] = self.base.load_n
        return loads

    def spec(self) -> mujoco.MjSpec:
        """Return the MJCF with the limits of the robot file, to compile or to add a kitchen to."""
        spec = mujoco.MjSpec.from_file(str(self.mjcf))
        if self.base is not None and self.base_mjcf is not None:
            arm, spec = spec, mujoco.MjSpec.from_file(str(self.base_mjcf))
            spec.attach(arm, site=spec.site(self.base.mount), prefix=ON_BASE)
            for camera in spec.cameras:
                camera.name = camera.name.removeprefix(ON_BASE)
        for joint in self.joints:
            spec.joint(joint.name).range = [joint.low, joint.high]
        return spec


def _on_base(file: RobotFile) -> RobotFile:
    """Return the facts about an arm with the names that it has on a base."""

    def named(names: tuple[str, str]) -> tuple[str, str]:
        return ON_BASE + names[0], ON_BASE + names[1]

    gripper = file.gripper
    fingers = {"joints": named(gripper.joints), "pads": named(gripper.pads)}
    return file.model_copy(
        update={
            "tool": ON_BASE + file.tool,
            "hand": ON_BASE + file.hand,
            "joints": tuple(
                joint.model_copy(update={"name": ON_BASE + joint.name}) for joint in file.joints
            ),
            "gripper": gripper.model_copy(update=fingers),
        }
    )


def robot_names() -> list[str]:
    """Return the names of the built-in robots."""
    return sorted(_built_in())


def _built_in() -> dict[str, Path]:
    """Return the files of the built-in robots, by name."""
    files = (path for ending in (ARM, MOBILE) for path in _HERE.glob(f"*/*{ending}"))
    return {path.parent.name: path for path in files}


def find_robot(name: str | None, *, folder: Path = Path()) -> RobotModel:
    """Return a built-in robot, or one from a folder of a user.

    Args:
        name: Name of a built-in robot, or path of its file; `USUAL` if None.
        folder: Folder that a relative path starts at.

    Raises:
        InputError: If there is no such robot, or with all findings in its files.
    """
    name = USUAL if name is None else name
    if name.endswith((ARM, MOBILE)) and name.isprintable():
        return load_robot(folder / name)
    known = _built_in()
    if name not in known:
        hint = near(name, known, what="robots") + f"; or give the path of a *{ARM}"
        raise InputError.of("unknown-robot", f"there is no robot '{name}'", hint=hint)
    return load_robot(known[name])


def load_robot(path: Path) -> RobotModel:
    """Return the robot of a file.

    Raises:
        InputError: With all findings in the file, and in the MJCF that it names.
    """
    if path.name.endswith(MOBILE):
        return _load_mobile(path)
    file = read_file(path, RobotFile)
    findings = list(limit_findings(file))
    robot = RobotModel(file.robot, file, path.parent / file.model)
    if not findings:
        span = file.span("model")
        findings += _model_findings(robot, robot.mjcf, file.joints, span)
    if findings:
        raise InputError(in_line_order(findings))
    return robot


def _load_mobile(path: Path) -> RobotModel:
    """Return the robot of a file that names an arm and its base."""
    file = read_file(path, MobileRobotFile)
    base, folder = file.base, path.parent
    findings = list(base_findings(base))
    mjcf, span = folder / base.model, base.span("model")
    if not file.arm.endswith(ARM):
        message = f"'{file.arm}' is no arm for a base: its name does not end in {ARM}"
        findings.append(Finding("robot-model", message, file.span("arm")))
    if not findings:
        with _told_at(file.span("arm")):
            arm = load_robot(folder / file.arm)
        robot = RobotModel(file.robot, _on_base(arm.file), arm.mjcf, base, mjcf)
        findings += _model_findings(robot, mjcf, base.joints, span)
    if findings:
        raise InputError(in_line_order(findings))
    return robot


@contextmanager
def _told_at(span: Span | None) -> Iterator[None]:
    """Give findings that have no place the place of what names their file."""
    try:
        yield
    except InputError as error:
        raise InputError(
            one if one.span is not None else replace(one, span=span) for one in error.findings
        ) from error


def _model_findings(
    robot: RobotModel, mjcf: Path, joints: Sequence[JointOfRobot], span: Span | None
) -> list[Finding]:
    """Return the findings in an MJCF of a robot, which has some of its joints."""
    if not mjcf.is_file():
        return [Finding("unreadable-file", f"there is no file '{mjcf}'", span)]
    try:
        spec = mujoco.MjSpec.from_file(str(mjcf))
        lacking = list(unknown_joints(mjcf.name, joints, [joint.name for joint in spec.joints]))
        base = robot.base
        if base is not None and base.mount not in [site.name for site in spec.sites]:
            message = f"'{mjcf.name}' has no site '{base.mount}' for the arm"
            lacking.append(Finding("robot-frame", message, base.span("mount")))
        if lacking:  # whose limits would lack, too
            return lacking
        model = robot.spec().compile()
    except ValueError as error:  # of MuJoCo, with the line of the MJCF
        text = " ".join(str(error).split())
        return [Finding("robot-model", f"'{mjcf}' is no MJCF that loads: {text}", span)]
    return list(model_findings(robot.file, robot.joints, model))
