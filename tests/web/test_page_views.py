"""Every view of the page: contrast, what a screen reader is told, headings, names, the keyboard."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.page_views import each_view, prepare
from tests.web.test_page import chromium, pytestmark, visit
from tests.web.test_page_structure import wrong_structure

__all__ = ["chromium", "pytestmark", "visit"]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
GOLDEN = Path(__file__).parent / "views"
"""What a screen reader is told of each view; a test that fails says what to write there."""
CHANGING = (
    (r"\b[0-9a-f]{16}\b", "HASH"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", "TIME"),
    (r"\d+([.:]\d+)? (s|ms|min)\b", "DURATION"),
    # A loaded machine explores less in the time that is given to verification.
    (r"(✔|not) proven", "VERDICT"),
    (r"(?<=Verification: )\d+ states[^\"\n]*", "FIGURES"),
    (r"(?<=event )\d+ of \d+", "N of M"),
    (r'(?<="Moment of the run": )"\d+"', "N"),
    (r"treehand test \S+/files/", "treehand test "),
)


def told_of(page):
    """Return what a screen reader is told, without what changes from run to run."""
    told = page.locator("body").aria_snapshot()
    for pattern, word in CHANGING:
        told = re.sub(pattern, word, told)
    return f"{told}\n"


def wrongly_told(page, view):
    """Return what a screen reader is told of a view; nothing if that is what it shall be told."""
    path = GOLDEN / f"{view.replace(' ', '_')}.yaml"
    wanted = path.read_text() if path.exists() else ""
    told = told_of(page)
    for _ in range(30):  # what is asked from the server comes a little later
        if told == wanted:
            return None
        page.wait_for_timeout(200)
        told = told_of(page)
    print(f"--- {view}\n{told}")
    return "what a screen reader is told is printed"


def test_every_text_of_a_dark_page_stands_out_from_its_ground(own, visit):
    page = visit(prepare(own), scheme="dark")
    faint = {view: page.evaluate(CONTRAST) for view in each_view(page)}
    assert {view: found for view, found in faint.items() if found} == {}


def test_every_view_is_seen_heard_and_reached_by_keyboard(own, visit):
    """One walk for all: each view is looked at, listened to, and gone through with Tab."""
    page = visit(prepare(own))
    wrong = {}
    for view in each_view(page):
        found = {"told": wrongly_told(page, view), "faint": page.evaluate(CONTRAST)}
        found |= wrong_structure(page)
        wrong[view] = {kind: one for kind, one in found.items() if one}
    assert {view: one for view, one in wrong.items() if one} == {}
    assert len(wrong) == 9
