"""The built-in kitchen: kinematic, partially observable, in virtual time."""

from treehand.worlds.kitchen.robot import KitchenRobot
from treehand.worlds.kitchen.skills import SKILLS
from treehand.worlds.kitchen.world import Kitchen

__all__ = ["SKILLS", "Kitchen", "KitchenRobot"]
