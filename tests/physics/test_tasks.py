"""The tasks of `examples/tasks`: written by public doors, run, judged by the true state."""

import ast
import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

import numpy as np

from treehand.cli.app import main
from treehand.core.errors import InputError
from treehand.robots import KinematicChain, find_robot
from treehand.scenarios.benchmarks.benchmark_file import tasks_of
from treehand.scenarios.benchmarks.episode import EpisodeCondition, EpisodeRunner
from treehand.skills import damped_solution

TASKS = Path(__file__).parents[2] / "examples" / "tasks"
DOORS = ("treehand", "treehand.events", "treehand.robots", "treehand.skills")
DOORS += ("treehand.skills.domain", "treehand.worlds")


@pytest.fixture
def call(monkeypatch, capsys):
    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["treehand", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return capsys.readouterr()

    return called


def runner(name, folder=TASKS):
    (task,) = tasks_of(folder, [name])
    return EpisodeRunner(task)


def episode(run, seed, policy=None, series="tree", preset=None):
    benchmark = run.task.benchmark
    return run.run(
        EpisodeCondition(
            task=run.task.name,
            policy=policy or benchmark.policy,
            preset=preset or benchmark.presets[0],
            series=series,
            seed=seed,
        )
    )


@pytest.mark.parametrize("path", sorted(TASKS.rglob("*.py")), ids=lambda path: path.name)
def test_a_task_imports_public_names_only(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            ours = [one.name for one in node.names if one.name.startswith("treehand")]
            assert set(ours) <= {"treehand"}, path
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("treehand"):
            assert node.module in DOORS, f"{path}:{node.lineno}"
            public = importlib.import_module(node.module).__all__
            assert {one.name for one in node.names} <= set(public), f"{path}:{node.lineno}"


def test_the_files_of_the_tasks_have_no_findings(call):
    assert call("check", str(TASKS)).out == ""


def test_the_kinematic_chain_and_the_damped_solution_reach_a_point():
    chain, joints = KinematicChain(find_robot("panda")), find_robot("panda").home
    wanted = np.array([0.5, 0.1, 0.3])
    for _ in range(50):
        away = np.concatenate([wanted - chain.hand(joints).position_m, np.zeros(3)])
        joints = joints + 0.2 * damped_solution(chain.jacobian(joints), away, 1e-4)
    assert np.linalg.norm(wanted - chain.hand(joints).position_m) < 0.005


def test_the_handover_succeeds_by_the_true_state_and_says_how_late_its_decisions_are():
    run = runner("handover")
    for seed in range(1000, 1004):
        done = episode(run, seed, series="bare")
        assert done.is_success, done
    assert 0.08 <= min(done.latencies_s) < 0.12
    late = episode(run, 1003, series="slow")
    assert min(late.latencies_s) >= 0.51


def test_a_blind_handover_fails():
    run = runner("handover")
    assert not any(episode(run, seed, "blind").is_success for seed in range(1000, 1002))


@pytest.mark.parametrize("preset", ["held-out", "known"])
def test_a_drawer_is_opened_by_a_handle_that_is_found_in_depth(preset):
    run = runner("drawer")
    done = episode(run, 1000, series="bare", preset=preset)
    assert done.is_success, done
    assert not episode(run, 1000, "blind", preset=preset, series="bare").is_success


def test_what_stands_off_a_front_and_what_is_sunk_in_it_are_handles():
    eyes = module("drawer/drawer_eyes.py")
    y, z = (
        one.ravel()
        for one in np.meshgrid(np.arange(-0.15, 0.15, 0.003), np.arange(0.5, 0.7, 0.003))
    )
    x = np.full_like(y, 0.7)
    x[(abs(y - 0.05) < 0.04) & (abs(z - 0.6) < 0.008)] -= 0.035
    x[(abs(y + 0.06) < 0.03) & (abs(z - 0.6) < 0.02)] += 0.03
    points = np.stack([x, y, z], axis=1)
    front = eyes.front_of(points, np.random.default_rng(0))
    assert front.out == pytest.approx([-1, 0, 0], abs=1e-3)
    assert front.offset_m == pytest.approx(-0.7, abs=1e-3)
    found = {handle.is_sunk: handle for handle in eyes.handles_of(points, front)}
    assert found[False].at_m == pytest.approx([0.671, 0.05, 0.6], abs=0.004)
    assert found[True].at_m == pytest.approx([0.712, -0.06, 0.6], abs=0.004)
    flat = np.stack([np.full_like(y, 0.7), y, z], axis=1)
    assert eyes.handles_of(flat, eyes.front_of(flat, np.random.default_rng(0))) == []
    assert eyes.front_of(points[:50], np.random.default_rng(0)) is None


def test_a_cable_is_plugged_into_a_socket_that_a_camera_sees():
    done = episode(runner("cable"), 1000, series="bare")
    assert done.is_success, done


@pytest.mark.parametrize("task", ["handover", "drawer", "cable"])
def test_the_scenario_of_a_task_passes(task):
    """In a process of its own: OpenGL that this process has used does not survive a fork."""
    scenario = TASKS / task / f"{task}.scenario.yaml"
    command = [sys.executable, "-m", "treehand", "test", str(scenario)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def module(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, TASKS / path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def with_preset(tmp_path, task, **changes):
    """Copy the tasks, and change numbers of a task's first preset."""
    folder = tmp_path / "tasks"
    shutil.copytree(TASKS, folder)
    run = runner(task, folder)
    first = run.task.benchmark.presets[0]
    path = folder / task / "presets.yaml"
    head, rest = path.read_text(encoding="utf-8").split(f"{first}:\n")
    lines = rest.split("\n")
    for name, value in changes.items():
        index = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{name}:"))
        lines[index] = f"  {name}: {value}"
    path.write_text(head + f"{first}:\n" + "\n".join(lines), encoding="utf-8")
    return runner(task, folder)


@pytest.mark.parametrize(
    ("task", "changes", "problem"),
    [
        ("handover", {"release_n": "[5, 400]"}, "lets go at 400 N or never"),
        ("handover", {"release_n": "[.nan, 20]"}, "no range"),
        ("handover", {"release_n": "[20, 5]"}, "no range"),
        ("handover", {"dropout": "1.0"}, "sees nothing"),
        ("handover", {"friction": "0"}, "above 0"),
        ("handover", {"noise_m": "lots"}, "no range"),
        ("drawer", {"range_m": "[0.05, 0.1]"}, "before it is open"),
        ("drawer", {"friction_n": "[1, 500]"}, "harder to pull"),
        ("drawer", {"families": "[loop]"}, "'families' is ['loop']"),
        ("drawer", {"families": "[]"}, "'families' is []"),
        ("drawer", {"yaw_rad": "[-2, 2]"}, "does not face the arm"),
        ("cable", {"clearance_m": "[-0.0002, 0.001]"}, "wider than the socket"),
        ("cable", {"turn_rad": "[-3, 3]"}, "turned too far"),
        ("cable", {"stiffness": "[-1, 0.01]"}, "below 0"),
    ],
)
def test_an_impossible_preset_is_told_before_the_run(tmp_path, task, changes, problem):
    run = with_preset(tmp_path, task, **changes)
    with pytest.raises(InputError, match="impossible-preset") as caught:
        run.prepare()
    assert problem in str(caught.value)


def test_an_unstable_simulation_is_no_success(tmp_path):
    """The tool is so light that its spring explodes: the monitor tells, and nothing is believed."""
    run = with_preset(tmp_path, "handover")
    model = run.task.path.with_name("handover.xml")
    model.write_text(model.read_text(encoding="utf-8").replace('armature="0.0002"', ""))
    done = episode(run, 1000)
    assert not done.is_success
    assert "not implausible()" in done.missing
