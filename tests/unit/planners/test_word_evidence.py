"""What only a language model read counts as said if every word of the text is accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Goal
from treehand.planners.llm.reading.word_evidence import WordEvidence
from treehand.skills.domain import Atom, Fact, parse_formula

KITCHEN = Deployment.load(looks_here=False)
EVIDENCE = WordEvidence(KITCHEN.lexicon)


def is_confirmed(text, formula):
    return EVIDENCE.confirms(text, Goal(text=text, formula=parse_formula(formula)))


SAID = [
    ("would you mind storing the red mug inside the cupboard", "in(red_mug, cupboard)"),
    ("I would love the milk to end up inside the fridge", "in(milk, fridge)"),
    ("I'd love the milk in the fridge, if it is not too much trouble", "in(milk, fridge)"),
    (
        "the milk and the glass should end up inside the fridge",
        "in(milk, fridge) and in(glass, fridge)",
    ),
    ("kindly dispose of the can in the bin", "in(can, bin)"),
    ("I wish the fridge to be open", "is_open(fridge)"),
    ("I would prefer the fridge closed", "not is_open(fridge)"),
    (
        "all plates should end up in the dishwasher, please",
        "forall p in plate -> in(p, dishwasher)",
    ),
]
"""Sentences with what they say."""


@pytest.mark.parametrize(("text", "formula"), SAID)
def test_what_the_words_say_is_confirmed(text, formula):
    assert is_confirmed(text, formula)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("I would mind storing the red mug inside the cupboard", "in(red_mug, cupboard)"),
        ("I would hate the milk to end up inside the fridge", "in(milk, fridge)"),
        ("the last thing I want is the milk in the fridge", "in(milk, fridge)"),
        ("I would love the milk not to end up inside the fridge", "in(milk, fridge)"),
        ("the milk should end up anywhere but in the fridge", "in(milk, fridge)"),
        ("I would love the milk to end up outside the fridge", "in(milk, fridge)"),
        ("please keep the milk away from the fridge", "in(milk, fridge)"),
        ("fetch me the milk in the fridge", "in(milk, fridge)"),
        ("would you kindly unseal the fridge", "not is_open(fridge)"),
        ("would you kindly seal the fridge", "is_open(fridge)"),
        (
            "the milk into the fridge and the glass into the sink",
            "in(milk, sink) and in(glass, fridge)",
        ),
        ("the milk in the fridge should be on the counter", "in(milk, fridge)"),
        (
            "the milk in the fridge should be on the counter",
            "in(milk, fridge) and on(milk, counter)",
        ),
        ("all plates should end up in the dishwasher", "in(plate_1, dishwasher)"),
        ("two plates should end up in the dishwasher", "forall p in plate -> in(p, dishwasher)"),
        ("all plates but the first should go in the sink", "forall p in plate -> in(p, sink)"),
        ("a plate should end up in the dishwasher", "in(plate_1, dishwasher)"),
        ("the mug should end up in the dishwasher", "in(red_mug, dishwasher)"),
        ("every dirty plate should go in the sink", "forall p in plate -> in(p, sink)"),
        ("every plate should go in the sink", "forall p in dish -> in(p, sink)"),
        ("if it rains the milk should end up in the fridge", "in(milk, fridge)"),
        (
            "the milk or the glass should end up in the fridge",
            "in(milk, fridge) and in(glass, fridge)",
        ),
        ("the milk should end up in the fridge or the sink", "in(milk, fridge)"),
        ("the milk should end up in the fridge", "in(milk, fridge) and is_open(fridge)"),
        ("the milk and the glass should end up in the fridge", "in(milk, fridge)"),
        ("dispose of the milk in the fridge", "in(milk, fridge)"),
        ("the milk was in the fridge", "in(milk, fridge)"),
        ("the milk", "is_open(fridge)"),
    ],
)
def test_anything_else_is_not(text, formula):
    assert not is_confirmed(text, formula)


def test_an_order_or_a_ban_is_never_confirmed():
    opened = parse_formula("is_open(fridge)")
    goal = Goal(text="", formula=parse_formula("in(milk, fridge)"))
    text = "I would love the milk to end up inside the fridge"
    assert EVIDENCE.confirms(text, goal)
    assert not EVIDENCE.confirms(text, goal.model_copy(update={"before": (opened,)}))
    assert not EVIDENCE.confirms(text, goal.model_copy(update={"never": (opened,)}))


OBJECTS = KITCHEN.vocabulary.object_types


@st.composite
def literals(draw):
    """Return a well-typed literal of the kitchen."""
    name = draw(st.sampled_from(sorted(KITCHEN.vocabulary.predicates)))
    kinds = [kind for _, kind in KITCHEN.vocabulary.predicates[name].parameters]
    terms = tuple(draw(st.sampled_from(KITCHEN.vocabulary.objects(kind))) for kind in kinds)
    return Atom(Fact(name, terms), draw(st.booleans()))


@given(said=st.sampled_from(SAID[:6]), read=literals())
def test_a_sentence_confirms_no_literal_but_its_own(said, read):
    text, formula = said
    if parse_formula(formula) != read:
        assert not EVIDENCE.confirms(text, Goal(text=text, formula=read))


@given(
    read=literals(),
    word=st.sampled_from(["not", "never", "hardly", "unless", "nobody", "off", "out", "without"]),
    place=st.integers(0, 12),
)
def test_a_word_of_denial_confirms_nothing(read, word, place):
    words = ["I", "would", "love", "the", "milk", "to", "end", "up", "inside", "the", "fridge"]
    words.insert(min(place, len(words)), word)
    assert not EVIDENCE.confirms(" ".join(words), Goal(text="", formula=read))
