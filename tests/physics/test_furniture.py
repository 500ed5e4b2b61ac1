"""Furniture from the scene file: another file is another kitchen, and what cannot be is told."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from tests.samples import drawn
from treehand.authoring.check import check_files
from treehand.core.errors import InputError
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import Scene
from treehand.worlds.physics.model.furniture_check import furniture_findings, kitchen_stations
from treehand.worlds.physics.model.stations import KINDS, SWINGING

GALLEY = Path(__file__).parents[2] / "examples" / "physics_kitchens" / "galley.scene.yaml"


def scene_with(tmp_path, lines, *, objects="  red_mug: {type: mug}"):
    path = tmp_path / "mine.scene.yaml"
    path.write_text(
        "scene: mine\ndomain: kitchen\nobjects:\n  counter: {type: worktop}\n"
        "  fridge: {type: fridge}\n  stove: {type: worktop}\n  stove_2: {type: worktop}\n"
        f"{objects}\nfurniture:\n" + "\n".join(f"  {line}" for line in lines) + "\n"
    )
    return read_file(path, Scene)


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        (["counter: {kind: fridgee, position_m: [0.4, 0]}"], "unknown-furniture", (10, 19)),
        (["counter: {kind: worktop, position_m: [0.9, 0]}"], "out-of-reach", (10, 40)),
        (["island: {kind: worktop, position_m: [0.02, 0]}"], "furniture-overlap", (10, 39)),
        (["counter: {kind: worktop, position_m: [.inf, 0]}"], None, (10, 40)),
        (["counter: {kind: worktop, position_m: [900, 0]}"], "out-of-reach", (10, 40)),
        (["counter: {kind: hood, position_m: [0.4, 0]}"], "furniture-kind", (10, 19)),
        (
            ["counter: {kind: worktop, position_m: [0.4, 0], width_m: 9}"],
            "furniture-size",
            (10, 59),
        ),
        (
            ["counter: {kind: worktop, position_m: [0.4, 0], material: gold}"],
            "unknown-material",
            (10, 60),
        ),
        (
            [
                "counter: {kind: worktop, position_m: [0.4, 0]}",
                "stove: {kind: stove, position_m: [0.4, 0.3]}",
            ],
            "furniture-overlap",
            (11, 36),
        ),
        (
            [
                "counter: {kind: worktop, position_m: [0.35, 0.3], depth_m: 0.24}",
                "fridge: {kind: fridge, position_m: [0.6, 0.1]}",
            ],
            "furniture-blocked",
            (11, 38),
        ),
        (
            [
                "stove: {kind: stove, position_m: [0.4, 0.0]}",
                "stove_2: {kind: stove, position_m: [0.4, 0.36]}",
            ],
            "furniture-twice",
            (11, 19),
        ),
        (["fridge: {kind: fridge, position_m: [0.45, 0.0]}"], "out-of-reach", (10, 38)),
    ],
)
def test_furniture_that_cannot_be_is_told_with_line_column_and_hint(tmp_path, lines, code, place):
    if code is None:
        with pytest.raises(InputError):
            kitchen_stations(scene_with(tmp_path, lines))
        return
    found = list(furniture_findings(scene_with(tmp_path, lines)))
    assert [one.code for one in found] == [code]
    assert (found[0].span.line, found[0].span.column) == place
    assert found[0].hint


def test_check_finds_them_without_a_run(tmp_path):
    text = GALLEY.read_text()
    assert "position_m: [0.46, 0.02]" in text
    (tmp_path / "far.scene.yaml").write_text(text.replace("[0.46, 0.02]", "[0.96, 0.02]"))
    report = check_files([GALLEY, tmp_path / "far.scene.yaml"], Deployment.load)
    assert [(one.code, one.span.line, one.span.column) for one in report.findings] == [
        ("out-of-reach", 26, 38)
    ]


def test_all_findings_are_told_at_once(tmp_path):
    lines = [
        "counter: {kind: worktopp, position_m: [0.4, 0]}",
        "stove: {kind: stove, position_m: [2, 0], width_m: 0.1}",
    ]
    with pytest.raises(InputError) as caught:
        kitchen_stations(scene_with(tmp_path, lines))
    assert [one.code for one in caught.value.findings] == ["unknown-furniture", "furniture-size"]


@pytest.mark.parametrize(
    "goal",
    drawn(["clean the kitchen", "clean the kitchen, but never open the dishwasher"], 1, "galley"),
)
def test_another_scene_file_is_another_kitchen(goal):
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", scene=GALLEY), looks_here=False
    )
    session = Session(place)
    assert session.execute(session.plan(session.understand(goal)), approved_by="x").world_true
    assert session.world_model.world.simulation.monitor.violations == []


def test_every_kind_has_a_usual_size_in_its_range():
    for kind in KINDS.values():
        for usual, least, most in (kind.width_m, kind.depth_m):
            assert least <= usual <= most


def test_a_tray_turns_about_the_hinge_of_its_door():
    scene = read_file(GALLEY, Scene)
    for station in kitchen_stations(scene).values():
        if station.kind not in SWINGING:
            continue
        hinge = station.point_m(*station.hinge_m)
        away = {round(float(np.linalg.norm(station.handle_m(s) - hinge)), 6) for s in (0, 0.4, 1)}
        assert len(away) == 1
        moved = station.moved(0.4).point_m(*station.hinge_m)
        assert np.allclose(moved, hinge)
        shut = station.moved(0.0)
        assert abs(shut.turn_rad - station.turn_rad) == pytest.approx(np.pi / 2)
