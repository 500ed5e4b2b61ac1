"""Robots of the physics kitchen: their files, and the chain that skills and policies share."""

import importlib.util
import itertools
import shutil
from dataclasses import replace

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

import mujoco

from benchmarks.physics_skills import SHELF
from tests.driving import Session
from treehand.authoring.check import check_files, check_text
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, StorageError
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Infeasible, Plan
from treehand.skills import WorldFile
from treehand.skills.domain import Fact
from treehand.skills.vla.conversion.inverse_kinematics import joints_for
from treehand.worlds import WorldContext
from treehand.worlds.physics.model.furniture_check import FARTHEST_M, kitchen_stations
from treehand.worlds.physics.model.stance_planning import Obstacle, way_to_work, works_from
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robots.kinematic_chain import KinematicChain
from treehand.worlds.physics.robots.robot_library import find_robot, load_robot, robot_names
from treehand.worlds.physics.skills.grasp_planning import (
    SPONGE_ROOM_M,
    best_placement,
    cells,
    clearance_m,
)

ROBOTS = robot_names()


def near_home(robot, count=5):
    low, high = KinematicChain(robot).limits()
    random = np.random.default_rng(0)
    for _ in range(count):
        yield np.clip(robot.home + random.uniform(-0.5, 0.5, robot.joints_n), low, high)


@pytest.mark.parametrize("name", ROBOTS)
def test_the_jacobian_of_the_chain_is_that_of_its_motion_and_of_mujoco(name):
    robot = find_robot(name)
    chain = KinematicChain(robot)
    model = robot.spec().compile()
    data, whole = mujoco.MjData(model), np.zeros((6, model.nv))
    for joints in near_home(robot):
        found = chain.jacobian(joints)
        for index in range(robot.joints_n):
            step = 1e-6 * np.eye(robot.joints_n)[index]
            before, after = chain.hand(joints - step), chain.hand(joints + step)
            assert found[:3, index] == pytest.approx(
                (after.position_m - before.position_m) / 2e-6, abs=1e-5
            )
            turned = after.rotation @ before.rotation.T
            axis = [turned[2, 1], turned[0, 2], turned[1, 0]]
            assert found[3:, index] == pytest.approx(np.array(axis) / 2e-6, abs=1e-5)
        data.qpos[: robot.joints_n] = joints
        mujoco.mj_forward(model, data)
        mujoco.mj_jacSite(model, data, whole[:3], whole[3:], model.site(robot.file.tool).id)
        assert found == pytest.approx(whole[:, : robot.joints_n], abs=1e-12)


@pytest.mark.parametrize("name", ROBOTS)
def test_inverse_kinematics_leads_back_to_the_pose_of_the_hand(name):
    robot = find_robot(name)
    chain = KinematicChain(robot)
    for joints in near_home(robot):
        wanted = chain.hand(joints)
        found = chain.hand(joints_for(chain, robot.home, wanted, 0.05))
        assert found.position_m == pytest.approx(wanted.position_m, abs=1e-4)
        assert found.rotation == pytest.approx(wanted.rotation, abs=1e-3)


def test_every_folder_of_a_robot_is_found_by_its_name():
    assert [find_robot(name).name for name in ROBOTS] == ROBOTS
    assert find_robot(None).name == "panda"


