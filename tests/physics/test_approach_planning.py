"""Grasps from the side: the hand's pose in SE(3), candidates of a shape, and their scores."""

import importlib.util
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from benchmarks.physics_skills import SHELF
from tests.driving import Session
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import Fact, Scene
from treehand.worlds.physics.capabilities import limits_of, measured
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.arm_axis import ArmAxis
from treehand.worlds.physics.model.objects import (
    LEVEL_RAD,
    SHAPES,
    TILTS_RAD,
    side_grasps,
    width_across_m,
)
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robots.kinematic_chain import StandingArm
from treehand.worlds.physics.robots.robot_library import find_robot, robot_names
from treehand.worlds.physics.skills.approach_planning import (
    BEFORE_M,
    HandCandidate,
    around,
    needs_side,
    reachable,
    roomy,
    side_candidates,
    side_grasp,
    side_placement,
)
from treehand.worlds.physics.skills.arm_paths import (
    drawn,
    is_clear,
    joint_path_from,
    solve,
    straight,
    transit,
)
from treehand.worlds.physics.skills.free_space import FreeSpace, hand_spheres

POSES = [
    GraspPose(0.5, 0.3, 0.2, 0.4),
    GraspPose(0.5, -2.3, 0.2, 1.4, ArmAxis(0.1, -0.2, -1.1), math.pi / 2),
    GraspPose(0.6, 0.3, 0.4, -0.9, ArmAxis(), 0.9, 2.1),
    GraspPose(0.4, 3.0, 0.1, 0.5, ArmAxis(), 1.3, -1.2),
]


def robot_of(name):
    """Return a robot in the kitchen with a shelf, which has perceived its things."""
    given = DeploymentOverrides(world="kitchen-physics", scene=SHELF, randomize="exact", robot=name)
    world = Session(Deployment.load(given, looks_here=False)).world_model.world
    world.perceive()
    return world.robot


@pytest.fixture(scope="module")
def robot():
    return robot_of("panda")


@pytest.mark.parametrize("pose", POSES)
def test_a_pose_is_that_of_its_frame(pose):
    again = GraspPose.of(pose.hand(), pose.axis)
    assert again.frame()[0] == pytest.approx(pose.frame()[0], abs=1e-9)
    assert again.frame()[1] == pytest.approx(pose.frame()[1], abs=1e-9)
    away = np.array([0.01, -0.02, 0.03])
    assert pose.from_hand_frame(pose.to_hand_frame(away)) == pytest.approx(away, abs=1e-12)


def test_a_tilt_of_a_quarter_turn_points_level_along_the_yaw():
    _, rotation = GraspPose(0.5, 0.3, 0.2, 0.4, tilt_rad=math.pi / 2).frame()
    assert rotation[:, 2] == pytest.approx([math.cos(0.7), math.sin(0.7), 0.0], abs=1e-9)
    assert rotation[2, 1] == pytest.approx(0.0, abs=1e-9)  # the opening axis is level


def test_a_straight_way_keeps_the_rotation():
    start = POSES[2]
    way = straight(start, start.moved(np.array([0.1, -0.05, 0.02])))
    points = np.array([pose.frame()[0] for pose in way])
    assert np.diff(points, 2, axis=0) == pytest.approx(0.0, abs=1e-9)
    for pose in way:
        assert pose.frame()[1] == pytest.approx(start.frame()[1], abs=1e-9)


def test_a_box_is_taken_across_the_faces_that_the_gripper_gets_around():
    carton = replace(SHAPES["milk"], half_m=(0.06, 0.02, 0.1))
    found = list(side_grasps(carton, np.zeros(3), 0.3, (0.0, 1.0)))
    assert len(found) == len(TILTS_RAD) * 4 * 2
    widths = {round(width_across_m(carton, one, 0.3), 6) for one in found}
    assert widths == {0.12, 0.04}


def test_a_rim_is_taken_beside_the_approach():
    bowl = SHAPES["bowl_1"]
    for one in side_grasps(bowl, np.zeros(3), 0.0, (0.5,)):
        ahead = np.array([math.cos(0.5), math.sin(0.5)])
        assert one.point_m[:2] @ ahead == pytest.approx(0.0, abs=1e-9)
        assert np.linalg.norm(one.point_m[:2]) < bowl.radius_m
        assert one.point_m[2] < bowl.top_m


