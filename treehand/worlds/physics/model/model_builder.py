"""Builder of the MuJoCo model of a sampled kitchen: furniture, arm, objects, light, cameras."""

from __future__ import annotations

import math
from collections.abc import Iterable

import mujoco
import numpy as np

from treehand.skills.domain import Fact, Scene
from treehand.worlds.physics.model.furniture_check import furniture_of, kitchen_stations
from treehand.worlds.physics.model.layout import furnish
from treehand.worlds.physics.model.objects import add_thing
from treehand.worlds.physics.model.randomization import CameraOffset, KitchenSample, start_places
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.robots.robot_library import RobotModel

SUBSTEP_S = 0.004
WET_FRICTION, WET_SOLREF = 0.3, [0.02, 1]
"""Friction and contact softness between a sponge and a worktop."""


def build(scene: Scene, sample: KitchenSample, robot: RobotModel) -> mujoco.MjModel:
    """Return the model of a scene with its sample, and a robot in it."""
    spec = robot.spec()
    spec.option.timestep = SUBSTEP_S
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 20
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP  # what lies still costs nothing
    furniture = furniture_of(scene)
    stations = kitchen_stations(scene, robot.base)
    furnish(spec, furniture, sample.light_rad, has_stand=robot.base is None)
    for name, place in start_places(scene, robot.base).items():
        thing, station = sample.things[name], stations[place]
        is_open = not station.has_door or Fact("is_open", (place,)) in scene.facts
        now = station.moved(float(is_open))
        at = now.point_m(*thing.at_m)
        shape = sample.shape(name)
        add_thing(
            spec,
            name,
            shape,
            np.array([*at, station.bottom_m + 0.001]),
            thing.turn_rad + now.turn_rad - station.turn_rad,
            mass_kg=thing.mass_kg,
            friction=thing.friction,
        )
        if shape.is_soft:
            _soften(spec, name, stations.values())
    model = spec.compile()
    for name, camera in sample.cameras.items():
        _move(model, name, camera)
    return model


def _move(model: mujoco.MjModel, name: str, by: CameraOffset) -> None:
    """Shift and turn a camera along and about its own axes."""
    index = model.camera(name).id
    shift, turned = np.zeros(3), np.zeros(4)
    mujoco.mju_rotVecQuat(shift, np.array(by.shift_m), model.cam_quat[index])
    model.cam_pos[index] += shift
    angle = math.hypot(*by.turn_rad)
    if angle > 0.0:
        turn = np.zeros(4)
        mujoco.mju_axisAngle2Quat(turn, np.array(by.turn_rad) / angle, angle)
        mujoco.mju_mulQuat(turned, model.cam_quat[index], turn)
        model.cam_quat[index] = turned


def _soften(spec: mujoco.MjSpec, name: str, stations: Iterable[Station]) -> None:
    """Make an object's contact with worktops soft and slippery, as of a wet sponge."""
    for station in stations:
        if not station.is_inside:
            spec.add_pair(
                geomname1=name,
                geomname2=f"{station.name}_top",
                condim=4,
                solref=WET_SOLREF,
                friction=[WET_FRICTION, WET_FRICTION, 0.005, 0.0005, 0.0005],
            )
