"""Words of a domain that is none of ours: help, adjectives, prohibitions, cautions."""

import pytest

import treehand as th
from treehand.console.help_text import help_text

DOMAIN = """\
domain: greenhouse
types: {bed: null, plant: null, door: null}
predicates:
  ripe:
    params: {plant: plant}
    say: "{plant} is ripe"
    say_not: "{plant} is green"
    known_by: given
  picked:
    params: {plant: plant}
    say: "the fruit of {plant} is picked"
    phrases: ["pick {plant}"]
  moist:
    params: {bed: bed}
    say: "{bed} is moist"
    say_not: "{bed} is dry"
    phrases: ["water {bed}"]
  opened:
    params: {door: door}
    say: "{door} is open"
    say_not: "{door} is shut"
    phrases: ["open {door}"]
    phrases_not: ["shut {door}"]
skills:
  harvest: {params: {plant: plant}, preconditions: [ripe(plant)], effects: [picked(plant)]}
  water: {params: {bed: bed}, effects: [moist(bed)]}
  open: {params: {door: door}, effects: [opened(door)]}
"""
SCENE = """\
scene: house
domain: greenhouse
objects:
  north_bed: {type: bed}
  south_bed: {type: bed}
  tomato: {type: plant}
  cucumber: {type: plant}
  glass_door: {type: door}
facts: [ripe(tomato), opened(glass_door)]
"""


@pytest.fixture
def greenhouse(tmp_path):
    (tmp_path / "greenhouse.domain.yaml").write_text(DOMAIN)
    (tmp_path / "house.scene.yaml").write_text(SCENE)
    config = tmp_path / "treehand.yaml"
    config.write_text("world: paper\ndomain: greenhouse.domain.yaml\nscene: house.scene.yaml\n")
    with th.open(config) as robot:
        yield robot


def test_help_speaks_of_what_is_there(greenhouse):
    told = help_text(greenhouse.deployment.lexicon)
    assert 'Say what shall be done: "pick the tomato".' in told
    assert "and the cucumber too" in told
    assert not [word for word in ("mug", "dish", "plate", "where is") if word in told]


def test_a_sentence_that_ends_in_an_adjective_is_enough_to_narrow_nouns(greenhouse):
    picked = greenhouse.propose("pick every ripe plant")
    assert [str(call) for call in picked.steps] == ["harvest(tomato)"]
    watered = greenhouse.propose("water all dry beds")
    assert len(watered.steps) == 2


def test_a_prohibition_of_what_is_so_names_the_thing(greenhouse):
    asked = greenhouse.propose("water the north bed and do not open the glass door")
    assert isinstance(asked, th.Question), asked
    assert "'do not open the glass door': it is so already" in asked.text


def test_nothing_is_offered_that_no_skill_brings_about(tmp_path, greenhouse):
    scene = tmp_path / "house.scene.yaml"
    scene.write_text(SCENE.replace(", opened(glass_door)", ""))
    with th.open(tmp_path / "treehand.yaml") as robot:
        plan = robot.propose("open the glass door")
    assert [one.text for one in plan.cautions] == ["the glass door is left open"]
