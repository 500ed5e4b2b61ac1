"""A policy of another convention on the tabletop: refused, converted, checked and drawn."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from treehand.authoring.policy_subjects import bound_subjects
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.skills.vla import PolicyCheck
from treehand.skills.vla.conversion.ghost_picture import svg

from .benches import codes, deployment, run

MINE = f"{Path(__file__).parent / 'looking.py'}"
TEXT = f"""
world: tabletop
bindings:
  pick:
    policy:
      adapter: "{MINE}:Foreign"
      instruction: "pick up the {{item}}"
      wants:
        action:
          control: velocity
          frame: world
          gripper: closed-is-high
          dims:
            - {{label: y, unit: mm/s, low: -250, high: 250}}
            - {{label: x, unit: mm/s, low: -250, high: 250}}
            - {{label: grip, low: -1, high: 1, part: gripper, is_binary: true}}
        scaling: {{by: mean-std, mean: [5, -5, 0], std: [100, 100, 1], mask: [true, true, false]}}
        padded_to: 32
        has_batch_axis: true
      adapt: {{gripper: force, grip_n: 20, units: true, order: true}}
    until: holding(item)
    timeout: 8 s
""".lstrip("\n")


def loaded(folder, *change):
    assert all(old in TEXT for old in change[:1])
    (folder / "treehand.yaml").write_text(TEXT.replace(*change) if change else TEXT)
    return Deployment.load(DeploymentOverrides(config=folder / "treehand.yaml"))


def test_a_foreign_policy_drives_the_robot_through_its_conversion(tmp_path):
    result, robot, _ = run(deployment(tmp_path, text=TEXT))
    assert result.outcome is Outcome.SUCCESS
    robot.require_safe()
    assert {float(action[2]) for _, action in robot.sent} == {0.0, 20.0}


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (("gripper: force, ", ""), "11:20", "would fit: adapt: {gripper: force}"),
        ((", grip_n: 20", ""), "19:24", "would fit: adapt: {grip_n: 20}"),
        ((", units: true", ""), "13:13", "would fit: adapt: {units: true}"),
        ((", order: true", ""), "13:13", "would fit: adapt: {order: true}"),
        (("frame: world", "frame: tool"), "10:18", "would fit: adapt: {frame: world}"),
        (("control: velocity", "control: delta"), "9:20", "would fit: adapt: {control: velocity}"),
        (("{gripper: force", "{frame: base, gripper: force"), "19:22", "adapt: {frame: world}"),
        (("mask: [true, true, false]", "mask: [true]"), "16:18", "not of one length"),
        (("std: [100, 100, 1]", "std: [100, 0, 1]"), "16:18", "has no extent"),
        (("padded_to: 32", "padded_to: 2"), "17:20", "an action has 3 numbers"),
        (("frame: world", "frame: base\n          rotation: 6d"), "11:21", "6d-columns"),
    ],
)
def test_each_difference_is_a_finding_at_its_place(tmp_path, change, place, said):
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, *change)
    told = str(caught.value)
    assert said in told
    assert f"treehand.yaml:{place}" in told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("        padded_to: 32\n", ""), "wants: {padded_to: 32}"),
        (("padded_to: 32", "padded_to: 16"), "wants: {padded_to: 32}"),
        (("        has_batch_axis: true\n", ""), "wants: {has_batch_axis: true}"),
    ],
)
def test_an_answer_of_another_shape_names_the_option(tmp_path, change, said):
    result, robot, events = run(deployment(tmp_path, text=TEXT.replace(*change)))
    assert codes(events) == ["policy-invalid"]
    assert said in result.message
    assert robot.sent == []


def test_a_check_says_and_draws_what_the_robot_would_do(tmp_path):
    (subject,) = bound_subjects(loaded(tmp_path))
    check = PolicyCheck(subject, calls_n=2)
    found = {result.name: result for result in check.results()}
    assert found["conversion"].result == "ok"
    said = found["conversion"].detail
    assert "closed-is-high → force" in said
    assert "32 → 3 numbers" in said
    assert "mean-std undone" in said
    assert "the gripper ends open" in said
    assert len(check.path.points_m) == 17
    assert np.ptp(check.path.points_m, axis=0)[:2].max() > 0.01
    picture = ET.fromstring(svg(check.path, "<a & b>"))
    assert picture.tag.endswith("svg")
    assert len([one for one in picture.iter() if one.tag.endswith("polyline")]) == 2


def test_a_robot_limit_is_seen_by_the_check(tmp_path):
    (subject,) = bound_subjects(loaded(tmp_path, "std: [100, 100, 1]", "std: [900, 900, 1]"))
    found = {result.name: result.result for result in PolicyCheck(subject, calls_n=2).results()}
    assert "failed" in (found["limits"], found.get("conversion"))
