"""Exit codes, one meaning each, and the table of them in the documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome, RunResult

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
CODES = {
    "SUCCESS": 0,
    "FAILURE": 1,
    "USAGE": 2,
    "ERROR": 3,
    "CLARIFY": 4,
    "INFEASIBLE": 5,
    "REFUSED": 6,
    "NOT_APPROVED": 7,
    "NOT_AT_REST": 8,
    "INTERRUPTED": 130,
}


def test_each_code_has_one_meaning_and_stands_in_the_documentation():
    assert {code.name: code.value for code in ExitCode} == CODES
    page = PAGE.read_text()
    for code in ExitCode:
        assert f"| {code.value} | {code.meaning} |" in page


def test_every_outcome_has_a_code():
    codes = {outcome.value: outcome.exit_code.value for outcome in Outcome}
    assert codes == {
        "success": 0,
        "already-true": 0,
        "answered": 0,
        "failure": 1,
        "error": 3,
        "clarify": 4,
        "infeasible": 5,
        "refused": 6,
        "interrupted": 130,
    }
    assert RunResult(outcome=Outcome.CLARIFY, needs_approval=True).exit_code == 7


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ("goal", "open the fridge")),
        (0, ("run", "close the fridge", "--yes")),
        (1, ("check", "a.tree.yaml")),
        (2, ("check-skill", "pick(table)")),
        (2, ("run", "open the fridge", "--sped", "3")),
        (2, ("rum",)),
        (2, ("show", "nowhere.tree.yaml")),
        (2, ("show", "12")),
        (3, ("run", "open the fridge", "--yes", "--workspace", "a.tree.yaml")),
        (4, ("run", "put the mug in the sink", "--yes")),
        (4, ("plan", "put the mug in the sink")),
        (4, ("verify", "--goal", "put the mug in the sink")),
        (5, ("run", "put the apple in the bin", "--yes")),
        (5, ("verify", "--goal", "put the apple in the bin")),
        (6, ("run", "turn on the right burner", "--yes")),
        (7, ("run", "open the fridge")),
    ],
)
def test_the_code_tells_how_a_command_ended(call, tmp_path, code, arguments):
    (tmp_path / "a.tree.yaml").write_text("tree: a\nroot: {skill: fly(moon)}\n")
    call(*arguments, code=code)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("plan", "open the fridge"), ("plan", "open the fridge", "--json"), ("domain",)],
)
def test_a_command_whose_output_nobody_reads_ends_quietly(tmp_path, arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "treehand", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(60) == 141
    process.stderr.close()
