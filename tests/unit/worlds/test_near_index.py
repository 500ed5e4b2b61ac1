"""What is near is found, wherever it has moved."""

import json
import random

import pytest

from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.worlds.kitchen.near_index import NearIndex
from treehand.worlds.kitchen.state import RANGE_M, KitchenState, distance_m
from treehand.worlds.kitchen.world import Kitchen


@pytest.mark.parametrize("seed", range(5))
def test_everything_within_a_cell_is_near(seed: int) -> None:
    """Names are found after moves and removals, and negative positions are no exception."""
    draw = random.Random(seed)
    points = {f"n{i}": (draw.uniform(-9, 9), draw.uniform(-9, 9)) for i in range(80)}
    index = NearIndex(RANGE_M)
    index.update(points.items())
    for name in draw.sample(sorted(points), 40):
        points[name] = (draw.uniform(-9, 9), draw.uniform(-9, 9))
        index.put(name, points[name])
    for name in draw.sample(sorted(points), 20):
        del points[name]
        index.remove(name)
    index.remove("never_there")
    for _ in range(40):
        here = (draw.uniform(-9, 9), draw.uniform(-9, 9))
        near = index.near(here)
        assert {n for n, at in points.items() if distance_m(here, at) <= RANGE_M} <= near
        assert near <= points.keys()


def test_every_change_of_a_thing_is_saved_and_marked() -> None:
    """A saved state has what was set last, after a restored snapshot as well."""
    deployment = Deployment.load(DeploymentOverrides())
    world = Kitchen(deployment.domain, deployment.scene, KeyedRandom(0))
    state: KitchenState = world.state
    snapshot, before = world.snapshot(), state.fingerprint()
    state.things["apple"].place = "floor"
    state.things["apple"].point_m = (50.0, 50.0)
    assert state.fingerprint() != before
    assert json.loads(state.serialize())["things"]["apple"]["point_m"] == [50.0, 50.0]
    assert "apple" not in state.near_robot()
    world.restore(snapshot)
    assert json.loads(state.serialize())["things"]["apple"]["place"] != "floor"
    state.things["apple"].point_m = state.base_m
    assert "apple" in state.near_robot()
    assert json.loads(state.serialize())["things"]["apple"]["point_m"] == list(state.base_m)
