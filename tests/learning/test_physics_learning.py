"""Demonstrations and evaluations in the physics kitchen, through the command line."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

NEEDED = ("mujoco", "pyarrow", "av", "torch", "scipy")
if any(importlib.util.find_spec(name) is None for name in NEEDED):
    pytest.skip("needs: pip install 'treehand[learn,physics,test,vla]'", allow_module_level=True)

import mujoco

from tests.calling import called
from treehand.learning.datasets.reader import Dataset
from treehand.learning.evaluation.attempting import attempt
from treehand.learning.practice.practising import PracticeSettings, practise
from treehand.learning.practice.teaching_world import teaching_world
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills import LessonPlan, Pose
from treehand.skills.contracts.kinematics import damped_solution
from treehand.skills.domain import Call, Fact
from treehand.worlds.physics.skills.grasp_planning import clearance_m
from treehand.worlds.physics.teaching.school import lesson_for
from treehand.worlds.physics.teaching.teacher import HandState

WORLD = ("--world", "kitchen-physics")
GOAL = "put the can in the bin"


@pytest.fixture(scope="module")
def cans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "cans"
    result = called(
        *("demo", GOAL, *WORLD, "--episodes", "3", "--camera", "wrist", "--size", "64"),
        *("--inject", "grasp-dropped@pick(can):1", "--out", folder, "--json"),
    )
    if "no-opengl" in result.err:
        pytest.skip(result.err)
    assert result.code == 0, result.err
    return folder, json.loads(result.out)


def test_a_demonstration_shows_the_failure_and_the_recovery(cans):
    folder, told = cans
    dataset = Dataset(folder)
    assert told["episodes"] == len(dataset.episodes) == 3
    assert all(one["is_success"] and one["has_recovered"] for one in told["runs"])
    for row in dataset.episodes:
        picks = [s for s in row.segments if s.call == "pick(can)"]
        assert [(s.attempt, s.ending, s.code) for s in picks[:2]] == [
            (1, "failure", "grasp-dropped"),
            (2, "success", None),
        ]
        assert {s.words for s in picks} == {"pick up can"}
    frames = dataset.frames
    assert not all(frames.column("attempt_succeeded").to_pylist())


def test_the_actions_lead_from_each_frame_to_the_next(cans):
    """The commanded joint motion, summed up, is where the joints went."""
    dataset = Dataset(cans[0])
    names = dataset.names("observation.state")
    joints = dataset.state[:, [i for i, n in enumerate(names) if n.startswith("joint_rad.")]]
    row = dataset.episodes[0]
    went = joints[row.end - 1] - joints[row.first]
    commanded = dataset.action[row.first : row.end - 1, :7].sum(axis=0) / dataset.info.fps
    assert np.abs(went - commanded).max() < 0.05
    assert dataset.hand_velocity is not None
    assert 0.1 < np.abs(dataset.hand_velocity[:, :3]).max() < 3.0


def test_a_dataset_trains_a_policy_that_is_evaluated_beside_controls(cans, tmp_path):
    trained = called(
        *("finetune", cans[0], "--skill", "pick", "--base", "tiny", "--steps", "5"),
        *("--instruction", "pick up the {0}", "--out", tmp_path / "picker", "--json"),
    )
    assert trained.code == 0, trained.err
    assert json.loads(trained.out)["lessons"][0]["demonstrations"] == 3
    found = called(
        *("evaluate", tmp_path / "picker", "--skill", "pick", "--call", "pick(can)"),
        *("--seeds", "500..500", *WORLD, "--json", "--html", tmp_path / "report.html"),
    )
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert told["n"] == 1
    assert set(told["contenders"]) == {"picker", "picker, untrained", "picker, blind", "scripted"}
    assert told["contenders"]["scripted"]["success_rate"] == 1.0
    assert told["interval"][0] <= told["success_rate"] <= told["interval"][1]
    assert {one["seed"] for one in told["trials"]} == {500}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert told["success_rate"] == 0.0, "five steps teach nothing"
    assert page.count("<details") == 1, "controls are meant to fail, and have no strip"
    views = ("overview", "wrist")
    assert all(f"picker, pick(can), seed 500: {one}, 8 pictures" in page for one in views)
    assert page.count("data:image/png;base64,") == len(views)
    assert "--call &#39;pick(can)&#39; --no-controls --seeds 500..500 --world kitchen-phys" in page


def test_a_policy_practises_and_the_best_round_is_kept(tmp_path):
    """Too short to learn anything: the machinery is tried, nightly runs tell what it is worth."""
    found = called(
        *("practise", "pick(can)", "pick(red_mug)", "open(drawer)", "put_in(can, *)", *WORLD),
        *("--randomize", "anywhere", "--worlds", "2", "--states", "5", "--size", "32"),
        *("--base", "tiny", "--steps", "3", "--rounds", "1", "--trials", "1"),
        *("--out", tmp_path / "picker", "--json"),
    )
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert (told["lessons"][0]["frames"], told["lessons"][0]["steps"]) == (10, 3)
    config = json.loads((tmp_path / "picker/config.json").read_text())
    assert config["serves"] == {"pick": ["can", "red_mug"], "open": ["drawer"], "put_in": ["can"]}
    assert "sink" in config["places"]["put_in"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["picker"]
    assert (tmp_path / "picker/model.safetensors").exists()


@pytest.mark.slow
def test_a_killed_practice_goes_on_from_its_last_finished_round(tmp_path):
    """The result is that of a practice that nobody killed, to the last bit of the weights."""
    given = ("practise", "pick(can)", *WORLD, "--randomize", "anywhere", "--worlds", "2")
    given += ("--states", "4", "--size", "32", "--base", "tiny", "--steps", "100")
    given += ("--rounds", "2", "--attempts", "1", "--trials", "1", "--out")
    whole = called(*given, tmp_path / "whole", "--json")
    if "no-opengl" in whole.err:
        pytest.skip(whole.err)
    assert whole.code == 0, whole.err
    again = (*map(str, given), str(tmp_path / "again"))
    killed = subprocess.Popen(
        [sys.executable, "-u", "-m", "treehand", *again], stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    for line in killed.stdout:
        if line.startswith("round 2: step 100"):
            break
    killed.kill()
    killed.communicate()
    assert (tmp_path / "again.partial" / "last_round_1").is_dir()
    assert not (tmp_path / "again").exists()
    other = called(*again, "--seed", "7")
    assert "an interrupted practice with other settings" in other.err
    resumed = called(*again)
    assert resumed.code == 0, resumed.err
    assert "round 1:" not in resumed.out
    names = [tmp_path / name / "model.safetensors" for name in ("whole", "again")]
    assert names[0].read_bytes() == names[1].read_bytes()
    assert not (tmp_path / "again.partial").exists()


def test_an_error_after_a_finished_round_leaves_what_the_same_practice_goes_on_from(tmp_path):
    folder, partial = tmp_path / "picker", tmp_path / "picker.partial"
    settings = PracticeSettings(
        calls=("pick(can)",),
        cameras=("wrist",),
        **{"rounds": 2, "worlds_n": 1, "states_n": 2, "steps_n": 2, "trials_n": 1, "side": 32},
    )
    overrides = DeploymentOverrides(world="kitchen-physics")

    def fail_in_the_second_round(at):
        if at.round == 2:
            raise RuntimeError("the display is gone")

    with pytest.raises(RuntimeError):
        practise(overrides, settings, folder, fail_in_the_second_round)
    assert (partial / "last_round_1").is_dir()
    rounds = []
    practise(overrides, settings, folder, lambda at: rounds.append(at.round))
    assert set(rounds) == {2}
    assert folder.is_dir()
    assert not partial.exists()


SHORT = ("--worlds", "1", "--states", "2", "--base", "tiny", "--size", "32", "--trials", "1")


def test_a_skill_that_is_impossible_on_the_held_out_seeds_costs_no_practice(tmp_path):
    """The fridge begins closed: there is nothing to close, and only the can is tried."""
    told = called(
        *("practise", "pick(can)", "close(fridge)", *WORLD, *SHORT, "--steps", "2"),
        *("--rounds", "1", "--out", tmp_path / "both"),
    )
    assert told.code == 0, told.err
    assert "of 1 held-out trials succeeded" in told.out
    none = called(
        *("practise", "close(fridge)", *WORLD, *SHORT, "--steps", "2", "--rounds", "1"),
        *("--out", tmp_path / "none"),
    )
    assert (none.code, "no call of 'close" in none.err) == (2, True), none.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fly(can)",), "no skill 'fly'"),
        (("wipe(counter, sponge)",), "nobody teaches 'wipe'"),
        (("pick(unicorn)",), "there is no 'unicorn'"),
        (("pick(can, sink)",), "no call of 'pick' with 1 arguments"),
        (("pick(",), "no call of a skill"),
        (("put_in(milk, drawer)",), "possible in no world"),
        (("pick", "--camera", "nose"), "no camera 'nose'"),
        (("pick(can)", "--world", "kitchen"), "no camera 'wrist'"),
        (("pick(can)", "--cpu-minutes", "1"), "--steps or --cpu-minutes"),
    ],
)
def test_what_cannot_be_practised_is_said(tmp_path, arguments, told):
    short = ("--worlds", "1", "--states", "2", "--base", "tiny", "--size", "32", "--steps", "1")
    result = called("practise", *WORLD, *short, "--out", tmp_path / "x", *arguments)
    assert result.code == 2, result.err
    assert told in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "call", ["pick(red_mug)", "pick(plate_1)", "open(drawer)", "close(fridge)"]
)
def test_a_teacher_does_what_it_teaches(call):
    """Its advice, taken in closed loop through inverse kinematics, reaches the goal."""
    name, _, thing = call.rstrip(")").partition("(")
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize="anywhere"), looks_here=False
    )
    with Robot(place, workspace=None, settings=RobotSettings(seed=4)) as robot:
        world = robot.world.world
        lesson = lesson_for(world.robot, np.random.default_rng(4), Call(name, (thing,)))
        poses = world.simulation.poses
        followed(world, lesson)
        done = {
            "pick": lambda: poses.is_lifted(thing),
            "open": lambda: poses.opening(thing) > 0.8,
            "close": lambda: poses.opening(thing) < 0.12,
        }
        assert done[name]()


def followed(world, lesson, for_s=9.0):
    """Take the advice of a lesson's teacher for some time."""
    arm, simulation, teacher = world.robot, world.simulation, lesson.teacher
    closed_s = time_s = 0.0
    while time_s < for_s:
        joints = arm.measured()["joint_rad"]
        pose = arm.kinematics.hand(joints)
        is_closed = simulation.grip_n > 0 and abs(simulation.width_m - teacher.width_m) < 0.008
        closed_s = closed_s + 0.04 if is_closed else 0.0
        opening = simulation.poses.opening(lesson.door) if lesson.door else 0.0
        velocity, grip_n = teacher.advice(HandState(pose, simulation.width_m, closed_s, opening))
        turned = [pose.rotation @ velocity[:3], pose.rotation @ velocity[3:]]
        rates = damped_solution(arm.kinematics.jacobian(joints), np.concatenate(turned), 1e-4)
        arm.apply(np.array([*rates, grip_n]))
        time_s += 0.04
        world.advance(time_s)


