"""Capabilities of a robot in the physics kitchen: reach, payload and gripper width as limits."""

from __future__ import annotations

import math
from collections.abc import Mapping

from treehand.skills.domain import Scene
from treehand.worlds.physics.model.furniture_check import kitchen_stations
from treehand.worlds.physics.model.objects import SHAPES
from treehand.worlds.physics.robots.robot_library import RobotModel

ROOM_M = 0.004
"""Width of an open gripper beyond that of what it takes."""
TAKES = ("pick", "sweep_up")
"""Skills that take an item."""
WORKS_AT = ("go_to", "put_on", "put_in", "throw_away", "open", "close", "wash", "wipe")
"""Skills that work at a place."""


def limits_of(robot: RobotModel) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Return the limits of a robot: skill to parameter to property to greatest value."""
    item = {
        "mass_kg": robot.file.payload_kg,
        "grip_m": round(robot.gripper.width_m - ROOM_M, 4),
    }
    if robot.base is not None:  # it drives to where it reaches
        return {skill: {"item": item} for skill in TAKES}
    item["away_m"] = robot.file.reach_m
    taking = {skill: {"item": item} for skill in TAKES}
    working = {skill: {"place": {"away_m": robot.file.reach_m}} for skill in WORKS_AT}
    return {**taking, **working}


def measured(robot: RobotModel, scene: Scene) -> Scene:
    """Return a scene with widths of objects and distances of places, where it states none.

    An object is as far away as the place where it is at the start.
    """
    places = {
        fact.terms[0]: fact.terms[1] for fact in scene.facts if fact.predicate in ("on", "in")
    }
    objects, stations = {}, kitchen_stations(scene, robot.base)
    for name, model in scene.objects.items():
        own: dict[str, float] = {}
        station = stations.get(places.get(name, name))
        if station is not None and model.away_m is None:
            own["away_m"] = round(math.hypot(*station.at_m), 4)
        if name in SHAPES and model.grip_m is None:
            own["grip_m"] = round(2 * SHAPES[name].grip_m, 4)
        objects[name] = model.model_copy(update=own)
    return scene.model_copy(update={"objects": objects})
