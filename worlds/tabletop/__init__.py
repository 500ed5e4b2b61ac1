"""The built-in tabletop: blocks seen by cameras, and a gripper that a policy can drive."""

from .robot import TabletopRobot
from .skills import SKILLS
from .world import Tabletop

__all__ = ["SKILLS", "Tabletop", "TabletopRobot"]
