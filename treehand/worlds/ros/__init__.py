"""Robots behind a rosbridge server: topics become percepts, actions and services skills."""

from treehand.worlds.ros.bridge import require_websockets
from treehand.worlds.ros.interface import RosBinding, RosInterface
from treehand.worlds.ros.settings import RosSettings
from treehand.worlds.ros.world import ROS, RosWorld, ros_kind

__all__ = [
    "ROS",
    "RosBinding",
    "RosInterface",
    "RosSettings",
    "RosWorld",
    "require_websockets",
    "ros_kind",
]
