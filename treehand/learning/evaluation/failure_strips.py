"""Film strips of failed trials: each view of the robot at even intervals of the trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from treehand.core.errors import MissingExtra
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.pictures import evenly, png, tiled
from treehand.skills import ByteArray, Filmed, Moment, Recordable, Redrawable, World

PICTURES_N = 8
"""Pictures of a strip: the first and the last of the trial, and six between."""
STRIPS_N = 12
"""Greatest number of strips of each contender."""
EVERY_S = 0.1
"""Run time between two moments that are kept."""
OVERVIEW_SIZE, CAMERA_SIZE = (192, 256), (128, 128)
"""Height and width of a picture in pixels: of the world from outside, and of a robot's camera."""
OVERVIEW = "overview"
"""Name of the view from outside."""

TrialT = TypeVar("TrialT")


@dataclass(frozen=True)
class TrialStrip:
    """Pictures of one trial, side by side."""

    times_s: tuple[float, ...]
    """Run time of each picture, from the beginning of the strip on."""
    views: Mapping[str, bytes]
    """Name of each view, and its pictures as one PNG file."""


class TrialFilm:
    """Keeps what is seen of a world from now on.

    A world that records its motion is drawn afterwards, and only if a strip is wanted; another one
    is filmed.

    Args:
        world: An open world.
        cameras: Cameras of the robot that are shown beside the view from outside.
    """

    def __init__(self, world: World, cameras: Sequence[str]) -> None:
        self._world, self._cameras = world, cameras
        self._moments: list[Moment] = []
        self._pictures: list[tuple[float, ByteArray]] = []
        if isinstance(world, Recordable) and isinstance(world, Redrawable):
            world.record(self._keep)
        elif isinstance(world, Filmed):
            world.film(EVERY_S * 5, OVERVIEW_SIZE, self._take)

    def strip(self) -> TrialStrip | None:
        """Return the strip, while the world is open; None if nothing was seen.

        Raises:
            MissingExtra: If rendering is not available here.
        """
        if self._moments:
            return self._drawn(evenly(self._moments, PICTURES_N))
        shown = evenly(self._pictures, PICTURES_N)
        if not shown:
            return None
        views = {OVERVIEW: _row([rgb for _, rgb in shown])}
        return TrialStrip(_since([time_s for time_s, _ in shown]), views)

    def _keep(self, moment: Moment) -> None:
        if not self._moments or moment.time_s >= self._moments[-1].time_s + EVERY_S - 1e-9:
            self._moments.append(moment)

    def _take(self, time_s: float, rgb: ByteArray) -> None:
        self._pictures.append((time_s, rgb.copy()))

    def _drawn(self, moments: Sequence[Moment]) -> TrialStrip:
        world = self._world
        assert isinstance(world, Recordable)
        assert isinstance(world, Redrawable)
        views = {OVERVIEW: _row([world.redraw(one, OVERVIEW_SIZE) for one in moments])}
        seen = [world.draw(one, self._cameras, CAMERA_SIZE) for one in moments]
        for camera in self._cameras:
            views[camera] = _row([pictures[camera] for pictures in seen])
        return TrialStrip(_since([one.time_s for one in moments]), views)


class FailureStrips(Generic[TrialT]):
    """Film strips of the failed trials of an evaluation.

    Args:
        contender_of: Returns the contender of a trial, each of which has at most `STRIPS_N` strips.
    """

    def __init__(self, contender_of: Callable[[TrialT], str]) -> None:
        self._contender_of = contender_of
        self._strips: list[tuple[TrialT, TrialStrip]] = []
        self.problem: str | None = None
        """Reason why a trial has no strip; None if there is none."""

    def of(self, trial: TrialT) -> TrialStrip | None:
        """Return the strip of a failed trial; None if it has none."""
        return next((strip for one, strip in self._strips if one is trial), None)

    def keep(self, trial: TrialT, film: TrialFilm) -> None:
        """Draw the strip of a failed trial, while its world is open."""
        name = self._contender_of(trial)
        if sum(self._contender_of(one) == name for one, _ in self._strips) >= STRIPS_N:
            return
        try:
            strip = film.strip()
        except MissingExtra as error:
            self.problem = f"No film strips: {error}"
            return
        if strip is None:
            self.problem = "No film strips: this world cannot be seen."
        else:
            self._strips.append((trial, strip))


def cameras_of(deployment: Deployment) -> tuple[str, ...]:
    """Return the cameras of the robot through which its policies look, in order."""
    robot = deployment.kind.robot
    if robot is None:
        return ()
    seen = [
        camera.camera or key
        for one in deployment.policies.values()
        for key, camera in one.binding.policy.spec(robot).cameras.items()
    ]
    return tuple(name for name in dict.fromkeys(seen) if name in robot.cameras)


def _row(pictures: Sequence[ByteArray]) -> bytes:
    return png(tiled([pictures]))


def _since(times_s: Sequence[float]) -> tuple[float, ...]:
    return tuple(one - times_s[0] for one in times_s)
