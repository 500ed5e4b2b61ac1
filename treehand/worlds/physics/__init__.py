"""The physics kitchen: the kitchen's domain with an arm in a MuJoCo simulation."""

from treehand.worlds.physics.model.randomization import PRESETS
from treehand.worlds.physics.robot import SPEC, PhysicsRobot
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.physics.skills import SKILLS
from treehand.worlds.physics.world import PhysicsKitchen

__all__ = ["PRESETS", "SKILLS", "SPEC", "PhysicsKitchen", "PhysicsRobot", "Simulation"]
