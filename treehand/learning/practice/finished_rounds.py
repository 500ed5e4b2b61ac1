"""Finished rounds of a practice on disk, from which an interrupted one goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.learning.practice.labelled_states import LabelledStates
from treehand.skills.vla.reference.vla_model import SmallVla

PLAN_FILE, STATES_FILE = "practice.json", "states.npz"
_LAST, _NEW = "last_round", "new_round"


@dataclass(frozen=True)
class RoundProgress:
    """Numbers of a practice after a finished round."""

    round: int = 0
    steps_n: int = 0
    cpu_s: float = 0.0
    worlds_n: int = 0
    best: int | None = None
    """Trials that the best round won; None before the first."""
    poorer_n: int = 0
    """Rounds in a row without a better rate."""
    is_over: bool = False
    """True if no further round follows."""


def begin_or_go_on(partial: Path, plan: str) -> None:
    """Make the folder of a practice; raise `InputError` if it is that of another one."""
    path = partial / PLAN_FILE
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8")) != plan:
            message = f"'{partial}' is an interrupted practice with other settings"
            hint = f"repeat its command, or delete it: rm -r '{partial}'"
            raise InputError.of("wrong-checkpoint", message, hint=hint)
        return
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    path.write_text(json.dumps(plan) + "\n", encoding="utf-8")


def save_round(
    partial: Path, progress: RoundProgress, model: SmallVla, states: LabelledStates
) -> None:
    """Write a finished round; a kill leaves the round before, or this one, whole."""
    new = partial / f"{_NEW}_{progress.round}"
    shutil.rmtree(new, ignore_errors=True)
    model.save(new)
    states.save(new / STATES_FILE)
    (new / "progress.json").write_text(json.dumps(asdict(progress)), encoding="utf-8")
    new.rename(partial / f"{_LAST}_{progress.round}")
    shutil.rmtree(partial / f"{_LAST}_{progress.round - 1}", ignore_errors=True)


def last_round(partial: Path) -> Path | None:
    """Return the folder of the last finished round; None before the first."""
    found = sorted(partial.glob(f"{_LAST}_*"), key=lambda one: int(one.name.rpartition("_")[2]))
    return found[-1] if found else None


def progress_in(folder: Path) -> RoundProgress:
    """Return the numbers of a finished round."""
    return RoundProgress(**json.loads((folder / "progress.json").read_text(encoding="utf-8")))
