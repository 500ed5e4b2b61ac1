"""The benchmark of goals over a policy's quality: rows, plot, file, and what it makes worse."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")
pytest.importorskip("scipy")

from benchmarks.policy_quality import (
    ALONE,
    BARE,
    SINGLE,
    Candidate,
    Outcome,
    RunFile,
    candidate,
    noisy,
    plot_of,
    rows_of,
)
from treehand.skills.vla.contract.checkpoint import WEIGHTS
from treehand.skills.vla.reference.weights_file import read_weights

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "treehand/worlds/physics/weights/panda"
GOAL = "put the can in the bin"
GOOD, POOR = Candidate("good", SHIPPED, "a1"), Candidate("poor", SHIPPED, "b2")


def outcomes(one, way, won, lost, goal=GOAL):
    """Return so many successes and failures of a policy."""
    ends = [True] * won + [False] * lost
    return [
        Outcome(one.name, one.digest, goal, "anywhere", way, seed, is_success, 1.0)
        for seed, is_success in enumerate(ends)
    ]


DONE = [
    *outcomes(GOOD, SINGLE, 5, 0, "pick(can)"),
    *outcomes(GOOD, SINGLE, 4, 1, "pick(red_mug)"),
    *outcomes(GOOD, BARE, 3, 2),
    *outcomes(GOOD, BARE, 0, 5, "another goal"),
    *outcomes(POOR, SINGLE, 1, 4, "pick(can)"),
    *outcomes(POOR, BARE, 0, 5),
    *outcomes(POOR, ALONE, 2, 3),
]


def test_rates_are_of_one_policy_one_way_and_one_goal():
    good, poor = rows_of([GOOD, POOR], DONE, GOAL, "anywhere")
    assert {way: (r.passed, r.n) for way, r in good.rates.items()} == {
        SINGLE: (9, 10),
        BARE: (3, 5),
    }
    assert {way: (r.passed, r.n) for way, r in poor.rates.items()} == {
        **{SINGLE: (1, 5), BARE: (0, 5)},
        ALONE: (2, 5),
    }
    assert rows_of([GOOD], DONE, GOAL, "jitter")[0].rates == {}


def test_the_plot_says_its_numbers_in_words_too():
    text = plot_of(rows_of([GOOD, POOR], DONE, GOAL, "anywhere"), GOAL)
    space = "{http://www.w3.org/2000/svg}"
    plot = ElementTree.fromstring(text)
    told = plot.find(f"{space}desc").text
    assert "bare: 60% at 90%, 0% at 20%" in told
    assert "tree: 40% at 20%" in told
    assert len(plot.findall(f"{space}polyline")) == 3


def test_runs_that_the_file_has_are_not_run_again(tmp_path):
    path = tmp_path / "runs.jsonl"
    file = RunFile(path)
    for one in outcomes(POOR, ALONE, 1, 2):
        file.add(one)
    again = RunFile(path)
    assert again.all == file.all
    assert all(again.has(POOR, GOAL, "anywhere", ALONE, seed) for seed in (0, 1, 2))
    assert not again.has(POOR, GOAL, "anywhere", ALONE, 3)
    assert not again.has(POOR, GOAL, "anywhere", BARE, 0)
    assert not again.has(GOOD, GOAL, "anywhere", ALONE, 0), "other weights"


def test_noise_makes_another_checkpoint_and_none_leaves_it_as_it_was(tmp_path):
    same, worse = noisy(SHIPPED, 0.0, tmp_path / "0"), noisy(SHIPPED, 0.5, tmp_path / "0.5")
    before, after = read_weights(SHIPPED / WEIGHTS), read_weights(worse / WEIGHTS)
    assert all((read_weights(same / WEIGHTS)[k] == one).all() for k, one in before.items())
    shares = [np.std(after[k] - one) / one.std() for k, one in before.items() if one.size > 1000]
    assert shares == pytest.approx([0.5] * len(shares), rel=0.1)
    assert candidate("worse", worse).digest != candidate("same", same).digest
    again = noisy(SHIPPED, 0.5, tmp_path / "again")
    assert candidate("again", again).digest == candidate("worse", worse).digest


@pytest.mark.nightly
def test_a_goal_is_measured_in_every_way(tmp_path):
    pytest.importorskip("mujoco")
    command = [sys.executable, "-m", "benchmarks.policy_quality", "--noise", "0", "--json"]
    command += ["--seeds", "1", "--trials", "1", "--plot", str(tmp_path / "plot.svg")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if "no-opengl" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    rates = json.loads(done.stdout)["policies"]["noise 0"]
    assert {way: rate["n"] for way, rate in rates.items()} == {
        **{"single pick": 2, "bare": 1},
        **{"tree": 1, "tree and own skill": 1},
    }
    assert rates["tree and own skill"]["passed"] == 1
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").startswith("<svg")
