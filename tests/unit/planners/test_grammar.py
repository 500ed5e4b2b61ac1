"""Plain words, without a model: what is understood, what is asked back."""

import pytest

from tests.driving import Session
from tests.readings import kind, words
from treehand.planners import GrammarGoalReader, Infeasible, Lexicon, Plan
from treehand.skills.domain import Domain, Fact, Facts, Percept, PredicateModel, Scene

UNDERSTOOD = {
    "put the red mug in the dishwasher": "in(red_mug, dishwasher)",
    "Please put the red mug into the dishwasher.": "in(red_mug, dishwasher)",
    "could you put the red cup in the dish washer": "in(red_mug, dishwasher)",
    "the red mug should be in the dishwasher": "in(red_mug, dishwasher)",
    "put both mugs in the sink": "in(red_mug, sink) and in(blue_mug, sink)",
    "put the milk in the fridge and close it": "in(milk, fridge) and not is_open(fridge)",
    "open the fridge, put the milk in it and close it": "in(milk, fridge) and not is_open(fridge)",
    "put all the dishes in the dishwasher except the glass":
        "forall d in dish except glass -> in(d, dishwasher)",
    "put every dish except the glass and the pan in the sink":
        "forall d in dish except glass, pan -> in(d, sink)",
    "put the dirty dishes that are on the table in the sink":
        "forall d in dish where not clean(d) and on(d, table) -> in(d, sink)",
    "put everything on the table in the sink":
        "forall m in movable where on(m, table) -> in(m, sink)",
    "put the milk on the counter and the food in the fridge":
        "on(milk, counter) and (forall f in food except milk -> in(f, fridge))",
    "I am late today so open the fridge and wash the pan": "is_open(fridge) and clean(pan)",
    "wash every pan, then wipe the table": "(forall p in pan -> clean(p)) and wiped(table)",
    "put two plates in the sink": "count p in plate where in(p, sink) >= 2",
    "put the two bowls in the sink": "in(bowl_1, sink) and in(bowl_2, sink)",
    "put a bowl in the cupboard": "exists b in bowl -> in(b, cupboard)",
    "put the red mug in the sink and the apple on the counter":
        "in(red_mug, sink) and on(apple, counter)",
    "put the red mug, the glass and the apple in the sink":
        "in(red_mug, sink) and in(glass, sink) and in(apple, sink)",
    "close all open doors": "forall c in cabinet where is_open(c) -> not is_open(c)",
    "turn off the left burner": "not is_on(left_knob)",
    "turn both knobs off": "not is_on(left_knob) and not is_on(right_knob)",
    "throw the can away": "exists place in bin -> in(can, place)",
    "take the red mug and put it in the sink": "in(red_mug, sink)",
    "grab the can and throw it away": "exists place in bin -> in(can, place)",
    "pick up all plates and put them in the sink": "forall p2 in plate -> in(p2, sink)",
    "wash the red mug and the glass and put them in the cupboard":
        "clean(red_mug) and clean(glass) and in(red_mug, cupboard) and in(glass, cupboard)",
    "throw away any rubbish": "forall r in rubbish -> exists place in bin -> in(r, place)",
    "wash any dirty dishes": "forall d in dish where not clean(d) -> clean(d)",
    "put 1 plate in the sink": "exists p in plate -> in(p, sink)",
    "wash any dirty mug": "clean(red_mug)",
    "go to the table (please)": "at(table)",
    "fetch the cheese": "holding(cheese)",
    "put the cheese away":
        "forall place in receptacle where belongs(cheese, place) -> in(cheese, place)",
    "go to the table": "at(table)",
    "bring the apple to the fridge": "in(apple, fridge)",
    "bring the apple to the counter": "on(apple, counter)",
    "in(apple, sink) and not is_open(fridge)": "in(apple, sink) and not is_open(fridge)",
    "could you deliver the apple to the table?": "on(apple, table)",
    "I'd like the red cup served on the table": "on(red_mug, table)",
    "would you mind switching off the left burner?": "not is_on(left_knob)",
    "make sure the refrigerator's shut": "not is_open(fridge)",
    "please ensure that the dishwasher isn't open": "not is_open(dishwasher)",
    "either put the apple in the fridge or put it on the counter":
        "in(apple, fridge) or on(apple, counter)",
    "put the apple in the fridge or in the sink": "in(apple, fridge) or in(apple, sink)",
    "bring either the glass or the red mug to the table": "on(glass, table) or on(red_mug, table)",
    "wash the pan and either open the fridge or close the dishwasher":
        "clean(pan) and (is_open(fridge) or not is_open(dishwasher))",
    "It's so messy in here! Please wipe the table.": "wiped(table)",
    "Somebody spilled juice, so wipe the counter": "wiped(counter)",
    "bring a piece of cheese to the table": "on(cheese, table)",
    "put plates number one and two in the sink": None,
    "put plates 1 and 3 in the sink": "in(plate_1, sink) and in(plate_3, sink)",
    "move away from the stove": "not at(stove)",
    "put the mug down": None,
    "put down the red mug": "not holding(red_mug)",
    "turn off both the left and the right knob": None,
    "turn off both the left knob and the right knob":
        "not is_on(left_knob) and not is_on(right_knob)",
    "no dishes should be on the table": "forall d in dish -> not on(d, table)",
    "Get the bowls onto the counter and the apple too":
        "(forall b in bowl -> on(b, counter)) and on(apple, counter)",
    "turn the knob off": "not is_on(left_knob)",
    "turn everything off": "forall k in knob -> not is_on(k)",
    "shut everything": "forall c in cabinet -> not is_open(c)",
    "close whatever is open": "forall c in cabinet where is_open(c) -> not is_open(c)",
    "the first plate goes in the sink and the second one in the dishwasher":
        "in(plate_1, sink) and in(plate_2, dishwasher)",
    "put the red mug in the sink and the blue one on the table":
        "in(red_mug, sink) and on(blue_mug, table)",
    "put the red mug in the sink and the green one on the table": None,
    "pick the apple up off the table": "holding(apple)",
    "take out the milk": "holding(milk)",
    "take out the can": "exists place in bin -> in(can, place)",
    "grab the sponge from the drawer and wipe the stove with it": "wiped(stove)",
    "open the fridge and wipe the table": "is_open(fridge) and wiped(table)",
    "take the plates off the table":
        "forall p in plate where on(p, table) -> not on(p, table)",
    "collect the plates": None,
    "put the wet sponge in the drawer": "in(sponge, drawer)",
    "put the wet plate in the sink": None,
    "put some food in the fridge": "exists f in food -> in(f, fridge)",
    "leave the apple out but put the milk in the fridge": "in(milk, fridge)",
    "drop the wrapper in the bin on your way": "in(wrapper, bin)",
    "put the cooking pan in the sink": "in(pan, sink)",
    "wash my bowl, the one in the sink": "clean(bowl_2)",
    "put the glass, no sorry the red mug, in the dishwasher": "in(red_mug, dishwasher)",
    "put the red cup to the sink": "in(red_mug, sink)",
    "load the dishwasher with the bowls": "forall b in bowl -> in(b, dishwasher)",
    "big plate onto the table": "on(plate_3, table)",
    "shut the fridge so the milk stays cold": None,
    "turn everything off except the left burner":
        "forall k in knob except left_knob -> not is_on(k)",
    "shut everything but the fridge": "forall c in cabinet except fridge -> not is_open(c)",
    "put all food but the apple in the fridge": "forall f in food except apple -> in(f, fridge)",
    "get the sponge, wipe the table and hand me the sponge": "holding(sponge) and wiped(table)",
    "shut the fridge so the dog stays out": "not is_open(fridge)",
    "return the sponge to its place":
        "forall place in receptacle where belongs(sponge, place) -> in(sponge, place)",
    "wash and put the red mug in the sink": "clean(red_mug) and in(red_mug, sink)",
    "find and wash the red mug": "clean(red_mug)",
    "pick up, wash and put away the cheese": None,
    "wash and put both mugs in the sink":
        "clean(red_mug) and in(red_mug, sink) and clean(blue_mug) and in(blue_mug, sink)",
    "wash and put every dish except the glass in the sink":
        "(forall d in dish except glass -> clean(d))"
        " and (forall d2 in dish except glass -> in(d2, sink))",
    "wash and put a bowl in the sink": "exists b in bowl -> clean(b) and in(b, sink)",
    "pick up and put a bowl in the sink": "exists b2 in bowl -> in(b2, sink)",
    "pick up a bowl and put it in the sink": "exists b2 in bowl -> in(b2, sink)",
    "put a plate in the sink and wash it": "exists p2 in plate -> in(p2, sink) and clean(p2)",
    "put a bowl on the table, wash a mug and put it in the cupboard":
        "(exists b in bowl -> on(b, table)) and (exists m3 in mug -> clean(m3) and"
        " in(m3, cupboard))",
    "place a rinsed bowl in the cupboard":
        "exists b in bowl -> clean(b) and in(b, cupboard)",
    "close an open drawer": None,
    "wipe the counter with a sponge": "wiped(counter)",
    "there should be two plates and a glass on the table":
        "(count p in plate where on(p, table) >= 2) and on(glass, table)",
    "make sure that all the plates are in the sink and the dishwasher is closed":
        "(forall p in plate -> in(p, sink)) and not is_open(dishwasher)",
    "I want the table cleared and wiped":
        "(forall x in movable where on(x, table) -> not on(x, table)) and wiped(table)",
    "I'd like the plates washed and put away":
        "(forall p in plate -> clean(p)) and (forall p2 in plate -> forall place in receptacle"
        " where belongs(p2, place) -> in(p2, place))",
    "can we get this table cleared please":
        "forall x in movable where on(x, table) -> not on(x, table)",
    "do not leave the milk out":
        "forall place in receptacle where belongs(milk, place) -> in(milk, place)",
    "wash the dishes by hand": "forall d in dish -> clean(d)",
    "go to the kitchen, find the apple and bring it to me": "holding(apple)",
    "the cup on the counter, bring it to the table": "on(red_mug, table)",
    "put the fruit in the fridge": "in(apple, fridge)",
    "hand me something to drink": "holding(milk)",
    "sort the dishes: plates in the dishwasher and mugs in the cupboard":
        "(forall p in plate -> in(p, dishwasher)) and (forall m2 in mug -> in(m2, cupboard))",
    "make sure everything is off and closed":
        "(forall k in knob -> not is_on(k)) and (forall c2 in cabinet -> not is_open(c2))",
    "do not wash and wipe the pan": None,
    "wash and do not open the pan": None,
    "pop the left burner off before you go": "not is_on(left_knob)",
    "could you like wipe the table": "wiped(table)",
    "the cheese goes in the fridge and so should the milk":
        "in(cheese, fridge) and in(milk, fridge)",
}  # fmt: skip