CHANGES = {
    "limits the wrong way": ("low: -1.7628, high: 1.7628", "low: 1.7628, high: -1.7628", "limits"),
    "no room": ("low: -1.7628, high: 1.7628", "low: 1, high: 1", "robot-limits"),
    "degrees": ("low: -2.8973, high: 2.8973", "low: -166, high: 166", "robot-limits"),
    "home outside": ("home: 1.571", "home: 4.0", "robot-home"),
    "home in degrees": ("home: -2.356", "home: -135", "robot-home"),
    "no tool": ("tool: tcp", "tool: tpc", "robot-frame"),
    "no hand": ("hand: hand", "hand: claw", "robot-frame"),
    "unknown joint": ("name: joint3", "name: elbow", "robot-joint"),
    "two of one name": ("name: joint3", "name: joint2", "robot-joint"),
    "unknown finger": ("left_finger,", "thumb,", "robot-gripper"),
    "unknown pad": ("left_pad,", "thumb_pad,", "robot-gripper"),
    "one pad": ("pads: [left_pad", "pads: [right_pad", "robot-gripper"),
    "finger that turns": ("joints: [left_finger", "joints: [joint1", "robot-gripper"),
    "fingers that cross": ("closed_m: -0.02", "closed_m: 0.05", "robot-limits"),
    "no speed": ("speed: 2.175, home: 0.0", "speed: 0, home: 0.0", "wrong-value"),
    "no number": ("payload_kg: 3.0", "payload_kg: much", "value"),
    "infinite": ("payload_kg: 3.0", "payload_kg: .inf", "value"),
    "not a number": ("low: -1.7628", "low: .nan", "value"),
    "negative force": ("force_n: 70", "force_n: -70", "value"),
    "no model": ("model: panda.xml", "model: pandas.xml", "unreadable-file"),
    "no key": ("payload_kg: 3.0\n", "", "missing"),
    "a further key": ("payload_kg: 3.0", "payload_kg: 3.0\npayload_lb: 6", "unknown-key"),
    "no joints": ("joints:\n  - ", "joints: []\nleft:\n  - ", ""),
}


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(find_robot("panda").mjcf.parent, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.mark.parametrize("what", CHANGES)
def test_a_wrong_robot_file_is_told_with_its_place(folder, what):
    before, after, code = CHANGES[what]
    path = folder / "panda.robot.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(InputError) as told:
        load_robot(path)
    findings = told.value.findings
    assert any(code in finding.code for finding in findings), [f.code for f in findings]
    assert all(finding.span and finding.span.file == str(path) for finding in findings)
    line = next(i for i, part in enumerate(path.read_text().splitlines(), 1) if part[:1] != "#")
    assert all(finding.span.line >= line for finding in findings)


def test_all_findings_of_a_robot_file_come_at_once(folder):
    path = folder / "panda.robot.yaml"
    text = path.read_text().replace("tool: tcp", "tool: x").replace("left_pad,", "thumb,")
    path.write_text(text)
    with pytest.raises(InputError) as told:
        load_robot(path)
    assert [one.code for one in told.value.findings] == ["robot-frame", "robot-gripper"]


@pytest.mark.parametrize("content", ["", "<mujoco>", "<robot/>", "<mujoco/>", "\x00"])
def test_an_mjcf_that_does_not_load_is_told(folder, content):
    (folder / "panda.xml").write_text(content)
    with pytest.raises(InputError) as told:
        load_robot(folder / "panda.robot.yaml")
    assert all(one.code.startswith("robot-") for one in told.value.findings)


def test_a_robot_of_ones_own_is_a_path(folder):
    assert find_robot("mine/panda.robot.yaml", folder=folder.parent).name == "panda"
    for name in ("pandda", "", "../panda", "\0.robot.yaml", "panda.robot.yml"):
        with pytest.raises(InputError, match="unknown-robot"):
            find_robot(name)
    with pytest.raises(InputError, match="unreadable-file"):
        find_robot("nowhere.robot.yaml", folder=folder)


def deployed(**given):
    overrides = DeploymentOverrides(world="kitchen-physics", **given)
    return Deployment.load(overrides, looks_here=False)


@pytest.mark.parametrize("name", ROBOTS)
def test_every_robot_carries_a_mug_into_the_sink(name):
    session = Session(deployed(robot=name))
    plan = session.plan(session.understand("put the red mug in the sink"))
    assert session.execute(plan, approved_by="the test").world_true
    assert session.world_model.world.embodiment.spec.action.size == find_robot(name).joints_n + 1
    assert session.world_model.world.simulation.monitor.violations == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mass_kg": 9.0}, "mass_kg of milk is 9"),
        ({"grip_m": 0.11}, "grip_m of milk is 0.11"),
        ({"away_m": 2.0}, "away_m of milk is 2"),
    ],
)
def test_what_is_too_heavy_too_wide_or_too_far_is_refused_before_the_run(change, reason):
    place = deployed(robot="ur5e")
    objects = {**place.scene.objects}
    objects["milk"] = objects["milk"].model_copy(update=change)
    scene = place.scene.model_copy(update={"objects": objects})
    session = Session(replace(place, scene=scene))
    answer = session.plan(session.understand("put the milk in the fridge"))
    assert isinstance(answer, Infeasible)
    assert reason in answer.message(place.domain)
    assert session.world_model.clock.now_s() == 0.0


