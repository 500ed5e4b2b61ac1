"""``*.bench.yaml``: a task, the policies that are compared at it, and the figure to reach."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

import treehand
from treehand.core.errors import InputError, near
from treehand.documents.reader import Located, read_file
from treehand.scenarios.benchmarks.seed_range import seed_range
from treehand.scenarios.engines.file_bundle import content_files
from treehand.skills.domain import FormulaField, Name, Seconds

ENDING = ".bench.yaml"
"""Suffix of benchmark files."""
EXAMPLES = Path(treehand.__file__).parents[1] / "examples"
"""Folder of the examples in a checkout; an installed package has none."""

Role = Literal["policy", "truth", "blind", "untrained"]


class Contestant(Located):
    """One way to serve the skills of a task."""

    config: str
    """Deployment file, from this file's folder."""
    role: Role
    """``policy`` is what is measured; the others are controls: a policy that knows the true state,
    one that sees nothing new, one with its learned part untrained."""
    doc: str
    """Description of it."""


class ClaimedFigure(Located):
    """A figure that somebody claims for the task."""

    success: Annotated[float, Field(gt=0, le=1)]
    """Claimed success rate."""
    latency: Seconds | None = None
    """Claimed latency, as far as its source defines one."""
    source: str
    """Origin of the claim."""


class TaskPractice(Located):
    """Learned part of a task, as ``treehand practise FOLDER`` trains it."""

    weights: str
    """Name of the file that keeps the weights; the policy's world reads it from this folder."""
    trials: str
    """Function that makes the trials of one drawn world, as ``file.py:NAME``. It takes the world of
    the policy, the path of the weights that choose (None at first) and a random generator, and
    gives `PracticeTrial` objects."""
    train: str
    """Function that trains, as ``file.py:NAME``. It takes a list with the trials of each world, and
    returns a `LearnedPart`."""
    held_out: str
    """Seeds of the benchmark, such as ``1000..1199``: practice draws none of them."""

    @field_validator("weights")
    @classmethod
    def _is_beside(cls, value: str) -> str:
        if not value or Path(value).name != value:
            context = {"code": "wrong-value", "hint": "it lies in the folder of this file"}
            raise PydanticCustomError("no_name", "'weights' is the name of a file", context)
        return value

    @field_validator("held_out")
    @classmethod
    def _is_range(cls, value: str) -> str:
        try:
            seed_range(value)
        except InputError as error:
            (finding,) = error.findings
            context = {"code": finding.code, "hint": finding.hint}
            raise PydanticCustomError("wrong_seeds", finding.message, context) from error
        return value

    @property
    def held_out_seeds(self) -> range:
        """Seeds of the benchmark."""
        return seed_range(self.held_out)


class Benchmark(Located):
    """A task, the policies that are compared at it, and the figure to reach."""

    benchmark: Name
    """Name of the task."""
    doc: str
    """Description of the task."""
    goal: str
    """The goal, in words or literals."""
    success: Annotated[tuple[FormulaField, ...], Field(min_length=1)]
    """Formulas that hold in the world's true state at the end of a successful episode."""
    run_time: Seconds = 60.0
    """Run time after which an episode is stopped, and has failed."""
    presets: Annotated[tuple[str, ...], Field(min_length=1)]
    """Presets of domain randomization; the claim is compared on the first."""
    policies: Annotated[dict[str, Contestant], Field(min_length=1)]
    """Name to policy or control."""
    slow: Seconds = 0.45
    """Latency that is added to every decision in the third series of episodes."""
    claim: ClaimedFigure | None = None
    """Figure that is compared with."""
    practice: TaskPractice | None = None
    """Learned part of the policy, where it has one."""

    @model_validator(mode="after")
    def _has_one_policy(self) -> Self:
        if sum(one.role == "policy" for one in self.policies.values()) != 1:
            context = {"code": "wrong-value", "hint": "the others are truth, blind or untrained"}
            raise PydanticCustomError("no_policy", "one of 'policies' has role policy", context)
        return self

    @property
    def policy(self) -> str:
        """Name of the measured policy."""
        return next(name for name, one in self.policies.items() if one.role == "policy")


@dataclass(frozen=True)
class Task:
    """A benchmark with its file."""

    path: Path
    benchmark: Benchmark

    @property
    def name(self) -> str:
        """Name of the task."""
        return self.benchmark.benchmark

    def fingerprint(self, *, without: Collection[str] = ()) -> str:
        """Return a hash over the task's folder and the modules beside it, hidden files left out.

        Episodes of other files are not counted together with those of these files.

        Args:
            without: Names of further files of the folder that are left out.
        """
        folder = self.path.parent
        left_out = {folder / name for name in without}
        files = [path for path in content_files(folder) if path not in left_out]
        files += list(self.path.parent.parent.glob("*.py"))
        digest = hashlib.blake2b(treehand.__version__.encode(), digest_size=8)
        for path in sorted(files):
            digest.update(path.relative_to(self.path.parent.parent).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def suite_folder(name: str) -> Path:
    """Return the folder of a suite.

    Args:
        name: Path of the folder; or the name of a folder in the ``examples`` of this checkout.

    Raises:
        InputError: If there is no such folder.
    """
    for folder in (Path(name), EXAMPLES / name):
        if name and folder.is_dir():
            return folder
    known = sorted({str(path.parents[1].name) for path in EXAMPLES.glob(f"*/*/*{ENDING}")})
    hint = near(name, known, what="suites of the examples") if known else ""
    hint = hint or f"give a folder whose subfolders have *{ENDING}"
    raise InputError.of("unknown-suite", f"there is no suite '{name}'", hint=hint)


def tasks_of(folder: Path, wanted: Sequence[str] = ()) -> list[Task]:
    """Return the tasks of a suite's folder, those that are wanted, or all.

    Raises:
        InputError: If a file is not sound, a task is unknown, or there is none.
    """
    paths = sorted({*folder.glob(f"*{ENDING}"), *folder.glob(f"*/*{ENDING}")})
    tasks = {task.name: task for task in (Task(p, read_file(p, Benchmark)) for p in paths)}
    if not tasks:
        message = f"'{folder}' has no *{ENDING}"
        raise InputError.of("unknown-suite", message, hint="they are in it or in its subfolders")
    for name in wanted:
        if name not in tasks:
            hint = near(name, tasks, what="tasks")
            raise InputError.of("unknown-task", f"there is no task '{name}'", hint=hint)
    return [tasks[name] for name in dict.fromkeys(wanted)] if wanted else list(tasks.values())
