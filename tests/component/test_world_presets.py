"""Presets of domain randomization: read with positions, bounded, drawn by name."""

from pathlib import Path

import pytest

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import Fact
from treehand.worlds import PresetFile, WorldContext, find_world
from treehand.worlds.definition import world

GOOD = """\
bright:
  doc: lamps of 400 to 800 lm
  flux_lm: [400, 800]
  count: 2
  shades: [paper, glass]
dim:
  doc: lamps that are hardly seen
  flux_lm: [5, 10]
  count: 1
  shades: [none]
"""
KNOWN = {"numbers": ["flux_lm", "count"], "choices": {"shades": ["paper", "glass", "none"]}}


def presets(tmp_path: Path, text: str = GOOD) -> PresetFile:
    path = tmp_path / "presets.yaml"
    path.write_text(text, encoding="utf-8")
    return PresetFile(path)


def test_a_file_of_presets_is_their_names_with_descriptions(tmp_path):
    found = presets(tmp_path)
    assert dict(found) == {
        "bright": "lamps of 400 to 800 lm",
        "dim": "lamps that are hardly seen",
    }


def test_numbers_are_drawn_within_their_ranges_by_name_and_seed(tmp_path):
    preset = presets(tmp_path).preset("bright", **KNOWN)
    drawn = [preset.drawn(KeyedRandom(seed)) for seed in range(50)]
    flux = [one["flux_lm"] for one in drawn]
    assert 400 <= min(flux) < 450
    assert 750 < max(flux) <= 800
    assert {one["count"] for one in drawn} == {2.0}
    assert preset.drawn(KeyedRandom(3)) == drawn[3]
    assert preset.names == {"shades": ("paper", "glass")}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[400, 800]", "[800, 400]", "presets.yaml:3:12: impossible-preset: 'flux_lm' is no range"),
        ("[400, 800]", "[.nan, 8]", "presets.yaml:3:12: impossible-preset: 'flux_lm' is no range"),
        ("[400, 800]", "true", "presets.yaml:3:12: impossible-preset: 'flux_lm' is no range"),
        ("[paper, glass]", "[tin]", "presets.yaml:5:11: impossible-preset: 'shades' is ['tin']"),
        ("[paper, glass]", "[]", "presets.yaml:5:11: impossible-preset: 'shades' is []"),
        ("  count: 2\n", "", "presets.yaml:2:3: missing-key: 'count' of preset 'bright'"),
        ("count: 2", "cuont: 2", "presets.yaml:4:3: unknown-key: unknown key 'cuont'"),
    ],
)
def test_what_a_preset_cannot_be_is_told_at_its_place(tmp_path, before, after, told):
    with pytest.raises(InputError) as caught:
        presets(tmp_path, GOOD.replace(before, after, 1)).preset("bright", **KNOWN)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["bright: 3\n", "bright: {flux_lm: [1, 2]}\n", "- bright\n"])
def test_a_preset_without_a_description_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"presets\.yaml:1:1: "):
        presets(tmp_path, text)


def test_an_unknown_preset_is_told_with_the_nearest_one(tmp_path):
    with pytest.raises(InputError, match=r"unknown-preset.*\n.*'bright'"):
        presets(tmp_path).preset("brihgt", **KNOWN)


@pytest.mark.parametrize(
    ("bounds", "hint"),
    [
        ({"least": 500.0}, "'flux_lm' is at least 500"),
        ({"most": 700.0}, "'flux_lm' is at most 700"),
        ({"above": 400.0, "most": 900.0}, "'flux_lm' is above 400 and at most 900"),
    ],
)
def test_a_bound_that_is_not_kept_is_told_with_its_reason(tmp_path, bounds, hint):
    preset = presets(tmp_path).preset("bright", **KNOWN)
    preset.require("flux_lm", "never", least=400.0, most=800.0, above=399.0)
    with pytest.raises(InputError) as caught:
        preset.require("flux_lm", "{low} to {high} lm are not seen", **bounds)
    told = str(caught.value)
    assert "presets.yaml:3:12: impossible-preset: preset 'bright' is impossible" in told
    assert "400 to 800 lm are not seen" in told
    assert hint in told


def test_a_variant_is_the_same_world_with_another_class(tmp_path):
    class Shelf:
        """A shelf."""

    class Blind(Shelf):
        """A shelf in the dark."""

    define = world("shelf", domain="a.yaml", scene="b.yaml", presets=presets(tmp_path))
    kind = define(Shelf)
    blind = kind.variant("shelf-blind", Blind)
    assert (blind.name, blind.doc, blind.open) == ("shelf-blind", "A shelf in the dark.", Blind)
    assert (blind.domain, blind.presets) == (kind.domain, kind.presets)
    assert kind.open is Shelf


def test_a_world_gives_true_facts_by_the_words_of_its_domain():
    from treehand.skills.domain import load_domain, load_scene

    kind = find_world("kitchen")
    context = WorldContext(
        domain=(domain := load_domain(kind.domain)),
        scene=load_scene(kind.scene, domain),
        random=KeyedRandom(0),
        clock=VirtualClock(),
    )
    lies = Fact("on", ("apple", "counter"))
    facts = context.true_facts({lies: True})
    assert facts.value(lies) is True
