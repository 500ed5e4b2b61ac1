"""Every skill of the physics kitchen over presets and seeds: a sample here, all of them nightly."""

import importlib.util

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from benchmarks.physics_skills import GOALS, rates, run_all, trial
from tests.samples import drawn
from treehand.worlds.physics import PRESETS, SKILLS

SAMPLE = [
    (skill, list(PRESETS)[number % len(PRESETS)], 3200 + number)
    for number, skill in enumerate(GOALS)
]
"""Each skill once, in turn over the presets, on seeds that broke the glass in former versions."""


def test_every_skill_has_a_goal_that_needs_it():
    assert {skill.name for skill in SKILLS} == GOALS.keys()


@pytest.mark.parametrize(("skill", "preset", "seed"), drawn(SAMPLE, 6, "skills of bodies"))
def test_a_skill_does_what_its_goal_needs(skill, preset, seed):
    told = trial(skill, preset, seed)
    assert told.world_true, told
    assert told.was_used
    assert not told.is_livelock
    assert told.violations == []


@pytest.mark.nightly
def test_all_skills_succeed_in_ninety_five_of_a_hundred_kitchens():
    trials = run_all(GOALS, PRESETS, range(20), workers=2)
    poor = {key: held for key, held in rates(trials).items() if held[0] < 0.95 * held[1]}
    assert poor == {}
    assert not any(one.is_livelock for one in trials)
