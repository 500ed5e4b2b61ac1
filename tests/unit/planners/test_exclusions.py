"""Parts of a goal that exclude each other: an order, another way, or a reason; nothing dropped."""

import pytest

from treehand.planners import Goal, Infeasible, Plan
from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.skills.domain import parse_formula


def planned(session, formula):
    return session.plan(Goal(text=formula, formula=parse_formula(formula)))


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("open the fridge and close the fridge", ["is_open(fridge)"], "not is_open(fridge)"),
        (
            "open the fridge, close it and open it",
            ["is_open(fridge)", "not is_open(fridge)"],
            "is_open(fridge)",
        ),
        (
            "put the red mug in the sink and put the red mug on the table",
            ["in(red_mug, sink)"],
            "on(red_mug, table)",
        ),
        (
            "pick up the milk and pick up the third plate",
            ["holding(milk)"],
            "holding(plate_3)",
        ),
        ("go to the table and go to the sink", ["at(table)"], "at(sink)"),
        (
            "put all the mugs in the sink and put the red mug on the table",
            ["forall m in mug -> in(m, sink)"],
            "(forall m in mug except red_mug -> in(m, sink)) and on(red_mug, table)",
        ),
    ],
)
def test_clauses_that_exclude_each_other_are_an_order(session, text, before, after):
    goal = session.understand(text)
    assert [str(formula) for formula in goal.before] == before
    assert str(goal.formula) == after
    assert isinstance(session.plan(goal), Plan)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("take the milk and put it in the fridge", "in(milk, fridge)"),
        (
            "open the fridge, put the milk in it and close it",
            "in(milk, fridge) and not is_open(fridge)",
        ),
        ("open the fridge and put the milk in it", "is_open(fridge) and in(milk, fridge)"),
    ],
)
def test_a_step_towards_a_later_clause_is_no_phase_of_its_own(session, text, formula):
    goal = session.understand(text)
    assert (goal.before, str(goal.formula)) == ((), formula)


def test_a_step_whose_purpose_is_reached_already_is_still_done(session):
    goal = session.understand("take the red mug and put it on the counter")
    assert [str(formula) for formula in goal.before] == ["holding(red_mug)"]
    plan = session.plan(goal)
    assert [str(call) for call in plan.steps] == ["pick(red_mug)", "put_on(red_mug, counter)"]


@pytest.mark.parametrize(
    ("formula", "named", "why"),
    [
        (
            "count m in movable where holding(m) >= 2",
            "count m in movable where holding(m) >= 2",
            "one hand",
        ),
        (
            "clean(pan) and count s in surface where on(milk, s) == 2",
            "count s in surface where on(milk, s) == 2",
            "one place at a time",
        ),
        (
            "count m in movable where clean(m) and in(m, sink) >= 11",
            "count m in movable where clean(m) and in(m, sink) >= 11",
            "sink takes 10 things",
        ),
        ("holding(milk) and holding(plate_3)", "holding(milk) and holding(plate_3)", "one hand"),
        ("holding(milk) and hand_empty()", "holding(milk) and hand_empty()", "one hand"),
        (
            "is_open(fridge) and clean(pan) and not is_open(fridge)",
            "is_open(fridge) and not is_open(fridge)",
            "true or false",
        ),
        ("forall m in mug -> holding(m)", "forall m in mug -> holding(m)", "one hand"),
        (
            "on(milk, table) and (in(milk, fridge) or in(milk, sink))",
            "on(milk, table) and (in(milk, fridge) or in(milk, sink))",
            "on(milk, table)",
        ),
        (
            "on(plate_1, stove) and (forall d in mug -> on(d, stove)) and on(plate_2, stove)"
            " and on(plate_3, stove)",
            "on(plate_1, stove) and (forall d in mug -> on(d, stove)) and on(plate_2, stove)"
            " and on(plate_3, stove)",
            "stove takes 4 things, and 5 are to be there",
        ),
    ],
)
def test_a_conjunction_of_exclusive_parts_is_infeasible_with_the_reason(
    session, formula, named, why
):
    result = planned(session, formula)
    assert isinstance(result, Infeasible)
    ((parts, reason),) = result.reasons
    assert str(parts) == named
    assert why in reason


