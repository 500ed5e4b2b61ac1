"""What runs suggest for a domain file, and how a file is changed for it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.driving import run_goal
from treehand.cli.app import app
from treehand.documents.edits import with_entry
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.history.suggestions import suggest
from treehand.orchestrator.store.workspace import Workspace

ENTRY = "not in(x, y)"
CHANGES = {
    "a:\n  b:\n    x: 1\n    effects: [p]\n": (
        'a:\n  b:\n    x: 1\n    pre: ["{}"]\n    effects: [p]\n'
    ),
    "a: {b: {effects: [p]}}\n": 'a: {b: {pre: ["{}"], effects: [p]}}\n',
    "a: {b: {pre: [q, r,]}}\n": 'a: {b: {pre: [q, r, "{}",]}}\n',
    "a:\n  b:\n    pre: [\n      q, # c\n    ]\n": (
        'a:\n  b:\n    pre: [\n      q, "{}", # c\n    ]\n'
    ),
    "a: {b: {}}\n": 'a: {b: {pre: ["{}"]}}\n',
    "a:\r\n  b:\r\n    pre:\r\n      - q\r\n": (
        'a:\r\n  b:\r\n    pre:\r\n      - q\r\n      - "{}"\r\n'
    ),
    "a: {b: {pre: [q, r] }} # c\n": 'a: {b: {pre: [q, r, "{}"] }} # c\n',
    "a:\n  b:\n    pre: []\n": 'a:\n  b:\n    pre: ["{}"]\n',
    "a:\n  b:\n    pre:\n      - q # c\n\n    z: 1\n": (
        'a:\n  b:\n    pre:\n      - q # c\n      - "{}"\n\n    z: 1\n'
    ),
    "a:\n  b:\n    pre:\n      - q": 'a:\n  b:\n    pre:\n      - q\n      - "{}"',
    "a:\n  b:\n    pre:\n    - |\n      q\n    z: 1\n": (
        'a:\n  b:\n    pre:\n    - |\n      q\n    - "{}"\n    z: 1\n'
    ),
}


@pytest.mark.parametrize("text", CHANGES)
def test_one_entry_more_and_nothing_else_changes(text):
    after = with_entry(text, ("a", "b", "pre"), ENTRY, before="effects")
    assert after == CHANGES[text].replace("{}", ENTRY)


@pytest.mark.parametrize(
    "text", ["a: {c: {}}\n", "a: {b: }\n", "a: {b: {pre: }}\n", "a: {b: {pre: x}}\n"]
)
def test_where_there_is_no_list_nothing_is_added(text):
    with pytest.raises(ValueError, match="there is no"):
        with_entry(text, ("a", "b", "pre"), ENTRY, before="effects")


CLOSED = ("put the milk in the fridge", "put the apple in the fridge", "put the can in the fridge")
CLOSED += ("put the cheese in the fridge", "put the glass in the dishwasher")
OPEN = ("glass", "red mug", "bowl 1", "apple", "can", "milk")


@pytest.fixture(scope="module")
def lacking(tmp_path_factory) -> tuple[Deployment, Workspace, Path]:
    """A domain whose author forgot that things go into open containers only, and its runs."""
    folder = tmp_path_factory.mktemp("lacking")
    kitchen = Deployment.load(looks_here=False)
    text = kitchen.domain_path.read_text()
    path = folder / "mine.domain.yaml"
    path.write_text(text.replace("[holding(item), is_open(place)]", "[holding(item)]"))
    deployment = Deployment.load(DeploymentOverrides(domain=path), looks_here=False)
    workspace = Workspace(folder / "runs")
    goals = [*CLOSED, *(f"put the {name} in the sink" for name in OPEN)]
    outcomes = [run_goal(goal, deployment, workspace=workspace).outcome.value for goal in goals]
    assert outcomes == ["clarify"] * len(CLOSED) + ["success"] * len(OPEN)
    return deployment, workspace, path


def test_a_missing_precondition_is_found_with_its_evidence(lacking):
    deployment, workspace, _ = lacking
    evidence = suggest(workspace, deployment.domain, deployment.vocabulary, "kitchen")
    (one,) = evidence.suggestions
    assert (one.skill, one.precondition) == ("put_in", "is_open(place)")
    assert (one.failures, one.successes) == (5, 6)  # once a run, not once an attempt
    assert one.chance < 0.05
    assert evidence.runs == 11


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program 'patch'")
def test_the_diff_applies_and_cures_it(lacking, tmp_path):
    _, workspace, path = lacking
    arguments = ["suggest", "--domain", str(path), "--workspace", str(workspace.folder.parent)]
    said = CliRunner().invoke(app, arguments).stdout
    assert "put_in needs 'is_open(place)': not so in 5 of 5 failures" in said
    cured = tmp_path / "cured.domain.yaml"
    cured.write_text(path.read_text())
    command = ["patch", str(cured)]
    subprocess.run(command, input=said, text=True, check=True, capture_output=True)
    deployment = Deployment.load(DeploymentOverrides(domain=cured), looks_here=False)
    assert run_goal(CLOSED[0], deployment).outcome.value == "success"
    data = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert data["suggestions"][0]["precondition"] == "is_open(place)"
    assert data["diff"].startswith("--- ")


@pytest.mark.slow
def test_too_few_runs_suggest_nothing(lacking, tmp_path):
    deployment, _, path = lacking
    workspace = Workspace(tmp_path / "runs")
    run_goal(CLOSED[0], deployment, workspace=workspace)
    run_goal("put the glass in the sink", deployment, workspace=workspace)
    evidence = suggest(workspace, deployment.domain, deployment.vocabulary, "kitchen")
    assert evidence.suggestions == ()
    arguments = ["suggest", "--domain", str(path), "--workspace", str(tmp_path)]
    assert "nothing is suggested" in CliRunner().invoke(app, arguments).stdout


@pytest.mark.slow
def test_a_sound_domain_gets_no_suggestions(tmp_path):
    workspace = Workspace(tmp_path / "runs")
    for seed in range(4):
        run_goal("clean the kitchen", seed=seed, workspace=workspace)
    deployment = Deployment.load(looks_here=False)
    evidence = suggest(workspace, deployment.domain, deployment.vocabulary, "kitchen")
    assert evidence.suggestions == ()
    assert evidence.calls > 100
