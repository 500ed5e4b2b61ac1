"""Stand-ins by path pattern, through the front door."""

import pytest

from tests.driving import run_goal_in
from treehand.core.errors import InputError
from treehand.core.events import SkillStarted
from treehand.orchestrator.running.result import Outcome
from treehand.skills.testing import ScriptedSkill
from treehand.trees import PathPattern, Substitution, Substitutions, require_answers


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("a/b/pick(mug)", True),
        ("**/pick(mug)", True),
        ("**/pick(*)", True),
        ("*/pick(mug)", False),
        ("a/*/pick(mug)", True),
        ("a/**", True),
        ("**", True),
        ("pick(mug)", False),
        ("a/b/pick(mu.)", False),
    ],
)
def test_a_star_is_one_level_and_two_are_any(pattern, fits):
    assert PathPattern(pattern).fits("a/b/pick(mug)") is fits


def test_a_number_in_brackets_is_meant_as_it_stands():
    assert PathPattern("a/pick(mug)[2]").fits("a/pick(mug)[2]")


def test_no_pattern_takes_exponential_time():
    assert not PathPattern("*a" * 60 + "b").fits("a" * 200)
    assert PathPattern("**/" * 60 + "b").fits("a/" * 80 + "b")


def test_a_double_answers_instead_of_a_whole_branch(bench):
    text = """
tree: t
root:
  fallback:
    - sequence:
        - {do: pick(apple)}
        - {do: pick(bowl_1)}
      name: branch
    - {do: look_for(apple)}
"""
    double = Substitution(PathPattern("*/branch"), ("RUNNING", "RUNNING", "grasp-dropped"))
    run = bench(text, substitutions=[double])
    run.script("look_for(apple)", "SUCCESS")
    assert [run.tick() for _ in range(3)] == ["RUNNING", "RUNNING", "SUCCESS"]
    assert run.made == ["look_for(apple)"]


def test_a_scripted_skill_serves_the_leaves_that_fit(session):
    session.substitute("**/pick(red_mug)", ScriptedSkill(["grasp-missed", "grasp-missed", 2.0]))
    started = []
    session.watch(lambda event: started.append(event) if isinstance(event, SkillStarted) else None)
    result = run_goal_in(session, "put the red mug in the dishwasher")
    assert result.outcome is not Outcome.SUCCESS
    assert result.failures["grasp-missed"] == 2
    assert "pick(red_mug)" in {str(event.call) for event in started}


def test_a_pattern_that_fits_nothing_is_said(session):
    session.substitute("**/pick(nothing)", ["SUCCESS"])
    result = run_goal_in(session, "put the apple in the fridge")
    assert "no node was replaced for these: **/pick(nothing)" in result.message


@pytest.mark.parametrize("answers", [[], ["SUCESS"], ["grasp-droped"]])
def test_an_answer_that_is_none_is_bad_input(session, answers):
    with pytest.raises(InputError) as caught:
        session.substitute("**", answers)
    assert caught.value.findings[0].code == "wrong-answer"


def test_answers_are_statuses_and_failure_codes():
    assert require_answers(["RUNNING", "timeout"]) == ("RUNNING", "timeout")
    with pytest.raises(ValueError, match="needs an answer"):
        ScriptedSkill([])
    with pytest.raises(ValueError, match="sucess"):
        ScriptedSkill(["sucess"])
    assert Substitutions([]).find("a") is None
