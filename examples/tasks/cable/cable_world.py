"""A plug on an elastic cable in the hand of the arm, and a socket seen by a depth camera."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that all tasks share

from arm_cell import PREFIX, ArmCell, CellRobot, Stopwatch, downward, joints_at
from cable_skills import SKILLS, TIP_M, Seen
from cell_world import CellWorld

import treehand as th
from treehand.skills import FloatArray, Pose
from treehand.skills.domain import Fact
from treehand.worlds import PresetFile, WorldContext

PRESETS = PresetFile(Path(__file__).with_name("presets.yaml"))
NUMBERS = ("clearance_m", "turn_rad", "stiffness", "off_m", "noise_m", "friction")
LINKS_N, LINK_M, CABLE_M = 28, 0.02, 0.004
TURN_RAD = 3.4
"""Angle by which the cable is bent at the beginning, over its whole length."""
START_M = np.array([0.42, -0.14, 0.26])
AT_M = ((0.47, 0.53), (0.0, 0.1))
TOP_M, TIP_HALF_M = 0.04, (0.006, 0.004)
PLUGGED_M, OVERLOAD_N = 0.012, 50.0
SIZE = (180, 180)
HALF_M = (0.036, 0.024)
"""Half of the socket's length and width, seen from above."""


def add_socket(body: mujoco.MjsBody, clearance_m: float, friction: float) -> None:
    """Add a block with an opening: the plug's section, and the clearance."""
    x, y = (half + clearance_m / 2 for half in TIP_HALF_M)
    wide, long = HALF_M[1], HALF_M[0]
    walls = {
        "east": ((long + x) / 2, 0.0, (long - x) / 2, wide),
        "west": (-(long + x) / 2, 0.0, (long - x) / 2, wide),
        "north": (0.0, (wide + y) / 2, x, (wide - y) / 2),
        "south": (0.0, -(wide + y) / 2, x, (wide - y) / 2),
    }
    for name, (at_x, at_y, half_x, half_y) in walls.items():
        body.add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[at_x, at_y, TOP_M / 2],
            size=[half_x, half_y, TOP_M / 2],
            rgba=[0.3, 0.34, 0.4, 1],
            contype=9,
            conaffinity=8,
            friction=[friction, 0.005, 0.0001],
            solref=[0.006, 1],
        )


def add_cable(spec: mujoco.MjSpec, plug: mujoco.MjsBody, stiffness: float) -> None:
    """Add a chain of links with elastic ball joints, and anchor its end where it begins."""
    parent, angle = plug, -TURN_RAD / LINKS_N
    for index in range(LINKS_N):
        link = parent.add_body(
            name=f"link{index}",
            pos=[-0.012, 0, 0.004] if index == 0 else [-LINK_M, 0, 0],
            quat=[math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0] if index else [1, 0, 0, 0],
        )
        joint = link.add_joint(name=f"bend{index}", type=mujoco.mjtJoint.mjJNT_BALL)
        joint.armature = 2e-5
        link.add_geom(
            name=f"cable{index}",
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=[0, 0, 0, -LINK_M, 0, 0],
            size=[CABLE_M, 0, 0],
            mass=0.0015,
            rgba=[0.1, 0.1, 0.12, 1],
            contype=0,
            conaffinity=0,
        )
        parent = link
    anchor = spec.add_equality(
        name="anchor",
        type=mujoco.mjtEq.mjEQ_CONNECT,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1=f"link{LINKS_N - 1}",
        solref=[0.02, 1],
    )
    anchor.data[:3] = [-LINK_M, 0.0, 0.0]


class CableRobot(CellRobot):
    """The robot of the task, which keeps how deep it has measured the plug to be."""

    plugged_m = 0.0

    def report(self, deep_m: float) -> None:
        """Keep the depth at which the force-guided push has ended."""
        self.plugged_m = deep_m


