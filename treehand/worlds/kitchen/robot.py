"""The kitchen's robot: a mobile base with one arm and a parallel gripper.

Its motions are generators. They yield the seconds until the next event and return None, or the
failed step. A skill runs them with ``yield from``; closing the skill's generator stops the robot
where it is, and the gripper keeps its grip.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

import numpy as np

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    ActionDim,
    ActionSpec,
    CameraOfRobot,
    EmbodimentSpec,
    FailureCode,
    FloatArray,
    Frames,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    SkillStep,
    StopStatus,
)
from treehand.skills.contracts.grip_force import LIFT_ACCELERATION_M_S2, needed_force_n
from treehand.worlds.kitchen.sensing import KitchenPerception
from treehand.worlds.kitchen.state import FLOOR, KitchenState, Motion, Point, distance_m
from treehand.worlds.simulated.grasping import MAX_FORCE_N, Body, lift_holds, transport_holds

SPEED_M_S = 0.8
REACH_M = 0.1
"""Distance from a target within which the base does not drive."""
TURN_S = 0.6
PUSH_M = 0.0508
"""Displacement by the fault ``push`` (2 inches)."""
GRASP_TOLERANCE_M = 0.02
"""Greatest error of an object's position at which the fingers close on it."""
LOCALISATION_M = 0.006
"""Standard deviation of a seen position, per axis."""
LIFT_S = 1.2
BESIDE_M = 0.3
"""Distance from a worktop within which a slipping object lands on it."""
GRIPPER_OPEN_M = 0.08

SPEC = EmbodimentSpec(
    cameras={"overhead": CameraOfRobot(has_depth=True)},
    proprioception={
        "base_m": QuantityOfRobot(size=2, unit="m"),
        "gripper_width_m": QuantityOfRobot(size=1, unit="m"),
        "gripper_force_n": QuantityOfRobot(size=1, unit="N"),
    },
    action=ActionSpec(
        control="velocity",
        frame="world",
        gripper="force",
        dims=(
            ActionDim(label="base_x", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S),
            ActionDim(label="base_y", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S),
            ActionDim(label="grip", unit="N", low=0.0, high=MAX_FORCE_N, part="gripper"),
        ),
    ),
)

MotionSteps = Generator[float, None, SkillStep | None]


