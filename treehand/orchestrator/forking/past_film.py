"""A film of a past run: drawn from its states, or from executing it again."""

from __future__ import annotations

from pathlib import Path

from treehand.core.events import FaultInjected
from treehand.orchestrator.exports.past_pictures import PastPictures
from treehand.orchestrator.forking.reexecution import PastRun
from treehand.orchestrator.sessions.film import FilmRecorder, film_at
from treehand.orchestrator.sessions.robot import Robot


def filmed_again(past: PastRun, path: Path) -> str:
    """Write a film of a past run, and return in a line how it was made.

    Args:
        past: The run.
        path: Where the film goes; see `film_at`.

    Raises:
        InputError: If the run cannot be filmed or repeated, or the path is wrong.
        MissingExtra: If nothing can be drawn here, or what writes the film is not installed.
        StorageError: If the film cannot be written, or the states are damaged.
    """
    if past.states is not None and past.has_states:
        pictures = PastPictures(past.states, past.events, past.deployment)
        film = film_at(path)
        try:
            for time_s, rgb in pictures.every(film.every_s, film.size):
                film.add(time_s, rgb)
        finally:
            film.close()
        return f"film in '{path}', from the motion as it was kept"
    recorders: list[FilmRecorder] = []

    def watch(robot: Robot) -> None:
        recorders.append(FilmRecorder(robot.world.world, robot.world.clock, path))

    faults = [event.fault for event in past.events if isinstance(event, FaultInjected)]
    try:
        past.executed_again(faults, watch)
    finally:
        for one in recorders:
            one.during(lambda: None)
    problem = next((one.problem for one in recorders if one.problem), None)
    told = f"film in '{path}', from executing the run again: its motion was not kept"
    return told if problem is None else f"{told}; it ends early: {problem}"
