"""Pictures of the physics kitchen: their exposure, and what each camera shows to a policy."""

import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from tests.physics.test_drawing import kitchen
from tests.samples import drawn
from treehand.core.errors import MissingExtra
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.worlds.physics.model.meshes import PROFILES, ear, revolved
from treehand.worlds.physics.perception.cameras import CAMERAS

BRIGHT, DARK = 250, 8
"""Pixels of which every channel is above or below have no colour left."""


@pytest.fixture(scope="module", autouse=True)
def can_draw():
    try:
        kitchen("exact")[0].cameras.picture("front", (16, 16))
    except MissingExtra as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("preset", "seed"),
    [
        ("jitter", 0),
        *drawn([("seed-article", seed) for seed in range(4)], 1, "exposed", pytest.mark.slow),
    ],
)
def test_at_least_95_percent_of_the_pixels_of_every_camera_are_exposed(preset, seed):
    world, _ = kitchen(preset, seed)
    for camera in CAMERAS:
        for is_fine in (False, True):
            picture = world.cameras.picture(camera, (128, 128), is_fine=is_fine)
            assert (picture >= BRIGHT).all(axis=2).mean() < 0.05, camera
            assert (picture <= DARK).all(axis=2).mean() < 0.05, camera
            assert picture.std() > 20, camera


@pytest.mark.parametrize(
    "name",
    [
        "wrapper",
        *drawn(("can", "red_mug", "apple", "plate_1"), 1, "seen grasps", pytest.mark.slow),
    ],
)
def test_the_wrist_camera_sees_fingers_and_object_at_the_grasp(name):
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    session = Session(place)
    goal = f"pick up the {place.scene.objects[name].words[0]}"
    assert session.execute(session.plan(session.understand(goal)), approved_by="x").world_true
    world = session.world_model.world
    model = world.simulation.model
    geoms, _ = world.cameras.segmented("wrist", (128, 128))
    bodies = np.where(geoms >= 0, model.geom_bodyid[geoms], -1)
    assert np.isin(bodies, list(world.simulation.contacts.fingers)).sum() >= 200
    assert (bodies == model.body(name).id).sum() >= 300


def test_the_front_camera_sees_what_the_arm_works_on():
    world, _ = kitchen("exact")
    model = world.simulation.model
    geoms, _ = world.cameras.segmented("front", (224, 224))
    seen = {model.body(model.geom_bodyid[geom]).name for geom in np.unique(geoms) if geom >= 0}
    assert {"plate_1", "red_mug", "can", "milk", "sink", "hand"} <= seen


@pytest.mark.parametrize("size", [(8, 8), (720, 1280)])
def test_a_picture_has_any_size(size):
    world, _ = kitchen("exact")
    assert world.cameras.picture("overview", size).shape == (*size, 3)


@pytest.mark.parametrize("mesh", [*(revolved(kind) for kind in PROFILES)])
def test_a_body_of_revolution_is_closed_and_faces_outwards(mesh):
    points, faces = mesh
    edges = {}
    for face in faces:
        for start, end in zip(face, np.roll(face, -1), strict=True):
            edges[(int(start), int(end))] = edges.get((int(start), int(end)), 0) + 1
    assert set(edges.values()) == {1}
    assert all((end, start) in edges for start, end in edges)
    a, b, c = (points[faces[:, index]] for index in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0, "its volume is positive"
    assert np.abs(points[:, :2]).max() == pytest.approx(1.0)
    assert 0.0 <= points[:, 2].min() <= points[:, 2].max() <= 1.0
    assert len(ear()[0])
