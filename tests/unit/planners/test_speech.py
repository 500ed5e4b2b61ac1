"""Spoken words brought into the form of written ones: slips, fillers and frames."""

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import tokens_of


@pytest.fixture(scope="module")
def lexicon():
    return Deployment.load(looks_here=False).lexicon


SLIPS = {
    "put the the red mug in the sink": "put the red mug in the sink",
    "put it, um, put it in the fridge": "put it in the fridge",
    "put the pl- the plates in the sink": "put the plates in the sink",
    "wipe the, uh, the counter": "wipe the counter",
    "put the red, no, the blue mug in the sink": "put the blue mug in the sink",
    "turn off, I mean turn on the left burner": "turn on the left burner",
    "wipe two, no, three plates": "wipe three plates",
}
FRAMES = {
    "would you be a dear and bring me the red mug": "bring me the red mug",
    "I'd be ever so glad if you popped the cheese in the fridge": "pop the cheese in the fridge",
    "might I trouble you to turn off the left burner": "turn off the left burner",
    "it would be handy to have the sponge": "have the sponge",
    "is there any chance of the apple": "get the apple",
    "would you mind terribly washing the bowl": "wash the bowl",
    "while I think of it, close the cupboard": "close the cupboard",
    "wipe the table, pal, would you": "wipe the table",
    "right then, let's see, wipe the table I guess": "wipe the table",
    "the apple please": "get the apple please",
    "ugh fine whatever wipe the table": "wipe the table",
    "the left burner: turn it off": "turn the left burner off",
    "what I want is for you to wash the pan": "wash the pan",
    "since we have guests, wash the pan": "wash the pan",
    "do the cleaning of the table": "clean the table",
    "red mug, sink": "red mug to sink",
    "plates: dishwasher, now": "plates to dishwasher",
    "the apple, you bring to me": "bring the apple to me",
    "please you put the glass in cupboard": "put the glass in cupboard",
    "milk please put in the fridge": "put milk in the fridge",
    "all plates to wash please": "wash all plates please",
    "pleeease wash the paaan": "wash the pan",
    "the milk, can you put it, like, in the fridge": "can you put the milk in the fridge",
    "I would love it if the table were wiped": "make sure the table are wiped",
}
KEPT = (
    "put the milk in the fridge, actually the cheese",
    "I am going to close the fridge",
    "I was told to close the fridge",
    "I would not like you to wipe the table",
    "you never wipe the table",
    "wipe the table, but not now",
    "do not put the milk in the sink",
    "could you not open the fridge unless I ask",
    "put plate 1 1",
    "the red mug, the blue mug",
    "the mug you washed is broken",
    "the milk you put in the fridge",
    "the plates go in the sink",
    "the counter, the table",
    "I like to wipe the table",
    "it is nice to open the fridge",
    "why did you open the fridge",
    "take the can to the bin",
    "you may open the fridge",
    "since the fridge is open, close it",
    "when I say so, open the fridge",
)


@pytest.mark.parametrize(("said", "meant"), (SLIPS | FRAMES).items())
def test_slips_and_frames_are_taken_out(lexicon, said, meant):
    assert " ".join(plainly_spoken(tokens_of(said), lexicon)) == meant


@pytest.mark.parametrize("said", KEPT)
def test_words_that_mean_something_are_kept(lexicon, said):
    assert plainly_spoken(tokens_of(said), lexicon) == tokens_of(said)


@pytest.mark.parametrize("said", [*SLIPS, *FRAMES])
def test_what_is_plain_stays_as_it_is(lexicon, said):
    once = plainly_spoken(tokens_of(said), lexicon)
    assert plainly_spoken(once, lexicon) == once