def test_a_handle_that_is_held_askew_is_led_on():
    """The pads stay apart by more than the bar, and the advice goes on as if they did not."""
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        draws = np.random.default_rng(1)
        lesson = lesson_for(robot.world.world.robot, draws, Call("open", ("drawer",)))
        teacher = lesson.teacher
        pose = Pose(*teacher.grasp(0.2).frame())
        for wider_m in (0.0, 0.02):
            hand = HandState(pose, teacher.width_m + wider_m, closed_s=1.0, opening=0.2)
            actions = teacher.chunk(hand, 8, 0.04)
            assert (np.linalg.norm(actions[:, :3], axis=1) > 0.05).all()
            assert (actions[:, 6] > 0.0).all()


def test_lessons_draw_hands_that_have_tilted():
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        draws = np.random.default_rng(1)
        lesson = lesson_for(robot.world.world.robot, draws, Call("open", ("drawer",)))
        upright = [lesson.drawn().hand.pose.rotation[2, 2] for _ in range(100)]
    assert np.quantile(np.arccos(np.clip(-np.array(upright), -1.0, 1.0)), 0.75) > 0.07


@pytest.mark.parametrize("item", ["milk", "sponge", "plate_1"])
def test_one_grasp_is_taught_of_a_thing_that_shows_how_it_is_turned(item):
    """Where the nearest one changes, the mean of both is to stand still."""
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        draws = np.random.default_rng(1)
        lesson = lesson_for(robot.world.world.robot, draws, Call("pick", (item,)))
        over = lesson.teacher.grasps[0].lifted(0.3)
        hands = [
            HandState(Pose(*replace(over, turn_rad=turn_rad).frame()), 0.08)
            for turn_rad in np.arange(-3.0, 3.0, 0.5)
        ]
        aims = {lesson.teacher.aim(hand) for hand in hands}
    assert len(aims) == 1


