"""Every view of the page: contrast by computed styles, and what a screen reader is told."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.page_views import each_view, prepare
from tests.web.test_page import chromium, pytestmark, visit

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(own, visit, scheme):
    page = visit(prepare(own), scheme=scheme)
    faint = {}
    for view in each_view(page):
        found = page.evaluate(CONTRAST)
        if found:
            faint[view] = found
    assert faint == {}


def told_of(page):
    """Return what a screen reader is told, without what changes from run to run."""
    told = page.locator("body").aria_snapshot()
    for pattern, word in CHANGING:
        told = re.sub(pattern, word, told)
    return f"{told}\n"


def test_a_screen_reader_is_told_what_each_view_shows(own, visit):
    page = visit(prepare(own))
    wrong = {}
    for view in each_view(page):
        path = GOLDEN / f"{view.replace(' ', '_')}.yaml"
        wanted = path.read_text() if path.exists() else ""
        told = told_of(page)
        for _ in range(30):  # what is asked from the server comes a little later
            if told == wanted:
                break
            page.wait_for_timeout(200)
            told = told_of(page)
        if told != wanted:
            wrong[view] = told
    for view, told in wrong.items():
        print(f"--- {view}\n{told}")
    assert sorted(wrong) == []
