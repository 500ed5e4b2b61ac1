"""Scripted skills that command what a policy commands: 7 numbers, twenty times a second."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from libero_robot import CLOSED, OPEN, PERIOD_S, STEP_M, TURN_RAD, LiberoRobot
from libero_scene import LiberoScene

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillGenerator, SkillStep, skill

TRANSIT_M = 1.25
"""Height of the hand on its way: above the cabinet, with an item of 5 cm below it."""
CLEAR_M = 0.03
"""Gap between a carried item and the cabinet's top."""
CABINET_M = 1.13
NEAR_M = 0.006
STILL_M = 0.0006
"""Way of one control period below which a hand that pushes is stopped."""
FITS_M = 0.06
"""Width of an item that fits between the fingers with room for its place to be wrong."""
FRONT_M = 0.35
"""Distance of an open drawer's front from which the hand leans away from it."""
AWAY_RAD = 0.45
LEAN_RAD = 0.6
"""Angle by which the fingers lead when they push, so that the arm stays clear of the front."""
PULL_LEAN_RAD = 1.0
"""The same for fingers that grip a handle."""
GRIPPED_S = 0.6
RELEASED_S = 0.4
LOST_S = 0.2
"""Time after which fingers that have met each other have lost what they held."""
LOW_M = 0.007
"""Height of the pads' middle above what a low item lies on."""
RIM_M = 0.004
"""Depth of the rim's wall below its outermost point."""
HANDLES = {"pan": ((0.17, 0.0, 0.044), "y"), "pot": ((0.0, 0.072, 0.045), "x")}
"""Type to its handle in the frame of the item's body, and the axis across which it is gripped."""
Motion = Generator[float, None, bool]


@dataclass(frozen=True)
class Grasp:
    """Place of the pads, and the direction along which the fingers close."""

    at_m: FloatArray
    across: FloatArray


def rotation_of(across: FloatArray) -> FloatArray:
    """Return the rotation of a hand that points down, with its fingers along a direction."""
    x = np.array([across[0], across[1], 0.0]) / math.hypot(across[0], across[1])
    z = np.array([0.0, 0.0, -1.0])
    return np.stack([x, np.cross(z, x), z], axis=1)


def turn_to(wanted: FloatArray, now: FloatArray) -> FloatArray:
    """Return axis times angle, in rad, that turns one rotation into another."""
    error = wanted @ now.T
    angle = math.acos(float(np.clip((np.trace(error) - 1.0) / 2.0, -1.0, 1.0)))
    axis = np.array(
        [error[2, 1] - error[1, 2], error[0, 2] - error[2, 0], error[1, 0] - error[0, 1]]
    )
    length = float(np.linalg.norm(axis))
    return np.zeros(3) if length < 1e-9 else axis / length * angle


def turned_about(axis: FloatArray, angle_rad: float) -> FloatArray:
    """Return the rotation about a unit vector."""
    x, y, z = axis
    skewed = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    found: FloatArray = (
        np.eye(3) + math.sin(angle_rad) * skewed + (1.0 - math.cos(angle_rad)) * skewed @ skewed
    )
    return found


