"""Sentences with conditions and requirements, and the goals that are read from them.

Each row of the file has a text and one of: `goal` in the text syntax; `asks`, the goals of a
question's options; `names`, the construct that a goal cannot hold; `refuses`; `answers`.
"""

import json
from pathlib import Path

import pytest

from tests.driving import Session, run_goal_in
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Answer, Goal, Question, Refusal
from treehand.planners.goals.goal_text import parse_goal, write_goal

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("conditions.jsonl").read_text().splitlines()
]


@pytest.fixture(scope="module")
def session():
    return Session(Deployment.load())


EVERY_CHANGE = 66
"""Rows that every test run reads; the rest are slow."""


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row["text"], marks=[pytest.mark.slow] * (index >= EVERY_CHANGE))
        for index, row in enumerate(ROWS)
    ],
)
def test_a_sentence_is_read_into_the_goal(row, session):
    session.reader.forget()
    facts = session.world_model.facts
    read = session.reader.read(row["text"], facts, lambda goal: False)
    match read:
        case Goal():
            assert write_goal(read) == row.get("goal")
            assert parse_goal(write_goal(read)).cases == read.cases
            assert read.words
        case Question():
            assert "names" not in row or row["names"] in read.construct
            assert [write_goal(goal) for goal in read.goals] == row.get("asks", [])
            assert "goal" not in row
        case Refusal():
            assert read.message == row.get("refuses")
        case Answer():
            assert row.get("answers") is True


@pytest.mark.parametrize(
    "text",
    [
        "if the fridge is open, close it, otherwise put the apple on the counter",
        "put the milk in the fridge, but don't leave the fridge open for more than 40 s",
        "open the fridge only after the red mug is in the sink",
    ],
)
def test_words_are_planned_and_run_as_they_are_read(text):
    session = Session(Deployment.load())
    plan = session.robot.propose(text)
    result = session.execute(plan, approved_by="the caller")
    session.close()
    assert result.world_true is True
    assert result.broken_requirements == ()


@pytest.mark.parametrize(
    "text",
    [
        "if " * 60 + "the fridge is open close it",
        "close the fridge if it is open " * 12,
        "put the milk in the fridge until the fridge is open " * 10,
        "at most one cabinet open at a time and " * 14,
    ],
)
def test_entangled_conditions_end_in_a_question(text, session):
    session.reader.forget()
    read = session.reader.read(text, session.world_model.facts, lambda goal: False)
    assert isinstance(read, Question)


def test_a_condition_that_stays_unknown_is_no_success():
    session = Session(Deployment.load())
    for node in ("look_for(blue_mug)", "find(blue_mug)"):
        session.substitute(f"**/{node}", ("FAILURE",))
    result = run_goal_in(session, "if in(blue_mug, cupboard) then on(apple, counter)")
    assert result.outcome is not Outcome.SUCCESS
    assert "on(apple, counter)" not in set(map(str, result.facts))
