"""Wishes that something be gone from a place, in many words."""

import pytest

from tests.driving import Session
from treehand.planners import Answer, Goal, Question
from treehand.planners.goals.goal_text import write_goal
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import marked_tokens

NOTHING, NO_FOOD = "nothing should be on the table", "no food should be on the table"
SAID = {
    "I don't want to see any food on the table": NO_FOOD,
    "I wouldn't like to find food left on the table": NO_FOOD,
    "we hate having food lying on the table": NO_FOOD,
    "I don't want there to be any food on the table": NO_FOOD,
    "there must be no food left on the table": NO_FOOD,
    "I want there to be no food on the table": NO_FOOD,
    "see to it that no food is left on the table": NO_FOOD,
    "leave no food on the table": NO_FOOD,
    "no food is allowed to stay on the table": NO_FOOD,
    "food does not belong on the table": NO_FOOD,
    "food has no business on the table": NO_FOOD,
    "the table has to be free of food": NO_FOOD,
    "make sure the table is clear of any food": NO_FOOD,
    "keep the table free of food": NO_FOOD,
    "rid the table of food": NO_FOOD,
    "the table shouldn't have any food on it": NO_FOOD,
    "I don't want to see any food on the table when the guests arrive": NO_FOOD,
    "not a single plate on the table": "no plate should be on the table",
    "I can't stand seeing the pan on the stove": "the pan should not be on the stove",
    "don't leave the pan on the stove": "the pan should not be on the stove",
    "there shouldn't be a thing on the table": NOTHING,
    "nothing belongs on the table": NOTHING,
    "don't leave anything on the table": NOTHING,
    "the table must not have anything on it": NOTHING,
}
KEPT = [
    "no food is on the table",
    "nothing is on the table",
    "the table is free of food",
    "there is no food on the table",
    "I want the pan on the stove",
    "I do not want any guests on the table",
    "leave the pan on the stove",
    "no sugar in the coffee",
]


@pytest.mark.parametrize("text", SAID)
def test_a_wish_for_absence_is_said_as_the_grammar_says_it(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_such_wish_stays(deployment, text):
    plain = " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon))
    assert " should " not in f" {plain} "


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to see a single plate on the table",
        "no plate should be left on the table",
        "don't leave any plate on the table",
    ],
)
def test_no_thing_of_a_kind_means_all_of_them(deployment, text):
    read = Session(deployment).understand(text)
    assert isinstance(read, Goal), read
    assert write_goal(read) == "forall p in plate -> not on(p, table)"


def test_what_is_not_wanted_and_so_now_is_offered_to_be_undone(deployment):
    session = Session(deployment)
    read = session.proposer.read("I don't want the milk on the table", session.world_model)
    assert isinstance(read, Question)
    assert [write_goal(goal) for goal in read.goals] == ["not on(milk, table)"]
    other = session.proposer.read("I don't want the milk on the counter", session.world_model)
    assert isinstance(other, Answer)


@pytest.mark.parametrize("text", ["the table is free of food", "nothing is on the table"])
def test_a_report_that_a_place_is_clear_is_no_wish(deployment, text):
    session = Session(deployment)
    assert not isinstance(session.proposer.read(text, session.world_model), Goal)
