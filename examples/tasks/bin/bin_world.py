"""A bin with twelve items in disorder, three cartons, and a depth camera above the bin."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import mujoco
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that all tasks share

from arm_cell import PREFIX, ArmCell, CellRobot, Snapshot, Stopwatch, downward, joints_at
from bin_eyes import INNER_M, Grasps, grasps_in, height_map, items_seen
from bin_items import ITEMS_N, SHAPES, Item, add_items, drawn_items
from bin_ranker import Ranker
from bin_skills import PARK_M, SKILLS, TIP_M, Grasp, Seen
from cell_world import CellWorld

import treehand as th
from treehand.skills import Disturbance, FloatArray, Pose
from treehand.skills.domain import Fact
from treehand.worlds import PresetFile, PresetRanges, WorldContext

HERE = Path(__file__).parent
PRESETS = PresetFile(HERE / "presets.yaml")
NUMBERS = ("bin_x_m", "bin_y_m", "turn_rad", "soft_n", "stiffness_pa", "friction", "noise_m")
CARTONS = ("left", "middle", "right")
CARTON_HALF_M = (0.069, 0.079)
NEAREST_M, FARTHEST_M = 0.24, 0.78
"""Distances from the arm's axis between which the hand can point down over the bin."""
SETTLE_S, CALM_S = 2.4, 0.4
FALLS_AT = 0.3
"""Share of gravity while the items fall."""
FILLS_N = 5
"""How often a bin is filled anew whose simulation becomes unstable while the items fall."""
SIZE, CARTON_SIZE = (208, 208), (64, 64)
CARTON_INNER_M, CARTON_CAMERA_M = (0.066, 0.076), 0.7
"""Half of the length and width of a carton's inside, and height of the camera above it."""
LIFTED_M, NEAR_M = 0.15, 0.11
"""Height from which on an item is lifted, and distance from the hand up to which it is held."""
LOST_M = 0.07
STRUCK_N = 40.0
AVOIDS_M, TANGLED_M = 0.02, 0.05
"""Distance from a missed grasp within which none is tried again at once, and from one that lifted
more than one item: they still lie together."""
HANGS_M = 0.09
"""Distance from the walls of a box at which an item that is lifted hangs over its inside."""


class BinRobot(CellRobot):
    """The robot of the task, which remembers where it missed and what it saw in cartons."""

    READINGS = (*CellRobot.READINGS, "missed", "seen_n", "source")

    def __init__(self, cell: ArmCell, now: Callable[[], None]) -> None:
        super().__init__(cell, now)
        self.missed: list[tuple[Grasp, float]] = []
        self.seen_n: dict[str, int] = {}
        self.source = "bin"
        """Where the hand takes what it takes, or has taken what it holds."""
        self._noise: Callable[[FloatArray], FloatArray] = lambda depth_m: depth_m

    def see_with(self, noise: Callable[[FloatArray], FloatArray]) -> None:
        """Let every depth picture have a camera's errors."""
        self._noise = noise

    def avoid(self, grasp: Grasp, *, is_tangled: bool = False) -> None:
        """Remember a grasp that missed, or that lifted more than one item."""
        self.missed.append((grasp, TANGLED_M if is_tangled else AVOIDS_M))

    def noisy_depth_m(self, camera: str, size: tuple[int, int]) -> FloatArray:
        """Return a depth picture as the camera gives it."""
        return self._noise(self.depth_m(camera, size))

    def check(self, carton: str) -> int:
        """Return how many items the camera above a carton sees in it; 2 are more than one."""
        self._now()
        depth = self.noisy_depth_m(carton, CARTON_SIZE)
        _, focal = self.camera(carton, CARTON_SIZE)
        self.seen_n[carton] = items_seen(depth, CARTON_CAMERA_M, focal, CARTON_INNER_M)
        return self.seen_n[carton]