class KitchenRobot:
    """The kitchen's embodiment, and the motions that its skills use.

    Args:
        state: True state of the kitchen.
        tracker: The robot's perception.
    """

    def __init__(self, state: KitchenState, tracker: KitchenPerception) -> None:
        self.state = state
        self.tracker = tracker
        self._slowness = 1.0
        self._velocity_m_s: Point = (0.0, 0.0)

    # What a control loop needs.

    @property
    def spec(self) -> EmbodimentSpec:
        """Actions: base velocity and grip force; one camera with depth."""
        return SPEC

    def proprioception(self) -> Proprioception:
        """Return base position in m, gripper width in m and grip force in N."""
        state = self.state
        width_m = GRIPPER_OPEN_M
        if state.held is not None:
            width_m = min(GRIPPER_OPEN_M, state.things[state.held].model.size_m or 0.05)
        values = {
            "base_m": np.array(state.base_m),
            "gripper_width_m": np.array([width_m]),
            "gripper_force_n": np.array([state.force_n]),
        }
        return Proprioception(state.time_s, values)

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return the floor plan from above (camera ``overhead``).

        Places are grey, visible objects coloured, the robot is white. Depth is constant.
        """
        unknown = [name for name in cameras if name != "overhead"]
        if unknown:
            raise ValueError(f"no camera '{unknown[0]}' in the kitchen; it has: overhead")
        height, width = size
        picture = np.full((height, width, 3), 40, dtype=np.uint8)

        def dot(point_m: Point, side_px: int, colour: tuple[int, int, int]) -> None:
            column = int((point_m[0] + 0.5) / 4.5 * width)
            row = int((2.9 - point_m[1]) / 3.5 * height)
            picture[
                max(row - side_px, 0) : row + side_px, max(column - side_px, 0) : column + side_px
            ] = colour

        for name, model in self.state.scene.objects.items():
            if model.position_m is not None and name not in self.state.knobs:
                dot(model.position_m, width // 16, (110, 110, 110))
        for index, thing in enumerate(self.state.things.values()):
            if self.tracker.can_see(thing):
                dot(thing.point_m, width // 64, (60 + index * 37 % 190, 80 + index * 71 % 170, 90))
        dot(self.state.base_m, width // 40, (255, 255, 255))
        far = {"overhead": np.full(size, 2.5)} if depth else {}
        if not cameras:
            return Frames({}, {})
        return Frames({"overhead": self.state.time_s}, {"overhead": picture}, far)

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' in the kitchen; it has none")
        return {}

    def apply(self, action: FloatArray) -> None:
        """Set base velocity x and y in m/s, and grip force in N, until the next action.

        A force of 0 opens the gripper.
        """
        if action.shape != (3,) or not np.isfinite(action).all():
            raise ValueError(f"an action is three finite numbers, got shape {action.shape}")
        self._abort_motion()
        velocity = np.clip(action[:2], -SPEED_M_S, SPEED_M_S)
        self._velocity_m_s = (float(velocity[0]), float(velocity[1]))
        if action[2] <= 0 and self.state.held is not None:
            self.release(FLOOR)
        elif self.state.held is not None:
            self.state.force_n = float(min(action[2], MAX_FORCE_N))

    def stop(self) -> StopStatus:
        """Stop the base where it is; the gripper keeps its grip."""
        self._velocity_m_s = (0.0, 0.0)
        self._abort_motion()
        self.state.is_lifting = False
        self.tracker.sense_body()
        return StopStatus(acknowledged=True, detail="base at rest, grip kept")

    def coast(self, seconds: float) -> None:
        """Move the base on with the velocity of the last action."""
        x, y = self.state.base_m
        self.state.base_m = (
            x + self._velocity_m_s[0] * seconds,
            y + self._velocity_m_s[1] * seconds,
        )

    def _abort_motion(self) -> None:
        motion = self.state.motion
        if motion is not None:
            self.state.base_m = motion.point_m(self.state.time_s)
            self.state.motion = None

    # What the kitchen's skills are made of.

    def set_slowness(self, slowness: float) -> None:
        """Set the factor on the duration of every motion."""
        self._slowness = slowness

    def work(self, seconds: float) -> MotionSteps:
        """Let the arm work for a time, in seconds."""
        yield seconds * self._slowness
        return None

    def drive_to(
        self, target: str, point_m: Point | None = None, *, random: KeyedRandom
    ) -> MotionSteps:
        """Drive to a place, or to an object's position; a carried object may slip.

        Args:
            target: Name of the place or object.
            point_m: Position to drive to; the position of `target` if None.
            random: Random numbers of the activation.
        """
        state = self.state
        goal_m = point_m or state.point_m(target)
        away_m = distance_m(state.base_m, goal_m)
        if away_m <= REACH_M:
            self._arrive(target)
            return None
        seconds = (TURN_S + away_m / SPEED_M_S) * self._slowness
        until_s, block = state.blocked.get(target, (0.0, None))
        if block is not None and until_s > state.time_s:
            state.mark_triggered(block)
            yield seconds / 2
            return SkillStep.failure(FailureCode.PATH_BLOCKED, f"the way to {target} is blocked")
        if state.faults.trigger("battery"):
            yield from self._stop_halfway(target, goal_m, seconds)
            detail = f"the base stopped half way to {target}: the battery ran low"
            return SkillStep.failure(FailureCode.PATH_BLOCKED, detail)
        motion = self._begin_motion(target, goal_m, seconds)
        slip_at_s = self._slip_at_s(motion, random)
        while state.motion is motion:
            carried = state.held
            due_s = motion.ends_s if slip_at_s is None else min(motion.ends_s, slip_at_s)
            yield max(due_s - state.time_s, 0.0)
            if carried is not None and state.held is None:
                self.stop()
                where = state.things[carried].location()
                detail = f"{carried} slipped while being carried and is now {where}"
                return SkillStep.failure(FailureCode.GRASP_DROPPED, detail)
        return None

    def _stop_halfway(self, target: str, goal_m: Point, seconds: float) -> MotionSteps:
        """Drive half of the way and stop there."""
        x, y = self.state.base_m
        half_m = ((x + goal_m[0]) / 2, (y + goal_m[1]) / 2)
        motion = self._begin_motion("", half_m, seconds / 2)
        while self.state.motion is motion:
            yield max(motion.ends_s - self.state.time_s, 0.0)
        return None

    def _begin_motion(self, target: str, goal_m: Point, seconds: float) -> Motion:
        state = self.state
        state.motions += 1
        ends_s = state.time_s + seconds
        motion = Motion(state.motions, state.base_m, goal_m, state.time_s, ends_s, target)
        state.motion, state.at = motion, None
        state.schedule(ends_s, "arrive", target, motion.number)
        self.tracker.sense_body()
        return motion

    def _slip_at_s(self, motion: Motion, random: KeyedRandom) -> float | None:
        """Return the time at which the carried object slips, and schedule it; None if it holds."""
        state = self.state
        if state.held is None:
            return None
        body = Body.of(state.things[state.held].model)
        holds = transport_holds(body, state.force_n, random)
        if holds and not state.faults.trigger("grasp-dropped", state.held):
            return None
        share = random.uniform("slip at")
        time_s = motion.began_s + share * (motion.ends_s - motion.began_s)
        state.schedule(time_s, "slip", state.held, motion.number)
        return time_s

    def _arrive(self, target: str) -> None:
        objects = self.state.scene.objects
        self.state.at = target if target in objects and self.state.is_place(target) else None
        self.tracker.scan()

    def arrive(self, motion: int) -> None:
        """End the drive of that number; called by the world at its end time."""
        moving = self.state.motion
        if moving is not None and moving.number == motion:
            self.state.base_m, self.state.motion = moving.end_m, None
            self._arrive(moving.target)

    def grasp(
        self, item: str, seen_m: Point, force_n: float, *, random: KeyedRandom
    ) -> MotionSteps:
        """Close the gripper at an object's seen position and lift the object.

        The gripper reports the object as held when the lift is over, or when the robot was stopped
        during
        the lift; until then the object may slip.

        Args:
            item: Name of the object.
            seen_m: Position at which the object was seen.
            force_n: Grip force.
            random: Random numbers of the activation.
        """
        problem = self._close_gripper(item, seen_m, force_n)
        if problem:
            return problem
        yield from self.work(LIFT_S)
        return self._lift(item, random)

    def _close_gripper(self, item: str, seen_m: Point, force_n: float) -> SkillStep | None:
        state = self.state
        thing = state.things[item]
        if state.held is not None:
            detail = f"the hand already holds {state.held}"
            return SkillStep.failure(FailureCode.PRECONDITION_FALSE, detail)
        if state.faults.trigger("push", item):
            thing.point_m = (thing.point_m[0] + PUSH_M, thing.point_m[1])
        away_m = distance_m(seen_m, thing.point_m)
        is_there = away_m <= GRASP_TOLERANCE_M and not thing.is_gone
        if state.faults.trigger("grasp-missed", item) or not is_there:
            self.tracker.scan()
            detail = f"the fingers closed {max(away_m, 0.021) * 1000:.0f} mm beside {item}"
            return SkillStep.failure(FailureCode.GRASP_MISSED, detail)
        limit_n = thing.model.break_force_n
        if limit_n is not None and force_n > limit_n:
            thing.is_broken = True
            self.tracker.scan()
            detail = f"{item} cracked at {force_n:.1f} N"
            return SkillStep.failure(FailureCode.OBJECT_BROKEN, detail)
        state.held, state.force_n, state.is_lifting = item, force_n, True
        state.lifted_from, thing.place = thing.place, None
        return None

    def _lift(self, item: str, random: KeyedRandom) -> SkillStep | None:
        state = self.state
        body = Body.of(state.things[item].model)
        force_n, place = state.force_n, state.lifted_from
        holds = lift_holds(body, force_n)
        state.is_lifting = False
        if holds and not state.faults.trigger("grasp-dropped", item):
            self.tracker.scan()
            return None
        self.fall(place or FLOOR, random=random)
        need_n = needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2)
        why = "" if holds else f": {force_n:.1f} N, {need_n:.1f} N needed"
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped during the lift{why}")

    def fall(self, place: str, *, random: KeyedRandom) -> None:
        """Drop the held object at `place` with a random roll; fragile ones break on the floor."""
        state = self.state
        if state.held is None:
            return
        thing = state.things[state.held]
        state.held, state.force_n = None, 0.0
        spread_m = 0.25 if place == FLOOR else 0.06
        near_m = self._base_m() if place == FLOOR else state.point_m(place)
        thing.place, thing.is_inside = place, state.is_receptacle(place)
        thing.point_m = (
            near_m[0] + random.normal("roll x", deviation=spread_m),
            near_m[1] + random.normal("roll y", deviation=spread_m),
        )
        thing.is_broken |= place == FLOOR and thing.model.break_force_n is not None
        self.tracker.forget(thing.name)
        self.tracker.scan()

    def release(self, place: str) -> None:
        """Set the held object down at `place`."""
        state = self.state
        if state.held is not None:
            thing = state.things[state.held]
            state.held, state.force_n = None, 0.0
            thing.place, thing.is_inside = place, state.is_receptacle(place)
            thing.point_m = self._base_m() if place == FLOOR else state.point_m(place)
            self.tracker.forget(thing.name)
            self.tracker.scan()

    def empty_into(self, item: str, place: str) -> None:
        """Tip swept-up pieces into a receptacle."""
        thing = self.state.things[item]
        thing.place, thing.is_inside, thing.point_m = place, True, self.state.point_m(place)
        self.tracker.scan()

    def move_door(self, place: str, *, is_open: bool) -> bool:
        """Open or close a door; return False if it is jammed, which unjams it."""
        if place in self.state.jammed:
            self.state.mark_triggered(self.state.jammed.pop(place))
            return False
        self.state.open[place] = is_open
        self.tracker.scan()
        return True

    def turn_knob(self, knob: str, *, is_on: bool) -> None:
        """Turn a stove knob."""
        self.state.knobs[knob] = is_on
        self.tracker.scan()

    def rinse(self, item: str) -> None:
        """Make a dish clean."""
        self.state.things[item].is_clean = True
        self.tracker.scan()

    def wipe(self, place: str) -> None:
        """Make a worktop clean."""
        self.state.wiped.add(place)

    def surface_below(self) -> str:
        """Return the place where an object lands that slips now: a near worktop or the floor."""
        here_m = self._base_m()
        for name in self.state.vocabulary.objects("worktop"):
            if distance_m(here_m, self.state.point_m(name)) <= BESIDE_M:
                return name
        return FLOOR

    def _base_m(self) -> Point:
        motion = self.state.motion
        return motion.point_m(self.state.time_s) if motion else self.state.base_m