class Hand:
    """One skill's motions of the hand, in control periods.

    Args:
        context: Of the skill.
    """

    def __init__(self, context: SkillContext) -> None:
        self.robot: LiberoRobot = context.embodiment
        self.scene: LiberoScene = context.embodiment.scene
        self._speed = context.limits.speed
        self.grip = CLOSED if self.robot.is_holding else OPEN
        self.rotation = self.robot.hand.rotation

    def face(self, across: FloatArray) -> None:
        """Turn the fingers along a direction on the way, by the shorter turn."""
        one, other = rotation_of(across), rotation_of(-across)
        now = self.robot.hand.rotation
        turns = [float(np.linalg.norm(turn_to(wanted, now))) for wanted in (one, other)]
        self.rotation = one if turns[0] <= turns[1] else other

    def lean(self, ahead: FloatArray, angle_rad: float, across: FloatArray) -> None:
        """Turn the fingers along a direction, and lean so that they lead the arm ahead."""
        self.face(across)
        self.rotation = turned_about(np.cross(ahead, [0.0, 0.0, -1.0]), -angle_rad) @ self.rotation

    def step(self, target: FloatArray, speed: float = 1.0) -> None:
        """Send the action of one control period towards a place of the pads."""
        pose, most = self.robot.hand, speed * self._speed
        move = (target - pose.position_m) / STEP_M
        move *= min(1.0, most / max(float(np.abs(move).max()), 1e-9))
        turn = np.clip(turn_to(self.rotation, pose.rotation) / TURN_RAD, -1.0, 1.0)
        self.robot.apply(np.concatenate([move, turn, [self.grip]]))

    def go(self, target: FloatArray, *, near_m: float = NEAR_M, most_s: float = 6.0) -> Motion:
        """Move the pads to a place; return True if they are there in time."""
        for _ in range(int(most_s / self._speed / PERIOD_S)):
            pose = self.robot.hand
            away = float(np.linalg.norm(target - pose.position_m))
            if away < near_m and float(np.linalg.norm(turn_to(self.rotation, pose.rotation))) < 0.1:
                return True
            self.step(target)
            yield PERIOD_S
        return False

    def push(self, target: FloatArray, *, speed: float = 0.3, most_s: float = 6.0) -> Motion:
        """Move the pads towards a place until they are there or are stopped; True if stopped."""
        still_s, before = 0.0, self.robot.hand.position_m
        for index in range(int(most_s / self._speed / PERIOD_S)):
            self.step(target, speed)
            yield PERIOD_S
            here = self.robot.hand.position_m
            is_still = float(np.linalg.norm(here - before)) < STILL_M
            still_s = still_s + PERIOD_S if is_still and index > 6 else 0.0
            before = here
            if float(np.linalg.norm(target - here)) < NEAR_M or still_s > 0.3:
                return still_s > 0.3
        return True

    def close(self, grip: float, for_s: float) -> Motion:
        """Open or close the fingers where the hand is."""
        self.grip, target = grip, self.robot.hand.position_m
        for _ in range(round(for_s / PERIOD_S)):
            self.step(target)
            yield PERIOD_S
        return True

    def carry(self, target: FloatArray, *, near_m: float = NEAR_M, most_s: float = 8.0) -> Motion:
        """Move with what is held; return False if it is lost on the way."""
        motion, lost_s = self.go(target, near_m=near_m, most_s=most_s), 0.0
        for wait_s in motion:
            yield wait_s
            lost_s = 0.0 if self.robot.is_holding else lost_s + PERIOD_S
            if lost_s > LOST_S:
                motion.close()
                return False
        return True

    def rise(self) -> Motion:
        """Move straight up to the height of transit."""
        here = self.robot.hand.position_m
        return (yield from self.go(np.array([here[0], here[1], TRANSIT_M]), near_m=0.03))


def grasps_of(scene: LiberoScene, item: str) -> Grasp:
    """Return the grasp of an item from above: a rim, a handle, or across its narrow side."""
    kind = scene.types[item]
    position, turned = scene.pose_of(item)
    low, high = scene.box_of(item)
    middle = (low + high) / 2
    if kind in HANDLES:
        at, axis = HANDLES[kind]
        return Grasp(position + turned @ np.array(at), turned[:, "xyz".index(axis)])
    if kind in ("bowl", "mug", "plate"):
        across = np.array([1.0, 0.0, 0.0])
        half = (high - low)[0] / 2
        side = -1.0  # the side of the arm
        at_m = np.array([middle[0] + side * (half - RIM_M), middle[1], high[2] - 0.016])
        return Grasp(at_m, across)
    tall = float(high[2] - low[2])
    depth = 0.035 if tall > 0.06 else tall - LOW_M
    axes = [turned[:, index] for index in range(3) if abs(turned[2, index]) < 0.5]
    widths = [scene.width_along(item, axis) for axis in axes]
    fitting = [axis for axis, width in zip(axes, widths, strict=True) if width < FITS_M]
    across = axes[int(np.argmin(widths))]
    for front in scene.fronts_near(item, FRONT_M)[:1]:
        across = min(fitting or [across], key=lambda axis: abs(float(axis @ front.out)))
    return Grasp(np.array([middle[0], middle[1], high[2] - depth]), across)


