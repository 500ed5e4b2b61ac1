"""Scenarios that are made of runs."""

import pytest

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal, run_tree
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.format.files import load_variants
from treehand.scenarios.run_scenario import scenario_of_run
from treehand.scenarios.running.cases import Case, run_case
from treehand.trees import parse_tree


def robot(folder, *faults, seed=0):
    settings = RobotSettings(seed=seed, experiment=Experiment(faults=faults))
    return Robot(Deployment.load(), workspace=Workspace(folder / "runs"), settings=settings)


def last_run(folder):
    workspace = Workspace(folder / "runs")
    return workspace.find_run(workspace.runs()[-1])


def test_it_has_the_runs_seed_faults_and_outcome_and_passes(tmp_path):
    faults = ("grasp-dropped@pick(red_mug):2", "close(fridge)@1000s", "fail(timeout)@pick(_)")
    with robot(tmp_path, *faults, seed=7) as one:
        result = run_goal(one, "put the red mug in the sink", by="a test")
    path = tmp_path / "made.scenario.yaml"
    path.write_text(scenario_of_run(last_run(tmp_path), path))
    (variant,) = load_variants(path)
    scenario = variant.scenario
    assert scenario.seed == 7
    assert scenario.expect.outcome == result.outcome
    assert [fault.inject for fault in scenario.faults] == ["fail(timeout)", "grasp-dropped"]
    report = run_case(Case(variant, 7))
    assert report.has_passed, report.problems
    assert report.result.sim_time_s == result.sim_time_s


def test_a_start_that_is_not_the_scenes_is_written(tmp_path):
    with robot(tmp_path) as one:
        run_goal(one, "open the fridge", by="a test")
        run_goal(one, "put the milk in the fridge", by="a test")
    path = tmp_path / "made.scenario.yaml"
    path.write_text(scenario_of_run(last_run(tmp_path), path))
    (variant,) = load_variants(path)
    assert "is_open(fridge)" in map(str, variant.scenario.start)
    assert run_case(Case(variant, variant.scenario.seed)).has_passed


def test_a_run_of_a_tree_without_a_goal_is_refused(tmp_path):
    tree = parse_tree("tree: fetch\nroot:\n  do: open(fridge)\n", file="fetch")
    with robot(tmp_path) as one:
        run_tree(one, tree, {}, by="a test")
    with pytest.raises(InputError, match="nothing-to-repeat"):
        scenario_of_run(last_run(tmp_path), tmp_path / "made.scenario.yaml")


def test_a_changed_deployment_is_told_in_the_scenario(tmp_path):
    config = tmp_path / "treehand.yaml"
    config.write_text("world: kitchen\n")
    loaded = Deployment.load(DeploymentOverrides(config=config))
    with Robot(loaded, workspace=Workspace(tmp_path / "runs"), settings=RobotSettings()) as one:
        run_goal(one, "open the fridge", by="a test")
    path = tmp_path / "made.scenario.yaml"
    assert "Changed since" not in scenario_of_run(last_run(tmp_path), path)
    config.write_text("world: kitchen\nopening: 20 s\n")
    assert "# Changed since that run: " in scenario_of_run(last_run(tmp_path), path)
