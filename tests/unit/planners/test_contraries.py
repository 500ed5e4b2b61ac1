"""A goal against what the words ask for is known as one, for each thing of a kind."""

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.planners.reading.requests.contraries import (
    is_contrary,
    is_opposed,
    is_wider,
    wanted_states,
)
from treehand.skills.domain import Facts, parse_formula


@pytest.mark.parametrize(
    ("goal", "said", "is_one"),
    [
        ("is_open(fridge)", "not is_open(fridge)", True),
        ("is_open(fridge) and clean(glass)", "forall c in cabinet -> not is_open(c)", True),
        ("is_open(fridge)", "forall c in cabinet except fridge -> not is_open(c)", False),
        ("is_open(fridge)", "is_open(fridge)", False),
        ("in(glass, sink)", "not in(glass, sink)", False),
    ],
)
def test_contraries(goal, said, is_one):
    facts = Deployment.load(looks_here=False)
    facts = Facts(facts.vocabulary)
    assert is_contrary(parse_formula(goal), [parse_formula(said)], facts) is is_one


@pytest.mark.parametrize(
    ("text", "goal", "is_changed"),
    [
        ("while we eat keep the fridge shut", "is_open(fridge)", True),
        ("while we eat keep the fridge shut", "not is_open(fridge)", False),
        ("leave the burner off", "is_on(burner)", True),
        ("turn up the burner", "not is_on(burner)", True),
        ("put up the pan by the burner", "not is_on(burner)", False),
        ("turn the burner beside the sink off", "is_on(burner)", True),
        ("the burner is off", "is_on(burner)", False),  # it may be a complaint
        ("keep the open fridge closed", "is_open(fridge)", False),
    ],
)
def test_a_state_that_is_to_be_kept_is_not_changed(text, goal, is_changed):
    deployment = Deployment.load(looks_here=False)
    kept = wanted_states(text.split(), deployment.lexicon)
    facts = Facts(deployment.vocabulary)
    assert is_opposed(parse_formula(goal), kept, facts) is is_changed


@pytest.mark.parametrize(
    ("text", "goal", "is_so"),
    [
        ("put what is on the roof away", "forall x in movable -> in(x, cupboard)", False),
        ("put all that is on the roof away", "forall x in movable -> in(x, cupboard)", True),
        ("wash all that is dirty", "forall d in dish where not clean(d) -> clean(d)", False),
        ("wash the one that is dirty", "clean(glass)", False),
    ],
)
def test_a_goal_about_everything_is_wider_than_words_that_restrict_it(text, goal, is_so):
    assert is_wider(parse_formula(goal), text.split()) is is_so
