"""The wheel and the sdist of a commit hold the whole package, with or without symbolic links.

Git for Windows and many zip tools write a link as a small text file. Both distributions are built
from clones of the commit that is checked out; the index is reached through pip's own settings.
"""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GOAL = "put the red mug in the sink"


def run(*command, cwd):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def committed():
    """Files of the package in the commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    out = run("git", "ls-files", "-z", "treehand", cwd=ROOT)
    return {name for name in out.split("\0") if name}


@pytest.fixture(scope="module")
def built(committed, tmp_path_factory):
    """Build in a clone with links and in one without; return the folders with the results."""
    folder = tmp_path_factory.mktemp("clones")
    built = {}
    for name, links in (("linked", "true"), ("unlinked", "false")):
        clone = folder / name
        run("git", "-c", f"core.symlinks={links}", "clone", "-q", ROOT, clone, cwd=folder)
        assert (clone / "skills").is_symlink() is (links == "true")
        kinds = () if links == "true" else ("--wheel",)  # by default: the wheel of the sdist
        run(sys.executable, "-m", "build", *kinds, "--outdir", folder / f"dist-{name}", cwd=clone)
        built[name] = folder / f"dist-{name}"
    return built


def names_in(folder):
    [wheel] = folder.glob("*.whl")
    return {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}


def test_both_wheels_hold_every_file_of_the_package(built, committed):
    linked, unlinked = names_in(built["linked"]), names_in(built["unlinked"])
    assert linked == unlinked
    assert {name for name in linked if name.startswith("treehand/")} == committed
    kinds = {Path(name).suffix for name in committed}
    assert kinds >= {".py", ".yaml", ".j2", ".xml", ".typed"}
    assert "treehand/planners/reading/lexicon/household.yaml" in committed


def test_the_sdist_holds_what_builds_the_package_and_its_papers(built, committed):
    [sdist] = built["linked"].glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert committed <= names
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names


def test_a_goal_is_reached_from_the_wheel_of_a_checkout_without_links(built, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    [wheel] = built["unlinked"].glob("*.whl")
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=tmp_path)
    command = (python.with_name("treehand"), "run", GOAL, "--yes", "--json")
    result = json.loads(run(*command, "--workspace", tmp_path / "runs", cwd=tmp_path))
    assert (result["outcome"], result["world_true"]) == ("success", True)
