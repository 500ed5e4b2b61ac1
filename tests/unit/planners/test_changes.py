"""A goal has its parts as phrases; nothing takes its words apart again."""

import pytest

from treehand.planners import Goal
from treehand.planners.goals.changes import difference, keep_only
from treehand.planners.goals.goal import in_words
from treehand.planners.plan import Infeasible
from treehand.skills.domain import Facts, parse_formula

APPLE, MILK = parse_formula("in(apple, fridge)"), parse_formula("in(milk, fridge)")


def goal(*parts, **more):
    formula = parse_formula(" and ".join(map(str, parts)))
    return Goal(text="tidy; up", formula=formula, **more)


def test_each_part_is_a_phrase(deployment):
    said = in_words(goal(APPLE, MILK, never=(MILK,), within_s=60.0), deployment.domain)
    assert said.parts == (
        "apple is in fridge",
        "milk is in fridge",
        "never on the way: milk is in fridge",
        "within 60 s",
    )
    assert said.words == "; ".join(said.parts)


def test_parts_are_kept_in_the_journal(deployment):
    said = in_words(goal(APPLE, MILK), deployment.domain)
    assert Goal.model_validate_json(said.model_dump_json()) == said
    assert Goal(text="old").parts == ()


def test_a_difference_is_one_of_parts(deployment):
    found = difference(goal(APPLE), goal(APPLE, MILK), deployment.domain)
    assert (found.gone, found.new) == ((), ("milk is in fridge",))


def test_an_infeasible_result_is_a_value():
    one, other = (Infeasible(goal(APPLE), (), ((APPLE, APPLE),)) for _ in range(2))
    assert one == other
    with pytest.raises(AttributeError):
        one.dropped.append((MILK, MILK))


def test_only_some_things_of_a_goal_are_kept(deployment):
    facts = Facts(deployment.vocabulary)
    both = goal(APPLE, MILK)
    assert keep_only(both, ["apple"], facts, deployment.domain).formula == APPLE
    assert keep_only(both, ["cheese"], facts, deployment.domain) is None
    assert keep_only(both, ["apple", "milk"], facts, deployment.domain) is None
    plates = goal(parse_formula("forall p in plate -> in(p, sink)"))
    assert keep_only(plates, ["plate_2"], facts, deployment.domain).literals() == (
        "in(plate_2, sink)",
    )