def test_a_wide_gripper_takes_what_a_narrow_one_does_not(folder):
    path = folder / "panda.robot.yaml"
    path.write_text(path.read_text().replace("open_m: 0.04", "open_m: 0.03"))
    for robot, is_able in ((str(path), False), ("panda", True), ("ur5e", True)):
        session = Session(deployed(robot=robot))
        answer = session.plan(session.understand("pick up the red mug"))
        assert isinstance(answer, Plan) is is_able, answer


def test_a_place_beyond_the_reach_is_refused_before_the_run(folder):
    path = folder / "panda.robot.yaml"
    path.write_text(path.read_text().replace("reach_m: 0.855", "reach_m: 0.45"))
    place = deployed(robot=str(path))
    session = Session(place)
    answer = session.plan(session.understand("put the bowl in the dishwasher"))
    assert isinstance(answer, Infeasible)
    assert "away_m of dishwasher is 0.4912, open takes at most 0.45" in answer.message(place.domain)


def test_only_a_world_with_a_choice_of_robots_takes_one():
    with pytest.raises(InputError, match="unknown-robot: world 'kitchen' has no choice"):
        Deployment.load(DeploymentOverrides(world="kitchen", robot="ur5e"), looks_here=False)


def test_the_robot_of_a_deployment_file_is_told_with_its_place(tmp_path):
    path = tmp_path / "treehand.yaml"
    path.write_text("world: kitchen-physics\nrobot: ur5\n")
    with pytest.raises(InputError) as told:
        Deployment.load(DeploymentOverrides(config=path))
    (finding,) = told.value.findings
    assert (finding.code, finding.span) == ("unknown-robot", (str(path), 2, 8))
    assert "ur5e" in finding.hint
    path.write_text("world: kitchen-physics\nrobot: ur5e\n")
    assert Deployment.load(DeploymentOverrides(config=path)).kind.robot.action.size == 7
    given = DeploymentOverrides(config=path, robot="panda")
    assert Deployment.load(given).kind.robot.action.size == 8


def test_a_saved_state_is_that_of_its_robot(tmp_path):
    def opened(robot):
        place = deployed(robot=robot)
        store = WorldFile(tmp_path / "state")
        return place.kind.open(
            WorldContext(place.domain, place.scene, KeyedRandom(0), VirtualClock(), store)
        )

    opened("ur5e").perceive()
    assert opened("ur5e").simulation.robot.name == "ur5e"
    with pytest.raises(StorageError, match="robot"):
        opened("panda")


def test_a_mobile_base_drives_to_where_the_arm_reaches_and_touches_nothing():
    session = Session(deployed(robot="mobile-panda"))
    simulation = session.world_model.world.simulation
    base = simulation.contacts.base
    began, touched = simulation.arm.stance, []
    simulation.step_listeners.append(lambda: touched.extend(simulation.contacts.of(base)))
    plan = session.plan(session.understand("open the drawer"))
    assert session.execute(plan, approved_by="the test").world_true
    x, y, yaw = simulation.arm.stance - began
    assert np.hypot(x, y) > 0.05
    assert yaw > 1.5, "it faces the drawer"
    assert np.abs(simulation.data.qpos[:3] - simulation.arm.stance).max() < 0.01
    assert touched == []


