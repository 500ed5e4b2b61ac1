"""The kitchen's skills: generator functions over the robot's motions.

Skills use what the robot perceived (`KitchenPerception.tracked`), never the true state. The
robot's methods decide outcomes that depend on the true state, such as a grip or a jammed door.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps

from treehand.skills import FailureCode, SkillContext, SkillDefinition, SkillStep, skill
from treehand.skills.domain import Fact, Percept
from treehand.worlds.kitchen.robot import LOCALISATION_M, KitchenRobot
from treehand.worlds.kitchen.state import FLOOR, Point, distance_m
from treehand.worlds.simulated.grasping import Body, chosen_force_n, estimate

WORLD = "kitchen"

Steps = Generator[float, None, SkillStep]
_SLOWNESS = 4.0


class InjectedError(RuntimeError):
    """Exception of the fault ``skill-error``."""


def _kitchen_skill(name: str) -> Callable[[Callable[..., Steps]], SkillDefinition]:
    """Return a decorator for a skill function that gets the robot and reacts to faults."""

    def define(function: Callable[..., Steps]) -> SkillDefinition:
        @wraps(function)
        def run(context: SkillContext, *arguments: str) -> Steps:
            robot = context.embodiment
            if not isinstance(robot, KitchenRobot):
                raise TypeError(f"skill '{name}' runs in the built-in kitchen only")
            robot.pace.slowness = _SLOWNESS if robot.state.faults.trigger("slow") else 1.0
            robot.pace.limits_now = context.limits_now
            if robot.state.faults.trigger("skill-error"):
                raise InjectedError("injected on purpose")
            try:
                step = yield from function(context, robot, *arguments)
            finally:
                robot.state.faults.discard(context.call)
            return step

        return skill(name, world=WORLD)(run)

    return define


def _success(robot: KitchenRobot, source: str, *facts: Fact) -> SkillStep:
    time_s = robot.state.time_s
    return SkillStep.success(*(Percept(fact, True, source, time_s) for fact in facts))


@_kitchen_skill("go_to")
def go_to(context: SkillContext, robot: KitchenRobot, place: str) -> Steps:
    """Drive to a place."""
    problem = yield from robot.base.drive_to(place, random=context.random)
    return problem or _success(robot, "odometry", Fact("at", (place,)))


@_kitchen_skill("look_for")
def look_for(context: SkillContext, robot: KitchenRobot, item: str) -> Steps:
    """Scan here, then from every place that may show the item, the remembered one first."""
    yield from robot.pace.work(1.0)
    located = Fact("located", (item,))
    if robot.state.held == item:
        return _success(robot, "gripper", located)
    for place in ("", *_search_route(robot, item)):
        if place:
            problem = yield from robot.base.drive_to(place, random=context.random)
            if problem:
                continue
            yield from robot.pace.work(1.0)
        if item in robot.tracker.scan(careful=True):
            return _success(robot, "camera", located, robot.tracker.tracked[item][0])
    if item in robot.tracker.tracked:
        return _success(robot, "memory", located, robot.tracker.tracked[item][0])
    return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} was not seen anywhere")


def _search_route(robot: KitchenRobot, item: str) -> list[str]:
    state = robot.state
    places = [name for name in state.vocabulary.objects("worktop")]
    places += [name for name, is_open in state.open.items() if is_open]
    route: list[str] = []
    here_m = state.base_m
    while places:
        nearest = min(places, key=lambda name: distance_m(here_m, state.point_m(name)))
        places.remove(nearest)
        route.append(nearest)
        here_m = state.point_m(nearest)
    remembered = robot.tracker.tracked.get(item)
    if remembered is not None and remembered[0].terms[1] in route:
        route.remove(remembered[0].terms[1])
        route.insert(0, remembered[0].terms[1])
    return route


@_kitchen_skill("pick")
def pick(context: SkillContext, robot: KitchenRobot, item: str) -> Steps:
    """Drive to the item, look, choose a grip force, grasp and lift."""
    remembered = robot.tracker.tracked.get(item)
    if remembered is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"no idea where {item} is")
    location, point_m = remembered
    place = location.terms[1]
    target_m = point_m if place == FLOOR else None
    problem = yield from robot.base.drive_to(place, target_m, random=context.random)
    if problem:
        return problem
    yield from robot.pace.work(1.6)
    if not robot.state.open.get(place, True):
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    robot.tracker.scan(careful=True)
    seen = robot.tracker.tracked.get(item)
    if seen is None or seen[0] != location:
        now = seen[0] if seen else "out of sight"
        return SkillStep.failure(FailureCode.OBJECT_MOVED, f"not {location} any more: {now}")
    thing = robot.state.things[item]
    if thing.is_broken:
        return SkillStep.failure(FailureCode.OBJECT_BROKEN, f"{item} lies in pieces")
    guess = estimate(Body.of(thing.model), context.random)
    force_n, needed_n = chosen_force_n(guess, context.attempt, context.limits), guess.needed_n
    if context.limits.force < 1.0 and force_n < needed_n:
        detail = f"it would take {needed_n:.1f} N to lift {item}, and the limit is {force_n:.1f} N"
        return SkillStep.failure(FailureCode.UNSAFE_FORCE, detail)
    context.note(
        f"grip {force_n:.1f} N for {guess.mass_kg:.2f} kg at friction {guess.friction:.2f}"
    )
    yield from robot.pace.work(1.0)
    problem = yield from robot.manipulator.grasp(
        item, _localised(context, seen[1]), force_n, random=context.random
    )
    return problem or _success(robot, "gripper", Fact("holding", (item,)))


def _localised(context: SkillContext, point_m: Point) -> Point:
    return (
        point_m[0] + context.random.normal("localise x", deviation=LOCALISATION_M),
        point_m[1] + context.random.normal("localise y", deviation=LOCALISATION_M),
    )


def _put(context: SkillContext, robot: KitchenRobot, item: str, place: str) -> Steps:
    state = robot.state
    if state.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    problem = yield from robot.base.drive_to(place, random=context.random)
    if problem:
        return problem
    if not state.open.get(place, True):
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    if state.is_full(place):
        return SkillStep.failure(FailureCode.CONTAINER_FULL, f"nothing more fits into {place}")
    yield from robot.pace.work(2.2)
    if state.held != item:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped over {place}")
    robot.manipulator.release(place)
    seen = robot.tracker.tracked.get(item)
    if seen is not None:
        return _success(robot, "camera", seen[0])
    return _success(robot, "gripper", Fact("hand_empty", ()))


put_on = _kitchen_skill("put_on")(_put)
put_in = _kitchen_skill("put_in")(_put)
throw_away = _kitchen_skill("throw_away")(_put)


@_kitchen_skill("sweep_up")
def sweep_up(context: SkillContext, robot: KitchenRobot, item: str, place: str) -> Steps:
    """Sweep the pieces together and bring them to the bin."""
    seen = robot.tracker.tracked.get(item)
    if seen is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"no idea where {item} lies")
    target = seen[0].terms[1]
    point_m = seen[1] if target == FLOOR else None
    problem = yield from robot.base.drive_to(target, point_m, random=context.random)
    if problem:
        return problem
    yield from robot.pace.work(15.0)
    problem = yield from robot.base.drive_to(place, random=context.random)
    if problem:
        return problem
    robot.manipulator.empty_into(item, place)
    return _success(robot, "camera", Fact("in", (item, place)))


def _move_door(is_to_open: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: KitchenRobot, place: str) -> Steps:
        """Drive to a door and move it."""
        problem = yield from robot.base.drive_to(place, random=context.random)
        if problem:
            return problem
        yield from robot.pace.work(4.0)
        if not robot.manipulator.move_door(place, is_open=is_to_open):
            return SkillStep.failure(FailureCode.DOOR_JAMMED, f"{place} does not move")
        time_s = robot.state.time_s
        return SkillStep.success(Percept(Fact("is_open", (place,)), is_to_open, "camera", time_s))

    return run


open_door = _kitchen_skill("open")(_move_door(True))
close_door = _kitchen_skill("close")(_move_door(False))


def _turn(is_to_burn: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: KitchenRobot, knob: str) -> Steps:
        """Drive to a knob and turn it."""
        problem = yield from robot.base.drive_to(knob, random=context.random)
        if problem:
            return problem
        yield from robot.pace.work(3.0)
        robot.manipulator.turn_knob(knob, is_on=is_to_burn)
        time_s = robot.state.time_s
        return SkillStep.success(Percept(Fact("is_on", (knob,)), is_to_burn, "camera", time_s))

    return run


turn_on = _kitchen_skill("turn_on")(_turn(True))
turn_off = _kitchen_skill("turn_off")(_turn(False))


@_kitchen_skill("wash")
def wash(context: SkillContext, robot: KitchenRobot, item: str, place: str, tool: str) -> Steps:
    """Wash a dish in the sink."""
    problem = yield from _scrub(context, robot, place, tool, 20.0)
    if problem:
        return problem
    seen = robot.tracker.tracked.get(item)
    if seen is None or seen[0] != Fact("in", (item, place)):
        return SkillStep.failure(FailureCode.OBJECT_MOVED, f"{item} is not in {place} any more")
    robot.manipulator.rinse(item)
    return _success(robot, "camera", Fact("clean", (item,)))


@_kitchen_skill("wipe")
def wipe(context: SkillContext, robot: KitchenRobot, place: str, tool: str) -> Steps:
    """Wipe a worktop; no sensor can see the result."""
    problem = yield from _scrub(context, robot, place, tool, 12.0)
    if problem:
        return problem
    robot.manipulator.wipe(place)
    return _success(robot, "gripper", Fact("holding", (tool,)))


def _scrub(
    context: SkillContext, robot: KitchenRobot, place: str, tool: str, seconds: float
) -> Generator[float, None, SkillStep | None]:
    problem = yield from robot.base.drive_to(place, random=context.random)
    if problem:
        return problem
    yield from robot.pace.work(seconds)
    if robot.state.faults.trigger("grasp-dropped", tool):
        robot.manipulator.fall(place, random=context.random)
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{tool} slipped out of the hand")
    return None


SKILLS = (
    go_to,
    look_for,
    pick,
    put_on,
    put_in,
    throw_away,
    sweep_up,
    open_door,
    close_door,
    turn_on,
    turn_off,
    wash,
    wipe,
)
