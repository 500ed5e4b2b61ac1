"""Goals as text: conditions, requirements, orders and limits, and what is wrong with them."""

import pytest

from treehand.core.literals import SyntaxFault
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.goal_text import is_goal_text, parse_goal, write_goal

GOALS = [
    "a(x)",
    "a(x) and not b(y)",
    "in(red_mug, sink); never is_open(fridge)",
    "first a(x); first b(y); c(z); within 300 s",
    "a(x); carefully",
    "a(x); within 20 s; slowly",
    "if a(x) then b(y)",
    "if a(x) then b(y) else c(z)",
    "if not a(x) and b(y) then c(z); d(x)",
    "if exists p in plate -> on(p, table) then a(x) else b(x)",
    "never a(x) for 20 s",
    "never a(x) until b(y)",
    "whenever a(x) then b(y)",
    "whenever a(x) then b(y) within 2 steps",
    "whenever a(x) or b(y) then c(z) within 0.5 s",
    "never count d in container where is_open(d) >= 2",
    "a(x); never b(y); never c(z) until a(x); whenever a(x) then b(y) within 1 step",
]


@pytest.mark.parametrize("text", GOALS)
def test_a_goal_is_written_as_it_is_read(text):
    goal = parse_goal(text)
    assert is_goal_text(text)
    again = parse_goal(write_goal(goal))
    assert again.model_copy(update={"text": text}) == goal


@pytest.mark.parametrize("text", GOALS)
def test_a_goal_is_the_same_as_json(text):
    goal = parse_goal(text)
    assert Goal.model_validate_json(goal.model_dump_json(exclude_defaults=True)) == goal


def test_conditions_within_conditions_are_written_out():
    goal = parse_goal("if a(x) then (if b(x) then c(x) else d(x)) else e(x)")
    assert [str(part) for part in goal.cases] == [
        "if a(x) and b(x) then c(x)",
        "if a(x) and not b(x) then d(x)",
        "if not a(x) then e(x)",
    ]


def test_an_else_belongs_to_the_nearest_if():
    nearest = parse_goal("if a(x) then if b(x) then c(x) else d(x)")
    bracketed = parse_goal("if a(x) then (if b(x) then c(x) else d(x))")
    assert nearest.cases == bracketed.cases


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("never a(x) for 20", "'20' has no unit", 14),
        ("never a(x) for 20 parsecs", "'parsecs' is no unit here", 14),
        ("never a(x) for 0 s", "'0 s' cannot be kept", 14),
        ("never a(x) for 999999 h", "'999999 h' cannot be kept", 14),
        ("never a(x) for 2 steps", "'steps' is no unit here", 14),
        ("whenever a(x) then b(x) within 0 steps", "'0 steps' is not a number of steps", 30),
        ("whenever a(x) then b(x) within 1.5 steps", "'1.5 steps' is not a number of steps", 30),
        ("whenever a(x) then b(x) within soon", "'soon' is not a duration", 30),
        ("whenever a(x)", "'then' is missing", 13),
        ("if a(x)", "'then' is missing", 7),
        ("if a(x) then", "expected a name, found the end of the text", 12),
        ("a(x); ; b(x)", "a part of the goal is empty", 5),
        ("a(x); within 2 min; within 3 min", "a goal has one time limit", 19),
        ("within 20; a(x)", "'20' has no unit", 6),
    ],
)
def test_a_goal_that_is_none_is_told_with_its_column(text, message, column):
    with pytest.raises(SyntaxFault) as raised:
        parse_goal(text)
    assert message in raised.value.message
    assert raised.value.column == column
    assert raised.value.hint


def test_conditions_nested_too_deep_are_refused():
    text = "if a(x) then (if b(x) then (if c(x) then (if d(x) then e(x))))"
    with pytest.raises(SyntaxFault, match="nested too deep"):
        parse_goal(text)


def test_too_many_conditions_are_refused():
    text = "; ".join(f"if a{n}(x) then b(x)" for n in range(4))
    with pytest.raises(SyntaxFault, match="4 conditions are too many"):
        parse_goal(text)


@pytest.mark.parametrize(
    "text",
    [
        "if the fridge is open, close it",
        "never open the fridge",
        "first wash the mug",
        "within 2 s",
    ],
)
def test_words_are_not_taken_for_the_syntax(text):
    assert not is_goal_text(text)
