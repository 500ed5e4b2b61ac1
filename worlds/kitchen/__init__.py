"""The built-in kitchen."""

from .robot import KitchenRobot
from .skills import SKILLS
from .world import Kitchen

__all__ = ["SKILLS", "Kitchen", "KitchenRobot"]
