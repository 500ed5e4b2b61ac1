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
from treehand.skills import Disturbance
from treehand.skills.domain import Fact
from treehand.worlds.physics.perception.cameras import Cameras
from treehand.worlds.physics.perception.pixels import PixelDetector


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


@pytest.mark.parametrize("name", ["plate_1", "milk"])
def test_the_visible_rest_of_what_the_arm_covers_does_not_move_it(name):
    """The arm goes over it slowly; a sliver of a plate is no plate elsewhere."""
    world = opened().world_model.world
    simulation = world.simulation
    x, y, _ = true_m = simulation.poses.at_m(name)
    told, errors_m = [], []
    for share in np.linspace(0.3, 1.1, 17):
        pose = simulation.arm.pose()
        over = type(pose)(float(np.hypot(x, y)) * share, float(np.arctan2(y, x)), 0.3)
        world.advance(simulation.time_s + simulation.arm.go(over, 0.5))
        for _ in range(6):
            world.advance(simulation.time_s + 0.1)
            told += [p for p in world.perceive() if p.fact.terms[:1] == (name,)]
            seen = world.tracker.tracked.get(name)
            errors_m.append(np.inf if seen is None else np.linalg.norm(seen.at_m - true_m))
    assert [percept.fact for percept in told if not percept.value] == []
    assert max(errors_m) < 0.02


def shown_at_once(simulation, camera, size):
    """The geom and the depth of each pixel, in a picture of all geoms."""
    import mujoco

    with mujoco.Renderer(simulation.model, *size, max_geom=500) as renderer:
        renderer.update_scene(simulation.data, camera)
        renderer.enable_segmentation_rendering()
        shown = renderer.render()
        renderer.enable_depth_rendering()
        is_geom = shown[..., 1] == int(mujoco.mjtObj.mjOBJ_GEOM)
        return np.where(is_geom, shown[..., 0], -1), renderer.render()


@pytest.mark.parametrize("camera", ["overhead", "wrist"])
def test_layers_show_what_a_picture_of_all_geoms_shows(camera):
    world, size = opened().world_model.world, (240, 240)
    simulation = world.simulation
    x, y, _ = simulation.poses.at_m("bowl_1")
    for share in (1.0, 0.86):
        pose = simulation.arm.pose()
        over = type(pose)(float(np.hypot(x, y)) * share, float(np.arctan2(y, x)), 0.25)
        simulation.advance(simulation.time_s + simulation.arm.go(over, 0.5) / 2)
        simulation.set_opening("cupboard", share)
        geoms, depth_m = world.cameras.segmented(camera, size)
        expected_geoms, expected_m = shown_at_once(simulation, camera, size)
        assert len(np.unique(geoms)) > 10
        assert np.array_equal(geoms, expected_geoms)
        assert np.allclose(depth_m, expected_m, atol=1e-5)


class CountingCameras:
    """Cameras that count their pictures."""

    def __init__(self, cameras):
        self._cameras = cameras
        self.segmented_n = 0

    def segmented(self, camera, size):
        self.segmented_n += 1
        return self._cameras.segmented(camera, size)


def test_a_frame_is_rendered_when_something_has_moved_or_the_depth_has_noise():
    world = opened().world_model.world
    simulation, cameras = world.simulation, CountingCameras(world.cameras)
    detector = PixelDetector(simulation, cameras, KeyedRandom(0))
    simulation.advance(simulation.time_s + 2.0)
    counts = []
    for looks_n, is_disturbed in enumerate((False, False, True, True, False, False)):
        simulation.advance(simulation.time_s + 0.2)
        detector.look(looks_n, is_disturbed=is_disturbed)
        counts.append(cameras.segmented_n)
    assert counts == [1, 1, 2, 3, 4, 4]
    before = detector.detect("can", None)
    assert simulation.place_object("can", simulation.stations["table"])
    detector.look(6, is_disturbed=False)
    after = detector.detect("can", None)
    assert cameras.segmented_n == 5
    assert np.linalg.norm(after.at_m - simulation.poses.at_m("can")) < 0.005
    assert np.linalg.norm(after.at_m - before.at_m) > 0.1
    assert not after.is_still


def test_what_a_person_moves_while_the_arm_rests_is_noticed():
    world = opened().world_model.world
    world.advance(world.simulation.time_s + 2.0)
    world.perceive()
    world.inject(Disturbance("move", ("can", "table")))
    told = {}
    for _ in range(6):
        world.advance(world.simulation.time_s + 0.1)
        told |= {percept.fact: percept.value for percept in world.perceive()}
    assert told[Fact("on", ("can", "table"))]


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
