"""Failures whose cause persists: not repeated while it stands, and answered by moving it."""

import pytest

from tests.conftest import believe, planned
from treehand.core.errors import ContractError
from treehand.skills import FailureCode, SkillStep
from treehand.skills.domain import parse_call
from treehand.trees import cause_of

BLOCKED, FULL = FailureCode.PATH_BLOCKED, FailureCode.CONTAINER_FULL
MISSED = FailureCode.GRASP_MISSED
TRIES = """tree: t
root:
  retry: {attempts: 4, on: [path-blocked, grasp-missed, container-full]}
  do: wipe(counter, sponge)
"""


def wiping(bench, *answers):
    run = bench(TRIES)
    believe(run.facts, "holding(sponge)", "on(red_mug, counter)")
    run.script("wipe(counter, sponge)", *answers)
    return run


def blocked(*names):
    return SkillStep.failure(BLOCKED, "things stand there", blocked_by=names)


def test_what_is_blocked_is_not_tried_again_while_the_cause_stands(bench):
    run = wiping(bench, blocked("red_mug"))
    assert run.run() == "FAILURE"
    assert len(run.made) == 1
    failure = cause_of(run.compiled.root)
    assert failure.code is BLOCKED
    assert failure.blockage.things == ("red_mug",)
    ended = run.events[-1]
    assert ended.blocked_by == ("red_mug",)


def test_it_is_tried_again_once_the_cause_has_gone(bench):
    run = wiping(bench, blocked("red_mug"), "SUCCESS")
    assert run.run() == "FAILURE"
    assert run.tick() == "FAILURE", "it is refused without being begun"
    believe(run.facts, "on(red_mug, stove)", "not on(red_mug, counter)", "wiped(counter)")
    assert run.run() == "SUCCESS"
    assert len(run.made) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "grasp-missed",
        "path-blocked",
        SkillStep.failure(BLOCKED, "somebody walks by", blocked_by=["a person"]),
        SkillStep.failure(BLOCKED, "it moves", blocked_by=["burner"]),
    ],
)
def test_chance_keeps_its_retries(bench, answer):
    run = wiping(bench, answer)
    assert run.run() == "FAILURE"
    assert len(run.made) == 4


def test_a_full_place_is_tried_again_when_anything_has_left_it(bench):
    run = bench("tree: t\nroot:\n  do: put_in(milk, fridge)")
    believe(
        run.facts, "holding(milk)", "is_open(fridge)", "in(apple, fridge)", "in(cheese, fridge)"
    )
    run.script("put_in(milk, fridge)", FULL.value)
    for made in (1, 2, 2):
        assert run.run() == "FAILURE"
        assert len(run.made) == made
    believe(run.facts, "not in(apple, fridge)")
    assert run.run() == "FAILURE"
    assert len(run.made) == 3


def test_an_effect_that_never_shows_is_not_missed_for_ever(bench):
    run = bench("tree: t\nroot: {retry: {attempts: 9, on: [effect-missing]}, do: open(fridge)}")
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    run.script("open(fridge)", "SUCCESS")
    assert run.run() == "FAILURE"
    assert len(run.made) == 3


@pytest.mark.parametrize(
    ("code", "begun"), [(FailureCode.OUT_OF_REACH, 2), (FailureCode.UNSUPPORTED, 1)]
)
def test_what_is_out_of_reach_stays_so_until_it_is_elsewhere(bench, code, begun):
    run = bench("tree: t\nroot: {do: pick(milk)}")
    believe(run.facts, "hand_empty()", "located(milk)", "on(milk, floor)")
    run.script("pick(milk)", code.value)
    for _ in range(4):
        assert run.run() == "FAILURE"
    assert len(run.made) == begun
    believe(run.facts, "on(milk, counter)")
    run.run()
    assert len(run.made) == (3 if code is FailureCode.OUT_OF_REACH else 1)


def test_the_planner_moves_what_is_in_the_way(session):
    facts = session.world_model.facts
    believe(facts, "in(bowl_1, sink)", "located(bowl_1)", "is_open(sink)")
    call = parse_call("put_in(red_mug, sink)")
    session.world_model.blockages.note_failure(call, FULL, "full", facts, blocked_by=("bowl_1",))
    steps = [str(step) for step in planned(session, "put the red mug in the sink").steps]
    assert steps.index("pick(bowl_1)") < steps.index("put_in(red_mug, sink)")


@pytest.mark.parametrize("wrong", [[1], 7, [None], [["a"]]])
def test_what_blocks_is_told_by_name(wrong):
    with pytest.raises(ContractError, match="wrong-result"):
        SkillStep.failure(BLOCKED, "no", blocked_by=wrong)
