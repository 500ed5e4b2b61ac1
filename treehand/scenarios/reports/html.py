"""One HTML page about a suite, that opens without a network: matrix, stories, timelines, trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from treehand.core.errors import MissingExtra
from treehand.core.events import FailureRecord
from treehand.core.text.printable_text import printable
from treehand.scenarios.campaigns.campaign import (
    CampaignReport,
    CampaignRun,
    CampaignState,
    InjectedFailure,
)
from treehand.scenarios.reports.story import command_of
from treehand.scenarios.running.cases import CaseReport
from treehand.scenarios.suites.statistics import Rate
from treehand.scenarios.suites.verdicts import ScenarioVerdict

try:
    import jinja2
except ImportError:  # said when a page is asked for
    jinja2 = None  # type: ignore[assignment]

TEMPLATE = "report.html.j2"
MAX_REPLAYS = 32 << 20
"""Most characters of runs that one page holds for its scrubbers; others are told by text."""


@dataclass(frozen=True)
class Story:
    """One run on the page, told at length.

    Attributes:
        anchor: Its name within the page.
        status: Verdict: a CSS class and a word.
        title: Its heading.
        report: The run.
        why: Why it did not pass.
        note: What else stands beside the heading.
        rate: Pass rate of the runs that it stands for.
        is_open: True to show it unfolded.
    """

    anchor: str
    status: str
    title: str
    report: CaseReport
    why: str = ""
    note: str = ""
    rate: Rate | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Mark:
    """One run in a cell of the matrix.

    Attributes:
        sign: The character that stands for its state.
        css: CSS class of the state.
        title: Text that a browser shows for it.
        anchor: The story that it links to; empty if it was not run.
    """

    sign: str
    css: str
    title: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Matrix:
    """Steps by failure codes.

    Attributes:
        codes: The columns.
        rows: Each step with a cell for each code: the runs before, during and after it.
        notes: Reasons why failures were not triggered, with their number.
    """

    codes: Sequence[str]
    rows: Mapping[str, Sequence[Sequence[Mark]]]
    notes: Mapping[str, int]


@dataclass(frozen=True)
class Page:
    """Content of a page.

    Attributes:
        title: Its heading.
        summary: One line: how many, how long, where.
        verdicts: The scenarios of a suite.
        stories: The runs, told at length; those of the verdicts if left out.
        matrix: For a campaign.
    """

    title: str
    summary: str
    verdicts: Sequence[ScenarioVerdict] = ()
    stories: Sequence[Story] = ()
    matrix: Matrix | None = None


SIGNS: Mapping[CampaignState, str] = {"recovered": "✔", "unrecovered": "✘", "untriggered": "·"}
"""Signs of the states of a campaign's runs."""
_CSS: Mapping[CampaignState, str] = {
    "recovered": "passed",
    "unrecovered": "failed",
    "untriggered": "dim",
}


def require_pages() -> None:
    """Raise `MissingExtra` if there is nothing to make pages with."""
    if jinja2 is None:
        raise MissingExtra("jinja2", "test")


def page(content: Page) -> str:
    """Return the page; raises `MissingExtra` without jinja2."""
    stories = content.stories or _stories_of(content.verdicts)
    replayed = _replayed(stories)
    return rendered(
        TEMPLATE,
        page=content,
        stories=stories,
        replayed=replayed,
        style=_built("page.css") if replayed else "",
        script=_built("report.js").replace("</", r"<\/") if replayed else "",
    )


def rendered(template: str, **values: object) -> str:
    """Return a page from a template of this folder; raises `MissingExtra` without jinja2."""
    require_pages()
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
        loader=jinja2.FunctionLoader(_template),
    )
    environment.filters["command"] = command_of
    environment.filters["causes"] = failure_rows
    environment.filters["inline"] = inline_picture
    environment.filters["data"] = inline_data
    return environment.get_template(template).render(**values)


def _template(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _built(name: str) -> str:
    return (resources.files("treehand") / "web" / "page" / "built" / name).read_text("utf-8")


def _replayed(stories: Sequence[Story]) -> frozenset[str]:
    """Return the anchors of the stories whose runs can be scrubbed: failed ones first."""
    size, found = 0, set()
    for story in sorted(stories, key=lambda one: one.report.has_passed):
        size += len(story.report.replay)
        if size > MAX_REPLAYS:
            break
        if story.report.replay:
            found.add(story.anchor)
    return frozenset(found)


def inline_data(document: str) -> str:
    """Return a JSON document as the content of a script element, which no text can end."""
    return document.replace("<", "\\u003c").replace("&", "\\u0026")


def _printable(value: object) -> object:
    """Return a value of the page; texts without what would reorder or hide letters."""
    return printable(value) if type(value) is str else value


def _stories_of(verdicts: Sequence[ScenarioVerdict]) -> list[Story]:
    return [
        Story(
            anchor=f"s{number}",
            status=verdict.status,
            title=verdict.scenario,
            report=verdict.representative,
            why=verdict.why,
            note=verdict.variant,
            rate=verdict.rate,
            is_open=not verdict.is_good,
        )
        for number, verdict in enumerate(verdicts, 1)
    ]


def campaign_page(report: CampaignReport) -> str:
    """Return a campaign's page: its matrix, every cell with a link to the run's story."""
    runs = (*report.runs, *report.pairs)
    anchors = {run.injected: f"r{number}" for number, run in enumerate(runs, 1)}
    matrix = Matrix(
        report.codes(),
        {
            str(call): [[_mark(run, anchors) for run in cell] for cell in cells]
            for call, cells in report.matrix().items()
        },
        {reason: len(found) for reason, found in report.untriggered().items()},
    )
    stories = [
        Story(
            anchor=anchors[run.injected],
            status=_CSS[run.state],
            title=" and ".join(map(str, run.injected)),
            report=run.report,
            why=run.explanation,
            note="never triggered" if run.untriggered else run.state,
            is_open=run.state == "unrecovered",
        )
        for run in runs
    ]
    summary = (
        f"failure coverage {report.coverage:.1%} of {report.planned}; "
        f"recovered {report.recovered() or 'nothing: no failure took effect'}"
    )
    return page(Page(f"Campaign: {report.scenario}", summary, stories=stories, matrix=matrix))


def _mark(run: CampaignRun | None, anchors: Mapping[tuple[InjectedFailure, ...], str]) -> Mark:
    if run is None:
        return Mark(" ", "dim")
    title = ": ".join(text for text in (str(run.injected[0]), run.explanation) if text)
    return Mark(SIGNS[run.state], _CSS[run.state], title, anchors[run.injected])


def inline_picture(document: str) -> str:
    """Return an SVG document as a part of a page, which needs no name space."""
    return document.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)


def failure_rows(failure: FailureRecord, depth: int = 0) -> list[dict[str, object]]:
    """Return why a run failed as rows: depth, path, code, detail."""
    row: dict[str, object] = {"depth": depth, "failure": failure}
    return [row, *(r for cause in failure.causes for r in failure_rows(cause, depth + 1))]