class CableWorld(CellWorld):
    """An arm with a plug in its hand before a socket."""

    knows_truth = False
    is_blind = False
    robot_type = CableRobot

    def __init__(self, context: WorldContext) -> None:
        self._random = context.random.under("cable")
        drawn = self._drawn(context.randomize or "held-out")
        spot = [
            low + (high - low) * self._random.uniform("at", i) for i, (low, high) in enumerate(AT_M)
        ]

        def add(spec: mujoco.MjSpec) -> None:
            socket, plug = spec.body("socket"), spec.body("plug")
            socket.pos = [*spot, 0.0]
            turn = drawn["turn_rad"] / 2
            socket.quat = [math.cos(turn), 0.0, 0.0, math.sin(turn)]
            plug.pos = START_M
            add_socket(socket, drawn["clearance_m"], drawn["friction"])
            add_cable(spec, plug, drawn["stiffness"])

        start = Pose(START_M, downward(0.0))
        cell = ArmCell(
            Path(__file__).with_name("cable.xml"),
            add,
            context.clock.now_s(),
            substep_s=0.002,
            joints_rad=joints_at(start),
        )
        for index in range(LINKS_N):
            joint = cell.model.joint(f"{PREFIX}bend{index}")
            cell.model.jnt_stiffness[joint.id] = drawn["stiffness"]
            cell.model.dof_damping[joint.dofadr[0] : joint.dofadr[0] + 3] = 0.0008
        super().__init__(context, cell, drawn)
        way = 2 * math.pi * self._random.uniform("off")
        self._off = drawn["off_m"] * np.array([math.cos(way), math.sin(way), 0.0])
        self._plug, self._socket = cell.body("plug"), cell.body("socket")
        self._overloaded = False
        self._looks_n = 0
        cell.after_step.append(self._watch)
        self.embodiment.look = self._look
        cell.close_on(0.018, 60.0)
        begin_s = cell.time_s
        for _ in range(40):
            cell.step()
        cell.time_s = begin_s
        self._overloaded = False

    def _drawn(self, name: str) -> dict[str, float]:
        preset = PRESETS.preset(name, numbers=NUMBERS)
        problem = "the plug is wider than the socket (clearance {low} m)"
        preset.require("clearance_m", problem, above=0.0)
        preset.require("turn_rad", "the socket is turned too far", least=-0.8, most=0.8)
        for key in ("stiffness", "off_m", "noise_m", "friction"):
            preset.require(key, f"{key} is below 0", least=0.0)
        return preset.drawn(self._random)

    def _watch(self) -> None:
        pressing = {self._plug, *self.cell.robot_bodies}
        pressed_n = self.cell.net_n(pressing, {self._socket})
        self._overloaded = self._overloaded or pressed_n > OVERLOAD_N

    def _true_depth_m(self) -> float:
        """Return how deep the tip is in the opening; below 0 if it is not above or in it."""
        data = self.cell.data
        matrix = data.xmat[self._plug].reshape(3, 3)
        tip = data.xpos[self._plug] - TIP_M * matrix[:, 2]
        away = data.xmat[self._socket].reshape(3, 3).T @ (tip - data.xpos[self._socket])
        is_over = abs(away[0]) < 0.003 and abs(away[1]) < 0.003
        return float(TOP_M - away[2]) if is_over else -1.0

    def _look(self) -> Seen:
        """Return where the camera sees the opening."""
        self.advance(self._clock.now_s())
        self._looks_n += 1
        now_s = self.cell.time_s
        if self.is_blind:
            return Seen(now_s, np.array([*(sum(p) / 2 for p in AT_M), TOP_M]), 0.0, 0.0)
        if self.knows_truth:
            data = self.cell.data
            yaw = math.atan2(data.xmat[self._socket][3], data.xmat[self._socket][0])
            return Seen(now_s, data.xpos[self._socket] + np.array([0.0, 0.0, TOP_M]), yaw, 0.0)
        with Stopwatch() as watch:
            generator = self._random.generator("look", self._looks_n)
            depth = self.embodiment.depth_m("above", SIZE)
            depth = depth + self._sample["noise_m"] * generator.normal(size=depth.shape)
            found = opening_in(depth, *self.embodiment.camera("above", SIZE))
        if found is None:
            return Seen(now_s, None, 0.0, watch.seconds)
        return Seen(now_s, found[0] + self._off, found[1], watch.seconds)

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what the width of the fingers and the measured depth tell."""
        return {
            Fact("holding", ("plug",)): self.embodiment.is_gripping,
            Fact("plugged", ("plug", "socket")): self.embodiment.plugged_m > PLUGGED_M,
        }

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return how deep the plug really is, and whether the socket was overloaded."""
        return {
            Fact("holding", ("plug",)): self.cell.pads_touching(self._plug) == 2,
            Fact("plugged", ("plug", "socket")): self._true_depth_m() > PLUGGED_M,
            Fact("overloaded", ("socket",)): self._overloaded,
        }


def opening_in(depth_m: FloatArray, camera: Pose, focal: float) -> tuple[FloatArray, float] | None:
    """Return middle and yaw of the opening in a picture from above; None if there is none."""
    height, width = depth_m.shape
    rows, columns = np.mgrid[0:height, 0:width]
    x = (columns - (width - 1) / 2) * depth_m / focal
    y = -(rows - (height - 1) / 2) * depth_m / focal
    points = camera.position_m + np.stack([x, y, -depth_m], axis=-1) @ camera.rotation.T
    is_top = np.abs(points[..., 2] - TOP_M) < 0.006
    flat = points[is_top][:, :2]
    if len(flat) < 300:
        return None
    middle = np.median(flat, axis=0)
    flat = flat[np.linalg.norm(flat - middle, axis=1) < 0.05]
    middle = flat.mean(axis=0)
    _, _, axes = np.linalg.svd(flat - middle, full_matrices=False)
    along = axes[0] * (1.0 if axes[0][0] > 0.0 else -1.0)
    yaw = math.atan2(along[1], along[0])
    across = np.array([-along[1], along[0]])
    places = (points[..., :2] - middle) @ np.stack([along, across], axis=1)
    near = (np.abs(places) < [0.018, 0.014]).all(axis=-1)
    hole = points[near & (points[..., 2] < TOP_M - 0.012)]
    if len(hole) < 8:
        return None
    ends = places[near & (points[..., 2] < TOP_M - 0.012)]
    centre = (np.percentile(ends, 3, axis=0) + np.percentile(ends, 97, axis=0)) / 2
    rough = middle + centre[0] * along + centre[1] * across
    top = float(np.median(points[is_top][:, 2]))
    # the hole's far wall hides its floor: what is seen of the floor is drawn towards the camera
    return np.array([*(0.5 * rough + 0.5 * middle), top]), yaw


class CableTruth(CableWorld):
    """The cable with a camera that tells the truth."""

    knows_truth = True


class CableBlind(CableWorld):
    """The cable with a socket that is believed where it stands on average."""

    is_blind = True


Cable = th.world(
    "cable",
    domain="cable.domain.yaml",
    scene="cable.scene.yaml",
    skills=SKILLS,
    is_virtual=True,
    presets=PRESETS,
)(CableWorld)
TruthCable = Cable.variant("cable-truth", CableTruth)
BlindCable = Cable.variant("cable-blind", CableBlind)
