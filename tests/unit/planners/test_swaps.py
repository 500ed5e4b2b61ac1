"""Things leave the places where they are now, two things for each other's."""

import pytest

from treehand.planners import Goal, Question, Refusal
from treehand.planners.goals.goal_text import write_goal


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("swap the milk and the cheese", "on(milk, counter) and on(cheese, table)"),
        ("please exchange the red mug with the glass", "on(red_mug, table) and on(glass, counter)"),
        ("can you switch the places of the second bowl and the milk", "on(bowl_2, table) and "
         "in(milk, sink)"),
    ],
)  # fmt: skip
def test_each_thing_goes_where_the_other_one_is(session, text, goal):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert write_goal(read) == goal


@pytest.mark.parametrize(
    "text",
    [
        "swap the first plate and the second plate",  # both are on the table
        "swap the milk and the fridge",
        "switch the left burner and the right burner",
    ],
)
def test_things_without_two_places_are_asked_about(session, text):
    assert isinstance(session.understand(text), Question)


def test_a_thing_goes_where_another_one_is(session):
    read = session.understand("put the milk where the cheese is")
    assert isinstance(read, Goal), read
    assert write_goal(read) == "on(milk, counter)"


def test_a_swap_is_judged_like_any_order(session):
    refusal = session.understand("swap the pan and the cheese")
    assert isinstance(refusal, Refusal)
    assert "would catch fire" in refusal.message


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("put the cheese somewhere else", "not on(cheese, counter)"),
        ("find somewhere else for the pan", "not on(pan, stove)"),
        ("move the milk and the second bowl elsewhere", "not on(milk, table) and "
         "not in(bowl_2, sink)"),
    ],
)  # fmt: skip
def test_elsewhere_is_not_where_a_thing_is_now(session, text, goal):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert write_goal(read) == goal
