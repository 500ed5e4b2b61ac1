"""The example domains: checked and run on paper; nothing in them knows the kitchen."""

from pathlib import Path

import pytest

from treehand.authoring.check import check_files, files_in
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Plan
from treehand.scenarios import load_variants
from treehand.scenarios.format.files import Variant
from treehand.scenarios.format.model import Expectations
from treehand.scenarios.running.cases import Case, run_case
from treehand.skills.domain import conjuncts

EXAMPLES = Path(__file__).parents[2] / "examples"
GOALS = {
    "workbench": "assemble the gearbox",
    "warehouse": "pack the order for the parcel",
    "fetch": "bring Anna the glasses",
    "cable_route": "plug the pump cable into the pump",
}
SCENARIOS = sorted(
    path for path in EXAMPLES.rglob("*.scenario.yaml") if not {"tasks", "libero"} & set(path.parts)
)
"""Scenarios of the examples; those that need physics or LIBERO are tested on their own."""
ROS = sorted(path.parent.name for path in EXAMPLES.glob("ros/*/treehand.yaml"))


def deployment_of(name):
    return Deployment.load(DeploymentOverrides(config=EXAMPLES / name / "treehand.yaml"))


@pytest.mark.parametrize("name", GOALS)
def test_an_example_has_no_findings_and_no_word_of_the_kitchen(name):
    files, findings = files_in([EXAMPLES / name])
    report = check_files(files, lambda: deployment_of(name))
    assert [*findings, *report.findings] == []
    assert len(files) == 5
    assert not [path for path in files if "kitchen" in path.read_text()]


@pytest.mark.parametrize("name", ROS)
def test_each_binding_of_a_ros_interface_has_no_findings(name):
    files, _ = files_in([EXAMPLES / "ros" / name])
    report = check_files(files, lambda: deployment_of(f"ros/{name}"))
    assert report.findings == ()
    assert len(files) == 1


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_its_scenarios_pass(path):
    (variant,) = load_variants(path)
    report = run_case(Case(variant, 0))
    assert report.problems == ()
    assert report.error == ""
    assert report.result.world_true is True


@pytest.mark.slow
@pytest.mark.parametrize("name", GOALS)
def test_most_seeds_succeed_as_often_as_is_estimated(name):
    (path, *_) = [one for one in SCENARIOS if one.parent.name == name]
    (variant,) = load_variants(path)
    nothing = {"faults": (), "expect": Expectations()}
    plain = variant.scenario.model_copy(update=nothing)
    reports = [run_case(Case(Variant(path, plain), seed)) for seed in range(12)]
    assert sum(report.result.world_true is True for report in reports) >= 11


@pytest.mark.parametrize("name", GOALS)
def test_its_estimates_rest_on_the_priors_of_the_domain(name):
    with Robot(deployment_of(name), workspace=None, settings=RobotSettings()) as robot:
        plan = robot.propose(GOALS[name])
        assert isinstance(plan, Plan)
        assert plan.estimates.success_probability > 0.9


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("route the blue cable through the left clip and plug it into the fan", "in_clip plugged"),
        ("take the blue cable and plug it into the fan", "plugged"),
        ("lay both cables in the left clip", "in_clip in_clip"),
    ],
)
def test_a_step_that_may_remain_is_wanted_and_one_that_cannot_is_not(words, wanted):
    """The hand lets go of what it plugs in; a cable that is plugged in stays in its clips."""
    with Robot(deployment_of("cable_route"), workspace=None, settings=RobotSettings()) as robot:
        plan = robot.propose(words)
        assert isinstance(plan, Plan)
        assert [atom.fact.predicate for atom in conjuncts(plan.goal.formula)] == wanted.split()
