"""The built-in tabletop: blocks, two cameras, and a gripper that a policy can drive."""

from treehand.worlds.tabletop.robot import TabletopRobot
from treehand.worlds.tabletop.skills import SKILLS
from treehand.worlds.tabletop.world import Tabletop

__all__ = ["SKILLS", "Tabletop", "TabletopRobot"]