@pytest.mark.parametrize("item", ["can", "apple"])
def test_a_hand_over_a_thing_of_revolution_is_taught_no_turn(item):
    """No picture shows which of its grasps is meant."""
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        draws = np.random.default_rng(1)
        teacher = lesson_for(robot.world.world.robot, draws, Call("pick", (item,))).teacher
        over = teacher.grasps[0].lifted(0.3)
        for turn_rad in over.turn_rad + np.linspace(-0.1, 0.1, 5):
            hand = HandState(Pose(*replace(over, turn_rad=turn_rad).frame()), 0.08)
            assert np.allclose(teacher.advice(hand)[0][3:], 0.0, atol=1e-6)


def test_the_taught_place_on_a_rim_does_not_turn_with_the_plate():
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        arm = robot.world.world.robot
        taught = set()
        for yaw_rad in (0.0, 0.2, 0.4):
            turned = [np.cos(yaw_rad / 2), 0.0, 0.0, np.sin(yaw_rad / 2)]
            arm.simulation.data.joint("plate_1").qpos[3:] = turned
            mujoco.mj_forward(arm.simulation.model, arm.simulation.data)
            call = Call("pick", ("plate_1",))
            lesson = lesson_for(arm, np.random.default_rng(1), call, varies=False)
            taught.add(tuple(round(one.turn_rad, 2) for one in lesson.teacher.grasps))
    assert len(taught) == 1


