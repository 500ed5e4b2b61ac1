"""The files around the package agree with each other: hooks, workflows, versions, links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import treehand

ROOT = Path(__file__).parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
TREE = """\
tree: bring
domain: kitchen
root:
  sequence:
  - do: pick(apple)   # the red one
  - do: put_in(apple, bowl)
"""


def run_hook(entry: str, folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    command, *arguments = entry.split()
    assert command == "treehand"
    return subprocess.run(
        [sys.executable, "-m", "treehand", *arguments, *files],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_take_the_files_that_people_write_and_no_others(hook):
    pattern = re.compile(hook["files"])
    for name in ("a/b.tree.yaml", "k.domain.yaml", "s.scene.yaml", "x.scenario.yaml"):
        assert pattern.search(name), name
    assert pattern.search("treehand.yaml")
    assert pattern.search("robots/treehand.yaml")
    for name in ("ci.yaml", "mytreehand.yaml", "a.tree.yaml.orig", "tree.yaml"):
        assert not pattern.search(name), name


@pytest.mark.slow
def test_the_check_hook_reports_findings_with_their_place(tmp_path):
    (entry,) = (hook["entry"] for hook in HOOKS if hook["id"] == "treehand-check")
    (tmp_path / "bring.tree.yaml").write_text(TREE)
    done = run_hook(entry, tmp_path, "bring.tree.yaml")
    assert done.returncode == 1
    assert "bring.tree.yaml:6:" in done.stdout + done.stderr
    assert "unknown-object" in done.stdout + done.stderr


@pytest.mark.slow
def test_the_fmt_hook_formats_and_keeps_comments(tmp_path):
    (entry,) = (hook["entry"] for hook in HOOKS if hook["id"] == "treehand-fmt")
    path = tmp_path / "bring.tree.yaml"
    path.write_text(TREE)
    assert run_hook(entry, tmp_path, path.name).returncode in (0, 1)
    assert path.read_text() != TREE
    assert "# the red one" in path.read_text()
    formatted = path.read_text()
    assert run_hook(entry, tmp_path, path.name).returncode == 0
    assert path.read_text() == formatted


def test_workflows_run_sessions_that_exist():
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = set(re.findall(r"^def ([a-z]\w*)\(session", source, re.MULTILINE))
    text = "\n".join(path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml"))
    named = " ".join(re.findall(r"nox -s ([^\n]+?)(?: --|$)", text, re.MULTILINE))
    named += " " + " ".join(re.findall(r"session: \[(.+)\]", text)).replace(",", " ")
    named = re.sub(r"-?(\$\{\{.*?\}\}|3\.\d+)", "", named)
    assert set(named.split()) == sessions


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / ".pre-commit-config.yaml"],
    ids=lambda path: path.name,
)
def test_configuration_files_are_yaml(path):
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


def test_the_changelog_has_a_section_for_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert released, "no released section"
    assert released[0] == treehand.__version__
    assert text.index("## [Unreleased]") < text.index(f"## [{released[0]}]")
