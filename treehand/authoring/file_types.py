"""The kinds of files that people write, by the end of their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.documents.reader import Located
from treehand.orchestrator.config.deployment import FILE_NAME, DeploymentFile
from treehand.planners.llm import RecordedAnswers
from treehand.scenarios import Scenario
from treehand.skills.domain import Domain, Scene
from treehand.trees import TreeSpec


@dataclass(frozen=True)
class FileType:
    """One kind of file."""

    name: str
    """What ``treehand schema`` and ``treehand new`` call it."""
    ending: str
    """How the names of such files end."""
    model: type[Located]
    """What it holds."""


KINDS = (
    FileType("tree", ".tree.yaml", TreeSpec),
    FileType("domain", ".domain.yaml", Domain),
    FileType("scene", ".scene.yaml", Scene),
    FileType("scenario", ".scenario.yaml", Scenario),
    FileType("answers", ".answers.yaml", RecordedAnswers),
    FileType("deployment", FILE_NAME, DeploymentFile),
)


def find_kind(path: Path) -> FileType | None:
    """Return the kind of a file by its name, or None."""
    fitting = (kind for kind in KINDS if path.name.endswith(kind.ending))
    return next(fitting, None)


def kind_of(path: Path) -> FileType:
    """Return the kind of a file by its name; raises `InputError` if there is none."""
    kind = find_kind(path)
    if kind is None:
        endings = ", ".join(kind.ending for kind in KINDS)
        message = f"'{path}' is of no known kind"
        raise InputError.of("unknown-kind", message, hint=f"names end in {endings}")
    return kind


def kind_named(name: str) -> FileType:
    """Return the kind of that name; raises `InputError` if there is none."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = [kind.name for kind in KINDS]
    hint = near(name, known, what="kinds of files")
    raise InputError.of("unknown-kind", f"there is no kind of file '{name}'", hint=hint)