@skill("pick", ends_itself=True)
def pick(context: SkillContext, item: str) -> SkillGenerator:
    """Grasp an item from above and lift it."""
    hand = Hand(context)
    yield from hand.close(OPEN, 0.2)
    yield from hand.rise()
    grasp = grasps_of(hand.scene, item)
    hand.face(grasp.across)
    for front in hand.scene.fronts_near(item, FRONT_M)[:1]:
        if abs(float(grasp.across @ front.out)) < 0.5:
            hand.lean(-front.out, AWAY_RAD, grasp.across)
    above = np.array([*grasp.at_m[:2], TRANSIT_M])
    yield from hand.go(above, near_m=0.015)
    grasp = grasps_of(hand.scene, item)
    yield from hand.go(grasp.at_m + np.array([0.0, 0.0, 0.06]))
    yield from hand.push(grasp.at_m, speed=0.6)
    yield from hand.close(CLOSED, GRIPPED_S)
    if not hand.robot.is_holding:
        yield from hand.close(OPEN, RELEASED_S)
        yield from hand.rise()
        return SkillStep.failure(FailureCode.GRASP_MISSED, "the fingers have met each other")
    here = hand.robot.hand.position_m
    low_m = float(hand.scene.box_of(item)[0][2])
    top_m = max(TRANSIT_M, CABINET_M + CLEAR_M + float(here[2]) - low_m)
    if not (yield from hand.carry(np.array([here[0], here[1], top_m]), near_m=0.03)):
        yield from hand.close(OPEN, RELEASED_S)
        yield from hand.rise()
        return SkillStep.failure(FailureCode.GRASP_DROPPED, "it fell while it was lifted")
    if float(hand.scene.box_of(item)[0][2]) < low_m + 0.05:
        yield from hand.close(OPEN, RELEASED_S)
        yield from hand.rise()
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} was not lifted")
    return None


def put(context: SkillContext, item: str, place: str) -> SkillGenerator:
    """Lower a held item onto or into a place, and let go of it."""
    hand = Hand(context)
    target = hand.scene.place_of(place)
    above = hand.robot.hand.position_m
    anchor, _ = hand.scene.pose_of(item)
    above = above + np.array([*(target - anchor)[:2], 0.0])
    if not (yield from hand.carry(above, near_m=0.01)):
        return (yield from dropped(hand))
    anchor, _ = hand.scene.pose_of(item)
    above = hand.robot.hand.position_m + np.array([*(target - anchor)[:2], 0.0])
    if not (yield from hand.carry(above)):
        return (yield from dropped(hand))
    low_m = float(hand.scene.box_of(item)[0][2])
    down = above - np.array([0.0, 0.0, low_m - float(target[2]) - 0.03])
    if not (yield from hand.carry(down, near_m=0.01)):
        return (yield from dropped(hand))
    yield from hand.push(down - [0.0, 0.0, 0.05], speed=0.3, most_s=3.0)
    yield from hand.close(OPEN, RELEASED_S)
    yield from hand.rise()
    return None


def dropped(hand: Hand) -> SkillGenerator:
    """Open the empty hand and move away."""
    yield from hand.close(OPEN, RELEASED_S)
    yield from hand.rise()
    return SkillStep.failure(FailureCode.GRASP_DROPPED, "it fell on the way")


@skill("put_on", ends_itself=True)
def put_on(context: SkillContext, item: str, place: str) -> SkillGenerator:
    """Lower the held item onto something and let go of it."""
    return (yield from put(context, item, place))


@skill("put_in", ends_itself=True)
def put_in(context: SkillContext, item: str, place: str) -> SkillGenerator:
    """Lower the held item into a drawer and let go of it."""
    return (yield from put(context, item, place))


