"""The page of an evaluation: tables, failures, and pictures that need no network."""

import base64

import numpy as np

from treehand.orchestrator.people.pictures import png
from treehand.scenarios.reports.evaluation_page import (
    EvaluationPage,
    FailureStory,
    FigureTable,
    evaluation_page,
)

TABLE = FigureTable(("policy", "succeeded"), [("picker", "1 of 2")])
COMMAND = "treehand evaluate picker --skill pick --seeds 3..3"


def page_of(*failures):
    """Return a page with one table and these failures."""
    return evaluation_page(EvaluationPage("picker: pick", "treehand evaluate", [TABLE], failures))


def test_a_strip_is_in_the_page_itself_and_is_told_to_who_cannot_see_it():
    strip = png(np.zeros((4, 8, 3), np.uint8))
    views = {"overview": strip, "wrist": strip}
    failure = FailureStory("picker", "pick(can), seed 3", "timeout", "", COMMAND, (0.0, 4.5), views)
    text = page_of(failure)
    assert text.count(base64.b64encode(strip).decode()) == 2
    assert "wrist, 2 pictures from 0.0 s to 4.5 s" in text
    assert text.count("<span>4.5 s</span>") == 1, "times stand below the last view"
    assert COMMAND in text
    assert "http" not in text


def test_a_failure_without_a_strip_is_told_by_words():
    text = page_of(FailureStory("picker", "pick(<b>)", "not-true", "it <fell>", COMMAND))
    assert "pick(&lt;b&gt;)" in text
    assert "it &lt;fell&gt;" in text
    assert "<img" not in text


def test_no_failure_is_told_as_none():
    assert "There was none." in page_of()
