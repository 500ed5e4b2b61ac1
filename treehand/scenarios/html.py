"""One HTML page about a suite, that opens without a network: matrix, stories, timelines, trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from treehand.core.errors import MissingExtra
from treehand.core.events import FailureRecord
from treehand.scenarios.cases import CaseReport
from treehand.scenarios.story import command_of
from treehand.scenarios.verdicts import ScenarioVerdict

try:
    import jinja2
except ImportError:  # said when a page is asked for
    jinja2 = None  # type: ignore[assignment]

TEMPLATE = "report.html.j2"


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Attributes:
        title: Its heading.
        summary: One line: how many, how long, where.
        verdicts: The scenarios.
        matrix: For a campaign: rows of (call, code, phase, status, link).
    """

    title: str
    summary: str
    verdicts: Sequence[ScenarioVerdict]
    matrix: object = None


def require_pages() -> None:
    """Raise `MissingExtra` if there is nothing to make pages with."""
    if jinja2 is None:
        raise MissingExtra("jinja2", "test")


def page(content: Page) -> str:
    """Return the page; raises `MissingExtra` without jinja2."""
    require_pages()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["command"] = command_of
    environment.filters["rows"] = tree_rows
    environment.filters["causes"] = failure_rows
    text = (resources.files(__package__) / TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(text).render(page=content)


def tree_rows(report: CaseReport) -> list[dict[str, object]]:
    """Return the nodes of a tree as they ended: depth, label, status; parents before children."""
    failing = {path for path, status in report.statuses.items() if status == "FAILURE"}
    rows: list[dict[str, object]] = []
    known: set[str] = set()
    for path in sorted(report.statuses, key=lambda path: path.split("/")):
        parts = path.split("/")
        for depth in range(len(parts)):
            above = "/".join(parts[: depth + 1])
            if above not in known:
                known.add(above)
                status = report.statuses.get(above, "")
                is_on_path = above in failing
                row = {"depth": depth, "label": parts[depth], "status": status}
                rows.append({**row, "failing": is_on_path})
    return rows


def failure_rows(failure: FailureRecord, depth: int = 0) -> list[dict[str, object]]:
    """Return why a run failed as rows: depth, path, code, detail."""
    row: dict[str, object] = {"depth": depth, "failure": failure}
    return [row, *(r for cause in failure.causes for r in failure_rows(cause, depth + 1))]
