"""Progress of work that takes long: a bar for a known number of runs, or the time so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


@contextmanager
def progress_bar(
    console: Console | None, total: int, *, what: str = "runs"
) -> Iterator[Callable[[], None]]:
    """Show a bar while the context is open, and give the function that advances it by one.

    Args:
        console: Where it is shown, if that is a terminal; None shows nothing.
        total: The number of runs.
        what: The noun in front of the bar.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    is_shown = console is not None and console.is_terminal
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not is_shown
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def waiting(console: Console, what: str) -> Iterator[Callable[[object], None]]:
    """Show what is going on, and for how long, while the context is open and on a terminal.

    Gives a function that shows how far it has come.

    Args:
        console: Where it is shown.
        what: What is going on: "planning, for at most 30 s".
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    is_shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not is_shown) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done: shown.update(task, description=f"{what}: {done}")