def test_an_object_that_another_part_excludes_stops_matching(session):
    wanted = "in(red_mug, cupboard) and (forall d in tableware where not clean(d) -> in(d, sink))"
    plan = planned(session, wanted)
    assert "wash(red_mug, sink, sponge)" in map(str, plan.steps)
    assert "clean(red_mug)" in plan.goal.literals()


def test_an_object_that_stops_matching_by_the_other_part_needs_nothing_more(session):
    wanted = "on(red_mug, table) and (forall m in mug where on(m, counter) -> in(m, cupboard))"
    plan = planned(session, wanted)
    assert [str(call) for call in plan.steps] == ["pick(red_mug)", "put_on(red_mug, table)"]


def test_what_does_not_fit_may_stop_matching(session):
    wanted = "forall d in dish where not on(d, table) and not clean(d) -> on(d, stove)"
    assert isinstance(planned(session, wanted), Plan)


def test_unknown_facts_and_defaults_exclude_nothing(session):
    exclusions = Exclusions(session.deployment.domain, session.world_model.facts)
    for formula in ("not broken(glass) and in(glass, sink)", "in(milk, fridge) and clean(pan)"):
        assert exclusions.conflict(parse_formula(formula)) is None


def test_an_object_stops_matching_every_part_that_asks_for_the_impossible(session):
    wanted = (
        "(forall m in mug where not clean(m) -> in(m, dishwasher))"
        " and (forall m in mug where not on(m, stove) -> in(m, bin))"
    )
    plan = planned(session, wanted)
    assert "put_on(red_mug, stove)" in map(str, plan.steps)


def test_room_is_made_before_a_place_is_full(session):
    there = ["plate_1", "plate_2", "plate_3", "red_mug"]
    plan = planned(session, " and ".join(f"on({name}, stove)" for name in there))
    assert "pick(pan)" in map(str, plan.steps)
    assert session.execute(plan, approved_by="test").world_true


def test_what_matches_only_in_the_end_is_planned_for(session):
    plan = planned(session, "at(sink) and (forall x in drawer where not at(x) -> is_open(x))")
    assert [str(call) for call in plan.steps] == ["open(drawer)", "go_to(sink)"]


@pytest.mark.parametrize(
    "text",
    [
        "not (exists x in mug where in(x, fridge) -> in(x, dishwasher))",
        "not (exists x in fridge where at(x) -> not is_open(x))",
        "clean(plate_1) and not (exists x in sink where at(x) -> at(x))",
    ],
)
def test_some_is_denied_of_objects_that_may_match_too(session, text):
    assert isinstance(planned(session, text), Plan)


def test_objects_that_match_on_the_way_are_planned_for(session):
    plan = planned(
        session,
        "(exists x in worktop where at(x) -> wiped(x)) and "
        "(forall x in container where at(x) -> at(x))",
    )
    assert isinstance(plan, Plan)
    assert "(at(drawer) or not at(drawer))" in str(plan.goal.formula)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (
            "put everything in the fridge and everything in the sink",
            [
                "for every movable that is in fridge: it is in sink; for every movable: it is in "
                "sink",
                "first for every movable: it is in fridge; for every movable: it is in sink",
            ],
        ),
        (
            "put the plates on the table and the mugs in the sink",
            [
                "for every plate: it is on table; for every mug: it is in sink",
                "for every plate that is on table: it is in sink; for every mug: it is in sink",
            ],
        ),
    ],
)
def test_a_place_that_is_a_goal_or_tells_which_things_are_meant_is_asked_about(
    session, text, options
):
    question = session.understand(text)
    assert sorted(question.options) == sorted(options)
    chosen = next(one for one in options if one.startswith(("first", "for every plate: it")))
    goal = session.answered(question, chosen)
    assert isinstance(goal, Goal)
    assert bool(goal.before) is chosen.startswith("first")


def test_a_place_where_nothing_is_does_not_tell_which_things_are_meant(session):
    goal = session.understand("put the plates in the sink and the mugs in the dishwasher")
    assert str(goal.formula) == (
        "(forall p in plate -> in(p, sink)) and (forall m2 in mug -> in(m2, dishwasher))"
    )


def test_a_thing_is_not_put_in_itself(session):
    refusal = session.understand("put the red mug in itself")
    assert "a thing is not put in itself" in refusal.message