@skill("open", ends_itself=True)
def open_drawer(context: SkillContext, place: str) -> SkillGenerator:
    """Grip a drawer's handle from above and pull."""
    hand = Hand(context)
    handle = hand.scene.handle_of(place)
    yield from hand.close(OPEN, 0.2)
    yield from hand.rise()
    hand.lean(-handle.out, PULL_LEAN_RAD, handle.out)
    before = handle.at_m - 0.1 * hand.rotation[:, 2]
    yield from hand.go(np.array([*before[:2], TRANSIT_M]) + 0.05 * handle.out, near_m=0.02)
    yield from hand.go(before, near_m=0.008)
    yield from hand.push(handle.at_m + 0.004 * hand.rotation[:, 2], speed=0.5)
    yield from hand.close(CLOSED, GRIPPED_S)
    if not hand.robot.is_holding:
        yield from hand.close(OPEN, RELEASED_S)
        yield from hand.rise()
        return SkillStep.failure(FailureCode.GRASP_MISSED, "the fingers hold no handle")
    here = hand.robot.hand.position_m
    yield from hand.push(here + 0.2 * handle.out, speed=0.5, most_s=4.0)
    yield from hand.close(OPEN, RELEASED_S)
    yield from hand.rise()
    if hand.scene.opening_of(place) < 0.14:
        told = f"it is open {1000 * hand.scene.opening_of(place):.0f} mm"
        return SkillStep.failure(FailureCode.DOOR_JAMMED, told)
    return None


@skill("close", ends_itself=True)
def close(context: SkillContext, place: str) -> SkillGenerator:
    """Push a drawer by its handle until it is shut."""
    hand = Hand(context)
    yield from hand.close(CLOSED, 0.3)
    yield from hand.rise()
    handle = hand.scene.handle_of(place)
    hand.lean(-handle.out, LEAN_RAD, np.cross(handle.out, [0.0, 0.0, 1.0]))
    before = handle.at_m + 0.06 * handle.out
    yield from hand.go(np.array([*before[:2], TRANSIT_M]), near_m=0.015)
    yield from hand.go(before, near_m=0.015)
    yield from hand.push(handle.at_m - 0.3 * handle.out, speed=0.5, most_s=6.0)
    here = hand.robot.hand.position_m
    yield from hand.go(here + 0.04 * handle.out, near_m=0.015, most_s=1.5)
    yield from hand.rise()
    yield from hand.close(OPEN, 0.2)
    if hand.scene.opening_of(place) > 0.005:
        return SkillStep.failure(FailureCode.DOOR_JAMMED, "it does not shut")
    return None


def turn(context: SkillContext, stove: str, wanted_rad: float) -> Generator[float, None, None]:
    """Grip the ridge of a stove's knob from above and turn it to an angle."""
    hand = Hand(context)
    yield from hand.close(OPEN, 0.2)
    yield from hand.rise()
    at, angle = hand.scene.knob_of(stove)
    hand.face(np.array([math.sin(angle), -math.cos(angle), 0.0]))
    yield from hand.go(np.array([*at[:2], TRANSIT_M]), near_m=0.01)
    yield from hand.push(at - [0.0, 0.0, 0.012], speed=0.5)
    yield from hand.close(CLOSED, GRIPPED_S)
    here, start = hand.robot.hand.position_m, hand.rotation
    steps = max(12, int(abs(wanted_rad - angle) / 0.05))
    for index in range(1, steps + 1):
        turned = (wanted_rad - angle) * index / steps
        hand.rotation = turned_about(np.array([0.0, 0.0, 1.0]), turned) @ start
        hand.step(here, 0.5)
        yield PERIOD_S
    for _ in range(8):
        hand.step(here, 0.5)
        yield PERIOD_S
    yield from hand.close(OPEN, RELEASED_S)
    yield from hand.rise()


@skill("turn_on", ends_itself=True)
def turn_on(context: SkillContext, stove: str) -> SkillGenerator:
    """Turn the knob well past the point at which the stove is on."""
    yield from turn(context, stove, 0.9)
    if context.embodiment.scene.knob_of(stove)[1] < 0.5:
        return SkillStep.failure(FailureCode.STALLED, "the knob did not follow the fingers")
    return None


@skill("turn_off", ends_itself=True)
def turn_off(context: SkillContext, stove: str) -> SkillGenerator:
    """Turn the knob back beyond its stop."""
    yield from turn(context, stove, -0.25)
    if context.embodiment.scene.knob_of(stove)[1] >= 0.0:
        return SkillStep.failure(FailureCode.STALLED, "the knob did not follow the fingers")
    return None


SKILLS = (pick, put_on, put_in, open_drawer, close, turn_on, turn_off)
