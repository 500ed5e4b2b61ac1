"""Domain randomisation: what is drawn is in range, reaches the physics, and is in the journal."""

import importlib.util
import json
import math

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, MissingExtra
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.worlds import WorldContext
from treehand.worlds.physics.model.objects import SHAPES
from treehand.worlds.physics.model.randomization import PRESETS, start_places


def kitchen(preset, seed=0):
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize=preset), looks_here=False
    )
    opening = WorldContext(
        place.domain, place.scene, KeyedRandom(seed), VirtualClock(), None, preset
    )
    return place.kind.open(opening), place


@pytest.mark.parametrize("preset", PRESETS)
def test_every_sample_is_in_its_range(preset):
    ranges = PRESETS[preset]
    for seed in range(10):
        world, place = kitchen(preset, seed)
        drawn, stations = world.simulation.sample, world.simulation.stations
        for name, where in start_places(place.scene).items():
            thing, model, station = drawn.things[name], place.scene.objects[name], stations[where]
            low, high = ranges.mass_kg or (model.mass_kg, model.mass_kg)
            if model.break_force_n is not None or not low <= model.mass_kg <= high:
                low, high = (share * model.mass_kg for share in ranges.mass_share or (1.0, 1.0))
            assert low <= thing.mass_kg <= high
            low, high = ranges.friction or (model.friction, model.friction)
            least, most = ranges.wet_share or (1.0, 1.0)
            assert least * low <= thing.friction <= most * high
            assert low <= world.simulation.scene.objects[name].friction <= high
            low, high = ranges.size or (1.0, 1.0)
            assert low <= thing.size <= high
            assert abs(thing.turn_rad) <= ranges.turn_rad
            changed = np.abs(np.subtract(thing.colour, SHAPES[name].colour[:3]))
            assert (changed <= ranges.colour + 1e-9).all()
            room = np.array(station.half_m) - SHAPES[name].radius_m * thing.size
            assert (np.abs(np.array(thing.at_m)) <= room).all()
            if ranges.shift_m is not None and model.position_m is not None:
                wanted = station.local_m(np.array(model.position_m))
                assert np.abs(np.subtract(thing.at_m, wanted)).max() <= ranges.shift_m + 1e-9
        if ranges.light_rad is not None:
            assert ranges.light_rad[0] <= drawn.light_rad <= ranges.light_rad[1]
        for camera in drawn.cameras.values():
            assert np.abs(camera.shift_m).max() <= ranges.camera_m
            assert np.abs(camera.turn_rad).max() <= ranges.camera_rad


@pytest.mark.parametrize("seed", range(5))
def test_every_sample_reaches_the_physics(seed):
    usual, _ = kitchen("exact")
    world, place = kitchen("seed-article", seed)
    model, drawn = world.simulation.model, world.simulation.sample
    for name, where in start_places(place.scene).items():
        thing, body = drawn.things[name], model.body(name)
        assert body.mass[0] == pytest.approx(thing.mass_kg)
        geoms = range(body.geomadr[0], body.geomadr[0] + body.geomnum[0])
        solid = [geom for geom in geoms if model.geom_contype[geom]]
        assert all(model.geom_friction[g][0] == pytest.approx(thing.friction) for g in solid)
        seen = [geom for geom in geoms if model.geom_rgba[geom][3] > 0.0]
        assert all(model.geom_rgba[g][:3] == pytest.approx(thing.colour, abs=1e-6) for g in seen)
        half = model.geom_aabb[seen[0]][3:] / usual.simulation.model.geom_aabb[seen[0]][3:]
        assert half[0] == pytest.approx(thing.size, abs=0.02)
        assert world.simulation.scene.objects[name].mass_kg == thing.mass_kg
        at = world.simulation.poses.at_m(name)
        station = world.simulation.stations[where]
        point = world.simulation.poses.now(station).point_m(*thing.at_m)
        assert np.linalg.norm(at[:2] - point) < 0.02
    pose = model.light("lamp").pos
    assert math.atan2(pose[1], pose[0]) % (2 * math.pi) == pytest.approx(drawn.light_rad)
    for name, camera in drawn.cameras.items():
        before, after = usual.simulation.model.camera(name), model.camera(name)
        shift_m = np.linalg.norm(after.pos - before.pos)
        assert shift_m == pytest.approx(np.linalg.norm(camera.shift_m))
        turn_rad = 2 * math.acos(min(abs(float(after.quat @ before.quat)), 1.0))
        assert turn_rad == pytest.approx(math.hypot(*camera.turn_rad), abs=1e-4)


def test_pixels_are_as_noisy_as_the_preset_says():
    world, _ = kitchen("seed-article")

    def look():
        return world.embodiment.frames(["overview"], (96, 128)).rgb["overview"].astype(float)

    try:
        first, again = look(), look()
    except MissingExtra as error:
        pytest.skip(str(error))
    assert (first == again).all(), "a picture of one moment is one picture"
    world.simulation.advance(world.simulation.time_s + 0.1)
    later = look()
    middling = (first > 60) & (first < 195)  # nothing is cut off there
    deviation = (later - first)[middling].std() / math.sqrt(2) / 255
    assert deviation == pytest.approx(PRESETS["seed-article"].noise, rel=0.05)


def test_a_seed_is_one_kitchen_and_the_journal_says_which():
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize="seed-article"), looks_here=False
    )
    told = []
    for seed in (4, 4, 5):
        session = Session(place, seed=seed)
        events = []
        session.watch(events.append)
        session.announce(session.understand("turn off the burner"), None)
        (drawn,) = (json.loads(e.sample) for e in events if e.event == "world-sampled")
        assert drawn == json.loads(json.dumps(session.world_model.world.sample))
        told.append(drawn)
        session.close()
    assert told[0] == told[1] != told[2]
    assert told[0]["preset"] == "seed-article"
    assert Deployment.load(place.source).randomize == "seed-article", "a resumed run draws the same"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("position_m: [0.43, -0.28]", "position_m: [0.6, 0.1]"), "is not on 'counter'"),
        (("position_m: [0.43, -0.28]", "position_m: [0.565, -0.285]"), "no room for 'can'"),
        (("on(can, counter)", "on(tin, counter)"), "no thing 'tin'"),
    ],
)
def test_a_scene_that_cannot_be_drawn_is_told_with_its_line(tmp_path, edit, message):
    text = Deployment.load(
        DeploymentOverrides(world="kitchen-physics"), looks_here=False
    ).kind.scene.read_text()
    if "tin" in edit[1]:
        text = text.replace("  can: {type", "  tin: {type").replace("belongs(can", "belongs(tin")
    path = tmp_path / "a.scene.yaml"
    path.write_text(text.replace(*edit))
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", scene=path), looks_here=False
    )
    with pytest.raises(InputError, match=message) as caught:
        Session(place)
    assert caught.value.findings[0].span.line > 1


def test_a_preset_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no preset 'seed-articel'") as caught:
        Deployment.load(
            DeploymentOverrides(world="kitchen-physics", randomize="seed-articel"), looks_here=False
        )
    assert caught.value.findings[0].hint == "did you mean 'seed-article'?"
    path = tmp_path / "treehand.yaml"
    path.write_text("world: kitchen\nrandomize: seed-article\n")
    with pytest.raises(InputError, match="is not drawn at random") as caught:
        Deployment.load(DeploymentOverrides(config=path))
    assert caught.value.findings[0].span.line == 2
