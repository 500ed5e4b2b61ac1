"""What a retry does again, and what it leaves out."""

from dataclasses import replace

import pytest

from tests.conftest import Bench, believe
from treehand.core.events import StepSkipped
from treehand.skills import FailureCode, SkillStep
from treehand.skills.domain import PortModel
from treehand.skills.testing import ScriptedSkill
from treehand.trees import (
    CompiledTree,
    PathPattern,
    Substitution,
    TreeLibrary,
    cause_of,
    parse_tree,
)

MISSED, DROPPED = FailureCode.GRASP_MISSED, FailureCode.GRASP_DROPPED
BLOCKED, LOST = FailureCode.PATH_BLOCKED, FailureCode.OBJECT_NOT_FOUND


def tree(root: str) -> str:
    return f"tree: t\nroot:\n{root}"


def kept(run):
    return [str(event.call) for event in run.events if isinstance(event, StepSkipped)]


def test_a_step_of_an_earlier_round_is_left_out_once_only(bench):
    """A repeat inside a retry: what the first round did does not stand for the second."""
    run = bench(
        tree("""  repeat: 2
  retry: {attempts: 2, on: [grasp-missed]}
  sequence: [{do: go_to(table)}, {do: open(fridge)}]""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    there = run.seeing("at(table)")
    run.script("go_to(table)", there, "SUCCESS", MISSED, there, "SUCCESS")
    run.script("open(fridge)", *[run.seeing("is_open(fridge)"), "SUCCESS"] * 3)
    believe(run.facts, "at(table)")
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 2
    assert kept(run) == ["go_to(table)"], "opening had not begun in the second round"


def test_waiting_for_a_resource_costs_no_replay(bench):
    run = bench(
        tree("""  retry: {attempts: 3, on: [timeout], replays: 1}
  sequence: [{do: open(fridge)}, {do: look_for(apple), timeout: 1 s}]""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    run.script("open(fridge)", *[run.seeing("is_open(fridge)"), "SUCCESS"] * 3)
    run.script("look_for(apple)", 9.0, run.seeing("located(apple)"), "SUCCESS", halts=3)
    run.tick()
    believe(run.facts, "not is_open(fridge)")
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 2


def test_each_activation_of_a_retry_has_its_own_replays(bench):
    run = bench(
        tree("""  repeat: 2
  sequence:
    - sequence: [{do: open(fridge)}, {do: look_for(apple)}]
      retry: {attempts: 3, on: [object-not-found], replays: 1}""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    closes = run.seeing("not is_open(fridge)")
    run.script("open(fridge)", *[run.seeing("is_open(fridge)"), "SUCCESS"] * 4)
    run.script("look_for(apple)", *[closes, 0.1, LOST, closes, 0.1, "SUCCESS"] * 2)
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 4


def test_the_step_before_another_attempt_is_never_left_out(bench):
    run = bench(
        tree("""  retry: {attempts: 2, on: [path-blocked]}
  sequence:
    - do: open(fridge)
      retry: {attempts: 2, on: [door-jammed], first: look_for(apple)}
    - {do: go_to(table)}""")
    )
    believe(run.facts, "hand_empty()", "located(apple)", "not is_open(fridge)")
    jammed = FailureCode.DOOR_JAMMED
    run.script("open(fridge)", *[jammed, run.seeing("is_open(fridge)"), "SUCCESS"] * 2)
    run.script("look_for(apple)", "SUCCESS")
    run.script("go_to(table)", run.seeing("not is_open(fridge)"), 0.1, BLOCKED, "SUCCESS")
    assert run.run() == "SUCCESS", cause_of(run.compiled.root)
    assert run.made.count("look_for(apple)") == 2


def test_a_step_before_another_attempt_has_its_default_inputs(bench, deployment):
    look = deployment.domain.skills["look_for"]
    port = PortModel(type="number", default=2.0)
    run = bench(tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}"))
    run.runtime.domain = deployment.domain.model_copy(
        update={
            "skills": {
                **deployment.domain.skills,
                "look_for": look.model_copy(update={"inputs": {"force": port}}),
            }
        }
    )
    text = tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}")
    run.compiled = CompiledTree(parse_tree(text, file="t"), {}, TreeLibrary({}), run.runtime)
    believe(run.facts, "on(apple, table)", "hand_empty()")
    run.script("pick(apple)", DROPPED, "SUCCESS")
    run.script("look_for(apple)", "SUCCESS")
    run.run()
    assert [a.inputs for a in run.activations if a.call.name == "look_for"] == [{"force": 2.0}]


@pytest.fixture
def weighing(deployment):
    """The kitchen, in which looking gives out a mass."""
    mass = PortModel(type="number", unit="kg")
    skills = dict(deployment.domain.skills)
    bare = {"preconditions": (), "resources": (), "side_effects": ()}
    skills["look_for"] = skills["look_for"].model_copy(
        update={"outputs": {"mass_kg": mass}, **bare}
    )
    return replace(deployment, domain=deployment.domain.model_copy(update={"skills": skills}))


def weighed(*masses):
    return [SkillStep.success(outputs={"mass_kg": mass}) for mass in masses]


def test_a_measurement_that_a_condition_refused_is_taken_again(weighing):
    run = Bench(
        weighing,
        tree("""  sequence:
    - {do: look_for(apple), out: {mass_kg: m}}
    - {check: m < 5}
  retry: {attempts: 3, on: [condition-false]}"""),
    )
    believe(run.facts, "located(apple)")
    run.script("look_for(apple)", *weighed(9.0, 7.0, 3.0))
    assert run.run() == "SUCCESS"
    assert len(run.made) == 3


def test_a_step_whose_output_was_never_written_is_done_again(weighing):
    run = Bench(
        weighing,
        tree("""  sequence:
    - {do: look_for(apple), out: {mass_kg: m}, timeout: 1 s}
    - {check: m < 5}
  retry: {attempts: 2, on: [timeout]}"""),
    )
    run.script("look_for(apple)", 9.0, *weighed(3.0))
    run.tick()
    believe(run.facts, "located(apple)")
    assert run.run() == "SUCCESS"
    assert len(run.made) == 2


def test_a_double_may_stand_in_for_the_step_before_another_attempt(bench):
    text = tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}")
    for stand_in in (["SUCCESS"], ScriptedSkill(["SUCCESS"])):
        run = bench(
            text, substitutions=[Substitution(PathPattern("**first look_for(*)"), stand_in)]
        )
        believe(run.facts, "on(apple, table)", "hand_empty()")
        run.script("pick(apple)", DROPPED, "SUCCESS")
        run.run()
        assert run.made.count("pick(apple)") == 2
        assert run.runtime.options.substitutions.unused() == ()


def test_a_timeout_names_the_step_that_ran(bench):
    run = bench(tree("  timeout: 5 s\n  sequence: [{do: go_to(table)}, {do: look_for(apple)}]"))
    run.script("go_to(table)", "SUCCESS")
    run.script("look_for(apple)", 99.0)
    assert run.run() == "FAILURE"
    assert str(cause_of(run.compiled.root).call) == "look_for(apple)"


def test_a_failure_without_a_reason_is_retried_too(bench):
    """An empty fallback fails, and tells no code."""
    run = bench(tree("  {fallback: [], retry: {attempts: 3, on: any}}"))
    assert run.run() == "FAILURE"
    assert len([event for event in run.events if event.event == "retried"]) == 2
