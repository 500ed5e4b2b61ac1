"""Entries of the blackboard: written by skills, read by later nodes, apart for every tree."""

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import FailureCode, SkillStep
from treehand.skills.domain import PortModel
from treehand.trees import cause_of


@pytest.fixture
def deployment(deployment: Deployment) -> Deployment:
    """The kitchen, with ports on two skills."""
    from dataclasses import replace

    number = PortModel(type="number", unit="n", least=0.5, most=40)
    skills = dict(deployment.domain.skills)
    plain = {"preconditions": (), "effects": (), "side_effects": (), "resources": ()}
    skills["look_for"] = skills["look_for"].model_copy(
        update={"outputs": {"force_n": number}, **plain}
    )
    default = number.model_copy(update={"default": 8.0})
    skills["pick"] = skills["pick"].model_copy(update={"inputs": {"force_n": default}, **plain})
    return replace(deployment, domain=deployment.domain.model_copy(update={"skills": skills}))


def giving(value):
    return SkillStep.success(outputs={"force_n": value})


LOOK_THEN_PICK = """
tree: t
root:
  sequence:
    - do: look_for(apple)
      out: {force_n: force}
    - {check: force >= 5}
    - do: pick(apple)
      in: {force_n: force}
"""


def ready(run, value=6.0):
    run.script("look_for(apple)", giving(value))
    run.script("pick(apple)", "SUCCESS")
    return run


def test_what_one_skill_writes_another_reads(bench):
    run = ready(bench(LOOK_THEN_PICK))
    assert run.run() == "SUCCESS"
    assert run.activations[1].inputs == {"force_n": 6.0}


def test_a_condition_compares_an_entry(bench):
    run = ready(bench(LOOK_THEN_PICK), 4.0)
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).detail == "'force >= 5' is false"


def test_an_entry_that_was_not_written_is_unknown(bench):
    run = bench("tree: t\nroot: {check: force >= 5}\n")
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).detail == "'force >= 5' is unknown"


def test_an_input_takes_its_default_or_a_fixed_value(bench):
    text = """
tree: t
root:
  sequence:
    - do: pick(apple)
    - do: pick(bowl_1)
      with: {force_n: 12}
"""
    run = bench(text)
    run.script("pick(apple)", "SUCCESS")
    run.script("pick(bowl_1)", "SUCCESS")
    assert run.run() == "SUCCESS"
    assert [made.inputs["force_n"] for made in run.activations] == [8.0, 12.0]


def test_a_skill_does_not_begin_while_its_input_is_unwritten(bench):
    run = bench("tree: t\nroot: {do: pick(apple), in: {force_n: force}}\n")
    assert run.run() == "FAILURE"
    failure = cause_of(run.compiled.root)
    assert failure.code is FailureCode.PRECONDITION_FALSE
    assert "nothing was written yet for input 'force_n'" in failure.detail
    assert run.made == []


@pytest.mark.parametrize(
    ("value", "problem"), [(99.0, "wants at most 40"), ("firm", "wants a number in n, got 'firm'")]
)
def test_a_skill_that_gives_out_something_else_than_it_declares_is_stopped(bench, value, problem):
    run = ready(bench(LOOK_THEN_PICK), value)
    assert run.run() == "FAILURE"
    failure = cause_of(run.compiled.root)
    assert failure.code is FailureCode.SKILL_ERROR
    assert problem in failure.detail


def test_a_subtree_has_entries_of_its_own_and_ports_that_wire_them(bench):
    text = """
tree: t
subtrees:
  grip:
    inputs: {strength: {type: number, unit: n}}
    outputs: {found: {type: number, unit: n}}
    root:
      sequence:
        - {check: force > 100, invert: true}
        - do: look_for(apple)
          out: {force_n: found}
        - do: pick(apple)
          in: {force_n: strength}
root:
  sequence:
    - do: look_for(bowl_1)
      out: {force_n: force}
    - subtree: grip()
      in: {strength: force}
      out: {found: other}
    - {check: other == 9 and force == 7}
"""
    run = bench(text)
    run.script("look_for(bowl_1)", giving(7.0))
    run.script("look_for(apple)", giving(9.0))
    run.script("pick(apple)", "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.activations[-1].inputs == {"force_n": 7.0}