def test_open_fingers_have_room_at_a_taught_grasp():
    """Between two bowls a rim is in the way of a finger that opens further than it has to."""
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize="anywhere"), looks_here=False
    )
    room_m = []
    for seed in range(930_000, 930_006):
        with teaching_world(place, seed) as (_, world):
            arm = world.robot
            call = Call("pick", ("bowl_1",))
            grasps = lesson_for(arm, np.random.default_rng(1), call, varies=False).teacher.grasps
            station = arm.library.stations[arm.perception.tracked["bowl_1"].fact.terms[1]]
            points = np.array([one.frame()[0] for one in grasps])
            yaws = np.array([one.yaw_rad for one in grasps])
            open_m = arm.model.gripper.open_m
            room_m.extend(clearance_m(arm, ("bowl_1",), station, points, yaws, open_m))
    assert min(room_m) > 0.0


def test_lessons_leave_the_kitchen_as_it_was():
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    with Robot(place, workspace=None, settings=RobotSettings(seed=1)) as robot:
        world = robot.world.world
        before = world.simulation.state_hash(), str(world.tracker.tracked)
        for call in (Call("put_in", ("can", "fridge")), Call("open", ("drawer",))):
            plan = LessonPlan(call, 3, 8, 0.04, ("wrist",), (32, 32))
            states = list(world.lessons(plan))
            assert len(states) == 3
            assert all(one.velocities.shape == (8, 6) for one in states)
        assert (world.simulation.state_hash(), str(world.tracker.tracked)) == before


