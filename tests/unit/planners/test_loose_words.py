"""What people say around a request, and how it is read: ends of clauses, things in front."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Question
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import marked_tokens


@pytest.fixture(scope="module")
def deployment():
    return Deployment.load(looks_here=False)


@pytest.fixture(scope="module")
def robot(deployment):
    return Session(deployment)


@pytest.fixture
def session(robot):
    robot.reader.forget()
    return robot


def read(session, text):
    return session.proposer.read(text, session.world_model)


SAID = {
    "wash the pan and leave it on the counter to dry": "wash the pan and leave it on the counter",
    "put the apple on the table for her": "put the apple on the table",
    "wipe the counter so it's nice and fresh": "wipe the counter",
    "turn off the left burner overnight": "turn off the left burner",
    "just for tonight put the milk on the counter": "put the milk on the counter",
    "turn off every burner in this place": "turn off every burner",
    "put the plates in the sink except plate 1. That one stays there.": "put the plates in the sink"
    " except plate 1",
    "wipe round the cooker": "wipe the cooker",
    "grab hold of the pan and hang on to it": "hold on to the pan",
    "leave the bear where he is": "leave the bear where it is",
    "no need for the left burner any more": "the left burner is no longer needed",
    "I don't think we need the stove": "the stove is no longer needed",
    "put the can in the bin where it belongs": "put the can in the bin",
    "put the can back where it lives": "put the can where it belongs",
    "leave everything as it is, just wash the glass": "wash the glass",
    "the pan can stay where it is but wash the bowls": "wash the bowls",
    "no rush, but wipe the table": "wipe the table",
    "wash the mugs, and then I'll dry": "wash the mugs",
    "mum says you have to wipe the table": "wipe the table",
    "I don't want the red cup, I want the blue one": "i want the blue cup",
    "chuck us an apple": "pass an apple",
    "in the sink put the pan": "put the pan in the sink",
    "sink: pan": "pan to sink",
    "everything that is dirty please wash": "wash everything that is dirty",
    "wash the glass and put in the cupboard": "wash the glass and put it in the cupboard",
    "nip over to the table with the milk": "take the milk to the table",
    "the table's sticky": "the table is sticky",
    "cheese, put her into the fridge": "put cheese into the fridge",
    "if there is any milk left put it in the fridge": "put milk in the fridge",
    "turn the stove off before someone gets hurt": "turn the stove off",
    "off with the stove": "the stove off",
    "wipe the table so in the sink with it": "wipe the table so put it in the sink",
    "sorry to be a pain but wipe the table": "wipe the table",
    "two things: wipe the table": "wipe the table",
    "my bowls, where they are": "where are my bowls",
    "you will have to wash the pan": "wash the pan",
}


@pytest.mark.parametrize("text", SAID)
def test_words_that_add_nothing_are_left_out(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == SAID[text]


KEPT = (
    "leave the left burner on overnight",
    "shut the fridge so it is open",
    "tell ben where he is",
    "clear everything except the glass . it stays on the counter",
    "put the can where it belongs",
    "leave the pan where it is and wash the bowl",
    "wash the mugs and the bowl",
    "do not put the pan in the sink",
    "put the milk in the fridge for the guests",
)


@pytest.mark.parametrize("text", KEPT)
def test_words_that_tell_something_stay(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == text


READ = {
    "bring all plates in the sink": "forall p in plate -> in(p, sink)",
    "bring the milk in the fridge": "in(milk, fridge)",
    "bring the sponge in the drawer": "holding(sponge)",
    "close the door of the fridge": "not is_open(fridge)",
    "the pan needs a scrub": "clean(pan)",
    "if either mug is dirty wash it": "forall m in mug where not clean(m) -> clean(m)",
    "can everything in the sink go where it belongs": (
        "forall m in movable where in(m, sink) -> "
        "forall place in receptacle where belongs(m, place) -> in(m, place)"
    ),
    "the stove is still on, can you turn it off": "forall k in knob -> not is_on(k)",
    "there's cheese out and milk out and it's warm, put them both in the fridge": (
        "in(cheese, fridge) and in(milk, fridge)"
    ),
    "put the wrapper on the counter, not on the stove": "on(wrapper, counter)",
    "make sure the red mug is clean but not in the sink": (
        "clean(red_mug) and not in(red_mug, sink)"
    ),
    "I was wondering if you could maybe wash the pan": "clean(pan)",
    "so if you could just wash the pan": "clean(pan)",
    "any mug on the table should be in the sink": (
        "forall m in mug where on(m, table) -> in(m, sink)"
    ),
    "take the pan off the stove": "not on(pan, stove)",
    "the cheese is for the fridge": "in(cheese, fridge)",
    "I left a burner on, turn it off": "not is_on(left_knob)",
    "pan off stove": "not on(pan, stove)",
    "put down the red mug in the sink": "in(red_mug, sink)",
    "the left burner is still burning, turn that off please.": "not is_on(left_knob)",
    "the stove gets a wipe": "wiped(stove)",
    "turn of the left burner": "not is_on(left_knob)",
    "the left burner is hot. Turn off.": "not is_on(left_knob)",
    "do not leave the apple lying on the table, put it in the fridge": "in(apple, fridge)",
    "could the milk be put in the fridge": "in(milk, fridge)",
    "if there's any food left out, put it in the fridge": "forall f in food -> in(f, fridge)",
    "if there's any trash lying around, in the bin with it": "forall r in rubbish -> in(r, bin)",
    "take the pan and give it a scrub": "clean(pan)",
    "get the glass clean and put it in the cupboard": "clean(glass) and in(glass, cupboard)",
    "take the blue mug out of the cupboard and leave the mug on the counter": (
        "on(blue_mug, counter)"
    ),
    "the table could do with a wipe, the kids had jam": "wiped(table)",
    "I need the blue cup washed and put on the table, my daughter wants her cocoa": (
        "clean(blue_mug) and on(blue_mug, table)"
    ),
    "make sure the red mug is clean by the time I come down": "clean(red_mug)",
    "bin the can, not the wrapper, I need that for the recipe": (
        "exists place in bin -> in(can, place)"
    ),
    "not the blue one, the red mug, put it in the sink": "in(red_mug, sink)",
    "could we perhaps have the glass off the table": "not on(glass, table)",
    "everything which is in the sink must come out, on the counter": (
        "forall m in movable where in(m, sink) -> on(m, counter)"
    ),
    "move that mug off the counter": "not on(red_mug, counter)",
    "Just one burner off, I don't mind which.": "exists k in knob -> not is_on(k)",
    "wash only the pan, nothing else": "clean(pan)",
    "table is not clean, you make it clean": "wiped(table)",
    "put the dishes in the dishwasher and the food in the fridge": (
        "(forall d in dish -> in(d, dishwasher)) and (forall f2 in food -> in(f2, fridge))"
    ),
}


@pytest.mark.parametrize("text", READ)
def test_a_request_is_read_whole(session, text):
    goal = read(session, text)
    assert str(getattr(goal, "formula", goal)) == READ[text]


def test_one_verb_is_for_all_things_before_a_place(session):
    goal = read(session, "tidy the wrapper and the apple onto the counter")
    assert not hasattr(goal, "formula")


@pytest.mark.parametrize(
    "text",
    [
        "the can goes in the bin, the others go in the sink",
        "put the plates in the sink and the others in the cupboard",
    ],
)
def test_the_others_of_one_thing_or_of_all_are_asked_about(session, text):
    assert isinstance(read(session, text), Question)


def test_a_state_that_is_so_is_asked_for_only_with_words_of_wishing(session):
    question = read(session, "it would be great to have the pan on the stove")
    assert len(question.options) > 1


def test_whether_something_is_so_is_a_question(session):
    for text in ("could you see if the fridge is open", "check if the fridge is open"):
        answer = read(session, text)
        assert answer.text.startswith("no: fridge is closed")


def test_what_does_not_fit_a_general_verb_is_offered_otherwise(session):
    question = read(session, "pan off please")
    assert question.options


def test_the_driver_is_not_harmed_by_how_a_glass_is_put_away(session):
    question = read(session, "mind the glass when you put it in the cupboard")
    assert "put the glass in the cupboard" in question.options
