"""Variation of a kitchen before a lesson: doors stand open, things are gone or elsewhere."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.perception.detectors import is_in_view
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robot import PhysicsRobot

OPEN_SHARE = 0.3
"""Share of the doors that stand open."""
GONE_SHARE, MOVED_SHARE = 0.25, 0.1
"""Shares of the things that are tidied away, and that are at another place."""
BELOW_M = -3.0
"""Height of what is tidied away: nothing is seen of it."""


def vary(
    robot: PhysicsRobot,
    random: np.random.Generator,
    *,
    keeps: str | None = None,
    opened: Collection[str] = (),
    closed: Collection[str] = (),
) -> None:
    """Open doors, tidy things away and move them at random, as the course of a task does.

    The robot then knows where everything is that can be seen.

    Args:
        robot: Robot in the kitchen, which changes.
        random: Random numbers.
        keeps: Thing that stays in view; it is at another place now and then.
        opened: Doors that are open in any case.
        closed: Doors that are closed in any case.
    """
    simulation = robot.simulation
    for name, station in simulation.stations.items():
        if station.has_door:
            is_open = name in opened or (name not in closed and random.random() < OPEN_SHARE)
            simulation.set_opening(name, 1.0 if is_open else 0.0)
    for number, name in enumerate(simulation.things):
        drawn = random.random()
        if name == keeps or drawn >= GONE_SHARE + MOVED_SHARE:
            continue
        if drawn < GONE_SHARE:
            at = simulation.data.joint(name).qpos
            at[:3] = [-1.0 + 0.2 * number, 0.0, BELOW_M]
        else:
            move(robot, random, name)
    simulation.set_state(
        simulation.data.qpos.copy(), np.zeros_like(simulation.data.qvel), robot.model.home
    )
    look(robot)


def bring_back(robot: PhysicsRobot, before: FloatArray) -> None:
    """Put what is tidied away where there is room at its place of before.

    Args:
        robot: Robot in the kitchen.
        before: Positions of everything before it was tidied away, shape (nq,).
    """
    simulation = robot.simulation
    varied = simulation.data.qpos.copy()
    gone = [name for name in simulation.things if simulation.poses.at_m(name)[2] < BELOW_M / 2]
    for name in gone:
        joint = simulation.model.joint(name).qposadr[0]
        varied[joint : joint + 7] = before[joint : joint + 7]
    simulation.set_state(varied, np.zeros_like(simulation.data.qvel), robot.model.home)
    for name in gone:
        where = simulation.poses.place_of(name)
        if where is not None and where.terms[1] in simulation.stations:
            simulation.place_object(name, simulation.stations[where.terms[1]])


def move(robot: PhysicsRobot, random: np.random.Generator, item: str) -> None:
    """Move a thing to a random place that can be seen, but for a bin, if there is room."""
    simulation = robot.simulation
    places = [
        name
        for name, station in simulation.stations.items()
        if station.kind != "bin" and is_in_view(simulation, name)
    ]
    simulation.place_object(item, simulation.stations[random.choice(places)])


def look(robot: PhysicsRobot) -> None:
    """Let the robot know exactly where everything is that can be seen."""
    simulation, poses = robot.simulation, robot.simulation.poses
    tracked = {}
    for name in simulation.things:
        where = poses.place_of(name)
        if where is not None and is_in_view(simulation, where.terms[1]):
            tracked[name] = Track(
                where, poses.at_m(name), poses.yaw_rad(name), poses.lies_rad(name)
            )
    robot.perception.tracked = tracked
    robot.perception.held = robot.perception.in_hand = None