def test_a_fallen_thing_is_taken_across_its_axis():
    found = list(side_grasps(SHAPES["can"], np.zeros(3), 0.0, (0.0,), 0.7))
    assert {round(one.yaw_rad, 6) for one in found} == {0.7, round(0.7 + math.pi, 6)}


def test_a_neck_is_taken_level_and_counts_as_the_width():
    carafe = SHAPES["carafe"]
    low, high, radius = carafe.neck_m
    found = list(side_grasps(carafe, np.zeros(3), 0.0, (0.0, 1.0)))
    assert found
    for one in found:
        assert one.tilt_rad >= LEVEL_RAD
        assert low < one.point_m[2] + carafe.foot_m < high
        assert width_across_m(carafe, one, 0.0) == pytest.approx(2 * radius)
    assert 2 * carafe.top_grip_m > find_robot("panda").gripper.width_m


@pytest.mark.parametrize("name", robot_names())
def test_the_limit_of_width_is_about_the_least_of_all_grasps(name):
    scene = read_file(SHELF, Scene)
    widest_m = limits_of(find_robot(name))["pick"]["item"]["grip_m"]
    own_m = measured(find_robot(name), scene).objects["carafe"].grip_m
    assert own_m == pytest.approx(2 * SHAPES["carafe"].neck_m[2])
    assert own_m < widest_m
    stated = scene.objects["carafe"].model_copy(update={"grip_m": 0.2})
    told = scene.model_copy(update={"objects": {**scene.objects, "carafe": stated}})
    assert measured(find_robot(name), told).objects["carafe"].grip_m == 0.2


def test_spheres_are_as_far_from_boxes_and_cylinders_as_they_look(robot):
    station = robot.library.stations["counter"]
    box = (station, np.array([-0.1, -0.1, -0.1]), np.array([0.1, 0.1, 0.0]))
    space = FreeSpace(np.array([[5.0, 0.0, 0.03, 0.0, 0.1]]), (box,))
    over = np.array([*station.at_m, 0.05])
    beside = np.array([5.05, 0.0, 0.05])
    inside = np.array([*station.at_m, -0.01])
    points = np.array([over, beside, inside])
    assert space.clearance_m(points, np.full(3, 0.01)) == pytest.approx([0.04, 0.01, -0.02])


def test_candidates_come_from_the_front_of_a_shelf_and_begin_before_it(robot):
    station, seen = robot.library.stations["shelf"], robot.perception.tracked["glass"]
    shape = robot.library.shapes["glass"]
    found = list(side_candidates(robot, "glass", seen, station))
    assert found
    assert len({round(one.end.tilt_rad, 3) for one in found}) == len(TILTS_RAD)
    for one in found:
        before, _ = station.local_m(one.before.frame()[0])
        assert before < -station.half_m[0] - shape.radius_m - BEFORE_M + 1e-6
        assert 2 * one.open_m <= robot.model.gripper.width_m


def test_what_stands_before_it_takes_the_room(robot):
    station, seen = robot.library.stations["shelf"], robot.perception.tracked["glass"]
    free = around(robot, ("glass", "milk", "blue_mug"))
    found = roomy(robot, free, side_candidates(robot, "glass", seen, station))
    scores = [score for score, _ in found]
    assert scores == sorted(scores, reverse=True)
    best = found[0][1]
    points = [pose.frame()[0] for pose in straight(best.before, best.end)]
    fence = [(*point[:2], 0.02, station.bottom_m, station.bottom_m + 0.2) for point in points[2:3]]
    blocked = FreeSpace(np.vstack([free.cylinders, fence]), free.boxes)
    left = roomy(robot, blocked, side_candidates(robot, "glass", seen, station))
    assert best not in [one for _, one in left]
    hand, radii = hand_spheres(robot.model.gripper, best.open_m)
    assert hand.shape == (len(radii), 3)


def test_the_best_candidate_is_reached_within_the_joint_limits(robot):
    station, seen = robot.library.stations["shelf"], robot.perception.tracked["glass"]
    way, has_room = side_grasp(robot, "glass", seen, station)
    assert has_room
    low, high = robot.kinematics.limits()
    for joints in way.legs:
        assert (joints >= low).all()
        assert (joints <= high).all()
    hand = robot.kinematics.hand(way.legs[-1])
    assert hand.position_m == pytest.approx(way.before.frame()[0], abs=2e-3)
    assert hand.rotation == pytest.approx(way.before.frame()[1], abs=5e-3)


