"""Offers where the grammar cannot tell; nouns by kind and by typing error; names in any script."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Answer, Goal, GrammarGoalReader, Lexicon, Question
from treehand.planners.reading.nouns.noun_finder import NounFinder
from treehand.planners.reading.words.spelling import misspelt, slips
from treehand.planners.reading.words.taxonomy import kinds_of_actions, kinds_of_things
from treehand.skills.domain import Facts, Percept


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


OFFERED = {
    "whack the cheese in the fridge will you": "in(cheese, fridge)",
    "put the mlik in the fridge": "in(milk, fridge)",
    "opn the frige": "is_open(fridge)",
    "bring me a beverage": "holding(milk)",
    "get me something to drink": "holding(milk)",
    "get me something to clean with": "holding(sponge)",
    "rinse the glass": "clean(glass)",
    "store the leftover cheese in the refrigerator": "in(cheese, fridge)",
    "there's a wrapper on the table, chuck it in the bin": "in(wrapper, bin)",
    "yank the drawer open and scrub the glass": "is_open(drawer) and clean(glass)",
}


@pytest.mark.parametrize("text", OFFERED)
def test_an_option_leads_to_what_was_meant(session, text):
    question = read(session, text)
    if isinstance(question, Goal):
        assert " and ".join(question.literals()) == OFFERED[text]
        return
    assert isinstance(question, Question)
    assert len(question.options) <= 4
    goals = [session.answered(question, option) for option in question.options]
    found = [" and ".join(one.literals()) for one in goals if isinstance(one, Goal)]
    assert OFFERED[text] in found


@pytest.mark.parametrize(
    "text", ["put the mug on the stove and turn on the left burner", "ignite the left burner"]
)
def test_a_hazard_is_never_offered(session, text):
    question = read(session, text)
    goals = question.goals if isinstance(question, Question) else ()
    assert not any("is_on(left_knob)" in goal.literals() for goal in goals)


@pytest.mark.parametrize("text", ["put it there", "could you get that done"])
def test_nothing_is_offered_for_what_stands_for_nothing(session, text):
    question = read(session, text)
    assert isinstance(question, Question)
    assert not question.goals


def test_what_is_so_already_is_not_offered(session):
    question = read(session, "yank the fridge shut")
    goals = question.goals if isinstance(question, Question) else ()
    assert not any("not is_open(fridge)" in goal.literals() for goal in goals)


def test_what_is_so_already_is_asked_about_beside_words_that_are_not_read(session):
    question = read(session, "get the wotsits sorted, shut the fridge")
    assert question.options == ("close the fridge", "none of these")


def test_none_of_the_options_asks_for_other_words(session):
    question = read(session, "wodge the cheese in the fridge")
    again = session.answered(question, question.options[-1])
    assert isinstance(again, Question)
    assert not again.options


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bring the kettle", "there is no kettle here; I see"),
        ("if it rains, open the fridge", "'if it rains' is a condition"),
        ("set an alarm for seven", "there is no alarm here"),
    ],
)
def test_the_reason_is_named(session, text, said):
    assert said in read(session, text).text


@pytest.mark.parametrize("word", ["I", "would", "how", "whether", "someone", "their"])
def test_no_function_word_is_unknown(session, word):
    said = read(session, f"wibble {word} the milk")
    text = said.text if isinstance(said, Question | Answer) else ""
    assert f"'{word.lower()}'" not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        ",,,",
        "it",
        "put it",
        "and and and",
        "the " * 80,
        "put the milk in the fridge and " * 30,
        "x" * 3999,
        "💥 put 🍎 in 🧊",
        "\u200b\u202e put the milk\u0000",
        "PUT THE MILK IN THE FRIDGE!!!",
        "put\nthe\tmilk\r\nin the fridge",
        "هات الحليب",
        "冷蔵庫に牛乳を入れて",
        "wibble wobble the wubble wabble with the wobbly wibble",
    ],
)
def test_strange_texts_are_answered(session, text):
    assert read(session, text) is not None


def named_in_any_script(name, words):
    kitchen = Deployment.load(looks_here=False)
    objects = dict(kitchen.scene.objects)
    objects["thing_1"] = objects["milk"].model_copy(update={"words": (name, *words)})
    scene = kitchen.scene.model_copy(update={"objects": objects})
    lexicon = Lexicon(kitchen.domain, scene)
    facts = Facts(lexicon.vocabulary)
    facts.observe([Percept(fact, True, "scene", 0.0) for fact in scene.facts])
    return GrammarGoalReader(lexicon), facts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("牛乳", "牛乳"),
        ("Käse", "käse"),
        ("Käse", "KÄSE"),
        ("crème fraîche", "crème fraîche"),
        ("ﬁsh", "fish"),
        ("Straße", "STRASSE"),
        ("दूध", "दूध"),
    ],
)
def test_a_name_in_any_script_is_understood_and_breaks_nothing(name, said):
    grammar, facts = named_in_any_script(name, ())
    goal = grammar.interpret(f"put the {said} in the fridge", facts)
    assert goal.literals() == ("in(thing_1, fridge)",)
    assert grammar.interpret("open the fridge", facts).literals() == ("is_open(fridge)",)


def test_things_are_found_by_kind(deployment):
    finder = NounFinder(deployment.lexicon)
    (fruit,) = finder.found(["bring", "a", "fruit"])
    assert [noun.object for noun in fruit.nouns] == ["apple"]
    assert "pan" in finder.nearest("kettle")
    assert finder.nearest("coffee")[0] == "milk"  # by meaning: nothing that is only spelled alike


def test_kinds_of_things_and_actions():
    assert kinds_of_things().is_kind("milk", "drink")
    assert not kinds_of_things().is_kind("mug", "drink")
    assert kinds_of_actions().likeness("chuck", "throw") > 0.7
    assert kinds_of_actions().likeness("chuck", "wipe") < 0.4


def test_slips_of_the_fingers():
    assert slips("mlik", "milk", most=2) == 1
    assert slips("fridge", "fridge", most=1) == 0
    assert slips("cat", "elephant", most=2) == 3
    assert misspelt("appel", ["apple", "ape", "wrapper"]) == ["apple"]
    assert misspelt("of", ["off"]) == []


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("put milk on fridge", "in(milk, fridge)"),
        ("put the cheese in the table", "on(cheese, table)"),
        ("place the apple onto the drawer", "in(apple, drawer)"),
    ],
)
def test_the_other_preposition_is_offered_where_nothing_is_put_so(session, text, formula):
    question = read(session, text)
    assert isinstance(question, Question)
    assert [str(goal.formula) for goal in question.goals] == [formula]


def test_a_part_without_its_thing_is_about_the_thing_before(session):
    goal = read(session, "clean the blue mug and then put in cupboard")
    assert str(goal.formula) == "clean(blue_mug) and in(blue_mug, cupboard)"


def test_an_option_does_not_say_the_same_twice(session):
    question = read(session, "grab the glass zorp and grab the glass")
    assert question.options
    for option in question.options:
        assert len(set(option.split(" and "))) == len(option.split(" and "))


def test_what_is_not_needed_is_told_before_the_order(session):
    read_now = read(session, "I don't need the left burner any more, turn it off")
    assert str(read_now.formula) == "not is_on(left_knob)"
