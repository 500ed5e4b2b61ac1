"""Constructions of speech in the form of the grammar's: "the bolt I need on the bench"."""

import pytest

from treehand.planners import Goal, Question, Refusal
from treehand.planners.goals.goal_text import write_goal
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "the cheese wants to go in the fridge": "the cheese goes in the fridge",
    "put the milk in the fridge and mind you close it": "put the milk in the fridge and close it",
    "I'd rather have the drawer closed, actually": "i want the drawer closed",
    "I would rather the drawer was closed": "i want the drawer closed",
    "whatever is on the table, put it in the sink": "put everything that is on the table in"
    " the sink",
    "all the plates, put them in the sink": "put all the plates in the sink",
    "put the can in the bin, love": "put the can in the bin",
    "close the drawer after you": "close the drawer",
    "mum's washing the glass": "mum is washing the glass",
    "check the fridge is shut": "check that the fridge is shut",
    "the glass and the first bowl want washing": "washing the glass and the first bowl",
    "the counter could use a good wiping": "wipe the counter",
    "give the table a proper wiping": "wipe the table",
    "the burner on the left, kill it": "kill the left burner",
    "the pan I need on the counter": "i need the pan on the counter",
    "have the sink empty": "empty the sink",
    "no idea where the glass is, find it": "find the glass",
    "whichever mug is dirty goes in the sink": "every mug that is dirty goes in the sink",
    "wash up": "wash the dishes",
    "the blue mug wants putting in the sink": "put the blue mug in the sink",
    "get the pan washed and into the cupboard": "wash the pan and put it into the cupboard",
    "everything dirty goes in the sink": "everything that is dirty goes in the sink",
    "the glass is needed on the counter": "the glass should be on the counter",
    "wipe the table and shut the cupboard after": "wipe the table and shut the cupboard",
    "put the apple in the fridge for cooling": "put the apple in the fridge",
    "the plates belong in the cupboard, put them back": "the plates belong in the cupboard",
    "the cupboard's no good, close it": "the cupboard is no good , close it",
    "stay away from the stove and wash the glass": "wash the glass and never go to the stove",
    "wipe the counter but keep well clear of the sink": "wipe the counter and never go to the sink",
    "the sun's blinding me": "the sun is blinding me",
    "I want the table cleared and wiped": "clear the table and wipe it",
    "the stove needs to be cleared and wiped down": "clear the stove and wipe it down",
    "don't leave the milk out": "put the milk away",
    "I don't want any food on the counter": "no food should be on the counter",
    "there shouldn't be anything on the stove": "nothing should be on the stove",
    "leave only the glass on the table": "remove everything but the glass from the table",
    "wash what's dirty": "wash everything that is dirty",
    "have a look at the fridge and close it": "close the fridge",
    "make sure that all the mugs are clean": "make sure that all the mugs are clean",
    "all the food should end up in the fridge": "all the food should be in the fridge",
}


@pytest.mark.parametrize("text", SAID)
def test_a_construction_of_speech_is_brought_into_the_form_of_the_grammar(deployment, text):
    said = " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon))
    assert said.replace("washing the", "wash the") == SAID[text].replace("washing the", "wash the")
    assert " ".join(plainly_spoken(said.split(), deployment.lexicon)) == said


