"""Time limits: how they are said, planned for, shown and kept."""

import pytest

from tests.readings import kind, words
from treehand.planners import Infeasible, Plan, TimeLimit, time_limit_of

SAID = {
    "clean the kitchen within 5 minutes": ("clean the kitchen", 300.0),
    "within half an hour, open the fridge": ("open the fridge", 1800.0),
    "open the fridge in under 90s": ("open the fridge", 90.0),
    "in the next two mins open the fridge": ("open the fridge", 120.0),
    "open the fridge in no more than an hour": ("open the fridge", 3600.0),
    "open the fridge within twenty-five minutes from now": ("open the fridge", 1500.0),
    "in(glass, sink) within 1,5 min": ("in(glass, sink)", 90.0),
}
NOT_SAID = [
    "put the glass in the sink in 5 minutes",
    "is the glass within reach",
    "stay within 5 m",
    "open the fridge within 5 hs",
    "open the fridge within 0 s",
    "open the fridge within 999999999 hours",
]


@pytest.mark.parametrize("text", SAID)
def test_how_a_limit_is_said(text):
    limit = time_limit_of(text)
    assert (limit.rest, limit.within_s) == SAID[text]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_no_limit(text):
    assert time_limit_of(text) == TimeLimit(text)


@pytest.mark.parametrize(
    "text",
    [
        "open the fridge within 5 minutes and close the drawer within an hour",
        "do not open the fridge within five minutes",
        "put the red mug in the sink, never open the fridge within 10 minutes",
        "put the red mug in the sink before five minutes",
        "put the red mug in the sink before 5 seconds are over",
        "open the fridge within 0 s",
        "put the red mug in the sink in 5 minutes",
    ],
)
def test_what_may_be_meant_for_a_part_or_is_no_limit_is_asked_about(session, text):
    assert kind(session.understand(text)) == "question"


def test_a_limit_in_front_is_for_all(session):
    goal = session.understand(
        "within 10 minutes, put the milk in the fridge, never open the drawer"
    )
    assert (kind(goal), goal.within_s) == ("goal", 600.0), words(goal)


def test_a_limit_is_part_of_the_goal_its_words_and_its_hash(session):
    text = "put the glass in the sink within 2 minutes"
    goal = session.understand(text)
    assert (goal.text, goal.within_s) == (text, 120.0)
    assert words(goal).endswith("within 120 s")
    plan = session.plan(goal)
    assert isinstance(plan, Plan)
    assert plan.tree.root.timeout == 120.0
    assert "without failures it takes 21 of 120 s" in plan.certificate.checked
    other = session.plan(goal.model_copy(update={"within_s": 121.0}))
    assert other.hash != plan.hash


def test_a_limit_outlives_a_question(session):
    goal = session.understand("put the mug in the sink within 2 minutes")
    assert (kind(goal), goal.within_s) == ("question", 120.0)
    answered = session.answered(goal, goal.options[0])
    assert (kind(answered), answered.within_s) == ("goal", 120.0)


def test_too_little_time_is_said_with_what_it_takes(session):
    goal = session.understand("put the glass in the sink and the milk in the fridge within 10 s")
    plan = session.plan(goal)
    assert isinstance(plan, Infeasible)
    message = plan.message(session.deployment.domain)
    assert "more than the 10 s there are" in message
    assert "no plan takes less than" in message
