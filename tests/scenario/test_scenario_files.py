"""Every file in `scenarios/` is one test."""

from pathlib import Path

import pytest

from treehand.errors import InputError
from treehand.orchestrator.scenario import Scenario, load_scenario, run_scenario

FILES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.scenario.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split(".")[0])
def test_scenario(path):
    report = run_scenario(load_scenario(path))
    assert report.problems == ()


def test_what_is_not_as_expected_is_named():
    scenario = Scenario.model_validate(
        {
            "scenario": "wrong in every way",
            "goal": "put the apple in the fridge",
            "faults": [{"at": "pick(milk)", "inject": "grasp-missed"}],
            "expect": {
                "outcome": "failure",
                "facts": ["on(apple, table)"],
                "attempts": {"pick(apple)": 7},
                "replans": 3,
                "within": "1 s",
            },
        }
    )
    problems = run_scenario(scenario).problems
    assert len(problems) == 6
    assert "never fired" in problems[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scenario: x\ngoal: y\nexpect: {outcom: success}\n", "unknown-key"),
        ("scenario: x\ngoal: y\nexpect: {outcome: sucess}\n", "wrong-value"),
        ("scenario: x\ngoal: y\n", "missing-key"),
        ("scenario: x\ngoal: y\nexpect: {}\nfaults: [{at: pick, inject: z}]\n", "wrong-syntax"),
    ],
)
def test_a_bad_scenario_file_is_refused(tmp_path, text, code):
    path = tmp_path / "bad.scenario.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=code):
        load_scenario(path)
