"""Pictures of a past run, drawn from the states that were kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import Event, RunStarted, WorldSampled
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.world_model import open_world
from treehand.orchestrator.states.states_reader import RunStates
from treehand.skills import ByteArray, Moment, Recordable, Redrawable
from treehand.skills.contracts.embodiment import Controllable


class PastPictures:
    """Draws moments of a past run for people. The run is not executed again.

    Not thread-safe: all of it belongs to one thread, as OpenGL wants it.

    Args:
        states: The states that were kept of the run.
        events: All events of the run.
        deployment: What it ran with.

    Raises:
        InputError: If its world cannot be drawn, or is not as it was in that run.
        PluginError: If the world cannot be opened.
    """

    def __init__(self, states: RunStates, events: Sequence[Event], deployment: Deployment) -> None:
        self.states = states
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        seed = started.seed if started is not None else 0
        opened = open_world(deployment, seed=seed, clock=VirtualClock())
        world = opened.world
        if not isinstance(world, Redrawable):
            message = f"runs in world '{deployment.kind.name}' cannot be drawn later"
            raise InputError.of("wrong-recording", message)
        samples = [event.sample for event in events if isinstance(event, WorldSampled)]
        if samples and samples[0] != opened.checked.sample():
            message = (
                "the world of this run began otherwise: it was sampled anew, or kept in a file"
            )
            raise InputError.of("wrong-recording", message)
        self._world = world
        self._recorded = world if isinstance(world, Recordable) else None

    @property
    def cameras(self) -> tuple[str, ...]:
        """Return the names of the robot's cameras whose pictures can be drawn."""
        embodiment = self._recorded.embodiment if self._recorded is not None else None
        return tuple(embodiment.spec.cameras) if isinstance(embodiment, Controllable) else ()

    def at(
        self, time_s: float, size: tuple[int, int], camera: str = ""
    ) -> tuple[float, ByteArray] | None:
        """Return the picture at a run time; None if the run has no states.

        Args:
            time_s: Run time; the last moment at or before it is drawn, or the first one.
            size: Height and width in pixels.
            camera: One of `cameras`, as the robot saw it; empty for the view that people get.

        Returns:
            Run time of the moment, and its picture, shape (height, width, 3).

        Raises:
            MissingExtra: If rendering is not available here.
            StorageError: If the states are damaged.
            ValueError: If there is no such camera.
        """
        moment = self.states.at(time_s)
        if moment is None:
            return None
        if not camera:
            return moment.time_s, self._drawn(moment, size)
        if self._recorded is None or camera not in self.cameras:
            raise ValueError(f"no camera '{camera[:40]}'")
        return moment.time_s, self._recorded.draw(moment, [camera], size)[camera]

    def every(self, every_s: float, size: tuple[int, int]) -> Iterator[tuple[float, ByteArray]]:
        """Yield pictures at regular intervals of run time, as `at` returns them."""
        next_s = float("-inf")
        for moment in self.states.moments():
            if moment.time_s >= next_s - 1e-9:
                next_s = moment.time_s + every_s
                yield moment.time_s, self._drawn(moment, size)

    def _drawn(self, moment: Moment, size: tuple[int, int]) -> ByteArray:
        return self._world.redraw(moment, size)