@pytest.mark.parametrize(
    ("name", "scale", "place", "needed"),
    [
        ("red_mug", 1.0, "counter", False),
        ("red_mug", 1.0, "shelf", True),
        ("red_mug", 1.4, "counter", True),
        ("bowl_1", 1.4, "counter", False),
        ("carafe", 1.0, "counter", True),
    ],
)
def test_the_side_is_for_what_cannot_be_taken_from_above(robot, name, scale, place, needed):
    shape = SHAPES[name].scaled(scale, (0, 0, 0))
    station = robot.library.stations[place]
    assert needs_side(robot, shape, station, shape.height_m) is needed


def test_nothing_is_set_down_from_the_side_where_no_hand_gets_over_it(robot, monkeypatch):
    station, perception = robot.library.stations["counter"], robot.perception
    near = [(0.41, -0.5), (0.41, -0.3), (0.5, -0.4), (0.5, -0.24), (0.6, -0.3)]
    names = ("milk", "red_mug", "blue_mug", "cheese", "carafe")
    seen = {
        name: Track(Fact("on", (name, "counter")), np.array([*at_m, 0.06]), 0.0)
        for name, at_m in zip(names, near, strict=True)
    }
    monkeypatch.setattr(perception, "tracked", seen)
    monkeypatch.setattr(perception, "held", "glass")
    monkeypatch.setattr(perception, "in_hand", np.zeros(3))
    monkeypatch.setattr(perception, "held_tilt_rad", LEVEL_RAD)
    assert side_placement(robot, "glass", station) == (None, False), "only its far corner is free"


def test_an_approach_is_passable_a_little_higher_with_the_thing_in_the_hand(robot):
    """One solution of this pre-grasp has its elbow at the stop, and gets no higher."""
    before = GraspPose(0.392, -0.522, 0.147, -0.002, tilt_rad=math.pi / 4)
    end = GraspPose(0.493, -0.522, 0.047, -0.002, tilt_rad=math.pi / 4)
    one = HandCandidate(end, before, 0.04, 0.0, 0.0)
    way = reachable(robot, around(robot, ("glass",)), [(0.02, one)], SHAPES["glass"])
    arm = StandingArm(robot.kinematics, robot.joints, robot.model.base_n)
    found = [] if way is None else [way.legs[-1]]
    assert all(joint_path_from(arm, joints, one.lifted_path()) is not None for joints in found)


def test_the_way_to_a_pre_grasp_leads_around_the_thing_itself():
    robot = robot_of("ur5e")
    tracked, station = robot.perception.tracked, robot.library.stations["counter"]
    seen = replace(tracked["carafe"], at_m=np.array([0.42, -0.32, tracked["carafe"].at_m[2]]))
    tracked.clear()
    tracked["carafe"] = seen
    way, _ = side_grasp(robot, "carafe", seen, station)
    legs = [solve(robot, drawn(robot.pose())), *way.legs]
    for start, goal in itertools.pairwise(legs):
        assert is_clear(robot, around(robot, ()), start, goal)


@pytest.mark.parametrize("tilt_rad", [0.0, math.pi / 4])
def test_a_thing_stays_upright_on_a_way_over_another_pose(robot, monkeypatch, tilt_rad):
    held = "glass" if tilt_rad else None
    monkeypatch.setattr(robot.perception, "held", held)
    monkeypatch.setattr(robot.perception, "in_hand", np.zeros(3))
    monkeypatch.setattr(robot.perception, "held_tilt_rad", tilt_rad)
    ends = (GraspPose(0.44, side, 0.42, tilt_rad=tilt_rad) for side in (-0.9, 0.9))
    start, goal = (solve(robot, pose) for pose in ends)
    post = FreeSpace(np.array([[0.44, 0.0, 0.03, -0.5, 0.42]]), ())
    legs = transit(robot, post, start, goal)
    assert len(legs) == 2, "the post is in the straight way"
    tilts = [GraspPose.of(robot.kinematics.hand(joints)).tilt_rad for joints in legs]
    assert tilts == pytest.approx([tilt_rad, tilt_rad], abs=1e-3)