@pytest.mark.parametrize("call", ["pick(red_mug)", "open(drawer)", "put_in(can, sink)"])
def test_a_teacher_labels_what_another_came_to(call):
    """Where the scripted skill came to, the teacher closes and opens the fingers as that did."""
    name, _, things = call.rstrip(")").partition("(")
    call = Call(name, tuple(things.split(", ")))
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize="anywhere"), looks_here=False
    )
    with teaching_world(place, seed=3) as (robot, world):
        world.vary(call)
        robot.look()
        moments, first = [], []
        world.record(moments.append)
        done = attempt(robot, place, call, lambda: first.append(len(moments)))
        assert done is not None
        assert done.is_success
        tried = moments[first[0] :: 5]
        before = world.simulation.state_hash(), str(world.tracker.tracked)
        plan = LessonPlan(call, len(tried), 8, 0.04, ("wrist",), (32, 32))
        states = list(world.corrections(plan, tried))
        assert (world.simulation.state_hash(), str(world.tracker.tracked)) == before
    assert len(states) > len(tried) / 2
    felt = [one.proprioception["gripper_force_n"][0] > 0.0 for one in states]
    advised = [one.grips_n[0] > 0.0 for one in states]
    alike = sum(one == other for one, other in zip(felt, advised, strict=True))
    assert alike > 0.8 * len(states)
    assert any(felt)
    assert not all(advised)


def test_the_robot_knows_how_a_kitchen_was_varied():
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    home_m, at_m, known = None, [], []
    for seed in range(3):
        with teaching_world(place, seed) as (robot, world):
            home_m = world.robot.measured()["hand_m"]
            world.vary(Call("close", ("fridge",)))
            robot.look()
            assert robot.world.facts.value(Fact("is_open", ("fridge",))) is True
            truth, facts = world.truth(), robot.world.facts
            seen = [fact for fact in facts.true_facts() if fact.predicate in ("on", "in")]
            assert all(truth.value(fact) is True for fact in seen)
            known.append(len(seen))
            at_m.append(world.robot.measured()["hand_m"])
    assert min(known) > 3
    assert all(np.linalg.norm(one - home_m) > 0.01 for one in at_m)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--rate-hz", "24"), "24 Hz do not fit"),
        (("--camera", "nose"), "no camera 'nose'"),
        (("--size", "33"), "33 × 33 pixels"),
        (("--world", "kitchen"), "records no motion"),
    ],
)
def test_what_cannot_be_recorded_is_said(tmp_path, arguments, told):
    result = called("demo", GOAL, *WORLD, "--out", tmp_path / "set", *arguments)
    assert result.code == 2
    assert told in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_goal_that_is_none_ends_at_once(tmp_path):
    result = called("demo", "throw the mug at the cat", *WORLD, "--out", tmp_path / "set")
    assert result.code == 2
    assert "no-episode" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing", "--skill", "pick"), "there is no policy 'nothing'"),
        (("scripted", "--skill", "fly"), "no skill 'fly'"),
        (("scripted", "--skill", "pick", "--seeds", "5..1"), "no range of seeds"),
        (("scripted", "--skill", "pick", "--call", "pick(can, mug)"), "no call of 'pick'"),
        (("scripted", "--skill", "pick", "--randomize", "wild"), "wild"),
    ],
)
def test_what_cannot_be_evaluated_is_said(arguments, told):
    result = called("evaluate", *arguments, *WORLD)
    assert result.code == 2
    assert told in result.err
