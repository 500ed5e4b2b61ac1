"""Numbers of thousands of digits, bytes that are not UTF-8, and outputs that take nothing."""

import io
import json
import os
import subprocess
import sys

import pytest

from tests.e2e.test_encodings import CALLS, SCENARIO
from treehand.cli.app import main
from treehand.cli.stopping.quick_stop import parsed
from treehand.core.errors import InputError, StorageError
from treehand.core.text.outside_text import MAX_DIGITS, require_utf8, whole_number
from treehand.documents.composer import compose
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.store.journal_format import create_journal
from treehand.orchestrator.store.workspace import RunFiles

MANY = "9" * 5000
THOUSAND = "9" * 1000
BYTE = "\udcff"
"""A byte that is not UTF-8, as Python reads it in an argument."""
FULL = "/dev/full"
needs_full_device = pytest.mark.skipif(not os.path.exists(FULL), reason=f"there is no {FULL}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("-7", -7),
        ("٣", 3),
        ("9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
        ("9" * (MAX_DIGITS + 1), None),
        (MANY, None),
        ("²", None),
        ("1_000", None),
        ("1.0", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_whole_number_has_decimal_digits_and_not_too_many(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", [MANY, "1e999", "-1e999", "nan", "inf", "1_000"])
def test_a_file_holds_finite_numbers_or_texts(text):
    content, findings = compose(f"key: {text}\n", file="a.yaml")
    assert not findings
    assert content == {"key": text}


def test_an_answer_of_many_digits_is_unclear():
    assert chosen_option(MANY, ("the red mug", "the blue mug")) is None


@pytest.fixture
def called(tmp_path, monkeypatch, capsys):
    """Call ``treehand`` in an empty folder; return exit code, output and error output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["treehand", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code, *capsys.readouterr())

    return call


RECORDED = {"clarify", "infeasible", "refused"}
"""Outcomes of what was asked and never moved anything."""
GOAL_CODES = {2, 4, 5, 6, 7}
INPUTS = [
    (("goal", f"put {MANY} plates in the sink"), {2}),
    (("goal", f"put {THOUSAND} plates in the sink"), {0, 4, 5}),
    (("goal", f"put plate {THOUSAND} in the sink"), GOAL_CODES),
    (("goal", f"put tables 1 and {THOUSAND} in the sink"), GOAL_CODES),
    (("goal", f"open the fridge within {THOUSAND} minutes"), {0} | GOAL_CODES),
    (("goal", f"count p in plate where clean(p) >= {THOUSAND}"), GOAL_CODES),
    (("run", f"put {THOUSAND} plates in the sink", "--yes"), GOAL_CODES),
    (("run", f"count p in plate where clean(p) >= {'9' * MAX_DIGITS}", "--yes"), {5}),
    (("run", "open the fridge", "--yes", "--inject", f"door-jammed@open(fridge):{MANY}"), {2}),
    (("run", "open the fridge", "--yes", "--inject", f"close(fridge)@{MANY}s"), {2}),
    (("run", "open the fridge", "--yes", "--seed", MANY), {2}),
    (("run", "open the fridge", "--yes", "--speed", "nan"), {2}),
    (("run", "open the fridge", "--yes", "--speed", "inf"), {2}),
    (("run", "open the fridge", "--yes", "--success", "nan"), {2}),
    (("run", f"open the fri{BYTE}dge", "--yes"), {2}),
    (("goal", f"open the fri{BYTE}dge"), {2}),
    (("plan", "open the fridge", "--out", f"{BYTE}.tree.yaml"), {2}),
    (("runs", "--workspace", BYTE), {2}),
    (("explain", "1", f"why {BYTE}?"), {2}),
    (("show", MANY), {2}),
    (("check-policy", MANY), {2}),
    (("replay", MANY), {2}),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "codes"), INPUTS, ids=[ascii(" ".join(row[0]))[:40] for row in INPUTS]
)
def test_numbers_and_bytes_end_in_typed_errors_and_leave_no_run(called, arguments, codes):
    code, out, err = called(*arguments)
    assert "internal-error" not in err, err[:500]
    assert code in codes, (out + err)[:500]
    _, rows, _ = called("runs", "--json")
    assert [
        row["outcome"] for row in json.loads(rows)["runs"] if row["outcome"] not in RECORDED
    ] == []


def test_all_arguments_that_are_not_utf8_are_named():
    with pytest.raises(InputError) as raised:
        require_utf8(["goal", f"a{BYTE}", f"b{BYTE}" + "c" * 100], hint="")
    assert [one.code for one in raised.value.findings] == ["not-utf8", "not-utf8"]
    assert len(raised.value.findings[1].message) < 120


@pytest.mark.slow
@pytest.mark.slow
@needs_full_device
def test_no_command_fails_for_full_outputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mug.scenario.yaml").write_text(SCENARIO)
    failed = []
    for call in CALLS:
        errors = io.StringIO()
        with open(FULL, "w") as full:
            monkeypatch.setattr(sys, "stdout", full)
            monkeypatch.setattr(sys, "stderr", errors)
            monkeypatch.setattr(sys, "stdin", io.StringIO("open the fridge\nyes\n"))
            monkeypatch.setattr(sys, "argv", ["treehand", *call])
            with pytest.raises(SystemExit) as ended:
                main()
            told = errors.getvalue()
            if not ended.value.code or "internal-error" in told or told.count("output-lost") > 1:
                failed.append(f"{call}: {ended.value.code}: {told}")
    monkeypatch.undo()
    assert not failed, "\n".join(failed)


STREAMS = ("<&-", ">&-", "2>&-", f"2>{FULL}", "<&- >&- 2>&-", f">{FULL} 2>{FULL}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "streams"),
    [
        (("runs",), ">&-"),
        (("worlds",), f">{FULL}"),
        *(pytest.param(call, one, marks=pytest.mark.nightly) for call in CALLS for one in STREAMS),
    ],
)
@needs_full_device
def test_no_process_fails_for_its_streams(tmp_path, call, streams):
    (tmp_path / "mug.scenario.yaml").write_text(SCENARIO)
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m treehand "$@" {streams}', "sh", *call],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    for bug in ("internal-error", "Traceback", "Exception ignored"):
        assert bug not in done.stderr, done.stderr
    assert 0 <= done.returncode <= 8 or done.returncode == 130
    if call in (("runs",), ("worlds",)) and streams.startswith(">"):
        assert done.stderr.count("output-lost") == ("2>" not in streams)
        assert done.returncode == 3


def test_stop_takes_no_name_that_no_file_can_have():
    options, problems = parsed([MANY, "--world", MANY, "--reason", f"why{BYTE}" + MANY])
    assert options.run is options.world is None
    assert len(problems) == 2
    assert options.reason.startswith("why\\udcff9")
    assert len(options.reason) < 1100


@pytest.mark.parametrize("key", ["deployment", "deployment_files"])
@pytest.mark.parametrize("text", ["null", "[]", MANY, '{"world": 7}', "\x00", "{"])
def test_resume_names_a_journal_whose_header_is_odd(tmp_path, key, text):
    journal = tmp_path / "0001.sqlite"
    header = {"run": "0001", key: text}
    create_journal(journal, header, is_synced=False, barrier=lambda: None)
    with pytest.raises(StorageError) as raised:
        KnownDeployment.of_run(RunFiles("0001", journal))
    assert raised.value.finding.code == "not-a-journal"
