"""Manipulator of the kitchen's robot: one arm with a parallel gripper."""

from __future__ import annotations

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FailureCode, SkillStep
from treehand.skills.contracts.grip_force import LIFT_ACCELERATION_M_S2, needed_force_n
from treehand.worlds.kitchen.sensing import KitchenPerception
from treehand.worlds.kitchen.state import FLOOR, KitchenState, Point, distance_m
from treehand.worlds.simulated.grasping import Body, lift_holds
from treehand.worlds.simulated.pace import MotionSteps, Pace

PUSH_M = 0.0508
"""Displacement by the fault ``push`` (2 inches)."""
GRASP_TOLERANCE_M = 0.02
"""Greatest error of an object's position at which the fingers close on it."""
LIFT_S = 1.2
BESIDE_M = 0.3
"""Distance from a worktop within which a slipping object lands on it."""


class Manipulator:
    """Grasps, drops and places objects, and moves doors and knobs.

    Args:
        state: True state of the kitchen.
        tracker: The robot's perception.
        pace: Duration factor of the motions.
    """

    def __init__(self, state: KitchenState, tracker: KitchenPerception, pace: Pace) -> None:
        self._state = state
        self._tracker = tracker
        self._pace = pace

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
        yield from self._pace.work(LIFT_S)
        return self._lift(item, random)

    def _close_gripper(self, item: str, seen_m: Point, force_n: float) -> SkillStep | None:
        state = self._state
        thing = state.things[item]
        if state.held is not None:
            detail = f"the hand already holds {state.held}"
            return SkillStep.failure(FailureCode.PRECONDITION_FALSE, detail)
        if state.faults.trigger("push", item):
            thing.point_m = (thing.point_m[0] + PUSH_M, thing.point_m[1])
        away_m = distance_m(seen_m, thing.point_m)
        is_there = away_m <= GRASP_TOLERANCE_M and not thing.is_gone
        if state.faults.trigger("grasp-missed", item) or not is_there:
            self._tracker.scan()
            detail = f"the fingers closed {max(away_m, 0.021) * 1000:.0f} mm beside {item}"
            return SkillStep.failure(FailureCode.GRASP_MISSED, detail)
        limit_n = thing.model.break_force_n
        if limit_n is not None and force_n > limit_n:
            thing.is_broken = True
            self._tracker.scan()
            detail = f"{item} cracked at {force_n:.1f} N"
            return SkillStep.failure(FailureCode.OBJECT_BROKEN, detail)
        state.held, state.force_n, state.is_lifting = item, force_n, True
        state.lifted_from, thing.place = thing.place, None
        return None

    def _lift(self, item: str, random: KeyedRandom) -> SkillStep | None:
        state = self._state
        body = Body.of(state.things[item].model)
        force_n, place = state.force_n, state.lifted_from
        holds = lift_holds(body, force_n)
        state.is_lifting = False
        if holds and not state.faults.trigger("grasp-dropped", item):
            self._tracker.scan()
            return None
        self.fall(place or FLOOR, random=random)
        need_n = needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2)
        digits = 1 if f"{force_n:.1f}" != f"{need_n:.1f}" else 3
        why = "" if holds else f": {force_n:.{digits}f} N, {need_n:.{digits}f} N needed"
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped during the lift{why}")

    def fall(self, place: str, *, random: KeyedRandom) -> None:
        """Drop the held object at `place` with a random roll; fragile ones break on the floor."""
        state = self._state
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
        self._tracker.forget(thing.name)
        self._tracker.scan()

    def release(self, place: str) -> None:
        """Set the held object down at `place`."""
        state = self._state
        if state.held is not None:
            thing = state.things[state.held]
            state.held, state.force_n = None, 0.0
            thing.place, thing.is_inside = place, state.is_receptacle(place)
            thing.point_m = self._base_m() if place == FLOOR else state.point_m(place)
            self._tracker.forget(thing.name)
            self._tracker.scan()

    def empty_into(self, item: str, place: str) -> None:
        """Tip swept-up pieces into a receptacle."""
        thing = self._state.things[item]
        thing.place, thing.is_inside, thing.point_m = place, True, self._state.point_m(place)
        self._tracker.scan()

    def move_door(self, place: str, *, is_open: bool) -> bool:
        """Open or close a door; return False if it is jammed, which unjams it."""
        if place in self._state.jammed:
            self._state.mark_triggered(self._state.jammed.pop(place))
            return False
        self._state.open[place] = is_open
        self._tracker.scan()
        return True

    def turn_knob(self, knob: str, *, is_on: bool) -> None:
        """Turn a stove knob."""
        self._state.knobs[knob] = is_on
        self._tracker.scan()

    def rinse(self, item: str) -> None:
        """Make a dish clean."""
        self._state.things[item].is_clean = True
        self._tracker.scan()

    def wipe(self, place: str) -> None:
        """Make a worktop clean."""
        self._state.wiped.add(place)

    def surface_below(self) -> str:
        """Return the place where an object lands that slips now: a near worktop or the floor."""
        here_m = self._base_m()
        for name in self._state.vocabulary.objects("worktop"):
            if distance_m(here_m, self._state.point_m(name)) <= BESIDE_M:
                return name
        return FLOOR

    def _base_m(self) -> Point:
        motion = self._state.motion
        return motion.point_m(self._state.time_s) if motion else self._state.base_m