@pytest.mark.parametrize("name", ROBOTS)
def test_no_joint_is_too_fast_where_the_hand_is_sent_beyond_its_reach(name):
    """The inverse kinematics turns back and forth at a stretched elbow."""
    world = Session(deployed(robot=name)).world_model.world
    simulation = world.simulation
    pose = simulation.arm.pose()
    for height_m in (0.1, 0.22, 0.5):
        simulation.arm.go(replace(pose, radius_m=1.1, height_m=height_m), 0.8)
        simulation.advance(simulation.time_s + 3.0)
        simulation.arm.go(pose, 0.8)
        simulation.advance(simulation.time_s + 3.0)
    assert [one for one in simulation.monitor.violations if "faster" in one] == []


def test_a_motion_beyond_the_reach_is_told_as_such():
    world = Session(deployed()).world_model.world
    robot = world.robot
    motion = robot.go(replace(robot.pose(), radius_m=1.1, height_m=0.3))
    problem = ended(motion, world.simulation)
    assert problem.code == "out-of-reach"
    assert "the arm gets only to" in problem.detail


def ended(motion, simulation):
    """Let a motion go on to its end and return its failure."""
    while True:
        try:
            pause_s = next(motion)
        except StopIteration as end:
            return end.value
        simulation.advance(simulation.time_s + pause_s)


def test_a_base_stays_where_the_arm_works_and_finds_no_place_beyond_the_furniture():
    base = find_robot("mobile-panda").base
    here = np.zeros(3)
    stations = kitchen_stations(deployed().scene)
    closed = [Obstacle(station, is_swept=False) for station in stations.values()]
    assert works_from(base, here, np.array([[0.5, 0.0]]), closed)
    assert not works_from(base, here, np.array([[0.9, 0.0]]), closed)
    assert not works_from(base, here, np.array([[-0.5, 0.0]]), closed), "it would face away"
    way = way_to_work(base, here, np.array([[0.7, 0.0]]), closed)
    assert works_from(base, way[-1], np.array([[0.7, 0.0]]), closed)
    assert way_to_work(base, here, np.array([[2.0, 0.0]]), closed) == []


@pytest.fixture
def far_kitchen(tmp_path):
    """A kitchen whose counter, sink and stove no arm in the origin reaches, and its deployment."""
    scene, path = SHELF.read_text(), tmp_path / "far.scene.yaml"
    for y in ("-0.40", "-0.01", "0.33"):
        assert f"position_m: [0.36, {y}]" in scene
        scene = scene.replace(f"position_m: [0.36, {y}]", f"position_m: [0.9, {y}]")
    path.write_text(scene)
    return path


def test_a_robot_on_a_base_works_where_no_standing_arm_reaches(far_kitchen):
    with pytest.raises(InputError, match="out-of-reach"):
        Session(deployed(scene=far_kitchen, robot="panda"))
    session = Session(deployed(scene=far_kitchen, robot="mobile-panda"))
    plan = session.plan(session.understand("put the red mug on the stove"))
    assert session.execute(plan, approved_by="the test").world_true
    assert session.world_model.world.simulation.monitor.violations == []


def test_a_kitchen_is_checked_for_the_robot_of_its_deployment(far_kitchen):
    for robot, codes in (("panda", {"out-of-reach"}), ("mobile-panda", set())):
        found = check_files([far_kitchen], lambda robot=robot: deployed(robot=robot)).findings
        assert {one.code for one in found} == codes
    text = far_kitchen.read_text().replace("[0.9, -0.01]", "[2.4, -0.01]")
    far_kitchen.write_text(text)
    found = check_files([far_kitchen], lambda: deployed(robot="mobile-panda")).findings
    assert [one.code for one in found] == ["out-of-reach"]


