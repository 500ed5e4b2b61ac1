"""From a goal to a tree that reaches it in a rollout."""

from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.driving import Session
from tests.readings import kind, words
from treehand.planners import Goal, Infeasible, Plan, Planner
from treehand.skills.domain import Fact, Percept, Scene, parse_formula
from treehand.trees import check_tree, parse_tree, tree_to_yaml


def steps(session, text):
    return tuple(map(str, planned(session, text).certificate.steps))


def test_preconditions_are_brought_about(session):
    assert steps(session, "put the milk in the fridge and close it") == (
        "open(fridge)",
        "pick(milk)",
        "put_in(milk, fridge)",
        "close(fridge)",
    )


def test_what_is_in_a_closed_place_is_fetched(session):
    assert steps(session, "hold the sponge") == ("open(drawer)", "pick(sponge)")


def test_what_is_broken_in_a_closed_place_is_swept_up(session):
    problem = session.world_model.planning_problem
    facts = problem.facts.copy()
    for fact in (Fact("in", ("glass", "dishwasher")), Fact("broken", ("glass",))):
        facts.observe([Percept(fact, True, "the test", 0.0)])
    goal = Goal(text="", formula=parse_formula("in(glass, bin)"))
    plan = Planner().plan(goal, replace(problem, facts=facts))
    assert tuple(map(str, plan.certificate.steps)) == ("open(dishwasher)", "sweep_up(glass, bin)")


def test_what_has_no_known_place_is_looked_for(session):
    assert steps(session, "fetch the blue mug")[0] == "look_for(blue_mug)"


def test_what_would_undo_comes_first(session):
    """Opening needs an empty hand, so what is to be held is picked up last."""
    expected = steps(session, "hold the apple and open the fridge")
    assert expected == ("open(fridge)", "pick(apple)")
    washed = steps(session, "put the pan in the cupboard and wash it")
    assert washed.index("wash(pan, sink, sponge)") < washed.index("put_in(pan, cupboard)")


def test_the_whole_kitchen(session):
    plan = planned(session, "clean the kitchen")
    assert len(plan.certificate.steps) >= 30
    fixtures = ("counter", "table", "sink", "stove", "fridge", "dishwasher", "cupboard", "drawer")
    text = " ".join(map(str, plan.certificate.steps))
    assert all(name in text for name in (*fixtures, "bin", "left_knob"))
    assert tuple(map(str, plan.certificate.irreversible)) == (
        "throw_away(can, bin)",
        "throw_away(wrapper, bin)",
    )
    assert tuple(map(str, plan.certificate.conditional)) == ("sweep_up(item, place)",)
    assert 0.0 < plan.estimates.first_try_probability < 0.5
    assert 0.95 < plan.estimates.success_probability < 0.999  # the glass may break


def test_quantifiers_stay_lifted_and_the_hash_does_not_know_todays_facts(deployment):
    early = Session(deployment)
    plan = planned(early, "clean the kitchen")
    assert "plate_1" not in tree_to_yaml(plan.tree)
    late = Session(deployment, seed=9)
    late.execute(planned(late, "open the cupboard"), approved_by="test")
    assert planned(late, "clean the kitchen").hash == plan.hash
    assert planned(early, "put the red mug in the sink").hash != plan.hash


def test_a_planned_tree_is_sound_and_survives_yaml(session, deployment):
    plan = planned(session, "clean the kitchen")
    again = parse_tree(tree_to_yaml(plan.tree), file="plan.tree.yaml")
    assert again == plan.tree
    findings = check_tree(again, deployment.domain, deployment.vocabulary, deployment.library)
    assert findings == []


@pytest.mark.parametrize(
    ("text", "formula", "why"),
    [
        ("put the apple in the bin", "in(apple, bin)", "'broken(apple)' is false"),
        ("put the milk in the fridge and in the sink", None, None),
        ("on(red_mug, floor)", "on(red_mug, floor)", "take other things: put_on"),
        ("broken(glass)", "broken(glass)", "no skill brings that about"),
        ("in(milk, fridge) and in(milk, sink)", "in(milk, fridge) and in(milk, sink)", ""),
        (
            "(forall c in cabinet -> not is_open(c)) and is_open(fridge)",
            "(forall c in cabinet -> not is_open(c)) and is_open(fridge)",
            "exclude each other",
        ),
        (
            "put the dishes on the stove",
            "forall d in dish -> on(d, stove)",
            "stove takes 4 things",
        ),
        ("not (count k in knob where is_on(k) == 1)", None, None),
    ],
)
def test_an_impossible_goal_names_the_literal_and_the_reason(session, text, formula, why):
    goal = session.understand(text)
    if formula is None:
        assert kind(goal) == "question" or isinstance(session.plan(goal), Infeasible)
        return
    result = session.plan(goal)
    assert isinstance(result, Infeasible)
    assert str(result.reasons[0][0]) == formula
    assert why in result.reasons[0][1]