@pytest.fixture
def session(deployment):
    """A session remembers what was said in it, so each test has its own."""
    return Session(deployment)


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_what_is_understood(session, text):
    goal = session.understand(text)
    if UNDERSTOOD[text] is None:
        assert kind(goal) == "question"
        return
    assert kind(goal) == "goal", words(goal)
    assert str(goal.formula) == UNDERSTOOD[text]
    assert words(goal)


FORBIDDEN = {
    "put the red mug in the sink and do not open the dishwasher": "is_open(dishwasher)",
    "put the milk in the fridge without opening the cupboard": "is_open(cupboard)",
    "never open the dishwasher, and wipe the table": "is_open(dishwasher)",
    "put the apple on the counter but avoid picking up the milk": "holding(milk)",
    "put the apple on the counter. Don't open any cabinet": "exists c in cabinet -> is_open(c)",
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_forbidden_is_a_guard(session, text):
    goal = session.understand(text)
    assert [str(formula) for formula in goal.never] == [FORBIDDEN[text]]
    assert "never on the way" in words(goal)
    plan = session.plan(goal)
    assert isinstance(plan, Plan)
    assert plan.tree.root.while_ == goal.guard(session.world_model.facts)


def test_then_is_an_order(session):
    goal = session.understand("wash the pan, then wipe the table, then put the milk in the fridge")
    assert [str(first) for first in goal.before] == ["clean(pan)", "clean(pan) and wiped(table)"]
    assert "before the rest: pan is clean and table is wiped" in words(goal)
    plan = session.plan(goal)
    steps = [step.name for step in plan.certificate.steps]
    assert steps.index("wash") < steps.index("wipe") < steps.index("put_in", steps.index("wipe"))


def test_what_is_undone_again_is_done_first(session):
    goal = session.understand("open the fridge and then close it")
    assert (goal.literals(), goal.before[0].holds(session.world_model.facts)) == (
        ("not is_open(fridge)",),
        False,
    )
    assert not session.is_already_true(goal)
    steps = session.plan(goal).certificate.steps
    assert list(map(str, steps)) == ["open(fridge)", "close(fridge)"]


def test_what_is_so_now_cannot_be_forbidden_but_changed(session):
    goal = session.understand("wipe the table, and do not leave the sink open")
    assert goal.never == ()
    assert "not is_open(sink)" in goal.literals()


def test_a_goal_that_needs_what_it_forbids_is_infeasible(session):
    goal = session.understand("put the milk in the fridge but never open the fridge")
    plan = session.plan(goal)
    assert isinstance(plan, Infeasible)
    message = plan.message(session.deployment.domain)
    assert "open(fridge) precondition-false: it would make 'is_open(fridge)' true" in message


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("put the mug in the sink", ("red mug", "blue mug")),
        ("wash the plate", ("plate 1", "plate 2", "plate 3")),
        ("wash the bowl", ("bowl 1", "bowl 2")),
    ],
)
def test_one_of_several_is_asked_for(session, text, options):
    goal = session.understand(text)
    assert kind(goal) == "question"
    assert goal.options == options
    answered = session.answered(goal, options[1])
    assert kind(answered) == "goal"
    again = session.understand(text)
    assert again.formula == answered.formula, "what was meant is remembered"
    assert options[1].replace(" ", "_") in str(answered.formula)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("put the piano away", "there is no piano here"),
        ("open the fridg", "I do not know 'fridg': open the fridge?"),
        ("wash it", "what does 'it' stand for"),
        ("put three mugs in the sink", None),
        ("put both plates in the sink", "I know of 3"),
        ("if it rains close the fridge", "'if it rains' is a condition"),
        ("", "what shall be done"),
        ("put 0 plates in the sink", "how many are '0 plates'"),
        ("put some plates in the sink", "how many are 'some plates'"),
        ("open a cabinet and close it", "what does 'it' stand for"),
        ("wash the pan, put the apple in the fridge and put them away", "'them' stand for"),
        ("the the the", "but not what they ask for"),
        ("on(red_mug, tabel)", "did you mean 'table'"),
        ("on(red_mug", "expected ')'"),
        ("put the red mug that is in the sink on the table", "that is not so"),
    ],
)
def test_it_asks_rather_than_guesses(session, text, part):
    goal = session.understand(text)
    if part is None:
        assert kind(goal) == "goal"
    else:
        assert kind(goal) == "question"
        assert part in words(goal)


