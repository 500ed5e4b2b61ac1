"""Choice of an engine: in this process, in several, on a cluster of Ray, or one of your own."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from treehand.core.errors import InputError, near
from treehand.core.plugins import load_entry_point, load_function
from treehand.scenarios.engines.own_runner import OwnRunner
from treehand.scenarios.engines.pool_runner import PoolRunner, has_pebble
from treehand.scenarios.engines.ray_runner import RayRunner
from treehand.scenarios.engines.runners import (
    DrawingRunner,
    InProcessRunner,
    Runner,
    RunnerSettings,
)

ENTRY_POINTS = "treehand.runners"
WORKERS_PER_PROCESSOR = 4
LEAST_WORKERS = 16
"""Processes that any machine may be asked for."""


def runner_for(
    settings: RunnerSettings | None = None, *, draws: bool = False, folder: Path = Path()
) -> Runner:
    """Return the runner of an engine.

    Args:
        settings: One process if left out.
        draws: True if the reports of cases are to hold pictures of the trees.
        folder: Folder that the file of an own engine starts at.

    Raises:
        InputError: If there is no such engine, it cannot be loaded, or more processes are asked
            for than this machine bears.
        MissingExtra: If its library is not installed.
    """
    settings = settings or RunnerSettings()
    if settings.address is not None and settings.engine == "pool":
        hint = "--engine ray --address HOST:PORT"
        raise InputError.of("wrong-argument", "the pool has no address", hint=hint)
    most = most_workers()
    if settings.engine in ENGINES and settings.address is None and settings.workers > most:
        message = f"{settings.workers} processes are too many for this machine"
        raise InputError.of("wrong-argument", message, hint=f"at most {most}")
    runner = _engine(settings.engine, folder)(settings)
    if settings.engine not in ENGINES:
        runner = OwnRunner(settings.engine, runner)
    return DrawingRunner(runner) if draws else runner


def _pool(settings: RunnerSettings) -> Runner:
    if settings.workers == 1 and not has_pebble():
        return InProcessRunner()
    return PoolRunner(settings.workers)


def _ray(settings: RunnerSettings) -> Runner:
    return RayRunner(settings)


ENGINES: dict[str, Callable[[RunnerSettings], Runner]] = {"pool": _pool, "ray": _ray}


def most_workers() -> int:
    """Return the most processes that this machine is asked for; more only use up its memory."""
    return max(LEAST_WORKERS, WORKERS_PER_PROCESSOR * (os.cpu_count() or 1))


def engine_names() -> list[str]:
    """Return the names of the built-in engines, then those of other packages."""
    return [*ENGINES, *sorted(entry.name for entry in entry_points(group=ENTRY_POINTS))]


def _engine(name: str, folder: Path) -> Callable[[RunnerSettings], Runner]:
    if name in ENGINES:
        return ENGINES[name]
    if ":" in name:
        return load_function(name, folder=folder)
    entries = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in entries:
        hint = near(name, engine_names(), what="engines") + " (or file.py:NAME)"
        raise InputError.of("unknown-engine", f"there is no engine '{name}'", hint=hint)
    made = load_entry_point(entries[name])
    if not callable(made):
        raise InputError.of("broken-plugin", f"entry point '{name}' cannot be called")
    return cast(Callable[[RunnerSettings], Runner], made)
