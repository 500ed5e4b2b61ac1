"""The file of learned words: remembered, confirmed, forgotten, checked, and never lost."""

from datetime import date

import pytest

from treehand.authoring.check import check_files
from treehand.core.errors import InputError
from treehand.orchestrator.store.learned_file import MAX_BYTES, LearnedFile
from treehand.skills.domain import parse_formula

DAY = date(2026, 11, 28)
BIN = parse_formula("in(can, bin)")
ROW = "readings:\n  - {{said: a, means: {}, learned: 2026-01-01}}\n"
BY_HAND = """\
# my words
readings:
  # the best one
  - said: yeet the can   # loudly
    means: in(can, bin)
    learned: 2026-11-01
    confirmed: 2

  - {said: flatten it, means: clean(pan), learned: 2026-11-02}
# the end
"""


@pytest.fixture
def file(deployment, tmp_path):
    return LearnedFile(tmp_path / "home" / "learned.words.yaml", deployment.vocabulary)


def written(file, text):
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text(text, encoding="utf-8")
    return file


def finding_of(call, *args):
    with pytest.raises(InputError) as caught:
        call(*args)
    return caught.value.findings[0]


def test_a_remembered_reading_is_found_whatever_the_case_and_courtesies(file):
    file.remember("Yeet the can", BIN, DAY)
    found = file.load().find("please, yeet the CAN!")
    assert found is not None
    assert (found.means, found.learned, found.confirmed) == (BIN, DAY, 1)
    assert file.path.stat().st_mode & 0o077 == 0
    file.confirm("yeet the can")
    assert file.load().readings[0].confirmed == 2


def test_words_that_are_remembered_again_have_the_new_meaning_alone(file):
    file.remember("yeet the can", BIN, DAY)
    file.remember("yeet the can", parse_formula("in(can, sink)"), DAY)
    assert [str(one.means) for one in file.load().readings] == ["in(can, sink)"]


def test_comments_and_other_rows_stay_when_rows_come_and_go(file):
    written(
        file,
        BY_HAND.replace("  - {said: flatten it, means: clean(pan), learned: 2026-11-02}\n", ""),
    )
    file.remember('say "hi" to the can: ja, Käse', BIN, DAY)
    file.confirm("yeet the can")
    text = file.path.read_text(encoding="utf-8")
    for kept in ("# my words", "# the best one", "# loudly", "# the end"):
        assert kept in text
    assert [one.confirmed for one in file.load().readings] == [3, 1]
    file.forget('say "hi" to the can: ja, Käse')
    assert [one.said for one in file.load().readings] == ["yeet the can"]


def test_the_last_row_can_be_forgotten_and_another_one_remembered(file):
    file.remember("yeet the can", BIN, DAY)
    assert file.forget("yeet the can") is not None
    assert file.load().readings == ()
    file.remember("hurl the can", BIN, DAY)
    assert [one.said for one in file.load().readings] == ["hurl the can"]


def test_a_row_in_brackets_is_read_and_is_not_changed(file):
    written(file, BY_HAND)
    assert file.load().find("flatten it") is not None
    finding = finding_of(file.confirm, "flatten it")
    assert finding.code == "unwritable-file"
    assert file.path.read_text(encoding="utf-8") == BY_HAND


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("readings:\n  - said: [", "yaml-syntax", 3),
        (
            "readings:\n  - {said: a, means: 'inn(can, bin)', learned: 2026-01-01}\n",
            "unknown-predicate",
            2,
        ),
        (
            "readings:\n  - {said: a, means: 'in(can, bim)', learned: 2026-01-01}\n",
            "unknown-object",
            2,
        ),
        ("readings:\n  - {said: a, means: in(can, learned: 2026-01-01}\n", None, 2),
        ("readings:\n  - {said: a, means: clean(pan), learned: soon}\n", None, 2),
        ("readings:\n  - {said: a, means: clean(pan)}\n", "missing-key", 2),
        ("reading: []\n", "unknown-key", 1),
        ("readings:\n  - {said: '?!', means: clean(pan), learned: 2026-01-01}\n", "no-words", 2),
        (
            "readings:\n  - {said: a b, means: clean(pan), learned: 2026-01-01}\n"
            "  - {said: A b!, means: 'in(can, bin)', learned: 2026-01-01}\n",
            "contradicting-readings",
            3,
        ),
        (
            "readings:\n  - {said: a b, means: clean(pan), learned: 2026-01-01}\n"
            "  - {said: a b, means: clean(pan), learned: 2026-01-02}\n",
            "duplicate-reading",
            3,
        ),
    ],
)
def test_a_bad_file_is_an_error_with_its_line_and_stays_as_it_is(
    file, deployment, text, code, line
):
    written(file, text)
    finding = finding_of(file.load)
    assert finding.span is not None
    assert finding.span.line == line
    assert code in (None, finding.code)
    assert finding_of(file.remember, "c", BIN, DAY).code == finding.code
    assert file.path.read_text(encoding="utf-8") == text
    checked = check_files([file.path], lambda: deployment)
    assert finding.code in {one.code for one in checked.findings}


def test_a_file_that_is_too_large_or_not_text_is_refused(file):
    written(file, "#" * (MAX_BYTES + 1))
    assert "larger than" in finding_of(file.load).message
    file.path.write_bytes(b"readings: []\n# \xff")
    assert finding_of(file.load).code == "not-utf8"


def test_a_link_a_folder_and_a_file_without_permission_are_not_replaced(file, tmp_path):
    target = tmp_path / "shared.words.yaml"
    target.write_text("readings: []\n", encoding="utf-8")
    file.path.parent.mkdir()
    file.path.symlink_to(target)
    assert "is a link" in finding_of(file.remember, "a", BIN, DAY).message
    assert file.path.is_symlink()
    file.path.unlink()
    file.path.mkdir()
    assert finding_of(file.remember, "a", BIN, DAY).code == "unreadable-file"


def test_an_edit_of_the_file_is_seen_at_the_next_use(file):
    file.remember("yeet the can", BIN, DAY)
    assert file.load().find("hurl the can") is None
    text = file.path.read_text(encoding="utf-8")
    written(file, text.replace("yeet", "hurl"))
    assert file.load().find("hurl the can") is not None
