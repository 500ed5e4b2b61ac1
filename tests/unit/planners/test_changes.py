"""A goal has its parts as phrases; nothing takes its words apart again."""

import pytest

from treehand.planners import Goal
from treehand.planners.goals.changes import (
    difference,
    keep_only,
    replaced,
    same_for,
    with_places_swapped,
)
from treehand.planners.goals.goal import in_words
from treehand.planners.goals.untouched import untouched
from treehand.planners.plan import Infeasible
from treehand.skills.domain import Facts, Percept, parse_formula

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


def test_other_things_take_the_place_of_some(deployment):
    facts = Facts(deployment.vocabulary)
    plates = parse_formula("forall p in plate -> in(p, sink)")
    other = replaced(goal(plates), ["plate_1"], ["glass"], facts, deployment.domain)
    assert other is not None
    assert set(other.literals()) == {
        "forall p in plate except plate_1 -> in(p, sink)",
        "in(glass, sink)",
    }
    assert replaced(goal(APPLE), ["apple"], ["table"], facts, deployment.domain) is None


def test_all_that_is_asked_for_a_thing_is_asked_for_another(deployment):
    facts = Facts(deployment.vocabulary)
    clean = parse_formula("clean(red_mug)")
    put = parse_formula("in(red_mug, cupboard)")
    both = same_for(goal(clean, put), ["glass"], facts, deployment.domain)
    assert both is not None
    assert set(both.literals()) == {
        *("clean(red_mug)", "in(red_mug, cupboard)"),
        *("clean(glass)", "in(glass, cupboard)"),
    }


def test_a_place_that_is_left_alone_is_not_opened_and_nothing_is_put_there(deployment):
    facts = Facts(deployment.vocabulary)
    facts.observe([Percept(parse_formula("is_open(fridge)").fact, False, "test", 0.0)])
    kept = {str(one) for one in untouched("fridge", deployment.domain, facts)}
    assert kept == {"is_open(fridge)", "exists thing in movable -> in(thing, fridge)"}
    assert {str(one) for one in untouched("apple", deployment.domain, facts)} == {"holding(apple)"}


def test_two_things_change_places(deployment):
    both = goal("in(apple, fridge)", "in(milk, sink)")
    swapped = with_places_swapped(both, deployment.domain)
    assert swapped.literals() == ("in(apple, sink)", "in(milk, fridge)")
    assert with_places_swapped(goal(APPLE, MILK), deployment.domain) is None
    assert with_places_swapped(goal(APPLE), deployment.domain) is None