def test_a_thing_is_placed_within_reach_of_where_the_base_stands():
    world = Session(deployed(robot="mobile-panda")).world_model.world
    world.perceive()
    robot, arm = world.robot, world.simulation.arm
    robot.perception.held, robot.perception.in_hand = "red_mug", np.zeros(3)
    counter = robot.library.stations["counter"]
    towards = np.array(counter.at_m) / np.hypot(*counter.at_m)
    for back_m in (0.0, 0.1, 0.2, 1.0):
        arm.reference_rad[:2] = -back_m * towards
        hold = best_placement(robot, "red_mug", counter)
        assert hold is None or hold.radius_m < FARTHEST_M
    assert hold is None, "it stands too far away"


@pytest.mark.parametrize("about", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("item", ["milk", "cheese", "can"])
def test_what_has_fallen_over_is_picked_up(item, about):
    """A carton lies on a face, and a flat thing stands on an edge; the milk was missed for ever."""
    session = Session(deployed(randomize="exact"))
    simulation = session.world_model.world.simulation
    milk, fallen = (simulation.data.joint(name).qpos for name in ("milk", item))
    spot = milk[:2].copy()
    milk[:3] = [-1.0, 0.0, -3.0]  # away
    fallen[:3] = [*spot, max(simulation.shapes[item].half_m[:2])]
    fallen[3:] = [np.sqrt(0.5), *(np.sqrt(0.5) * np.array(about)), 0.0]
    simulation.place_object("plate_1", simulation.stations["counter"])
    assert simulation.poses.lies_rad(item) is not None
    plan = session.plan(session.understand(f"pick up the {item}"))
    done = session.execute(plan, approved_by="the test")
    assert done.world_true
    assert done.failures == {}
    lay_m = max(simulation.shapes[item].half_m[:2])
    arm = session.world_model.world.robot
    over_m = best_placement(arm, item, arm.library.stations["table"]).height_m
    over_m -= arm.library.stations["table"].bottom_m
    assert over_m + arm.perception.in_hand[2] == pytest.approx(lay_m, abs=0.01), "not let fall"


def test_a_low_hand_keeps_away_from_the_stove_beside_a_dishwasher():
    """It stands on one side, in the other leg of the L: there the palm has to be above it."""
    world = Session(deployed()).world_model.world
    world.simulation.set_opening("dishwasher", 1.0)
    arm = world.robot
    station, gripper = arm.library.stations["dishwasher"], arm.model.gripper
    beside_m = station.width_m / 2 - gripper.hand_m[1] / 2
    fits = {}
    for y_m, over_m in itertools.product((0.0, beside_m, -beside_m), (-0.02, 0.02)):
        spot = arm.encoders.now(station).point_m(0.0, y_m)
        at = np.array([[*spot, over_m - gripper.palm_m]])
        turned = np.array([station.turn_rad])
        room_m = clearance_m(arm, ("plate_1",), station, at, turned, 0.01)[0]
        fits[y_m, over_m] = bool(room_m > 0.0)
    assert not fits.pop((-beside_m, -0.02))
    assert all(fits.values())


@pytest.mark.parametrize(("item", "is_in_the_way"), [("can", True), ("cheese", False)])
def test_a_worktop_is_not_wiped_where_the_hand_strikes_a_tall_thing(item, is_in_the_way):
    """Both are farther away than the sponge reaches, and under the wide side of the hand."""
    world = Session(deployed()).world_model.world
    arm, counter = world.robot, world.robot.library.stations["counter"]
    arm.perception.tracked.clear()
    free = list(cells(arm, counter, "sponge"))
    assert not any(cell.things for cell in free)
    cell, pose = free[len(free) // 2], arm.pose()
    yaw = pose.axis.azimuth_rad(cell.spot_m) + pose.turn_rad
    away_m = SPONGE_ROOM_M + arm.library.shapes[item].radius_m + 0.005
    spot = cell.spot_m + away_m * np.array([-np.sin(yaw), np.cos(yaw)])
    at_m = np.array([*spot, arm.library.shapes[item].half_m[2]])
    arm.perception.tracked[item] = Track(Fact("on", (item, "counter")), at_m, 0.0)
    again = next(one for one in cells(arm, counter, "sponge") if one.name == cell.name)
    assert (item in again.things) is is_in_the_way


def test_a_base_leaves_the_quarter_disc_of_a_door_that_will_move():
    base = find_robot("mobile-panda").base
    stations = kitchen_stations(deployed().scene)
    door = stations["cupboard"]
    still = [Obstacle(station, is_swept=False) for station in stations.values()]
    moving = [Obstacle(station, is_swept=station is door) for station in stations.values()]
    before_it = np.array([*door.point_m(-0.1, 0.0), 0.0])
    points = np.array([door.handle_m(share) for share in np.linspace(0.0, 1.0, 12)])
    assert not works_from(base, before_it, points, moving)
    way = way_to_work(base, np.zeros(3), points, moving)
    assert works_from(base, way[-1], points, moving)
    assert works_from(base, way[-1], points, still)


def test_a_base_drives_around_a_corner():
    base = find_robot("mobile-panda").base
    table = Station("table", "table", (0.0, 0.0), 0.0, (0.2, 0.15), 0.0, 0.36)
    obstacles = [Obstacle(table, is_swept=False)]
    here, beyond = np.array([0.1, -0.45, 0.0]), np.array([[0.1, 0.85]])
    way = way_to_work(base, here, beyond, obstacles)
    assert works_from(base, way[-1], beyond, obstacles)
    stances = [here, *way]
    passed = np.concatenate([np.linspace(a[:2], b[:2], 30) for a, b in itertools.pairwise(stances)])
    before_table = passed[np.abs(passed[:, 1]) < 0.15]
    assert len(before_table), "it comes by"
    assert (before_table[:, 0] < -0.2 - base.radius_m).all()


MOBILE_CHANGES = {
    "no mount": ("mount: mount", "mount: deck", "robot-frame"),
    "unknown joint": ("name: base_yaw", "name: base_roll", "robot-joint"),
    "home outside": ("home: -0.12", "home: -12", "robot-home"),
    "limits the wrong way": ("works_m: [0.31, 0.68]", "works_m: [0.68, 0.31]", "robot-limits"),
    "no arm": ("arm: ../panda/panda.robot.yaml", "arm: panda.robot.yaml", "unreadable-file"),
    "two joints": ("    - {name: base_x, low: -5, high: 5, speed: 0.5, home: -0.12}\n", "", ""),
    "no base": ("model: mobile-base.xml", "model: base.xml", "unreadable-file"),
    "itself": ("../panda/panda.robot.yaml", "mobile-panda.mobile.yaml", "robot-model"),
}


@pytest.mark.parametrize("what", MOBILE_CHANGES)
def test_a_wrong_file_of_a_mobile_robot_is_told_with_its_place(tmp_path, what):
    for name in ("panda", "mobile-panda"):
        shutil.copytree(find_robot("panda").mjcf.parent.parent / name, tmp_path / name)
    before, after, code = MOBILE_CHANGES[what]
    path = tmp_path / "mobile-panda" / "mobile-panda.mobile.yaml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(InputError) as told:
        load_robot(path)
    assert all(one.span and one.span.file == str(path) for one in told.value.findings)
    assert any(code in one.code for one in told.value.findings)


@pytest.mark.parametrize("name", ROBOTS)
def test_the_files_of_the_built_in_robots_have_no_findings_and_a_wrong_one_has(name, tmp_path):
    robots = find_robot("panda").mjcf.parent.parent
    shutil.copytree(robots, tmp_path / "robots")
    (path,) = (tmp_path / "robots" / name).glob(f"{name}.*.yaml")
    assert check_files([path], deployed).findings == ()
    path.write_text(path.read_text().replace("low: -", "low: 9"))
    findings = check_files([path], deployed).findings
    assert {one.code for one in findings} == {"robot-limits"}
    assert len(findings) >= 3, "all at once"
    assert set(check_text(path.read_text(), path, deployed)) == set(findings)
