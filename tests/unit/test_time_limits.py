"""Time limits: how they are said, planned for, shown and kept."""

import pytest

from treehand.planners import Infeasible, Plan, without_time_limit

SAID = {
    "clean the kitchen within 5 minutes": ("clean the kitchen", 300.0),
    "within half an hour, open the fridge": ("open the fridge", 1800.0),
    "open the fridge in under 90s": ("open the fridge", 90.0),
    "in the next two mins open the fridge": ("open the fridge", 120.0),
    "open the fridge in no more than an hour": ("open the fridge", 3600.0),
    "in(glass, sink) within 1.5 min": ("in(glass, sink)", 90.0),
    "open it within 1 hour and close it within 30 s": ("open it and close it", 30.0),
}
NOT_SAID = [
    "put the glass in the sink in 5 minutes",
    "is the glass within reach",
    "stay within 5 m",
    "open the fridge within 0 s",
]


@pytest.mark.parametrize("text", SAID)
def test_how_a_limit_is_said(text):
    assert without_time_limit(text) == SAID[text]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_no_limit(text):
    assert without_time_limit(text) == (text, None)


def test_a_limit_is_part_of_the_goal_its_words_and_its_hash(session):
    text = "put the glass in the sink within 2 minutes"
    goal = session.understand(text)
    assert (goal.text, goal.within_s) == (text, 120.0)
    assert goal.words.endswith("within 120 s")
    plan = session.plan(goal)
    assert isinstance(plan, Plan)
    assert plan.tree.root.timeout == 120.0
    assert "without failures it takes 21 of 120 s" in plan.certificate.checked
    other = session.plan(goal.model_copy(update={"within_s": 121.0}))
    assert other.hash != plan.hash


def test_a_limit_outlives_a_question(session):
    goal = session.understand("put the mug in the sink within 2 minutes")
    assert (goal.status, goal.within_s) == ("clarify", 120.0)
    answered = session.answered(goal, goal.options[0])
    assert (answered.status, answered.within_s) == ("plan", 120.0)


def test_too_little_time_is_said_with_what_it_takes(session):
    goal = session.understand("put the glass in the sink and the milk in the fridge within 10 s")
    plan = session.plan(goal)
    assert isinstance(plan, Infeasible)
    message = plan.message(session.deployment.domain)
    assert "more than the 10 s there are" in message
    assert "no plan takes less than" in message
