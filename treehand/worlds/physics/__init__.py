"""The physics kitchen: the kitchen's domain with an arm in a MuJoCo simulation."""

from treehand.worlds.physics.capabilities import limits_of, measured
from treehand.worlds.physics.model.furniture_check import furniture_findings
from treehand.worlds.physics.model.randomization import PRESETS
from treehand.worlds.physics.robot import PhysicsRobot, spec_of
from treehand.worlds.physics.robots.robot_library import find_robot, load_robot, robot_names
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.physics.skills import SKILLS
from treehand.worlds.physics.world import PhysicsKitchen

__all__ = [
    "PRESETS",
    "SKILLS",
    "PhysicsKitchen",
    "PhysicsRobot",
    "Simulation",
    "find_robot",
    "furniture_findings",
    "limits_of",
    "load_robot",
    "measured",
    "robot_names",
    "spec_of",
]
