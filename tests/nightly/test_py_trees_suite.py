"""py_trees' own tests, from its sdist, pass on our engine: `pytest -m nightly tests/nightly`."""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

PLUGIN = "tests.nightly.stock_ticks_through_our_engine"
ROOT = Path(__file__).parents[2]


@pytest.mark.nightly
def test_the_tests_of_py_trees_pass_on_our_engine(tmp_path):
    name = f"py_trees=={version('py_trees')}"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "py_trees"]
    done = subprocess.run([*pip, "-d", tmp_path, name], capture_output=True, text=True)
    archives = list(tmp_path.glob("py_trees-*.tar.gz"))
    if done.returncode or not archives:
        pytest.skip(f"the sdist of {name} cannot be downloaded here: {done.stderr[-200:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = archives[0].with_suffix("").with_suffix("")
    (folder / "py_trees").rename(folder / "not_imported")  # the installed one is tested
    (folder / "tests").rename(folder / "stock_tests")  # our own package `tests` holds the plug-in
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", PLUGIN]
    done = subprocess.run(
        [*command, "stock_tests"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "failed" not in done.stdout.splitlines()[-1]
