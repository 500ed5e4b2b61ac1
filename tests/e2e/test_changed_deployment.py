"""``resume`` and ``rearm`` load the deployment that the run began with, or ask first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replay.test_old_journals import JOURNALS
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.store.workspace import RunFiles, Workspace

pexpect = pytest.importorskip("pexpect", reason="needs a POSIX terminal")

MARK = "import pathlib; pathlib.Path(__file__).with_suffix('.ran').touch()\n"
SKILL = """
from treehand.skills import skill
@skill("wash")
def wash(context, item, place, tool):
    yield
"""
CONFIG = "bindings: {wash: wash.py:wash}\ntrees: trees\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with a deployment whose code leaves a mark when it is imported."""
    (tmp_path / "treehand.yaml").write_text(CONFIG)
    (tmp_path / "wash.py").write_text(MARK + SKILL)
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees" / "aside.tree.yaml").write_text("tree: aside\nroot: {do: open(fridge)}\n")
    return tmp_path


@pytest.fixture
def killed(folder):
    """The folder after a run in it was killed."""
    arguments = ["run", "open the fridge", "--yes", "--inject", "process-killed@open(fridge):1"]
    subprocess.run([sys.executable, "-m", "treehand", *arguments], cwd=folder, check=False)
    (folder / "wash.ran").unlink()
    return folder


@pytest.fixture
def stopped(folder, call):
    """The folder after a run in a world file, which is stopped."""
    call("run", "open the fridge", "--yes", "--state", "kitchen.world")
    call("stop", "--state", "kitchen.world", "--reason", "a child came in")
    (folder / "wash.ran").unlink()
    return folder


CHANGES = {
    "treehand.yaml": lambda folder: (folder / "treehand.yaml").write_text(
        CONFIG + "silence: 3 s\n"
    ),
    "wash.py": lambda folder: (folder / "wash.py").write_text(MARK + SKILL + "\nx = 1\n"),
    "aside.tree.yaml": lambda folder: (folder / "trees" / "aside.tree.yaml").unlink(),
    "trees": lambda folder: (folder / "trees" / "b.tree.yaml").write_text(
        "tree: b\nroot: {do: open(fridge)}\n"
    ),
}


@pytest.mark.slow
def test_resume_asks_about_changed_content_before_it_imports_anything(killed, call):
    CHANGES["wash.py"](killed)
    for options in ((), ("--yes",), ("--yes", "--json")):
        told = call("resume", *options, code=7)
        assert "wash.py' has changed since the run began" in told.out + told.err
        assert "--config-changed-ok" in told.out + told.err
    assert not (killed / "wash.ran").exists()
    done = call("resume", "--config-changed-ok")
    assert f"deployment: {killed / 'treehand.yaml'}" in done.out
    assert (killed / "wash.ran").exists()


@pytest.mark.slow
def test_resume_of_an_unchanged_deployment_asks_nothing(killed, call):
    assert "the goal is reached" in call("resume").out


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_rearm_names_each_change_and_imports_nothing(stopped, call, change):
    CHANGES[change](stopped)
    told = call("rearm", "--yes", code=7).err
    assert "config-changed" in told
    assert change in told
    assert not (stopped / "wash.ran").exists()
    assert "re-armed" in call("rearm", "--yes", "--config-changed-ok").out


def test_rearm_of_an_unchanged_deployment_asks_nothing(stopped, call):
    assert "re-armed" in call("rearm", "--yes").out


def test_another_file_in_this_folder_is_not_loaded_in_its_stead(stopped, call, monkeypatch):
    other = stopped / "other"
    other.mkdir()
    (other / "treehand.yaml").write_text(CONFIG.replace("trees: trees\n", ""))
    (other / "wash.py").write_text(MARK + SKILL)
    monkeypatch.chdir(other)
    assert f"deployment: {stopped / 'treehand.yaml'}" in call("rearm", "--yes").out
    assert not (other / "wash.ran").exists()


def test_a_deployment_of_another_path_is_another(tmp_path, call):
    (tmp_path / "treehand.yaml").write_text("trees: trees\n")
    (tmp_path / "trees").mkdir()
    call("run", "open the fridge", "--yes")
    files = Workspace.find(None).last_run()
    same = KnownDeployment.here(DeploymentOverrides(config=tmp_path / "treehand.yaml"), files)
    assert same.differences == ()
    shutil.copy(tmp_path / "treehand.yaml", tmp_path / "copy.yaml")
    other = KnownDeployment.here(DeploymentOverrides(config=tmp_path / "copy.yaml"), files)
    assert other.differences == (f"run 0001 began with '{tmp_path / 'treehand.yaml'}'",)
    none = KnownDeployment.here(DeploymentOverrides(), files)
    assert none.differences == other.differences


@pytest.mark.parametrize(
    ("config", "count"), [("/nowhere/treehand.yaml", 1), (None, 0)], ids=["bound", "built-in"]
)
def test_a_journal_without_hashes_cannot_tell(monkeypatch, config, count):
    """Journals of before have none; without files of its own a deployment needs none."""
    header = {"deployment": DeploymentOverrides(config=config).model_dump_json()}
    monkeypatch.setattr(
        "treehand.orchestrator.sessions.resuming.known_deployment.read_header", lambda path: header
    )
    known = KnownDeployment.of_run(RunFiles("0001", Path("unread")))
    assert len(known.differences) == count


def test_an_old_journal_reads():
    old = RunFiles("0001", JOURNALS / "version_5.sqlite")
    assert KnownDeployment.of_run(old).differences == ()


@pytest.mark.slow
def test_a_person_is_asked_and_told_the_difference(stopped):
    CHANGES["treehand.yaml"](stopped)
    asked = pexpect.spawn(
        sys.executable,
        ["-m", "treehand", "rearm", "--yes"],
        cwd=str(stopped),
        env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1"},
        encoding="utf-8",
        dimensions=(40, 160),
        timeout=20,
    )
    asked.expect("has changed since the run began")
    asked.expect("all the same")
    asked.sendline("no")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 6
    assert not (stopped / "wash.ran").exists()