class BinWorld(CellWorld):
    """An arm at a bin."""

    knows_truth = False
    is_blind = False
    is_untrained = False
    robot_type = BinRobot

    def __init__(self, context: WorldContext) -> None:
        self._random = context.random.under("bin")
        preset = self._preset(context.randomize or "held-out")
        drawn = preset.drawn(self._random)
        shapes = preset.names["items"]
        self.items: list[Item] = []
        for fill in range(FILLS_N):
            self.items = drawn_items(shapes, drawn, self._random.generator("items", fill))
            cell = self._filled(drawn, context.clock.now_s())
            if not cell.implausible:
                break
        super().__init__(context, cell, {**drawn, "fills": fill + 1})
        self._bin = cell.body("bin")
        self._places = [places_of(cell.model, item) for item in self.items]
        self._faults: list[Disturbance] = []
        self._is_struck = False
        self._hits_n = self._doubles_n = 0
        self._touched = self._doubled = False
        self._looks_n = self._pictures_n = 0
        if self.is_untrained:
            self.ranker = Ranker.untrained(0)
        else:
            self.ranker = Ranker.read(HERE / "ranker.npz")
        self.embodiment.look = self._look
        self.embodiment.see_with(self._noise)
        self.embodiment.knowledge = {one: self._middle_m(one) for one in ("bin", *CARTONS)}
        self._at_first = self.in_bin()
        cell.after_step.append(self._watch)

    def _preset(self, name: str) -> PresetRanges:
        found = PRESETS.preset(name, numbers=NUMBERS, choices={"items": SHAPES})
        blocked = "the bin stands on the cartons or before the parked hand"
        found.require("bin_y_m", blocked, least=0.06)
        found.require("soft_n", f"there are {ITEMS_N} items", least=0.0, most=ITEMS_N)
        unstable = "the simulation of the bags is not stable"
        found.require("stiffness_pa", unstable, least=3000.0, most=30000.0)
        found.require("friction", "no grip holds", least=0.1)
        found.require("noise_m", "noise is below 0", least=0.0)
        (low_m, high_m), (beside_m, away_m) = found.ranges["bin_x_m"], found.ranges["bin_y_m"]
        half_m = math.hypot(*INNER_M)
        nearest_m = math.hypot(low_m, beside_m) - half_m
        farthest_m = math.hypot(high_m, away_m) + half_m
        if farthest_m > FARTHEST_M or nearest_m < NEAREST_M:
            problem = f"a corner of the bin is {nearest_m:.2f} to {farthest_m:.2f} m from the arm"
            hint = f"the hand points down from {NEAREST_M:g} to {FARTHEST_M:g} m"
            raise found.impossible("bin_x_m", problem, hint)
        return found

    def _middle_m(self, place: str) -> FloatArray:
        middle: FloatArray = self.cell.data.xpos[self.cell.body(place)].copy()
        return middle

    def _filled(self, drawn: Mapping[str, float], start_s: float) -> ArmCell:
        """Return a cell whose items have fallen into the bin and come to rest; no time passes."""

        def add(spec: mujoco.MjSpec) -> None:
            stand, turn = spec.body("bin"), drawn["turn_rad"] / 2
            stand.pos = [drawn["bin_x_m"], drawn["bin_y_m"], 0.0]
            stand.quat = [math.cos(turn), 0.0, 0.0, math.sin(turn)]
            add_items(spec, self.items, drawn["stiffness_pa"])

        parked = joints_at(Pose(PARK_M, downward(0.0)))
        cell = ArmCell(
            HERE / "bin.xml",
            add,
            start_s,
            joints_rad=parked,
            integrator=mujoco.mjtIntegrator.mjINT_DISCRETE,
        )
        gravity = cell.model.opt.gravity.copy()
        cell.model.opt.gravity[:] = FALLS_AT * gravity
        cell.advance(start_s + SETTLE_S)
        cell.model.opt.gravity[:] = gravity
        for side in "ewns":
            geom = cell.model.geom(f"{PREFIX}funnel_{side}").id
            cell.model.geom_contype[geom] = cell.model.geom_conaffinity[geom] = 0
        cell.put(parked)  # the funnel stood in the way of the arm
        cell.advance(start_s + SETTLE_S + CALM_S)
        cell.time_s = start_s
        return cell

    def stand(self, place: str = "bin") -> Pose:
        """Return the pose of the bin or a carton; it is known, as a cell is measured once."""
        data, body = self.cell.data, self.cell.body(place)
        return Pose(data.xpos[body].copy(), data.xmat[body].reshape(3, 3).copy())

    def centres_m(self) -> FloatArray:
        """Return the middle of every item, shape (n, 3), in the frame of the base."""
        data = self.cell.data
        return np.array(
            [
                data.xpos[place]
                if isinstance(place, int)
                else data.flexvert_xpos[place].mean(axis=0)
                for place in self._places
            ]
        )

    def in_bin(self) -> frozenset[int]:
        """Return the items that lie in the bin or over it."""
        here = (self.centres_m() - self.stand().position_m) @ self.stand().rotation
        inside = (np.abs(here[:, :2]) < np.array(INNER_M) + 0.01).all(axis=1)
        return frozenset(np.flatnonzero(inside).tolist())

    def in_carton(self, carton: str) -> frozenset[int]:
        """Return the items in a carton."""
        away = self.centres_m() - self._middle_m(carton)
        inside = (np.abs(away[:, :2]) < CARTON_HALF_M).all(axis=1) & (away[:, 2] < LOST_M)
        return frozenset(np.flatnonzero(inside).tolist())

    def lifted(self) -> frozenset[int]:
        """Return the items that the hand holds above the bin."""
        centres, hand = self.centres_m(), self.cell.hand.position_m
        near = np.linalg.norm(centres - hand, axis=1) < NEAR_M
        return frozenset(np.flatnonzero(near & (centres[:, 2] > LIFTED_M)).tolist())

    def spilled(self) -> frozenset[int]:
        """Return the items that lie beside bin and cartons, and did not from the beginning."""
        kept = self.in_bin() | self.lifted()
        for carton in CARTONS:
            kept |= self.in_carton(carton)
        return self._at_first - kept

    def _watch(self) -> None:
        cell = self.cell
        if cell.hand.position_m[2] > LIFTED_M:
            if not self._doubled and cell.grip_n > 0.0 and len(self.lifted()) > 1:
                self._doubled = True
                self._doubles_n += 1
            self._touched = False
            return
        self._doubled = False
        pressed_n = cell.force_n({self._bin}, cell.robot_bodies)
        self._is_struck = self._is_struck or pressed_n > STRUCK_N
        self._hits_n += pressed_n > 0.0 and not self._touched
        self._touched = pressed_n > 0.0

    def counts(self) -> Mapping[str, int]:
        """Return how often the arm touched the bin, and lifted more than one item."""
        return {"wall hits": self._hits_n, "double picks": self._doubles_n}

    @property
    def is_struck(self) -> bool:
        """True if the arm has pressed on the bin with more than `STRUCK_N`."""
        return self._is_struck

    def _noise(self, depth_m: FloatArray) -> FloatArray:
        self._pictures_n += 1
        generator = self._random.generator("picture", self._pictures_n)
        depth = depth_m + self._sample["noise_m"] * generator.normal(size=depth_m.shape)
        depth[generator.uniform(size=depth.shape) < 0.02] = 0.0
        return depth

    def forget(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, and forget what was done wrong since then."""
        self.cell.restore(snapshot)
        self._is_struck = self._touched = self._doubled = False

    def candidates(self, place: str = "bin") -> Grasps:
        """Return what the camera above the bin, or a carton, shows as graspable now."""
        self._looks_n += 1
        name, inner_m = ("above", INNER_M) if place == "bin" else (place, CARTON_INNER_M)
        depth = self.embodiment.noisy_depth_m(name, SIZE)
        camera, focal = self.embodiment.camera(name, SIZE)
        heights = height_map(depth, camera, focal, self.stand(place), inner_m)
        return grasps_in(heights, self._random.generator("look", self._looks_n))

    def grasp(self, grasps: Grasps, index: int, chance: float, place: str = "bin") -> Grasp:
        """Return a candidate as the arm is told it."""
        stand = self.stand(place)
        at = np.array([*grasps.middle_m[index], grasps.tip_m[index] + TIP_M])
        turn = math.atan2(stand.rotation[1, 0], stand.rotation[0, 0])
        yaw = float(grasps.angle_rad[index]) + turn + math.pi / 2
        yaw = (yaw + math.pi / 2) % math.pi - math.pi / 2
        opening = min(float(grasps.width_m[index]) + 0.016, 0.08)
        inner_m = INNER_M if place == "bin" else CARTON_INNER_M
        most = np.maximum(np.array(inner_m) - HANGS_M, 0.0)
        over = np.array([*np.clip(at[:2], -most, most), 0.0])
        return Grasp(
            stand.position_m + stand.rotation @ at,
            yaw,
            opening,
            chance,
            (stand.position_m + stand.rotation @ over)[:2],
        )

    def _look(self, place: str = "bin") -> Seen:
        """Return the grasps that the ranker believes in most."""
        self.advance(self._clock.now_s())
        self.embodiment.source = place
        now_s = self.cell.time_s
        if self.is_blind and place == "bin":
            generator = self._random.generator("blind", len(self.embodiment.missed))
            return Seen(now_s, [self._blind_grasp(generator)], 0.0)
        with Stopwatch() as watch:
            grasps = self.candidates(place)
            if self.knows_truth:
                chances = self._true_chances(grasps, place)
            else:
                chances = self.ranker.chances(grasps.features)
            order = np.argsort(-chances)
            found = [self.grasp(grasps, int(i), float(chances[i]), place) for i in order]
            found = [one for one in found if not self._was_missed(one)] or found
        return Seen(now_s, found, watch.seconds)

    def _was_missed(self, grasp: Grasp) -> bool:
        return any(
            float(np.linalg.norm(one.at_m - grasp.at_m)) < within_m
            for one, within_m in self.embodiment.missed[-3:]
        )

    def _blind_grasp(self, generator: np.random.Generator) -> Grasp:
        """Return a grasp somewhere in the bin, as deep as the hand comes."""
        at = np.append(generator.uniform(-1, 1, 2) * (np.array(INNER_M) - 0.05), 0.02)
        yaw = float(generator.uniform(-math.pi / 2, math.pi / 2))
        stand = self.stand()
        place = stand.position_m + stand.rotation @ at
        return Grasp(place, yaw, 0.08, 0.5, stand.position_m[:2])

    def _true_chances(self, grasps: Grasps, place: str) -> FloatArray:
        """Return how near each grasp is to the middle of an item that nothing lies on."""
        stand = self.stand(place)
        centres = (self.centres_m() - stand.position_m) @ stand.rotation
        away = np.linalg.norm(grasps.middle_m[:, None] - centres[None, :, :2], axis=2)
        nearest = away.argmin(axis=1)
        second = np.partition(away, 1, axis=1)[:, 1]
        buried = np.array(
            [
                (
                    (np.linalg.norm(centres[:, :2] - one[:2], axis=1) < 0.05)
                    & (centres[:, 2] > one[2] + 0.012)
                ).any()
                for one in centres
            ]
        )
        deep = centres[nearest, 2] - grasps.tip_m
        score = -away.min(axis=1) / 0.02 - buried[nearest] + np.minimum(second, 0.05) / 0.05
        score = score + np.clip(deep, -0.01, 0.01) / 0.01
        return 1.0 / (1.0 + np.exp(-score))

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Faults of the bin."""
        return {"double": "double(CARTON): an item of the bin falls into a carton, too"}

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if there is no such fault, or no such carton."""
        if disturbance.kind not in self.disturbances:
            raise ValueError(f"'{disturbance.kind}' is no fault of the bin: double(CARTON)")
        if len(disturbance.arguments) != 1 or disturbance.arguments[0] not in CARTONS:
            raise ValueError(f"double takes a carton: {', '.join(CARTONS)}")

    def inject(self, disturbance: Disturbance) -> None:
        """Put the topmost rigid item of the bin above a carton."""
        self.validate(disturbance)
        heights = self.centres_m()[:, 2]
        free = self.in_bin() - self.lifted()
        names = [i for i in free if self.items[i].shape != "bag"]
        if not names:
            return
        place = self.cell.joint(self.items[max(names, key=lambda i: heights[i])].name)
        place.qpos[:3] = self._middle_m(disturbance.arguments[0]) + np.array([0.0, 0.035, 0.06])
        place.qvel[:] = 0.0
        mujoco.mj_forward(self.cell.model, self.cell.data)
        self._faults.append(disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults so far."""
        return tuple(self._faults)

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what the fingers and the cameras above the cartons tell."""
        robot = self.embodiment
        found = {Fact("carrying", ("bin",)): robot.is_gripping and robot.source == "bin"}
        for carton in CARTONS:
            seen_n = robot.seen_n.get(carton, 0)
            found[Fact("filled", (carton,))] = seen_n == 1
            found[Fact("crowded", (carton,))] = seen_n > 1
        return found

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return what is where, and what was done wrong."""
        found = {Fact("carrying", ("bin",)): bool(self.lifted())}
        for carton in CARTONS:
            found[Fact("filled", (carton,))] = len(self.in_carton(carton)) == 1
            found[Fact("crowded", (carton,))] = len(self.in_carton(carton)) > 1
        found[Fact("struck", ("bin",))] = self._is_struck
        found[Fact("spilled", ("bin",))] = bool(self.spilled())
        return found


def places_of(model: mujoco.MjModel, item: Item) -> int | slice:
    """Return the body of a rigid item, or the vertices of a bag."""
    if item.shape != "bag":
        number: int = model.body(PREFIX + item.name).id
        return number
    flex = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_FLEX, f"{PREFIX}{item.name}_bag")
    first = int(model.flex_vertadr[flex])
    return slice(first, first + int(model.flex_vertnum[flex]))


class BinTruth(BinWorld):
    """The bin with a choice among grasps that knows where the items are."""

    knows_truth = True


class BinBlind(BinWorld):
    """The bin without a camera."""

    is_blind = True


class BinUntrained(BinWorld):
    """The bin with a ranker that has learned nothing."""

    is_untrained = True


Bin = th.world(
    "bin",
    domain="bin.domain.yaml",
    scene="bin.scene.yaml",
    skills=SKILLS,
    is_virtual=True,
    presets=PRESETS,
)(BinWorld)
TruthBin = Bin.variant("bin-truth", BinTruth)
BlindBin = Bin.variant("bin-blind", BinBlind)
UntrainedBin = Bin.variant("bin-untrained", BinUntrained)
