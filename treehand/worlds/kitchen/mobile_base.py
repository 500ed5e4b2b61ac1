"""Mobile base of the kitchen's robot: drives in straight lines, and base velocity."""

from __future__ import annotations

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FailureCode, SkillStep
from treehand.worlds.kitchen.sensing import KitchenPerception
from treehand.worlds.kitchen.state import KitchenState, Motion, Point, distance_m
from treehand.worlds.simulated.grasping import Body, transport_holds
from treehand.worlds.simulated.pace import MotionSteps, Pace

SPEED_M_S = 0.8
REACH_M = 0.1
"""Distance from a target within which the base does not drive."""
TURN_S = 0.6


class MobileBase:
    """Drives the robot; a carried object may slip on the way.

    Args:
        state: True state of the kitchen.
        tracker: The robot's perception.
        pace: Duration factor of the motions.
    """

    def __init__(self, state: KitchenState, tracker: KitchenPerception, pace: Pace) -> None:
        self._state = state
        self._tracker = tracker
        self._pace = pace
        self._velocity_m_s: Point = (0.0, 0.0)

    def set_velocity(self, velocity_m_s: Point) -> None:
        """End a drive and move with a velocity, x and y in m/s."""
        self._abort_motion()
        self._velocity_m_s = velocity_m_s

    def stop(self) -> None:
        """Stop where the base is; a lift in progress ends with the object held."""
        self._velocity_m_s = (0.0, 0.0)
        self._abort_motion()
        self._state.is_lifting = False
        self._tracker.sense_body()

    def drive_to(
        self, target: str, point_m: Point | None = None, *, random: KeyedRandom
    ) -> MotionSteps:
        """Drive to a place, or to an object's position; a carried object may slip.

        Args:
            target: Name of the place or object.
            point_m: Position to drive to; the position of `target` if None.
            random: Random numbers of the activation.
        """
        state = self._state
        goal_m = point_m or state.point_m(target)
        away_m = distance_m(state.base_m, goal_m)
        if away_m <= REACH_M:
            self._arrive(target)
            return None
        seconds = (TURN_S + away_m / SPEED_M_S) * self._pace.factor
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
                thing = state.things[carried]
                detail = f"{carried} slipped while being carried and is now {thing.location()}"
                if thing.is_broken:
                    return SkillStep.failure(FailureCode.OBJECT_BROKEN, f"{detail}, in pieces")
                return SkillStep.failure(FailureCode.GRASP_DROPPED, detail)
        return None

    def _stop_halfway(self, target: str, goal_m: Point, seconds: float) -> MotionSteps:
        """Drive half of the way and stop there."""
        x, y = self._state.base_m
        half_m = ((x + goal_m[0]) / 2, (y + goal_m[1]) / 2)
        motion = self._begin_motion("", half_m, seconds / 2)
        while self._state.motion is motion:
            yield max(motion.ends_s - self._state.time_s, 0.0)
        return None

    def _begin_motion(self, target: str, goal_m: Point, seconds: float) -> Motion:
        state = self._state
        state.motions += 1
        ends_s = state.time_s + seconds
        motion = Motion(state.motions, state.base_m, goal_m, state.time_s, ends_s, target)
        state.motion, state.at = motion, None
        state.schedule(ends_s, "arrive", target, motion.number)
        self._tracker.sense_body()
        return motion

    def _slip_at_s(self, motion: Motion, random: KeyedRandom) -> float | None:
        """Return the time at which the carried object slips, and schedule it; None if it holds."""
        state = self._state
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
        objects = self._state.scene.objects
        self._state.at = target if target in objects and self._state.is_place(target) else None
        self._tracker.scan()

    def arrive(self, motion: int) -> None:
        """End the drive of that number; called by the world at its end time."""
        moving = self._state.motion
        if moving is not None and moving.number == motion:
            self._state.base_m, self._state.motion = moving.end_m, None
            self._arrive(moving.target)

    def coast(self, seconds: float) -> None:
        """Move the base on with the velocity of the last action."""
        x, y = self._state.base_m
        self._state.base_m = (
            x + self._velocity_m_s[0] * seconds,
            y + self._velocity_m_s[1] * seconds,
        )

    def _abort_motion(self) -> None:
        motion = self._state.motion
        if motion is not None:
            self._state.base_m = motion.point_m(self._state.time_s)
            self._state.motion = None
