"""One HTML page about an evaluation: its tables, and its failures with film strips."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from treehand.scenarios.reports.html import rendered

TEMPLATE = "evaluation.html.j2"


@dataclass(frozen=True)
class FigureTable:
    """A table of figures, for the console and for the page."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class FailureStory:
    """One failed trial."""

    contender: str
    title: str
    code: str
    """Failure code, or outcome of the run."""
    detail: str
    command: str
    """Command that runs the trial again."""
    times_s: Sequence[float] = ()
    """Run time of each picture."""
    views: Mapping[str, bytes] = field(default_factory=dict)
    """Name of each view, and its pictures side by side as a PNG file; empty without a strip."""

    def pictures(self) -> dict[str, str]:
        """Return each view as a data URL."""
        return {
            name: f"data:image/png;base64,{base64.b64encode(one).decode('ascii')}"
            for name, one in self.views.items()
        }


@dataclass(frozen=True)
class EvaluationPage:
    """Content of the page."""

    title: str
    command: str
    """Command that was run."""
    tables: Sequence[FigureTable]
    failures: Sequence[FailureStory]
    notes: Sequence[str] = ()
    """Sentences below the tables, such as the comparison with another policy."""


def evaluation_page(content: EvaluationPage) -> str:
    """Return the page, which opens without a network; raises `MissingExtra` without jinja2."""
    return rendered(TEMPLATE, page=content)
