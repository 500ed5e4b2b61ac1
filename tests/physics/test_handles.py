"""Handles of doors and drawers: the ways to them, how they are let go, and what they may weigh on.

The heading of a base that drives takes every value, and the hand works behind its back nowhere.
"""

import importlib.util
import math

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from tests.driving import Session
from tests.physics.test_port import step_through
from treehand.core.clock import VirtualClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills import StepStatus
from treehand.worlds.physics.model.arm import Arm, GraspPose, HandPath, Transfer
from treehand.worlds.physics.model.arm_axis import ArmAxis
from treehand.worlds.physics.model.stance_planning import way_to_work
from treehand.worlds.physics.robots.robot_library import find_robot

HEADINGS = (0.0, 1.6, math.pi - 0.05, -math.pi + 0.05, 3.5, -4.0)


def opened(robot, **more):
    given = DeploymentOverrides(world="kitchen-physics", robot=robot, randomize="exact", **more)
    world = Session(Deployment.load(given, looks_here=False)).world_model.world
    world.perceive()
    return world


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_hand_before_a_base_moves_before_it_whatever_its_heading(heading):
    arm = Arm(find_robot("mobile-panda"))
    arm.reference_rad = arm.reference_rad.copy()
    arm.reference_rad[:3] = 0.4, -0.3, heading
    axis = arm.pose().axis
    assert arm.pose().azimuth_rad == pytest.approx(heading, abs=1e-6)

    def ahead(off):
        turned = heading + off
        point = axis.at_m + 0.5 * np.array([math.cos(turned), math.sin(turned)])
        return GraspPose.at(np.array([*point, 0.3]), turned, axis)

    spots = tuple(ahead(off) for off in np.linspace(-0.4, 0.4, 9))
    for trajectory in (
        Transfer(arm.pose(), spots[0], 0.8),
        HandPath(spots, 0.4),
        Transfer(spots[-1], spots[0], 0.8),
    ):
        lasts_s = arm.follow(trajectory)
        for _ in range(round(lasts_s / 0.02) + 20):
            arm.step()
            assert arm.error_m < 0.05, "the hand keeps up with it"
            away = arm.pose().frame()[0][:2] - axis.at_m
            assert away @ [math.cos(heading), math.sin(heading)] > 0.2, "it is before the base"


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("off", [-1.5, 1.5])
def test_a_base_turns_the_shorter_way_to_its_work(heading, off):
    base = find_robot("mobile-panda").base
    turned = heading + off
    work = 0.5 * np.array([[math.cos(turned), math.sin(turned)]])
    way = way_to_work(base, np.array([0.0, 0.0, heading]), work, [])
    assert abs(way[-1][2] - heading) < math.pi
    x, y = (work[0] - way[-1][:2]).tolist()
    assert math.cos(way[-1][2] - math.atan2(y, x)) == pytest.approx(1.0)
    yaw = base.joints[2]
    assert yaw.low < way[-1][2] < yaw.high


def test_azimuths_jump_behind_the_arm():
    for heading in HEADINGS:
        axis = ArmAxis(0.1, 0.2, heading)
        for off in np.linspace(-3.0, 3.0, 13):
            point = axis.at_m + np.array([math.cos(heading + off), math.sin(heading + off)])
            assert axis.azimuth_rad(point) == pytest.approx(heading + off)


@pytest.mark.parametrize(("robot", "place"), [("mobile-panda", "dishwasher"), ("ur5e", "drawer")])
def test_an_interrupted_hand_lets_go_of_a_handle_before_it_moves_on(robot, place):
    world, clock = opened(robot), VirtualClock()
    simulation = world.simulation
    steps = step_through(world, world.robot, f"open({place})", clock)
    next(one for one in steps if simulation.poses.opening(place) > 0.3)
    world.robot.stop()
    assert world.robot.is_gripping
    *_, end = step_through(world, world.robot, "look_for(can)", clock)
    assert end.status is StepStatus.SUCCESS, end
    assert world.robot.overload() == ""
    assert simulation.monitor.deepest_m < 0.004
    assert simulation.monitor.violations == []


@pytest.mark.parametrize(("force_n", "told"), [(150.0, ""), (300.0, "base_x bears 300 N from")])
def test_a_force_on_a_base_is_not_compared_with_the_torques_of_the_arm(force_n, told):
    world = opened("mobile-panda")
    world.simulation.load_nm[0] = force_n
    assert world.robot.overload().startswith(told)
    assert bool(world.robot.overload()) is bool(told)
