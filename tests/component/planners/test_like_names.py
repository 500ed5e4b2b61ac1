"""Things that have the same name: one question for each, and no reading for every pair of them."""

from pathlib import Path

import pytest
import yaml

import treehand as th
from treehand.worlds import kitchen

SCENE = Path(kitchen.__file__).parent / "kitchen.scene.yaml"
SHARED = {"milk": "milk", "cheese": "cheese", "red_mug": "mug", "fridge": "fridge", "bin": "bin"}
"""Things of the kitchen to the word that their twins have, too."""


@pytest.fixture(scope="module")
def scene_file(tmp_path_factory):
    """A kitchen in which six things have each of some names."""
    scene = yaml.safe_load(SCENE.read_text(encoding="utf-8"))
    objects = scene["objects"]
    for name, word in SHARED.items():
        objects[name]["words"] = [word, *objects[name].get("words", ())]
        for colour in ("green", "white", "black", "yellow", "purple"):
            twin = f"{colour}_{name.removeprefix('red_')}"
            objects[twin] = {"type": objects[name]["type"], "words": [word]}
            if "position_m" in objects[name]:
                objects[twin]["position_m"] = [40.0 + len(objects), 0.0]
            else:
                scene["facts"].append(f"on({twin}, table)")
    folder = tmp_path_factory.mktemp("crowded")
    path = folder / "crowded.scene.yaml"
    text = yaml.safe_dump({**scene, "scene": "crowded"}, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def crowded(scene_file):
    with th.open(scene=scene_file) as robot:
        yield robot


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("put the milk in the fridge", "which one is 'the milk'?"),
        (
            "put the cheese in the fridge and the mug in the dishwasher",
            "which one is 'the cheese'?",
        ),
        (
            "put the milk in the fridge, the mug in the dishwasher and the cheese on the table",
            "milk",
        ),
        ("close the fridge", "which one is 'the fridge'?"),
    ],
)
def test_each_name_is_asked_about_by_itself(crowded, words, asked):
    question = crowded.propose(words)
    assert isinstance(question, th.Question)
    assert asked in question.text
    assert len(question.options) == 6


def test_the_answers_lead_to_a_plan(crowded):
    first = crowded.propose("put the milk in the fridge")
    second = crowded.answer(first, "green milk")
    assert second.text == "which one is 'the fridge'?"
    plan = crowded.answer(second, "white fridge")
    assert str(plan.goal.formula) == "in(green_milk, white_fridge)"


def test_all_of_a_name_are_those_that_have_it(crowded):
    plan = crowded.propose("put all the milk in the white fridge")
    assert {str(call) for call in plan.steps if call.name == "put_in"} == {
        f"put_in({name}, white_fridge)"
        for name in (
            "milk",
            *(f"{one}_milk" for one in ["green", "white", "black", "yellow", "purple"]),
        )
    }


@pytest.mark.parametrize(
    "words",
    [
        "put the plate in the sink and the can in the bin",
        "put the can in the bin and the plate in the sink",
        "put the plate in the sink, the milk in the fridge and the wrapper in the bin",
    ],
)
def test_a_thing_has_its_own_place_and_not_that_of_the_next_one(words):
    """No plate goes to the bin."""
    with th.open() as robot:
        asked = robot.propose(words)
        assert isinstance(asked, th.Question)
        assert asked.text == "which one is 'the plate'?"


def test_a_thing_that_shares_a_place_is_not_thrown_away_there():
    with th.open() as robot:
        for words in (
            "put the plate and the can in the bin",
            "put the can and the plate in the bin",
        ):
            refused = robot.propose(words)
            assert isinstance(refused, th.Refusal)
            assert refused.hazard == "disposal"
