"""Worlds: simulators that skills act on, and the registry of kinds of worlds."""

from treehand.worlds.checked_world import CheckedFaults, CheckedWorld, Undisturbed
from treehand.worlds.debounce import Debounce
from treehand.worlds.definition import WorldContext, WorldKind
from treehand.worlds.presets import PresetFile, PresetRanges
from treehand.worlds.registry import (
    BUILT_IN,
    KITCHEN,
    PAPER,
    WORLDS_ENTRY_POINTS,
    find_world,
    furniture_findings,
    open_checked,
    robot_findings,
    world_names,
)
from treehand.worlds.ros import ROS, RosBinding, RosSettings, ros_kind

__all__ = [
    "BUILT_IN",
    "KITCHEN",
    "PAPER",
    "ROS",
    "WORLDS_ENTRY_POINTS",
    "CheckedFaults",
    "CheckedWorld",
    "Debounce",
    "PresetFile",
    "PresetRanges",
    "RosBinding",
    "RosSettings",
    "Undisturbed",
    "WorldContext",
    "WorldKind",
    "find_world",
    "furniture_findings",
    "open_checked",
    "robot_findings",
    "ros_kind",
    "world_names",
]
