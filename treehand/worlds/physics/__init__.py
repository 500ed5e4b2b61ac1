"""The physics kitchen: the kitchen's domain with an arm in a MuJoCo simulation."""

import ctypes.util
import os

if "MUJOCO_GL" not in os.environ and not os.environ.get("DISPLAY"):
    if ctypes.util.find_library("EGL"):
        os.environ["MUJOCO_GL"] = "egl"
    elif ctypes.util.find_library("OSMesa"):
        os.environ["MUJOCO_GL"] = "osmesa"

from treehand.worlds.physics.model.randomization import PRESETS
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.physics.skills import SKILLS
from treehand.worlds.physics.world import PhysicsKitchen

__all__ = ["PRESETS", "SKILLS", "PhysicsKitchen", "PhysicsRobot", "Simulation"]
