"""Clauses without their verb, and what stands in for a clause."""

import pytest

from treehand.planners.reading.speech.clauses.verbless_forms import with_verbs
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "both bowls washed, then into the cupboard": "wash both bowls and put them into the cupboard",
    "the pan wiped and put away": "wipe the pan and put it away",
    "plates, bowls and mugs washed then in the cupboard": "wash plates , bowls and mugs and put "
    "them in the cupboard",
    "both mugs, into the dishwasher, and then shut it": "both mugs into the dishwasher , and then "
    "shut it",
    "make sure neither burner is left on": "make sure no burner is on",
    "neither of the mugs should be on the table": "no mug should be on the table",
    "once the pan has had its wash, put it away": "once the pan is washed , put it away",
    "get me the blue mug, the one in the cupboard": "get me the blue mug that is in the cupboard",
    "have the pan put away": "put the pan away",
    "take glass from table and put in sink": "take glass from table and put it in sink",
    "open the drawer and hand me what's inside": "open the drawer and hand me everything in the "
    "drawer",
    "bring grandma's glass": "bring the glass",
    "milk in the fridge pan in the cupboard": "milk in the fridge , pan in the cupboard",
    "plates bowls and mugs in the sink": "plates , bowls and mugs in the sink",
    "someone should wash the pan": "please wash the pan",
    "left burner off right burner off": "left burner off , right burner off",
}
KEPT = [
    "get the pan washed and into the cupboard",
    "the glass is needed on the counter",
    "the plates were washed, then they broke",
    "the pan rolled away",
    "the red mug was in the sink yesterday",
    "the mugs were on the table, then in the sink",
    "the plates moved to the sink",
    "wash the kids' plates",
    "put the pan on the stove, in the middle",
    "neither the weather nor the time is good",
    "the mug on the table",
    "turn the burner off",
    "put plates 1 and 3 in the sink",
    "kitchen table and counter",
    "red mug and glass in the sink",
    "a drink for two",
    "someone should be here soon",
]


@pytest.mark.parametrize("text", SAID)
def test_the_verb_is_said(deployment, text):
    assert " ".join(with_verbs(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", KEPT)
def test_whole_clauses_stay(deployment, text):
    tokens = marked_tokens(text)
    assert with_verbs(tokens, deployment.lexicon) == tokens
