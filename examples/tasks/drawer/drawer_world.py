"""A cabinet whose drawer has a handle of a drawn family, seen by the wrist camera's depth."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that the four tasks share

from arm_cell import PREFIX, ArmCell, CellRobot, Stopwatch, joints_at
from cell_world import CellWorld
from drawer_eyes import Front, Handle, front_of, handles_of, points_of
from drawer_skills import LOOK_AT_M, SKILLS, Seen, facing, holds

import treehand as th
from treehand.skills import FloatArray, Pose
from treehand.skills.domain import Fact
from treehand.worlds import PresetFile, PresetRanges, WorldContext

PRESETS = PresetFile(Path(__file__).with_name("presets.yaml"))
NUMBERS = ("yaw_rad", "skew_rad", "range_m", "damping", "friction_n", "noise_m")
FAMILIES = ("bar", "knob", "cup", "recess")
HALF_M = (0.19, 0.095)
"""Half of the front's width and height."""
OPEN_M = 0.12
FORCED_N = 60.0
SIZE = (120, 160)
"""Height and width of the depth picture."""
AT_M = ((0.69, 0.75), (-0.1, 0.1), (0.55, 0.63))
"""Box in which the middle of the front is drawn."""


def add_front(drawer: mujoco.MjsBody, family: str, at: tuple[float, float], size: float) -> float:
    """Add the front with its handle to a drawer; return how far the pads' middle is out of it.

    Args:
        drawer: The body; its front's face is at x = 0, x points into the cabinet.
        family: One of `FAMILIES`.
        at: Place of the handle on the front, to the left and up.
        size: Drawn size of the handle, from 0 to 1.
    """
    y, z = at

    def box(name: str, pos: tuple[float, float, float], half: tuple[float, float, float]) -> None:
        is_front = name.startswith("front")
        drawer.add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=pos,
            size=half,
            mass=0.3 if is_front else 0.03,
            rgba=[0.55, 0.62, 0.66, 1] if is_front else [0.25, 0.25, 0.27, 1],
        )

    wide, high = HALF_M
    if family != "recess":
        box("front", (0.008, 0.0, 0.0), (0.008, wide, high))
    if family == "bar":
        half = 0.045 + 0.03 * size
        box("bar", (-0.036, y, z), (0.006, half, 0.006))
        for side in (-1, 1):
            box(f"post{side}", (-0.018, y + side * (half - 0.008), z), (0.018, 0.005, 0.005))
        return 0.036
    if family == "knob":
        box("stem", (-0.012, y, z), (0.012, 0.006, 0.006))
        drawer.add_geom(
            name="knob",
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            pos=(-0.032, y, z),
            quat=(math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0),
            size=(0.013 + 0.006 * size, 0.011, 0.0),
            mass=0.03,
            rgba=[0.25, 0.25, 0.27, 1],
        )
        return 0.032
    if family == "cup":
        half, tall = 0.036 + 0.012 * size, 0.013 + 0.006 * size
        box("roof", (-0.014, y, z + tall), (0.014, half, 0.003))
        box("face", (-0.026, y, z), (0.003, half, tall))
        for side in (-1, 1):
            box(f"cheek{side}", (-0.014, y + side * half, z), (0.014, 0.003, tall))
        return 0.02
    half, tall, deep = 0.03 + 0.01 * size, 0.02 + 0.004 * size, 0.03
    box("front_left", (0.008, (wide + y + half) / 2, 0.0), (0.008, (wide - y - half) / 2, high))
    box("front_right", (0.008, (-wide + y - half) / 2, 0.0), (0.008, (wide + y - half) / 2, high))
    box("front_top", (0.008, y, (high + z + tall) / 2), (0.008, half, (high - z - tall) / 2))
    box("front_bottom", (0.008, y, (-high + z - tall) / 2), (0.008, half, (high + z - tall) / 2))
    box("pocket", (deep, y, z), (0.004, half + 0.006, tall + 0.006))
    for side in (-1, 1):
        box(f"cheek{side}", (deep / 2, y + side * (half + 0.003), z), (deep / 2, 0.003, tall))
        box(f"lip{side}", (deep / 2, y, z + side * (tall + 0.003)), (deep / 2, half, 0.003))
    return -0.012


class DrawerRobot(CellRobot):
    """The robot of the task, which remembers what it holds."""

    READINGS = (*CellRobot.READINGS, "held")
    held: Handle | None = None
    """The handle that the fingers have closed on or spread in."""

    def hold(self, handle: Handle) -> None:
        """Remember the handle that the fingers hold."""
        self.held = handle