@pytest.mark.parametrize(
    "text",
    [
        "put the milk in the fridge; failing that, put it on the counter",
        "if you can not put the milk in the fridge, put it on the counter",
        "put the milk in the fridge, if not the cheese",
        "do not close the fridge",
        "find out whether the fridge is open",
        "could the fridge be open?",
        "will the milk be in the fridge",
        "perhaps the milk is in the fridge",
        "the milk may be in the fridge",
        "the milk has been in the fridge",
        "i already put the milk in the fridge",
        "i will put the milk in the fridge",
        "we put the can in the bin",
        "you may open the fridge",
        "wipe the table. no, stop",
        "wipe the table. i take that back",
        "wipe the table. it was a joke, never mind",
        "put the milk in the fridge, actually the cheese",
        "close the fridge. it may not be touched",
        "wipe the table. nobody opens anything",
        "do not put all plates in the dishwasher",
        "do not wash every plate",
    ],
)
def test_what_sounds_like_an_order_and_is_none_is_asked_about(session, text):
    """Denials, guesses, reports, permissions, second thoughts: no word of them is left out."""
    assert kind(session.understand(text)) == "question"


def test_what_nobody_knows_cannot_be_guarded_but_is_forbidden(session):
    goal = session.understand("put the red mug in the sink but never wash the blue mug")
    assert [str(never) for never in goal.never] == ["clean(blue_mug)"]
    assert goal.guard(session.world_model.facts) is None


