"""Everyday questions and reports, answered or followed by a fitting offer."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Answer, Goal, Question, Refusal
from treehand.planners.goals.goal_text import write_goal

ANSWERS = {
    "tell me how many plates there are on the table": "2: plate 1, plate 2",
    "where can I find the pan": "pan is on stove",
    "where is the fruit": "apple is on table",
    "did I leave the stove on": "yes: left knob is on",
    "have you washed the plates yet": "no: plate 1 is dirty",
    "how much milk is left": "yes: milk is on table",
    "is there anything to drink in the fridge": "no: milk is not in fridge",
    "anything left on the table?": "apple, bowl 1",
    "is the red mug clean or dirty": "red mug is dirty",
    "I lost the pan": "pan is on stove",
    "how would you make coffee?": "I cannot answer that",
    "I don't want any milk": "nothing is done",
    "what objects are on the counter": "can, cheese, plate 3, red mug",
    "count the mugs": "2: ",
    "have you seen the glass": "yes, 1: glass",
    "did you put the milk in the fridge": "no: milk is not in fridge",
    "did I turn off the stove": "no: left knob is on",
    "is there a clean plate somewhere": "no",
    "which burners are on": "left knob",
    "are any burners on": "yes: left knob is on",
    "are any of the plates clean": "no: plate 1 is dirty",
    "is anything left on the counter": "can, cheese, plate 3, red mug",
    "is there any milk left in the fridge": "no: milk is not in fridge",
    "is everything put away": "no: plate 1 is not in dishwasher",
    "is the milk in its place": "no: milk is not in fridge",
    "has the can been thrown away": "no: can is not in bin",
    "is everything washed": "no: plate 1 is dirty",
    "what is on": "left knob",
    "you've already washed the pan, haven't you?": "no: pan is dirty",
    "the stove is off, isn't it?": "no: left knob is on",
    "oh no, please don't open the fridge, I'm watching that": "nothing is done",
    "hands off the pan, I'm not finished with it": "nothing is done",
    "isn't the milk in the fridge": "no: milk is not in fridge",
    "that's not what I meant": "nothing is done",
    "is my mug clean": "no: red mug is dirty (camera, 0.0 s); I do not know: blue mug is clean",
    "is the bowl in the sink": "no: bowl 1 is not in sink; yes: bowl 2 is in sink",
    "have you got a bowl for me": "yes, 2: bowl 1, bowl 2",
    "is the dishwasher full": "no: dishwasher holds 0 of 14 things that I know of",
    "how full is the sink": "sink holds 1 of 10 things",
    "will the red mug fit in the sink": "yes: sink holds 1 of 10 things",
    "does the sink have any room left": "yes: sink holds 1 of 10 things",
    "is there space on the table": "nobody told me how much table can hold",
    "is the glass full": "I cannot tell if glass is full",
    "don't clear the table": "nothing is done",
    "don't put the milk away just yet": "nothing is done",
    "don't wash the dishes and don't clear the table": "nothing is done",
    "don't close everything": "it is so already",
}
OFFERS = {
    "shouldn't the stove be off": "forall k in knob -> not is_on(k)",
    "isn't the milk supposed to be in the fridge": "in(milk, fridge)",
    "are you able to reach the pan": "holding(pan)",
    "do you know how to wash the pan": "clean(pan)",
    "don't close the fridge": "is_open(fridge)",
    "how would you put the apple in the fridge?": "in(apple, fridge)",
    "what is there to drink?": "holding(milk)",
    "the stove is on": "not is_on(left_knob)",
    "I left the stove on": "forall k in knob -> not is_on(k)",
    "someone left the milk out":
        "forall place in receptacle where belongs(milk, place) -> in(milk, place)",
    "get me something to eat": "holding(milk)",
}  # fmt: skip


ORDERS = {
    "I can't reach the blue cup, could you get it down for me?": "holding(blue_mug)",
    "pop the apple in the fridge, would you, and shut it after":
        "in(apple, fridge) and not is_open(fridge)",
    "I'd like the milk to end up in the fridge, if that's okay": "in(milk, fridge)",
    "there shouldn't be anything left in the sink when you're done":
        "forall x in movable where in(x, sink) -> not in(x, sink)",
    "I'd be happier if the milk weren't on the table": "not on(milk, table)",
    "pan and glass in the sink, soon as you can": "in(pan, sink) and in(glass, sink)",
    "don't wash the pan, I want it in the sink":
        "in(pan, sink) and not clean(pan); never clean(pan)",
    "clear the table so grandma can sit down":
        "forall x in movable where on(x, table) -> not on(x, table)",
    "if the fridge happens to be open, close it": "if is_open(fridge) then not is_open(fridge)",
    "can you check whether I left the fridge open and close it if I did":
        "if is_open(fridge) then not is_open(fridge)",
    "go and see where the blue mug has got to": "located(blue_mug)",
    "it'd be nice if the plates got washed": "forall p in plate -> clean(p)",
    "I do wish somebody would clear the table":
        "forall x in movable where on(x, table) -> not on(x, table)",
    "turn the cooker off first and then wash the pan":
        "first forall k in knob -> not is_on(k); (forall k in knob -> not is_on(k)) and clean(pan)",
    "I want, I want the, um, the apple, yeah the apple": "holding(apple)",
    "uh, my glass, can you bring me my glass": "holding(glass)",
    "the pan, no, the glass, hand me the glass": "holding(glass)",
    "get the sponge, wipe the table and hand me the sponge": "holding(sponge) and wiped(table)",
    "the pan, wash it and then put it where it belongs":
        "first clean(pan); clean(pan) and "
        "(forall place in receptacle where belongs(pan, place) -> in(pan, place))",
    "two plates in the sink, doesn't matter which ones":
        "count p in plate where in(p, sink) >= 2",
    "put three plates in the sink, any three": "count p in plate where in(p, sink) >= 3",
    "put the food in the fridge, all but the apple":
        "forall f in food except apple -> in(f, fridge)",
    "hand me the sponge, I'll do it myself": "holding(sponge)",
    "I don't want anything left on the counter":
        "forall x in movable where on(x, counter) -> not on(x, counter)",
    "give any dish that's dirty a wash": "forall d in dish where not clean(d) -> clean(d)",
    "wipe the table once you've washed the pan":
        "first clean(pan); clean(pan) and wiped(table)",
    "once you've picked up the milk, put it in the fridge":
        "first holding(milk); in(milk, fridge)",
    "place the cheese in the refrigerator and shut the door":
        "in(cheese, fridge) and not is_open(fridge)",
    "wash plate 1 and put the plate in the cupboard": "clean(plate_1) and in(plate_1, cupboard)",
    "look for the blue mug and tell me where it is": "located(blue_mug)",
    "don't load the dishwasher, put the plates in the sink":
        "forall p in plate -> in(p, sink); "
        "never exists d in tableware where not clean(d) -> in(d, dishwasher)",
    "don't wash the pan, put it on the table":
        "on(pan, table) and not clean(pan); never clean(pan)",
    "don't close the fridge, open it": "is_open(fridge)",
    "open the fridge and don't close it": "is_open(fridge)",
    "wash the dishes but don't wash the pan":
        "forall d in dish except pan -> clean(d); never clean(pan)",
    "put all the food in the fridge but don't put the apple in the fridge":
        "forall f in food except apple -> in(f, fridge); never in(apple, fridge)",
    "put the milk in the fridge and don't leave it open":
        "in(milk, fridge) and not is_open(fridge)",
    "dirty things go in the dishwasher":
        "forall d in dish where not clean(d) -> in(d, dishwasher)",
    "anything dirty goes into the sink": "forall d in dish where not clean(d) -> in(d, sink)",
    "load the dishwasher with the dirty plates only":
        "forall p in plate where not clean(p) -> in(p, dishwasher)",
    "put the glass anywhere in the cupboard": "in(glass, cupboard)",
    "be careful with the glass and put it in the cupboard": "in(glass, cupboard); carefully",
    "slowly open the fridge": "is_open(fridge); slowly",
}  # fmt: skip


@pytest.fixture(scope="module")
def session():
    return Session(Deployment.load())


@pytest.fixture
def read(session):
    def reading(text):
        session.reader.forget()
        return session.reader.read(text, session.world_model.facts)

    return reading


@pytest.mark.parametrize("text", ANSWERS)
def test_a_question_is_answered(read, text):
    answer = read(text)
    assert isinstance(answer, Answer)
    assert ANSWERS[text] in answer.text


@pytest.mark.parametrize("text", OFFERS)
def test_a_report_or_question_leads_to_an_offer_and_never_to_a_goal(read, text):
    offered = read(text)
    assert isinstance(offered, Question)
    assert OFFERS[text] in [str(goal.formula) for goal in offered.goals]


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_with_a_limit_or_a_denial_keeps_both(read, text):
    goal = read(text)
    assert isinstance(goal, Goal)
    assert write_goal(goal) == ORDERS[text]


def test_nothing_is_offered_that_is_the_opposite_of_what_is_said(read):
    assert not read("don't let the mugs stand on the counter").options


@pytest.mark.parametrize(
    "text", ["as soon as you can, wipe the table", "wipe the table completely"]
)
def test_words_that_only_press_or_stress_change_nothing(read, text):
    goal = read(text)
    assert isinstance(goal, Goal)
    assert str(goal.formula) == "wiped(table)"


@pytest.mark.parametrize("kind", ["car", "chemical", "metal", "pet", "light"])
def test_a_kind_of_which_nothing_surely_is_means_nothing_here(read, kind):
    assert isinstance(read(f"pick up the {kind}"), Question)


def test_who_is_given_something_to_eat_is_not_who_is_eaten(read):
    assert not isinstance(read("bring me something to eat"), Refusal)
    assert isinstance(read("make somebody eat the soap"), Refusal)


def test_a_thing_that_is_made_so_and_one_that_is_said_to_be_so_differ(read):
    assert isinstance(read("put a clean plate in the cupboard"), Goal)
    assert isinstance(read("put the clean plate in the cupboard"), Question)


@pytest.mark.parametrize("text", ["bring me a fork", "make me a sandwich"])
def test_nothing_is_offered_in_the_place_of_what_is_not_here(read, text):
    asked = read(text)
    assert isinstance(asked, Question)
    assert not asked.options
    assert asked.text.startswith("there is no")


def test_what_does_not_fit_is_told_in_the_words_that_were_said(read):
    assert read("put the bowl on the plate").message.startswith("'put the bowl on the plate' wants")


def test_a_limit_on_what_is_left_out_is_no_order_to_leave_it_out(read):
    goal = read("do not leave the milk out for longer than 20 seconds")
    assert isinstance(goal, Goal)
    away = "forall place in receptacle -> not belongs(milk, place) or in(milk, place)"
    assert str(goal.formula) == away
    assert [str(one.trigger) for one in goal.requirements] == [
        "exists place in receptacle where belongs(milk, place) -> not in(milk, place)"
    ]
