"""Speech acts: an order is told from a report, a question and the rest by its syntax."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Answer, Goal, Question
from treehand.planners.reading.acts.act_reader import acts_of
from treehand.planners.reading.acts.speech_act import SpeechAct

ACTS = {
    "order": """
        could the counter be wiped
        it goes in the fridge
        I was wondering whether you might be able to wipe the table
        put the red mug in the sink
        Hand me the sponge, would you?
        could you wipe the table
        would you mind popping open the drawer
        why don't you wash the pan
        clean plates go in the cupboard
        glasses belong in the cupboard
        don't open the fridge
        putting away groceries
        yeet the mug into the bin
        water the plants
        do the dishes
        have the table wiped
        make sure the fridge is closed
        you should wash the pan
        is there any chance you could wipe the table
        if the fridge is open, close it
        dirty plates into the dishwasher
        open the drawers
        let's tidy up
        shall we tidy up
        leave the fridge open and make sure it stays open
        could somebody wipe the table
        left burner off when you're done
        kitchen lights off
        y'all mind chuckin that can in the bin
        hiya, sorry, could you open the drawer
        please you clean the blue mug
        all what is dirty please wash
        stop the left burner, we're leaving""",
    "wish": """
        I'd like an apple please
        can I have the glass?
        the table needs a wipe
        the plates should be in the dishwasher
        dishes need doing
        the guests want apples
        there should be a mug on the table
        I'm at the table and would love an apple
        how about an apple
        two plates
""",
    "report": """
        the door is open
        the milk is on the stove
        I dropped flour on the shelf
        my daughter spilled juice all over the counter
        Mum put the apple in the drawer
        someone left the fridge open
        there's a plate on the floor
        it smells in here
        we're out of milk
        I have to go
        I prefer tea
        the fridge door won't close
        the cheese was eaten by the kids
        can is on the counter
        water is leaking from the sink
        this mug leaks
        the apple looks rotten
        you forgot the plates
        I'll be home late
        the mug, the plate and the pan are dirty
        clean plates are on the table
        open drawers are dangerous
        the milk belongs to me
        I already put the milk in the fridge
        nobody has emptied the bin
        the table which you wiped is dirty again""",
    "question": """
        where is the milk?
        is the fridge closed
        what can you do?
        do you know where the sponge is
        should I put the milk away?
        have you seen my mug
        why is the burner on?
        tell me where the milk is
        can I eat this?
        the milk?
        do the plates go in the dishwasher?
        which mugs are dirty""",
    "correction": """
        no, the other one
        not there, in the cupboard
        I meant the blue mug""",
    "refusal": """
        never mind
        no thanks
        I don't want the milk in the sink""",
    "stop": """
        stop
        please halt right now""",
    "social": """
        thanks a lot, robot
        good job with the dishes
        ok thanks""",
}
ROWS = [(text.strip(), act) for act, texts in ACTS.items() for text in texts.strip().splitlines()]


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


@pytest.mark.parametrize(
    "text", ["stop, the left burner is hot", "stop! left burner", "stop the left burner, stop"]
)
def test_a_stop_beside_a_thing_stays_a_stop(deployment, text):
    assert acts_of(text, deployment.lexicon).act is SpeechAct.STOP


@pytest.mark.parametrize(("text", "act"), ROWS)
def test_the_act_of_a_clause_is_told_by_its_syntax(deployment, text, act):
    assert acts_of(text, deployment.lexicon).act is SpeechAct[act.upper()]


@pytest.mark.parametrize(
    "text", [text for text, act in ROWS if act not in ("order", "wish", "correction")]
)
def test_only_orders_and_wishes_become_goals(session, text):
    assert not isinstance(session.proposer.read(text, session.world_model), Goal)


def test_a_report_that_is_known_leads_to_a_fitting_offer(session):
    read = session.proposer.read("the left burner is still on", session.world_model)
    assert isinstance(read, Question)
    chosen = session.answered(read, read.options[0])
    assert chosen.literals() == ("not is_on(left_knob)",)
    assert isinstance(session.answered(read, read.options[-1]), Answer)


def test_a_need_leads_to_the_offer_of_what_helps(session):
    read = session.proposer.read("I am thirsty", session.world_model)
    assert isinstance(read, Question)
    assert [goal.literals() for goal in read.goals] == [("holding(milk)",)]


def test_a_report_that_is_new_is_a_hint_and_moves_nothing(session):
    read = session.proposer.read("the milk is on the stove", session.world_model)
    assert isinstance(read, Answer)
    assert read.hints == ("on(milk, stove) (person)",)


def test_a_report_before_an_order_says_what_it_means(session):
    text = "the milk is on the table, put it in the fridge"
    assert session.understand(text).literals() == ("in(milk, fridge)",)


def test_a_report_after_an_order_that_denies_something_is_asked_about(session):
    read = session.understand("wipe the table. nobody opens anything")
    assert isinstance(read, Question)
    assert session.answered(read, "yes").literals() == ("wiped(table)",)