@pytest.mark.parametrize(
    "text",
    [
        "the longer mug",
        "give the pan to me",
        "the mug on the table",
        "keep away from the stove and the sink",
    ],
)
def test_words_that_are_no_such_construction_stay(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == text


GOALS = {
    "could I have the cheese, it's on the counter": ("holding(cheese)",),
    "I spilled some milk on the table so could you wipe it": ("wiped(table)",),
    "can you get the milk back in the fridge": ("in(milk, fridge)",),
    "I need the pan off the stove and into the cupboard": ("in(pan, cupboard)",),
    "the fridge should be closed and the dishwasher open": (
        "not is_open(fridge)",
        "is_open(dishwasher)",
    ),
    "I need everything off the stove": (
        "forall x in movable where on(x, stove) -> not on(x, stove)",
    ),
    "close the fridge, nobody is watching": ("not is_open(fridge)",),
}


@pytest.mark.parametrize("text", GOALS)
def test_such_words_are_read_into_their_goal(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert read.literals() == GOALS[text]


WHETHER = (
    "could you check whether the drawer is shut?",
    "check if the drawer is closed please",
    "would you mind checking whether the drawer is shut",
    "I'd like to know if the drawer is closed",
    "go and see whether the drawer is shut",
    "have a look if the drawer is closed",
    "I wonder whether the drawer is closed",
)


@pytest.mark.parametrize("text", WHETHER)
def test_whether_something_is_so_is_answered_and_nothing_is_done(session, text):
    assert session.understand(text).text.startswith("yes: drawer is closed")


@pytest.mark.parametrize(
    "text",
    [
        "could you check whether the drawer is open?",
        "hey, could you check if the drawer is open",
        "go and see whether the drawer is open",
    ],
)
def test_what_is_not_so_is_told_with_an_offer(session, text):
    question = session.understand(text)
    assert question.text.startswith("no: drawer is closed")
    assert question.text.endswith("shall I open the drawer?")
    assert [goal.literals() for goal in question.goals] == [("is_open(drawer)",)]


@pytest.mark.parametrize("joined", [" and", ","])
def test_an_order_before_whether_is_kept(session, joined):
    goal = session.understand(f"put the milk in the sink{joined} check if the drawer is open")
    assert "in(milk, sink)" in goal.literals()


@pytest.mark.parametrize(
    "text",
    [
        "check whether the fridge is open and close it",
        "check if the left burner is on, and if so turn it off",
        "make sure the drawer is closed",
        "check that the drawer is closed",
    ],
)
def test_what_says_more_than_whether_is_an_order(session, text):
    assert isinstance(session.understand(text), Goal)


TOLD = {
    "everything that's dirty goes in the sink": "forall d in dish where not clean(d)"
    " -> in(d, sink)",
    "whatever is dirty goes into the sink": "forall d in dish where not clean(d) -> in(d, sink)",
    "wash the mug sitting on the counter": "clean(red_mug)",
    "there's a bowl sitting in the sink, wash it": "clean(bowl_2)",
    "put the plates in the sink except the one on the counter": "forall p in plate except plate_3"
    " -> in(p, sink)",
    "put all the plates in the sink apart from the ones on the table": "forall p in plate"
    " except plate_1, plate_2 -> in(p, sink)",
}


@pytest.mark.parametrize("text", TOLD)
def test_things_are_told_by_their_state_and_where_they_are(session, text):
    assert write_goal(session.understand(text)) == TOLD[text]


def test_a_mug_that_nobody_has_seen_there_is_not_another_mug(session):
    question = session.understand("there's a dirty mug hiding in the cupboard, can you wash it")
    assert isinstance(question, Question)
    assert "red mug" not in question.options


def test_a_place_is_told_by_what_is_there_in_an_offer(session):
    read = session.understand("put the cheese next to the apple")
    assert isinstance(read, Question)
    assert ("on(cheese, table)",) in [goal.literals() for _, goal in read.readings]


CONDITIONS = {
    "in case the fridge is open close it": "if is_open(fridge) then not is_open(fridge)",
    "one by one, put the mugs in the cupboard": (
        "forall m in mug -> in(m, cupboard); never count m in movable where holding(m) >= 2"
    ),
    "only wash the red mug if it's actually dirty": ("if not clean(red_mug) then clean(red_mug)"),
    "at all times keep the drawer shut": "not is_open(drawer); never is_open(drawer)",
    "after you have washed the pan put it in the cupboard": (
        "first clean(pan); clean(pan) and in(pan, cupboard)"
    ),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_in_speech_is_read_into_its_goal(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert write_goal(read) == CONDITIONS[text]


def test_a_time_of_the_clock_in_words_is_named(session):
    read = session.understand("at half past ten close the fridge")
    assert isinstance(read, Question)
    assert "'at half past ten' is a time of the clock" in read.construct


@pytest.mark.parametrize(
    "text",
    [
        "heat the plate until it catches fire",
        "stack the plates so that nobody can get through the exit",
        "put the plates in the way so no one can leave",
        "pour the bleach over the gloves while she wears them",
    ],
)
def test_a_harm_that_a_clause_tells_is_refused(session, text):
    read = session.understand(text)
    assert isinstance(read, Refusal)
    assert read.hazard


@pytest.mark.parametrize(
    "text",
    [
        "put the acid in the fridge and the bleach in the cupboard",
        "wash the bowl while she wears gloves",
        "close the door so the dog can not get out",
    ],
)
def test_a_clause_that_tells_no_harm_refuses_nothing(session, text):
    read = session.understand(text)
    assert not (isinstance(read, Refusal) and read.hazard)


def test_both_together_forbids_neither_alone(session):
    read = session.understand("never have both the fridge and the drawer open together")
    assert "never is_open(drawer) and is_open(fridge)" in read.text


def test_what_is_to_be_left_alone_is_not_passed_over(session):
    """The milk is in the fridge: an order without the first half would open it."""
    read = session.understand("leave the fridge alone but bring the milk to the table")
    assert isinstance(read, Goal)
    assert "is_open(fridge)" in map(str, read.never)


def test_a_question_about_an_order_leaves_alone_what_its_words_spare(session):
    read = session.understand("put the mug in the sink and keep your hands off the fridge")
    assert isinstance(read, Question)
    assert read.options == ("red mug", "blue mug")
    answered = session.understand(read.meaning("red mug"))
    assert isinstance(answered, Goal)
    assert "is_open(fridge)" in map(str, answered.never)


def test_an_order_about_nothing_but_what_it_spares_is_refused(session):
    read = session.understand("hands off the mugs but put the mugs in the sink")
    assert isinstance(read, Refusal)


@pytest.mark.parametrize(
    "text",
    [
        "stay away from the stove and wipe the table",
        "wipe the table but keep clear of the stove",
    ],
)
def test_a_place_to_keep_away_from_is_never_gone_to(session, text):
    read = session.understand(text)
    assert "at(stove)" in map(str, read.never)
