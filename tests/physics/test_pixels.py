"""Seeing by the overhead camera's pixels: how exact, what is covered, and that it is enough."""

import functools
import gc
import importlib.util
import threading

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from treehand.core.errors import MissingExtra
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.worlds.physics.perception.cameras import Cameras


def opened(seed=0):
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics-pixels"), looks_here=False)
    try:
        return Session(place, seed=seed)
    except MissingExtra as error:
        pytest.skip(str(error))


def run(goal, seed=0):
    session = opened(seed)
    plan = session.plan(session.understand(goal))
    return session.execute(plan, approved_by="the test"), session.world_model.world.simulation


@pytest.mark.parametrize("seed", range(3))
def test_things_are_seen_where_they_are(seed):
    world = opened(seed).world_model.world
    simulation, seen = world.simulation, world.tracker.tracked
    assert {"plate_1", "bowl_1", "red_mug", "glass", "can", "milk", "apple", "cheese"} <= set(seen)
    assert "blue_mug" not in seen, "the cupboard is closed"
    for name in set(seen) - {"sponge"}:  # which is only remembered
        assert np.linalg.norm(seen[name].at_m - simulation.poses.at_m(name)) < 0.005, name
    for name in ("cheese", "milk"):
        turned = (seen[name].yaw_rad - simulation.poses.yaw_rad(name)) % (np.pi / 2)
        assert min(turned, np.pi / 2 - turned) < np.radians(8)


def test_what_the_arm_covers_is_not_believed_gone():
    world = opened().world_model.world
    simulation = world.simulation
    x, y, _ = simulation.poses.at_m("bowl_1")
    pose = simulation.arm.pose()
    over = type(pose)(float(np.hypot(x, y)) * 0.86, float(np.arctan2(y, x)), 0.25)
    simulation.advance(simulation.time_s + simulation.arm.go(over, 0.5) + 0.5)
    assert world.tracker.tracked["bowl_1"].fact.terms == ("bowl_1", "sink")
    told = [percept for percept in world.perceive() if percept.fact.terms[:1] == ("bowl_1",)]
    assert all(percept.value for percept in told)


def test_a_mug_is_carried_by_what_the_camera_shows():
    result, simulation = run("put the red mug in the sink")
    assert result.world_true
    assert simulation.monitor.violations == []


@pytest.mark.nightly
def test_the_whole_kitchen_is_cleaned_by_what_the_camera_shows():
    result, _ = run("clean the kitchen")
    assert result.world_true


@pytest.mark.parametrize("is_own_thread", [False, True], ids=["same-thread", "ended-thread"])
def test_a_world_that_is_collected_leaves_the_pictures_of_another_alone(is_own_thread):
    first, second = opened().world_model.world.cameras, opened().world_model.world.cameras
    draw = functools.partial(first.segmented, "overhead", (96, 96))
    if is_own_thread:
        thread = threading.Thread(target=draw)
        thread.start()
        thread.join()
        del thread
    else:
        draw()
    before, _ = second.segmented("overhead", (96, 96))
    del first, draw
    gc.collect()
    for _ in range(2):
        after, _ = second.segmented("overhead", (96, 96))
        assert np.array_equal(before, after)


class CollectingSimulation:
    """The simulation of some cameras; whoever reads its state lets an unused world go."""

    def __init__(self, simulation, unused):
        self._simulation = simulation
        self._unused = unused

    def __getattr__(self, name):
        return getattr(self._simulation, name)

    @property
    def data(self):
        self._unused.clear()
        gc.collect()
        return self._simulation.data


def test_a_world_that_is_collected_in_the_middle_of_a_picture_leaves_it_alone():
    world = opened().world_model.world
    expected, _ = world.cameras.segmented("overhead", (96, 96))
    unused = [opened().world_model.world.cameras]
    unused[0].segmented("overhead", (96, 96))
    simulation = CollectingSimulation(world.simulation, unused)
    shown, _ = Cameras(simulation, KeyedRandom(0)).segmented("overhead", (96, 96))
    assert np.array_equal(expected, shown)