@pytest.mark.parametrize(
    "text",
    [
        "put the fridge in the sink",
        "wash the table and the milk",
        "throw away the apple",
        "wash the drawer",
        "open everything in the fridge",
    ],
)
def test_what_does_not_fit_is_infeasible(session, text):
    goal = session.understand(text)
    assert kind(goal) == "infeasible"
    assert "wants a" in words(goal)


def test_named_goals_of_the_domain(session, domain):
    for named in domain.goals:
        if not named.params:
            for words in named.words:
                assert session.understand(words).formula == named.goal


def test_a_description_that_fits_nothing_is_read_otherwise(session):
    """No glass is in the sink: it shall be put there, rather than be asked about."""
    goal = session.understand("put the glass in the sink and the pan in the cupboard")
    assert str(goal.formula) == "in(glass, sink) and in(pan, cupboard)"


def test_a_freer_reading_never_replaces_a_question():
    """At the bar already, "do not approach it" is asked about; bar 2 is no part of the bar."""
    domain = Domain(
        domain="cafe",
        types={"place": None},
        predicates={"robot_near": PredicateModel(params={"place": "place"}, default=False)},
        skills={},
    )
    scene = Scene.model_validate(
        {
            "scene": "cafe",
            "domain": "cafe",
            "objects": {n: {"type": "place"} for n in ("bar", "bar_2")},
        }
    )
    lexicon = Lexicon(domain, scene)
    facts = Facts(lexicon.vocabulary)
    facts.observe([Percept(Fact("robot_near", ("bar",)), True, "scene", 0.0)])
    goal = GrammarGoalReader(lexicon).interpret("do not approach the bar", facts)
    assert kind(goal) == "question"
    assert "it is so already" in words(goal)
    other = GrammarGoalReader(lexicon).interpret("do not approach bar 2", facts)
    assert [str(never) for never in other.never] == ["robot_near(bar_2)"]


