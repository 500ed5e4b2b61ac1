"""Checks of a robot's MJCF against its file: tool frame, joints and gripper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import mujoco
import numpy as np

from treehand.core.errors import Finding, near
from treehand.worlds.robot_file import JointOfRobot, RobotFile

TRAVEL_RAD = 4.01 * np.pi
"""Greatest travel of a turning joint that is believed."""


def unknown_joints(
    mjcf: str, joints: Iterable[JointOfRobot], known: Sequence[str]
) -> Iterator[Finding]:
    """Yield a finding for each joint of a robot file that its MJCF, with these joints, has not."""
    for joint in joints:
        if joint.name not in known:
            message = f"'{mjcf}' has no joint '{joint.name}'"
            yield Finding("robot-joint", message, joint.span("name"), near(joint.name, known))


def model_findings(
    robot: RobotFile, chain: Sequence[JointOfRobot], model: mujoco.MjModel
) -> Iterator[Finding]:
    """Yield a finding for each name of a robot file that its MJCF does not have in its place.

    Args:
        robot: The robot file.
        chain: Joints from the base to the tool.
        model: The compiled MJCF.
    """
    gripper = robot.gripper
    sites = _names(model, mujoco.mjtObj.mjOBJ_SITE)
    if robot.tool not in sites:
        message = f"'{robot.model}' has no site '{robot.tool}' for the tool frame"
        hint = near(robot.tool, sites, what="sites") if sites else "add a <site> between the pads"
        yield Finding("robot-frame", message, robot.span("tool"), hint)
    bodies = _names(model, mujoco.mjtObj.mjOBJ_BODY)
    if robot.hand not in bodies:
        message = f"'{robot.model}' has no body '{robot.hand}' for the hand"
        yield Finding("robot-frame", message, robot.span("hand"), near(robot.hand, bodies))
    yield from _joint_findings(robot, chain, model)
    geoms = _names(model, mujoco.mjtObj.mjOBJ_GEOM)
    for index, pad in enumerate(gripper.pads):
        if pad not in geoms:
            message = f"'{robot.model}' has no geom '{pad}' for a pad"
            yield Finding("robot-gripper", message, gripper.span("pads", index), near(pad, geoms))
    if len(set(gripper.pads)) < 2:
        message = "the two pads are one geom"
        yield Finding("robot-gripper", message, gripper.span("pads"), "name one of each finger")


def _joint_findings(
    robot: RobotFile, chain: Sequence[JointOfRobot], model: mujoco.MjModel
) -> Iterator[Finding]:
    joints = _names(model, mujoco.mjtObj.mjOBJ_JOINT)
    servos = _names(model, mujoco.mjtObj.mjOBJ_ACTUATOR)
    for index, joint in enumerate(chain):
        if joints.index(joint.name) != index:
            message = f"joint '{joint.name}' is number {joints.index(joint.name) + 1} of the MJCF"
            hint = "list the joints from the base to the tool, as the MJCF does, fingers after them"
            yield Finding("robot-joint", message, joint.span("name"), hint)
        elif index >= len(servos) or servos[index] != joint.name:
            message = f"the servo number {index + 1} of the MJCF is not that of '{joint.name}'"
            hint = f'add <position name="{joint.name}" joint="{joint.name}"/> in their order'
            yield Finding("robot-joint", message, joint.span("name"), hint)
        else:
            yield from _travel_findings(joint, int(model.jnt_type[index]))
    for index, finger in enumerate(robot.gripper.joints):
        span = robot.gripper.span("joints", index)
        if finger not in joints or finger not in servos:
            message = f"'{robot.model}' has no joint with a servo '{finger}' for a finger"
            yield Finding("robot-gripper", message, span, near(finger, joints))
        elif model.jnt_type[joints.index(finger)] != mujoco.mjtJoint.mjJNT_SLIDE:
            message = f"finger '{finger}' does not slide"
            yield Finding("robot-gripper", message, span, 'write type="slide"')


def _travel_findings(joint: JointOfRobot, kind: int) -> Iterator[Finding]:
    if kind == mujoco.mjtJoint.mjJNT_HINGE and joint.high - joint.low > TRAVEL_RAD:
        message = f"joint '{joint.name}' turns by {joint.high - joint.low:g} rad"
        hint = "limits are in radians: 180 degrees are 3.1416"
        yield Finding("robot-limits", message, joint.span("high"), hint)
    if kind not in (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE):
        message = f"joint '{joint.name}' neither turns nor slides"
        yield Finding("robot-joint", message, joint.span("name"), 'write type="hinge" or "slide"')


def _names(model: mujoco.MjModel, kind: mujoco.mjtObj) -> list[str]:
    """Return the names of all objects of a kind, in order; the nameless as empty texts."""
    counts = {
        mujoco.mjtObj.mjOBJ_SITE: model.nsite,
        mujoco.mjtObj.mjOBJ_BODY: model.nbody,
        mujoco.mjtObj.mjOBJ_GEOM: model.ngeom,
        mujoco.mjtObj.mjOBJ_JOINT: model.njnt,
        mujoco.mjtObj.mjOBJ_ACTUATOR: model.nu,
    }
    return [mujoco.mj_id2name(model, kind, index) or "" for index in range(counts[kind])]
