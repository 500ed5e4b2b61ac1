"""Run-on speech: an order and its reason in one breath, without a mark between them."""

import pytest

from treehand.planners.reading.speech.clauses.run_on import with_pauses
from treehand.planners.reading.words.tokens import marked_tokens

PARTED = {
    "left burner off please its boiling in here": "left burner off please , it is boiling in here",
    "close the fridge its too cold": "close the fridge , it is too cold",
    "close the fridge it's freezing in here": "close the fridge , it is freezing in here",
    "turn off the left burner the pan is burning": "turn off the left burner , the pan is burning",
    "left burner off I'm done cooking": "left burner off , i am done cooking",
    "could you wipe the table there are crumbs all over": "could you wipe the table , there are "
    "crumbs all over",
    "give me the apple I'm starving": "give me the apple , i am starving",
    "open the drawer I can't reach the sponge": "open the drawer , i can not reach the sponge",
    "it's too hot could you turn off the left burner": "it is too hot , could you turn off the "
    "left burner",
    "my hands are full can you open the fridge": "my hands are full , can you open the fridge",
    "breakfast is over clear the table": "breakfast is over , clear the table",
    "the pan's too hot turn it off": "the pan is too hot , turn it off",
    "I've finished with the red mug you can wash it": "i have finished with the red mug , you can "
    "wash it",
    "grab me an apple I skipped lunch": "grab me an apple , i skipped lunch",
    "wipe the table quick the boss is coming": "wipe the table quick , the boss is coming",
    "wipe it would you there's flour everywhere": "wipe it would you , there is flour everywhere",
    "left burner on the kids are hungry": "left burner on , the kids are hungry",
    "I'm thirsty please bring the milk": "i am thirsty , please bring the milk",
}
WHOLE = [
    "bring me the mug I am using",
    "bring the mug that I am using now",
    "it would be great could you wash the pan",
    "make sure the fridge is shut",
    "put the pan where it is kept",
    "leave the plates the way they are",
    "close everything that is open",
    "wash the mug it is in",
    "if the fridge is open please close it",
    "is the fridge open",
    "put the pot on its hot plate",
    "I've already put the glass in the sink",
    "I am just about to put the glass in the sink",
    "somebody's been using the red mug",
    "the kids have put the mug in the sink",
    "she has the kids put the mugs away",
    "wash the plate I left on the table",
    "bring the mug I gave my mother",
    "the pan is greasy so give it a wash",
    "the plate that is dirty wash it",
    "the socks on the floor are dirty",
    "tell me what is on the table",
]


@pytest.mark.parametrize("text", PARTED)
def test_a_pause_stands_before_a_reason(deployment, text):
    assert " ".join(with_pauses(marked_tokens(text), deployment.lexicon)) == PARTED[text]


@pytest.mark.parametrize("text", WHOLE)
def test_one_clause_stays_whole(deployment, text):
    tokens = marked_tokens(text)
    assert with_pauses(tokens, deployment.lexicon) == tokens
