"""The policy that the physics kitchen brings: what it says of itself, and what it does."""

import importlib.util
import json
import shutil

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics,test]'", allow_module_level=True)

from safetensors.numpy import load_file, save_file

from benchmarks.interpolate import interpolate
from tests.calling import called
from treehand.core.errors import InputError
from treehand.learning.training.ledger import TrainingLedger
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.vla.contract.checkpoint import read_config
from treehand.skills.vla.reference.numpy_vla import NumpyVla

WORLD = ("--world", "kitchen-physics")


@pytest.fixture(scope="module")
def kitchen():
    overrides = DeploymentOverrides(world="kitchen-physics", policy="builtin")
    return Deployment.load(overrides, looks_here=False)


def test_the_weights_are_small_and_say_what_they_learned_from(kitchen):
    folder = kitchen.kind.policies["builtin"]
    assert sum(one.stat().st_size for one in folder.iterdir()) < 15e6
    ledger = TrainingLedger.read(folder)
    assert ledger is not None
    assert all(one.steps > 0 and one.cpu_s > 0 and one.frames > 0 for one in ledger.lessons)
    assert NumpyVla.load(folder).parameters_n >= ledger.parameters
    assert {"can", "red_mug", "apple", "cheese"} <= set(read_config(folder).serves["pick"])
    assert {"drawer", "fridge", "cupboard"} <= set(read_config(folder).serves["open"])


def test_it_is_bound_before_the_worlds_own_skills(kitchen):
    assert "pick" in kitchen.policies
    for name in kitchen.policies:
        labels = [option.label for option in kitchen.alternatives[name].options]
        assert labels == ["builtin", "the world's own skill"]


def test_things_that_the_scene_lacks_are_left_out(tmp_path):
    scene = tmp_path / "small.scene.yaml"
    plain = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    text = plain.kind.scene.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "red_mug" not in line]
    scene.write_text("\n".join(kept), encoding="utf-8")
    overrides = DeploymentOverrides(world="kitchen-physics", policy="builtin", scene=scene)
    loaded = Deployment.load(overrides, looks_here=False)
    items = loaded.policies["pick"].served.of_arguments[0]
    assert "can" in items
    assert "red_mug" not in items


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((*WORLD, "--policy", "bultin"), "'builtin'"),
        ((*WORLD, "--policy", "nowhere/at/all"), "no such checkpoint"),
        ((*WORLD, "--robot", "ur5e", "--policy", "builtin"), "brings no policy 'builtin'"),
        (("--world", "kitchen", "--policy", "builtin"), "brings no policy 'builtin'"),
    ],
)
def test_a_policy_that_is_not_there_is_said(arguments, told):
    result = called("plan", "put the can in the bin", *arguments)
    assert result.code == 2
    assert "unknown-policy" in result.err
    assert told in result.err


def test_it_picks_things_up():
    """A few trials of what it does best; the documentation has the figures of all."""
    found = called(
        *(
            "evaluate",
            "builtin",
            "--skill",
            "pick",
            "--call",
            "pick(can)",
            "--call",
            "pick(red_mug)",
        ),
        *("--seeds", "700..703", "--in-turn", "--randomize", "anywhere", *WORLD),
        *("--no-controls", "--json"),
    )
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert told["n"] == 4
    assert told["success_rate"] >= 0.5


def test_it_opens_a_drawer_and_a_door():
    found = called(
        *(
            "evaluate",
            "builtin",
            "--skill",
            "open",
            "--call",
            "open(drawer)",
            "--call",
            "open(cupboard)",
            "--seeds",
            "700..703",
            "--in-turn",
        ),
        *("--randomize", "anywhere", *WORLD, "--no-controls", "--json"),
    )
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert found.code == 0, found.err
    assert json.loads(found.out)["success_rate"] >= 0.5


def test_a_goal_is_measured_with_recovery_and_without(tmp_path):
    report = tmp_path / "report.html"
    found = called(
        *("evaluate", "builtin", "--goal", "put the can in the sink", "--seeds", "700..700"),
        *(*WORLD, "--json", "--html", report),
    )
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert told["with_recovery"]["n"] == told["without_recovery"]["n"] == 1
    assert told["with_recovery"]["success_rate"] == 1.0
    assert told["runs"][0]["begun"]["pick"] >= 1
    page = report.read_text(encoding="utf-8")
    assert "builtin: put the can in the sink" in page
    failed_n = sum(one["outcome"] != "success" for one in told["runs"])
    assert page.count("8 pictures") == 3 * failed_n, "from outside, and the policy's two cameras"


def test_what_it_does_not_know_is_left_to_the_worlds_own_skill():
    """Without recovery, too: nothing is tried after a failure, but nothing is refused either."""
    found = called(
        *("evaluate", "builtin", "--goal", "put the plate 1 on the table", "--seeds", "700..700"),
        *(*WORLD, "--json"),
    )
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert found.code == 0, found.err
    runs = json.loads(found.out)["runs"]
    assert all(one["begun"] == {} and one["others"]["pick"] >= 1 for one in runs)


def test_a_policy_without_anything_to_serve_is_refused(tmp_path, kitchen):
    folder = kitchen.kind.policies["builtin"]
    config = json.loads((folder / "config.json").read_text())
    for serves, told in (({}, "does not say"), ({"fly": ["can"]}, "serves nothing")):
        (tmp_path / "config.json").write_text(json.dumps({**config, "serves": serves}))
        overrides = DeploymentOverrides(world="kitchen-physics", policy=str(tmp_path))
        with pytest.raises(InputError, match=told):
            Deployment.load(overrides, looks_here=False)


def test_weights_between_two_are_their_mean_and_say_so(kitchen, tmp_path):
    before, after = kitchen.kind.policies["builtin"], tmp_path / "after"
    shutil.copytree(before, after)
    weights = load_file(before / "model.safetensors")
    save_file({name: one + 1 for name, one in weights.items()}, after / "model.safetensors")
    interpolate(before, after, 0.25, tmp_path / "between")
    for name, one in load_file(tmp_path / "between" / "model.safetensors").items():
        assert np.allclose(one - weights[name], 0.25, atol=0.01), name
    ledger = TrainingLedger.read(tmp_path / "between")
    assert ledger.lessons[-1].command.endswith(f"--share 0.25 --out {tmp_path / 'between'}")
    NumpyVla.load(tmp_path / "between")
