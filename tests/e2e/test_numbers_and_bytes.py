"""Numbers of thousands of digits, bytes that are not UTF-8, and outputs that take nothing."""

import os
import sys

import pytest

from treehand.cli.app import main
from treehand.core.errors import InputError
from treehand.core.outside_text import MAX_DIGITS, require_utf8, whole_number
from treehand.documents.composer import compose
from treehand.orchestrator.people.person import chosen_option

MANY = "9" * 5000
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


RECORDED = ("clarify", "infeasible", "refused")
"""Outcomes of what was asked and never moved anything."""
GOAL_CODES = {2, 4, 5, 6, 7}
INPUTS = [
    (("goal", f"put {MANY} plates in the sink"), {0, 4, 5}),
    (("goal", f"put plate {MANY} in the sink"), GOAL_CODES),
    (("goal", f"put tables 1 and {MANY} in the sink"), GOAL_CODES),
    (("goal", f"open the fridge within {MANY} minutes"), {0} | GOAL_CODES),
    (("goal", f"count p in plate where clean(p) >= {MANY}"), GOAL_CODES),
    (("run", f"put {MANY} plates in the sink", "--yes"), GOAL_CODES),
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
    (("replay", MANY), {2}),
]


@pytest.mark.parametrize(
    ("arguments", "codes"), INPUTS, ids=[ascii(" ".join(row[0]))[:40] for row in INPUTS]
)
def test_numbers_and_bytes_end_in_typed_errors_and_leave_no_run(called, arguments, codes):
    code, out, err = called(*arguments)
    assert "internal-error" not in err, err[:500]
    assert code in codes, (out + err)[:500]
    _, rows, _ = called("runs", "--json")
    assert [row["outcome"] for row in json.loads(rows) if row["outcome"] not in RECORDED] == []


def test_all_arguments_that_are_not_utf8_are_named():
    with pytest.raises(InputError) as raised:
        require_utf8(["goal", f"a{BYTE}", f"b{BYTE}" + "c" * 100], hint="")
    assert [one.code for one in raised.value.findings] == ["not-utf8", "not-utf8"]
    assert len(raised.value.findings[1].message) < 120


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, marks=() if call[0] in ("runs", "goal", "nö-such") else pytest.mark.slow)
        for call in CALLS
    ],
    ids=" ".join,
)
@needs_full_device
def test_no_command_fails_for_a_full_or_closed_output(tmp_path, call):
    (tmp_path / "mug.scenario.yaml").write_text(SCENARIO)
    line = f'"{sys.executable}" -m treehand "$@"'
    for streams in (">&-", f">{FULL}", "2>&-", f"2>{FULL}", "<&- >&- 2>&-", f">{FULL} 2>{FULL}"):
        done = subprocess.run(
            ["sh", "-c", f"{line} {streams}", "sh", *call],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert "internal-error" not in done.stderr, f"{streams}: {done.stderr}"
        assert "Traceback" not in done.stderr, f"{streams}: {done.stderr}"
        assert "Exception ignored" not in done.stderr, f"{streams}: {done.stderr}"
        assert 0 <= done.returncode <= 8 or done.returncode == 130, streams


@needs_full_device
def test_a_full_output_is_told_once(tmp_path):
    for buffering in ("", "1"):
        with open(FULL, "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "treehand", "worlds"],
                cwd=tmp_path,
                stdout=full,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONUNBUFFERED": buffering},
                text=True,
            )
        assert done.returncode == 3
        assert done.stderr.count("output-lost") == 1
