"""The docs are true: their examples run, their generated pages are current, their lists complete.

A page's blocks share one folder and are taken in their order. A YAML or Python block whose first
line is a comment with a file name is written to that file; other Python blocks are executed; lines
of a console block that begin with `$` are run, and must exit with 0 or with what `# exits N` says.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from docs import session
from docs.generate import PAGES, finding_codes
from tests.calling import called
from treehand.cli.views.finding_formats import FINDING_CODES
from treehand.skills import FailureCode
from treehand.trees import NodeSpec

ROOT = Path(__file__).parents[1]
WRITTEN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w.]+\.(?:yaml|py))\n")
EXITS = re.compile(r"\s+# exits (\d+)$")
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[dev]' "
    "&& .venv/bin/python -m pytest -n 2"
)


LONGEST_S = 300
"""Longest time of one example: a server in an example would wait for ever."""


def blocks(path: Path) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in BLOCK.finditer(path.read_text())]


def run_console(line: str, folder: Path) -> None:
    """Run a line in a shell, whose `treehand` is the one of this checkout."""
    expected = EXITS.search(line)
    command = EXITS.sub("", line)
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    script = bin_folder / "treehand"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m treehand "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        check=False,
        timeout=LONGEST_S,
    )
    code = int(expected[1]) if expected else 0
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"


def call_console(line: str, folder: Path) -> None:
    """Call a plain `treehand` in this process; anything else, and what has workers, in a shell."""
    expected = EXITS.search(line)
    command, *arguments = shlex.split(EXITS.sub("", line))
    if command != "treehand" or {"-n", "|"} & set(arguments):
        run_console(line, folder)
        return
    done = called(*arguments, folder=folder)
    assert done.code == (int(expected[1]) if expected else 0), f"{line}\n{done.out}\n{done.err}"


@pytest.mark.slow
def test_the_session_of_the_tutorial_is_what_the_console_says():
    page = session.PAGE.read_text(encoding="utf-8")
    for shown, now in zip(session.blocks(page), session.replay(page), strict=True):
        assert shown == now, "record it anew: python -m docs.session"


@pytest.mark.slow
@pytest.mark.parametrize("path", WRITTEN, ids=[str(path.relative_to(ROOT)) for path in WRITTEN])
def test_the_examples_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    run = run_console if path.name == "README.md" else call_console
    for language, text in blocks(path):
        name = FILE.match(text)
        if language in ("yaml", "python") and name:
            (tmp_path / name[1]).write_text(text)
        if language == "python":
            exec(compile(text, f"{path.name} example", "exec"), {"__name__": "example"})
        if language == "console":
            for line in text.splitlines():
                if line.startswith("$ "):
                    run(line[2:], tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name):
    page = ROOT / "docs" / "reference" / name
    assert page.read_text() == PAGES[name](), "run: python -m docs.generate"


def test_the_meanings_of_codes_are_current():
    written = FINDING_CODES.read_text(encoding="utf-8")
    assert written == finding_codes(), "run: python -m docs.generate"


def test_every_finding_code_is_listed():
    listed = set(
        re.findall(r"^\| `([a-z0-9-]+)`", (ROOT / "docs/reference/findings.md").read_text(), re.M)
    )
    used = set()
    pattern = (
        r"(?:Finding|InputError\.of|StorageError|ModelError|Mismatch|_report)\(\s*\"([a-z0-9-]+)\""
    )
    for package in ("treehand", "skills", "trees", "worlds", "planners", "orchestrator"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            used |= set(re.findall(pattern, text))
            used |= set(re.findall(r"\"code\": \"([a-z0-9-]+)\"", text))
            used |= set(re.findall(r"\"([a-z]+-[a-z-]+): ", text))
    assert used - {code.value for code in FailureCode} <= listed
    assert {"unknown-skill", "node-kind", "wrong-arity"} <= used


def test_every_key_of_a_node_has_its_semantics():
    page = (ROOT / "docs/reference/trees.md").read_text()
    for name, field in NodeSpec.model_fields.items():
        key = field.alias or name
        assert re.search(rf"`{key}[:`]|`\[?{key}:", page), f"trees.md says nothing of '{key}'"


def test_links_lead_somewhere():
    for path in WRITTEN:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_ci_runs_the_test_command_of_the_readme():
    assert TEST_COMMAND in (ROOT / "README.md").read_text()
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text()
