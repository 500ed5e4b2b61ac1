"""The documentation site: pictures and pages made from the code are current, lines are short."""

import re
from pathlib import Path

import pytest

import treehand
from docs import api_page, architecture_picture, site_hooks
from tests.test_architecture import FLOORS

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
WIDEST = 120


def test_the_picture_of_the_architecture_is_current():
    drawn = architecture_picture.PICTURE.read_text(encoding="utf-8")
    assert drawn == architecture_picture.drawing(), "run: python -m docs.architecture_picture"


def test_the_picture_has_the_floors_of_the_architecture_test():
    drawn = {room: floor for floor, rooms in architecture_picture.FLOORS.items() for room in rooms}
    assert drawn == FLOORS


def test_the_picture_leaves_out_arrows_that_follow_from_others():
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert architecture_picture.essential(edges) == [("a", "b"), ("b", "c")]


def test_the_api_page_is_current():
    written = api_page.PAGE.read_text(encoding="utf-8")
    assert written == api_page.page(), "run: python -m docs.api_page"


def test_the_api_page_names_every_public_object():
    titles: dict[str, list[str]] = {}
    for line in api_page.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = titles.setdefault(line.removeprefix("## "), [])
        elif line.startswith("### "):
            section.append(line.removeprefix("### ").strip("`"))
    assert titles == {
        "treehand": sorted(treehand.__all__, key=str.lower),
        "treehand.events": api_page.events(),
        "treehand.robots": [place.rpartition(".")[2] for place in api_page.ROBOTS],
        "Protocols to implement": [place.rpartition(".")[2] for place in api_page.SEAMS],
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_is_too_long(page):
    long = [
        f"{page.name}:{number}: {len(line)} columns"
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > WIDEST
    ]
    assert not long, "\n".join(long)


def test_paths_that_pages_name_exist():
    rooms = "|".join(FLOORS)
    named = re.compile(rf"`((?:treehand|tests|benchmarks|docs|scenarios|{rooms})/[\w/.]*)`")
    missing = []
    for page in PAGES:
        if page.name == "CHANGELOG.md" or page.parent.name == "decisions":
            continue
        for path in named.findall(page.read_text(encoding="utf-8")):
            if not any((root / path).exists() for root in (ROOT, ROOT / "treehand")):
                missing.append(f"{page.name}: {path}")
    assert not missing, missing


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    for page in sorted((ROOT / "docs").rglob("*.md")):
        assert str(page.relative_to(ROOT / "docs")) in navigation


def test_assets_from_a_network_are_found(tmp_path):
    """The build refuses a site with such assets; links that a reader clicks are allowed."""
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">a link</a> <link rel="canonical" href="https://x.org/">'
        '<script src="https://example.org/x.js"></script><img alt="a" src=//example.org/y.png>'
        '<link href="https://fonts.example.org/css" rel="stylesheet">'
    )
    (tmp_path / "style.css").write_text("@font-face {src: url(https://example.org/f.woff2)}")
    found = site_hooks.remote_assets(tmp_path)
    assert len(found) == 4, found
