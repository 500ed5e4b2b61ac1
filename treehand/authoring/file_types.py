"""Kinds of files that people write, told by the end of their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import Finding, InputError, near
from treehand.documents.composer import compose
from treehand.documents.reader import KIND_KEYS, Located, read_text
from treehand.orchestrator.config.deployment_file import FILE_NAME, DeploymentFile
from treehand.orchestrator.improving.learned_parameters import LearnedParameters
from treehand.planners.goals.requirements.standing_order import StandingOrderFile
from treehand.planners.llm import RecordedAnswers
from treehand.planners.reading.learned.learned_words import LearnedWords
from treehand.scenarios import Scenario
from treehand.scenarios.benchmarks.benchmark_file import ENDING, Benchmark
from treehand.skills.domain import Domain, Scene
from treehand.trees import TreeSpec
from treehand.trees.format.files import foreign_tree
from treehand.worlds.robot_file import MobileRobotFile, RobotFile


@dataclass(frozen=True)
class FileType:
    """One kind of file."""

    name: str
    """Its name in ``treehand schema`` and ``treehand new``."""
    ending: str
    """Suffix of such files."""
    model: type[Located]
    """Content of such a file, in words."""


KINDS = (
    FileType("tree", ".tree.yaml", TreeSpec),
    FileType("domain", ".domain.yaml", Domain),
    FileType("scene", ".scene.yaml", Scene),
    FileType("scenario", ".scenario.yaml", Scenario),
    FileType("benchmark", ENDING, Benchmark),
    FileType("words", ".words.yaml", LearnedWords),
    FileType("parameters", ".parameters.yaml", LearnedParameters),
    FileType("orders", ".orders.yaml", StandingOrderFile),
    FileType("answers", ".answers.yaml", RecordedAnswers),
    FileType("robot", ".robot.yaml", RobotFile),
    FileType("mobile", ".mobile.yaml", MobileRobotFile),
    FileType("deployment", FILE_NAME, DeploymentFile),
)


_OF_DEPLOYMENTS = frozenset({"world", "bindings", "ros", "detectors", "reader", "person"})
"""Keys of a deployment, at least one of which tells a file of any name as one."""


def find_kind(path: Path) -> FileType | None:
    """Return the kind of a file by its name, or None."""
    fitting = (kind for kind in KINDS if path.name.endswith(kind.ending))
    return next(fitting, None)


def kind_of(path: Path) -> FileType:
    """Return the kind of a file: by its name, else by its first keys.

    A file that somebody names may be called ``k.yaml``, as in ``treehand run --tree k.yaml``.

    Raises:
        InputError: If neither tells, or the name ends in ``.yml``.
    """
    wrong = wrong_ending(path)
    if wrong is not None:
        raise InputError([wrong])
    kind = find_kind(path) or _kind_by_keys(path)
    if kind is None:
        endings = ", ".join(kind.ending for kind in KINDS)
        message = f"'{path}' is of no known kind"
        hint = f"names end in {endings}"
        if path.suffix == ".py":
            hint = "treehand check-world checks a world, check-skill a skill; check reads the "
            hint += "treehand.yaml that names them"
        raise InputError.of("unknown-kind", message, hint=hint)
    return kind


def _kind_by_keys(path: Path) -> FileType | None:
    """Return the kind whose own key a YAML file has; None if it has none, or cannot be read."""
    if path.suffix != ".yaml" or not path.is_file():
        return None
    data, _ = compose(read_text(path), file=str(path))
    keys = set(data or ())
    if keys & _OF_DEPLOYMENTS and keys <= set(DeploymentFile.model_fields):
        return kind_named("deployment")
    return next((kind_named(key) for key in KIND_KEYS if key in keys), None)


def wrong_ending(path: Path) -> Finding | None:
    """Return a finding if a file is XML, or would be of a known kind but for its ``.yml``."""
    if path.suffix.lower() == ".xml":
        return foreign_tree(path)
    right = path.with_suffix(".yaml")
    if path.suffix != ".yml" or find_kind(right) is None:
        return None
    message = f"'{path}' is of no known kind: names end in .yaml, not .yml"
    return Finding("unknown-kind", message, hint=f"rename it to {right.name}")


def kind_named(name: str) -> FileType:
    """Return the kind of that name; raises `InputError` if there is none."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = [kind.name for kind in KINDS]
    hint = near(name, known, what="kinds of files")
    raise InputError.of("unknown-kind", f"there is no kind of file '{name}'", hint=hint)
