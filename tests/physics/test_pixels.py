"""Seeing by the overhead camera's pixels: how exact, what is covered, and that it is enough."""

import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from treehand.core.errors import MissingExtra
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides


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
