"""Writes what is made of the code or the pages: `python -m docs.generate`.

These are pages of docs/reference/, and the meanings of finding codes that the package carries. A
test compares them with what this module would write.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from typer.testing import CliRunner

from treehand.authoring.schema import described_fields
from treehand.cli.app import app
from treehand.cli.command_group import OUTPUT_CLOSED
from treehand.cli.command_index import COMMANDS
from treehand.cli.views.finding_formats import FINDING_CODES
from treehand.core.events import FORMAT_VERSION, Event, FactChange, FailureRecord, LimitRecord
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.budgets import Budgets
from treehand.orchestrator.config.deployment_file import DeploymentFile
from treehand.orchestrator.improving.learned_parameters import (
    LearnedParameters,
    LearnedPrior,
    LearnedRetry,
    LearnedThreshold,
    Promotion,
    RunEvidence,
    ShadowRecord,
)
from treehand.orchestrator.people.approval import ApprovalRequest
from treehand.planners.goals.requirements.standing_order import StandingOrder, StandingOrderFile
from treehand.planners.llm import ModelBudget, ModelSettings, Price, RecordedAnswer, RecordedAnswers
from treehand.planners.reading.learned.learned_words import LearnedReading, LearnedWords
from treehand.scenarios import Expectations, Scenario, ScenarioFault
from treehand.scenarios.benchmarks.benchmark_file import (
    Benchmark,
    ClaimedFigure,
    Contestant,
    TaskPractice,
)
from treehand.skills import FailureCode
from treehand.skills.domain import PortModel
from treehand.skills.domain.model import (
    Domain,
    ExclusiveGroup,
    FailureModel,
    Hazard,
    NamedGoal,
    ObjectModel,
    PredicateModel,
    Priors,
    RetryModel,
    Scene,
    SkillModel,
    Words,
)
from treehand.trees.format.node_values import AskModel
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec

FOLDER = Path(__file__).parent / "reference"
FILES: dict[str, tuple[type[BaseModel], ...]] = {
    "*.domain.yaml": (
        Domain,
        PredicateModel,
        ExclusiveGroup,
        Priors,
        SkillModel,
        PortModel,
        FailureModel,
        RetryModel,
        Hazard,
        NamedGoal,
        Words,
    ),
    "*.scene.yaml": (Scene, ObjectModel),
    "*.tree.yaml": (TreeSpec, SubtreeSpec, NodeSpec, AskModel),
    "*.scenario.yaml": (Scenario, ScenarioFault, Expectations),
    "*.bench.yaml": (Benchmark, Contestant, TaskPractice, ClaimedFigure),
    "*.answers.yaml": (RecordedAnswers, RecordedAnswer),
    "*.words.yaml": (LearnedWords, LearnedReading),
    "*.parameters.yaml": (
        LearnedParameters,
        Promotion,
        LearnedPrior,
        LearnedRetry,
        LearnedThreshold,
        RunEvidence,
        ShadowRecord,
    ),
    "*.orders.yaml": (StandingOrderFile, StandingOrder),
    "treehand.yaml": (DeploymentFile, Budgets, ApprovalRequest, ModelSettings, ModelBudget, Price),
}
MADE = "<!-- made by `python -m docs.generate` -->\n"


def commands() -> str:
    """Return the page on the command line."""
    names = [name for group in COMMANDS.values() for name in group]
    parts = [f"# Commands\n\n{MADE}"]
    for name in ("", *names):
        done = CliRunner().invoke(
            app, [*name.split(), "--help"], prog_name="treehand", terminal_width=98
        )
        assert done.exit_code == 0, done.output
        text = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        parts.append(f"## treehand {name}".rstrip() + f"\n\n```text\n{text}\n```\n")
    parts.append(exit_codes())
    return "\n".join(parts)


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = "\n".join(f"| {code.value} | {code.meaning} |" for code in ExitCode)
    return (
        f"## Exit codes\n\n| code | meaning |\n|---|---|\n{rows}\n\n"
        f"{OUTPUT_CLOSED} is the code of a command whose output nobody reads any more "
        "(`treehand plan … | head`).\n"
    )


def failure_codes() -> str:
    """Return the page on failure codes."""
    rows = "\n".join(f"| `{code.value}` | {code.meaning} |" for code in FailureCode)
    return f"# Failure codes\n\n{MADE}\n| code | meaning |\n|---|---|\n{rows}\n"


def files() -> str:
    """Return the page on the keys of every kind of file."""
    parts = [f"# Files\n\n{MADE}\nUnknown keys are findings. Durations say their unit: `20 s`.\n"]
    for name, models in FILES.items():
        parts.append(f"## {name}\n")
        for model in models:
            doc = (model.__doc__ or "").strip().split("\n")[0]
            parts.append(f"### {model.__name__}\n\n{doc}\n")
            parts.extend(_keys(model))
            parts.append("")
    return "\n".join(parts)


def events() -> str:
    """Return the page on the events of a run."""
    union, _ = get_args(Event)
    parts = [f"# Events\n\n{MADE}\n{EVENTS_INTRO}"]
    for model in (*get_args(union), FactChange, FailureRecord, LimitRecord):
        kind = model.model_fields["event"].default if "event" in model.model_fields else ""
        title = f"{model.__name__} (`{kind}`)" if kind else model.__name__
        doc = (model.__doc__ or "").strip().split("\n")[0]
        keys = [key for key in _keys(model) if not key.startswith(("- `t_s`", "- `event`"))]
        parts.append("\n".join([f"## {title}\n\n{doc}\n", *keys, *([""] if keys else [])]))
    return "\n".join(parts)


EVENTS_INTRO = f"""The journal of a run holds these events, in format version {FORMAT_VERSION};
`treehand export` writes them as JSON or CSV, and `treehand.events` has their Python classes. Every
event has `t_s`, its run time in seconds. Calls, facts and observations are values in Python
(`event.call.name`) and texts in JSON: `pick(red_mug)`, `on(red_mug, counter)`,
`not on(red_mug, counter) [camera]`. Events of older versions are upgraded when they are read.
"""


def _keys(model: type[BaseModel]) -> Iterator[str]:
    said = described_fields(model)
    for name, field in model.model_fields.items():
        needed = " (required)" if field.is_required() else ""
        entry = f"- `{field.alias or name}`{needed}: {said.get(name, '')}"
        yield textwrap.fill(
            " ".join(entry.split()), 118, subsequent_indent="  ", break_on_hyphens=False
        )


PAGES = {
    "commands.md": commands,
    "events.md": events,
    "failure_codes.md": failure_codes,
    "files.md": files,
}
if find_spec("starlette") is not None:  # else the extra web is not installed
    from docs.http_page import http

    PAGES["http.md"] = lambda: f"# HTTP API\n\n{MADE}\n{http()}"


def finding_codes() -> str:
    """Return the table of findings.md as YAML, for what the package says of a code."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", (FOLDER / "findings.md").read_text(), re.M)
    lines = [f"{code}: {json.dumps(meaning, ensure_ascii=False)}" for code, meaning in rows]
    return "\n".join(["# Made by `python -m docs.generate` from findings.md.", *sorted(lines), ""])


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
    FINDING_CODES.write_text(finding_codes(), encoding="utf-8")


if __name__ == "__main__":
    main()
