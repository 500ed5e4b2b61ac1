"""The report of ``treehand evaluate`` in a world without pictures."""

import pytest

pytest.importorskip("scipy")
pytest.importorskip("jinja2")

TRIALS = ("evaluate", "scripted", "--skill", "pick", "--call", "pick(red_mug)")


def test_a_failure_in_a_world_that_cannot_be_seen_is_told_by_words(call, tmp_path):
    """On seed 3 the mug slips, and on seed 4 it does not."""
    report = tmp_path / "report.html"
    told = call(*TRIALS, "--seeds", "3..4", "--world", "kitchen", "--html", str(report)).out
    assert "1 of 2" in told
    assert f"report: {report}" in told.replace("\n", "")
    page = report.read_text(encoding="utf-8")
    assert page.count("<details") == 1
    assert "grasp-dropped" in page
    assert "this world cannot be seen" in page
    assert "treehand evaluate scripted --skill pick --call &#39;pick(red_mug)&#39;" in page


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(call, tmp_path):
    told = call(*TRIALS, "--html", str(tmp_path / "nowhere" / "report.html"), code=2)
    assert "unwritable-file" in told.err
