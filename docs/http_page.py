"""The page on the HTTP API, made from its operations; needs the extra web."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel

from treehand.authoring.schema import described_fields
from treehand.core.clock import MonotonicClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.web.api.openapi import ERRORS
from treehand.web.api.operation import ApiOperation
from treehand.web.server import RobotServer, ServerSettings

INTRO = """`treehand serve` answers these requests; [the how-to](../how-to/serve.md) says who may do
what, and `GET /api/openapi.json` has all schemas. Bodies are JSON. An operation marked *control*
needs the controller's lease, one marked *open* no token. Errors are
`{"code", "message", "hint", "findings"}`.
"""
_NEEDS = {"nothing": "open", "viewer": "", "control": "control"}


def http() -> str:
    """Return the page, without its first heading's mark."""
    parts = [INTRO]
    for tag, group in groupby(_operations(), lambda one: one.tag):
        parts.append(f"## {tag.capitalize()}\n")
        parts.extend(_entry(one) for one in group)
    rows = "\n".join(f"| {status} | {text} |" for status, text in ERRORS.items())
    parts.append(f"## Statuses of errors\n\n| status | meaning |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _entry(one: ApiOperation) -> str:
    needs = f" *{_NEEDS[one.needs]}*" if _NEEDS[one.needs] else ""
    lines = [f"### {one.method} /api{one.path.replace(':path', '')}\n", f"{one.summary}{needs}\n"]
    for model in (one.body, one.query):
        lines.extend(_fields(model) if model is not None else ())
    return (
        "\n".join([*lines, ""]) if lines[-1] and not lines[-1].endswith("\n") else "\n".join(lines)
    )


def _fields(model: type[BaseModel]) -> Iterator[str]:
    said = described_fields(model)
    for name, field in model.model_fields.items():
        needed = " (required)" if field.is_required() else ""
        yield f"- `{name}`{needed}: {' '.join(said.get(name, '').split())}"


def _operations() -> list[ApiOperation]:
    """Return the operations of a server that is not started."""
    loaded = Deployment.load()

    def open_robot(person: Person) -> Robot:
        settings = RobotSettings(clock=MonotonicClock(), person=person)
        return Robot(loaded, workspace=None, settings=settings)

    with tempfile.TemporaryDirectory() as folder:
        settings = ServerSettings(port=0, folder=Path(folder))
        workspace = Workspace(Path(folder))
        server = RobotServer(open_robot, lambda: loaded, workspace, settings, lambda code: None)
        try:
            found = list(server.operations())
        finally:
            server.close()
    return sorted(found, key=lambda one: list(_tags(found)).index(one.tag))


def _tags(found: list[ApiOperation]) -> dict[str, None]:
    return dict.fromkeys(one.tag for one in found)