def test_of_several_parts_only_the_impossible_ones_are_named(session):
    goal = Goal(text="", formula=parse_formula("in(apple, fridge) and in(milk, bin)"))
    result = session.plan(goal)
    assert isinstance(result, Infeasible)
    assert [str(formula) for formula, _ in result.reasons] == ["in(milk, bin)"]
    rest = goal.without(result.dropped, session.world_model.facts, session.world_model.bindings)
    assert rest.literals() == ("in(apple, fridge)",)


def test_what_is_too_heavy_is_infeasible(deployment, session):
    heavy = deployment.scene.objects["pan"].model_copy(update={"mass_kg": 8.0})
    scene = Scene.model_validate(
        {**deployment.scene.model_dump(mode="json"), "objects": _with(deployment.scene, pan=heavy)}
    )
    problem = replace(session.world_model.planning_problem, scene=scene)
    goal = session.understand("put the pan in the sink")
    result = Planner().plan(goal, problem)
    assert isinstance(result, Infeasible)
    assert "mass_kg of pan is 8, pick takes at most 3" in result.reasons[0][1]


def _with(scene, **changed):
    return {n: o.model_dump(mode="json") for n, o in {**scene.objects, **changed}.items()}


def test_a_hazard_is_refused_whoever_asks(session):
    goal = Goal(text="", formula=parse_formula("is_on(right_knob)"))
    plan = session.plan(goal)
    problem = session.world_model.planning_problem
    assert "a flame that nobody watches" in session.planner.refusal(plan, problem)
    assert session.planner.refusal(planned(session, "clean the kitchen"), problem) is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("turn on the right burner", "refused"),
        ("turn on a burner", "refused"),
        ("clean the kitchen and turn on all burners", "refused"),
        ("count k in knob where is_on(k) >= 1", "refused"),
        ("is_on(left_knob) or in(apple, fridge)", "refused"),
        ("not (not is_on(left_knob))", "refused"),
        ("turn off the left burner", "goal"),
        ("forall k in knob where is_on(k) -> not is_on(k)", "goal"),
        ("count k in knob where is_on(k) <= 1", "goal"),
    ],
)
def test_a_goal_that_asks_for_a_hazard_is_refused_before_it_is_planned(session, text, status):
    goal = session.understand(text)
    assert kind(goal) == status, words(goal)
    assert ("a flame that nobody watches" in words(goal)) == (status == "refused")


def test_a_count_takes_what_is_already_there(session):
    assert isinstance(session.plan(session.understand("put two bowls in the sink")), Plan)
    assert steps(session, "put two bowls in the sink") == ("pick(bowl_1)", "put_in(bowl_1, sink)")


def test_a_stove_is_wiped_with_its_burners_off(session):
    assert steps(session, "wipe the stove")[0] == "turn_off(left_knob)"
    assert steps(session, "wipe the counter")[0] == "open(drawer)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in(apple, fridge) or in(apple, sink)", ("open(fridge)", "pick(apple)")),
        ("not (is_on(left_knob) or not is_open(fridge))", ("turn_off(left_knob)", "open(fridge)")),
        ("not (forall c in cabinet -> not is_open(c))", ("open(fridge)",)),
        ("not (exists k in knob -> is_on(k))", ("turn_off(left_knob)",)),
        ("not (count c in cabinet where is_open(c) <= 0)", ("open(fridge)",)),
        ("exists c in cabinet -> is_open(c)", ("open(fridge)",)),
        ("count c in cabinet where is_open(c) >= 2", ("open(fridge)", "open(dishwasher)")),
        ("not is_on(right_knob) and not broken(glass)", ()),
    ],
)
def test_formulas_of_every_kind_are_planned_for(session, text, expected):
    assert steps(session, text)[: len(expected)] == expected
