"""Robots in MuJoCo, for worlds of your own: ``pip install 'treehand[physics]'``.

    from treehand.robots import KinematicChain, find_robot

    robot = find_robot("panda")
    spec = robot.spec()          # MJCF of the robot: add a table and objects, then compile it
    chain = KinematicChain(robot)
    hand = chain.hand(robot.home)

`damped_solution` of `treehand.skills` turns a motion of the hand into one of the joints.
"""

from treehand.worlds.physics.perception.opengl import choose_opengl
from treehand.worlds.physics.robots.kinematic_chain import KinematicChain
from treehand.worlds.physics.robots.robot_library import (
    RobotModel,
    find_robot,
    load_robot,
    robot_names,
)

__all__ = [
    "KinematicChain",
    "RobotModel",
    "choose_opengl",
    "find_robot",
    "load_robot",
    "robot_names",
]