@pytest.mark.parametrize(
    ("text", "goal", "never"),
    [
        ("keep the fridge closed", "not is_open(fridge)", ["is_open(fridge)"]),
        ("make sure the fridge stays closed", "not is_open(fridge)", ["is_open(fridge)"]),
        ("keep the drawer open", "is_open(drawer)", []),  # it is closed: open it, for the end
        ("leave the fridge closed", "not is_open(fridge)", []),
        ("close the fridge", "not is_open(fridge)", []),
        (
            "open the drawer, then keep the fridge closed",
            "is_open(drawer) and not is_open(fridge)",
            [],
        ),
    ],
)
def test_what_shall_stay_so_is_not_undone_on_the_way(session, text, goal, never):
    read = session.understand(text)
    assert str(read.formula) == goal
    assert list(map(str, read.never)) == never


def test_the_objects_are_listed_once_for_several_unknown_words(session):
    asked = session.understand("bitte leg den kuehlschrank weg")
    assert words(asked).count("there is ") == 1


def test_a_named_goal_leaves_out_what_the_scene_has_none_of(deployment):
    """A kitchen without pans needs no cupboard, which the goal names; with a pan it is missed."""
    objects = dict(deployment.scene.objects)
    del objects["cupboard"]
    with_pan = deployment.scene.model_copy(update={"objects": objects})
    without = with_pan.model_copy(
        update={"objects": {n: o for n, o in objects.items() if n != "pan"}}
    )
    goals = {
        name: next(g for g in Lexicon(deployment.domain, scene).domain.goals).goal
        for name, scene in (("with", with_pan), ("without", without))
    }
    assert "cupboard" in str(goals["with"])
    assert "cupboard" not in str(goals["without"])
    assert "in(f, fridge)" in str(goals["without"])
