"""The benchmark of a policy's property head: errors, grip ranges, picks, and its command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")
pytest.importorskip("scipy")

from benchmarks.property_head import factors, grip_range_n, is_usable, pick_rows
from treehand.learning.evaluation.evaluating import Trial
from treehand.skills.vla.adapters.numpy import NumpyPolicy
from treehand.skills.vla.contract.checkpoint import read_config
from treehand.skills.vla.contract.policy import PolicyObservation, Properties

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "treehand/worlds/physics/weights/panda"
GLASS = Properties(mass_kg=0.2, friction=0.5, break_force_n=20.0)


def test_an_error_is_a_factor_whichever_way_it_goes():
    truths = np.array([[1.0, 0.5, 10.0]] * 3)
    estimates = truths * np.array([[2.0, 1.0, 1.0], [0.5, 1.0, 1.0], [1.0, 1.0, 4.0]])
    assert factors(estimates, truths) == pytest.approx((2.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ({}, True),
        ({"mass_kg": 0.4}, True),
        ({"mass_kg": 2.0}, False),  # it would be gripped until it breaks
        ({"break_force_n": 1000.0}, True),
        ({"break_force_n": 2.0}, False),  # what is needed would not be allowed
    ],
)
def test_a_range_of_forces_is_usable_if_it_holds_and_does_not_break(change, usable):
    least_n, most_n = grip_range_n(GLASS)
    assert least_n == pytest.approx(0.2 * 10.81 / (2 * 0.5), rel=0.01)
    assert most_n == pytest.approx(16.0)
    assert is_usable(Properties(**{**vars_of(GLASS), **change}), GLASS) is usable


def vars_of(one):
    return {name: getattr(one, name) for name in ("mass_kg", "friction", "break_force_n")}


def test_picks_are_counted_by_way_with_what_went_wrong():
    ends = [("head", True, None), ("head", False, "grasp-dropped"), ("none", True, None)]
    done = [Trial(n, "pick(can)", "anywhere", 1, ok, code, "", 1, 1) for n, ok, code in ends]
    rows = pick_rows(done)
    assert [(row.way, row.rate.passed, row.rate.n, row.codes) for row in rows] == [
        ("head", 1, 2, {"grasp-dropped": 1}),
        ("none", 1, 1, {}),
    ]


def test_a_checkpoint_can_be_asked_without_what_it_estimates_of_the_object():
    spec = read_config(SHIPPED).spec
    pictures = {key: np.zeros((c.height, c.width, 3), np.uint8) for key, c in spec.cameras.items()}
    felt = {key: np.zeros(one.size) for key, one in spec.state.items()}
    seen = PolicyObservation(1, 0, 0.0, pictures, state=felt)
    answers = []
    for control in ("none", "no-properties"):
        policy = NumpyPolicy(str(SHIPPED), spec, {"control": control})
        policy.connect(1.0)
        answers.append(policy.infer(seen, "pick up the can", 1.0))
    assert answers[0].properties is not None
    assert answers[1].properties is None
    assert (answers[0].actions == answers[1].actions).all()


@pytest.mark.nightly
def test_the_command_prints_both_tables():
    pytest.importorskip("mujoco")
    command = [sys.executable, "-m", "benchmarks.property_head", "--json", "--worlds", "2"]
    command += ["--trials", "1", "--randomize", "anywhere", "--call", "pick(can)"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if "no-opengl" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (errors,) = told["errors"]
    assert errors["thing"] == "pick up can"
    assert errors["usable"]["n"] == errors["n"] == 20
    assert [row["way"] for row in told["picks"]] == ["with the head", "without"]