class DrawerWorld(CellWorld):
    """An arm before a cabinet with one drawer."""

    knows_truth = False
    is_blind = False
    robot_type = DrawerRobot

    def __init__(self, context: WorldContext) -> None:
        self._random = context.random.under("drawer")
        preset = self._preset(context.randomize or "held-out")
        drawn = preset.drawn(self._random)
        families = preset.names["families"]
        self.family = families[int(self._random.uniform("family") * len(families))]
        self._noise_m = drawn["noise_m"]
        at = [
            low + (high - low) * self._random.uniform("at", i) for i, (low, high) in enumerate(AT_M)
        ]
        spot = (
            0.12 * (self._random.uniform("left") - 0.5),
            0.06 * (self._random.uniform("up") - 0.5),
        )
        self._handle_x = 0.0

        def add(spec: mujoco.MjSpec) -> None:
            cabinet, drawer, slide = spec.body("cabinet"), spec.body("drawer"), spec.joint("slide")
            cabinet.pos = at
            cabinet.quat = [math.cos(drawn["yaw_rad"] / 2), 0, 0, math.sin(drawn["yaw_rad"] / 2)]
            slide.axis = [-math.cos(drawn["skew_rad"]), -math.sin(drawn["skew_rad"]), 0.0]
            slide.range = [0.0, drawn["range_m"]]
            size = self._random.uniform("size")
            self._handle_x = -add_front(drawer, self.family, spot, size)

        cell = ArmCell(
            Path(__file__).with_name("drawer.xml"),
            add,
            context.clock.now_s(),
            joints_rad=joints_at(Pose(LOOK_AT_M, facing(np.array([-1.0, 0.0, 0.0])))),
        )
        slide = cell.model.joint(PREFIX + "slide").dofadr[0]
        cell.model.dof_damping[slide] = drawn["damping"]
        cell.model.dof_frictionloss[slide] = drawn["friction_n"]
        super().__init__(context, cell, {**drawn, "family": self.family})
        self._spot = np.array([self._handle_x, *spot])
        self._drawer = cell.body("drawer")
        self._forced = False
        self._first: Front | None = None
        self._opened_m = 0.0
        self._looks_n = 0
        cell.after_step.append(self._watch)
        self.embodiment.look = self._look

    def _preset(self, name: str) -> PresetRanges:
        found = PRESETS.preset(name, numbers=NUMBERS, choices={"families": FAMILIES})
        stops = "the drawer stops at {low} m, before it is open"
        found.require("range_m", stops, least=OPEN_M + 0.02)
        heavy = "the drawer is harder to pull than the arm pulls"
        found.require("friction_n", heavy, least=0.0, most=35.0)
        found.require("damping", heavy, least=0.0, most=200.0)
        found.require("noise_m", "noise is below 0", least=0.0)
        found.require("yaw_rad", "the front does not face the arm", least=-0.6, most=0.6)
        found.require("skew_rad", "the slide is askew", least=-0.3, most=0.3)
        return found

    def _watch(self) -> None:
        if self.cell.force_between_n({self._drawer, self.cell.body("cabinet")}) > 0.0:
            felt_n = float(np.linalg.norm(self.cell.felt_n))
            self._forced = self._forced or felt_n > FORCED_N

    @property
    def _open_m(self) -> float:
        return float(self.cell.joint("slide").qpos[0])

    def _look(self) -> Seen:
        """Return front and handles in the wrist camera's noisy depth."""
        self.advance(self._clock.now_s())
        self._looks_n += 1
        with Stopwatch() as watch:
            generator = self._random.generator("look", self._looks_n)
            depth = self.embodiment.depth_m("wrist", SIZE)
            depth = depth + self._noise_m * generator.normal(size=depth.shape)
            depth[generator.uniform(size=depth.shape) < 0.02] = 0.0
            points = points_of(depth, *self.embodiment.camera("wrist", SIZE))
            front = front_of(points, generator)
            handles = handles_of(points, front) if front is not None else []
        if front is not None:
            self._first = self._first or front
            middle = points[np.abs(points @ front.out - front.offset_m) < 0.004].mean(axis=0)
            self._opened_m = float(middle @ self._first.out - self._first.offset_m)
        if self.knows_truth:
            return Seen(self.cell.time_s, self._true_front(), [self._true_handle()], watch.seconds)
        if self.is_blind:
            out = np.array([-1.0, 0.0, 0.0])
            middle = np.array([sum(pair) / 2 for pair in AT_M])
            handle = Handle(middle + 0.03 * out, out, False, 0.03)
            return Seen(self.cell.time_s, Front(out, float(middle @ out)), [handle], 0.0)
        return Seen(self.cell.time_s, front, handles, watch.seconds)

    def _true_front(self) -> Front:
        data = self.cell.data
        out = -data.xmat[self._drawer].reshape(3, 3)[:, 0]
        return Front(out, float(data.xpos[self._drawer] @ out))

    def _true_handle(self) -> Handle:
        data = self.cell.data
        matrix: FloatArray = data.xmat[self._drawer].reshape(3, 3)
        at = data.xpos[self._drawer] + matrix @ self._spot
        return Handle(at, -matrix[:, 0].copy(), self.family == "recess", 0.03)

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what the depth camera and the width of the fingers tell."""
        held = self.embodiment.held
        gripped = held is not None and holds(self.embodiment, is_sunk=held.is_sunk)
        if held is not None and not gripped:
            self.embodiment.held = None
        return {
            Fact("is_open", ("drawer",)): self._opened_m > OPEN_M,
            Fact("gripped", ("drawer",)): gripped,
        }

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return whether the drawer is open, touched by both pads, and was forced."""
        return {
            Fact("is_open", ("drawer",)): self._open_m > OPEN_M,
            Fact("gripped", ("drawer",)): self.cell.pads_touching(self._drawer) == 2,
            Fact("forced", ("drawer",)): self._forced,
        }


class DrawerTruth(DrawerWorld):
    """The drawer with eyes that know the handle."""

    knows_truth = True


class DrawerBlind(DrawerWorld):
    """The drawer with eyes that see an average cabinet."""

    is_blind = True


Drawer = th.world(
    "drawer",
    domain="drawer.domain.yaml",
    scene="drawer.scene.yaml",
    skills=SKILLS,
    is_virtual=True,
    presets=PRESETS,
)(DrawerWorld)
TruthDrawer = Drawer.variant("drawer-truth", DrawerTruth)
BlindDrawer = Drawer.variant("drawer-blind", DrawerBlind)
