"""The whole kitchen is cleaned where gravity decides; the numbers: `python -m benchmarks.physics`.

Two of ten seeds, drawn from the commit, in ``.ci/run``; a hundred with `pytest -m nightly`.
"""

import importlib.util
import json
from dataclasses import asdict

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from benchmarks.physics import GOAL, trial
from tests.samples import drawn, sample
from treehand.worlds.physics import robot_names


def require_whole(one):
    assert one.world_true, one
    assert one.steps_n >= 20
    assert one.violations == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", sample(range(10), 2, "kitchens"))
def test_the_kitchen_is_really_cleaned(seed):
    require_whole(trial(seed, GOAL, None))


@pytest.mark.slow
def test_the_same_seed_is_the_same_run():
    first, again = (trial(3, "load the dishwasher", None) for _ in range(2))
    first.cpu_s = again.cpu_s
    assert first == again


FAULTS = [
    ("grasp-dropped@pick(red_mug):1", "put the red mug in the dishwasher"),
    ("slippery@pick(milk):1", "put the milk in the fridge"),
    ("push@pick(apple):1", "put the apple in the fridge"),
    ("close(fridge)@put_in(milk, fridge):1", "put the milk in the fridge"),
    ("jam(drawer)@open(drawer):1", "open the drawer"),
    ("move(plate_1, stove)@6s", "put the plate in the dishwasher"),
    ("hide(cheese)@2s", "put the cheese in the fridge"),
    ("noise@pick(cheese):1", "put the cheese in the fridge"),
    ("latency@pick(can):1", "throw the can away"),
    ("skill-error@put_in(bowl_1, dishwasher):1", "put the bowl in the dishwasher"),
]


@pytest.mark.parametrize(("fault", "goal"), drawn(FAULTS, 4, "faults of bodies", pytest.mark.slow))
def test_the_same_ladder_recovers_where_gravity_decides(fault, goal):
    one = trial(1, goal, None, faults=(fault,))
    assert one.world_true, one
    assert one.violations == []
    assert one.struck_n == 1
    assert json.loads(json.dumps(asdict(one)))["failures"] == one.failures


@pytest.mark.nightly
@pytest.mark.parametrize("robot", robot_names())
def test_at_least_95_of_a_hundred_kitchens_are_really_cleaned_by_each_robot(robot):
    trials = [trial(seed, GOAL, None, robot=robot) for seed in range(100)]
    assert sum(one.world_true for one in trials) >= 95
    assert [what for one in trials for what in one.violations] == []


@pytest.mark.nightly
def test_at_least_90_of_a_hundred_slippery_kitchens_are_really_cleaned_by_recovery():
    """About one grasp in ten slips at the first try, and the skills are the same in both."""
    trials = [trial(seed, GOAL, "slippery") for seed in range(100)]
    held = [held for one in trials for held in one.first_grasps.values()]
    assert 0.85 <= sum(held) / len(held) <= 0.92
    assert sum(one.world_true for one in trials) >= 90
    alone = [trial(seed, GOAL, "slippery", is_recovering=False) for seed in range(100)]
    assert sum(one.world_true for one in alone) < 50


@pytest.mark.slow
def test_another_arm_really_cleans_the_kitchen_with_the_same_skills():
    require_whole(trial(*sample(range(10), 1, "ur5e"), GOAL, None, robot="ur5e"))


DRIVEN = [
    "put the red mug in the sink",
    "throw the can away",
    "put the milk in the fridge",
    "put the plate in the dishwasher",
    "open the drawer",
]


@pytest.mark.parametrize("goal", drawn(DRIVEN, 2, "driven to", pytest.mark.slow))
def test_a_driving_robot_does_with_the_same_skills_what_one_place_needs(goal):
    one = trial(*sample(range(10), 1, goal), goal, None, robot="mobile-panda")
    assert one.world_true, one
    assert one.violations == []
