"""Scripted skills: what an activation answers, step by step."""

import pytest

from tests.gates import own_gate
from treehand.core.clock import VirtualClock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    FailureCode,
    HaltStep,
    Skill,
    SkillContext,
    SkillStep,
    StepStatus,
)
from treehand.skills.domain import Facts, FactsView, parse_call
from treehand.skills.testing import ScriptedAnswer, ScriptedSkill


@pytest.fixture
def context(facts: Facts) -> SkillContext:
    return SkillContext(
        call=parse_call("go_to(table)"),
        attempt=1,
        gate=own_gate(None),
        clock=VirtualClock(),
        facts=FactsView(facts),
        random=KeyedRandom(0),
        note=lambda text: None,
    )


def started(script: ScriptedSkill, context: SkillContext) -> Skill:
    skill = script(context)
    skill.start()
    return skill


def test_each_activation_goes_on_where_the_last_one_ended(context):
    script = ScriptedSkill(["grasp-missed", FailureCode.TIMEOUT, "SUCCESS"])
    steps = [started(script, context).step() for _ in range(4)]
    assert [step.code for step in steps[:2]] == [FailureCode.GRASP_MISSED, FailureCode.TIMEOUT]
    assert [step.status for step in steps[2:]] == [StepStatus.SUCCESS] * 2


def test_seconds_pass_before_the_next_answer(context):
    skill = started(ScriptedSkill([2, "SUCCESS"]), context)
    assert skill.step() == skill.step() == SkillStep.running(2.0)
    context.clock.wait_until(2.0)
    assert skill.step() == SkillStep.success()


def test_a_function_is_called_just_before_the_answer_that_follows(context):
    calls = []
    script = [lambda: calls.append("before"), 1, lambda: calls.append("after"), "SUCCESS"]
    skill = started(ScriptedSkill(script), context)
    skill.step()
    assert calls == ["before"]
    context.clock.wait_until(1.0)
    skill.step()
    assert calls == ["before", "after"]


def test_an_exception_is_raised(context):
    skill = started(ScriptedSkill([ZeroDivisionError("oh")]), context)
    with pytest.raises(ZeroDivisionError, match="oh"):
        skill.step()


def test_halting_takes_as_long_as_it_is_told_in_every_activation(context):
    script = ScriptedSkill([60], halts=2)
    for _ in range(2):
        skill = started(script, context)
        answers = [skill.halt() for _ in range(4)]
        assert answers == [HaltStep.RUNNING] * 2 + [HaltStep.DONE] * 2


@pytest.mark.parametrize("answers", [[], ["sucess"], [1, print]])
def test_a_script_without_an_answer_is_refused(answers: list[ScriptedAnswer]):
    with pytest.raises(ValueError, match=r"needs an answer|sucess"):
        ScriptedSkill(answers)
