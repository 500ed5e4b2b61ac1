"""Protocol of worlds: simulators and robot drivers that skills act on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from treehand.skills.contracts.embodiment import ByteArray, Embodiment
from treehand.skills.domain import Call, Facts, Percept


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A fault to be injected into a world."""

    kind: str
    """Kind of the fault, one of the world's `disturbances`."""
    arguments: tuple[str, ...] = ()
    call: Call | None = None
    """Call of the activation that it affects, if it affects one."""


class World(Protocol):
    """Simulator or robot driver that skills act on: source of observations, owner of time."""

    @property
    def embodiment(self) -> Embodiment:
        """The robot."""
        ...

    def perceive(self) -> Sequence[Percept]:
        """Return the observations since the last call; they are the only source of facts."""
        ...

    def next_event_s(self) -> float | None:
        """Return the run time of the next event of its own; virtual time may jump there."""
        ...

    def advance(self, to_s: float) -> None:
        """Advance the world to `to_s`, in run seconds."""
        ...


class RandomizedWorld(World, Protocol):
    """A world that is sampled for every run (domain randomization)."""

    @property
    def drawn(self) -> Mapping[str, object]:
        """The sample, for the journal: values that JSON can hold."""
        ...


class FilmedWorld(World, Protocol):
    """A world that renders itself for people."""

    def film(
        self, every_s: float, size: tuple[int, int], sink: Callable[[float, ByteArray], None]
    ) -> None:
        """Render a picture now and at regular intervals, as long as the world lives.

        Args:
            every_s: Interval of run time, in s.
            size: Height and width in pixels.
            sink: Takes run time, in s, and picture, shape (height, width, 3).

        Raises:
            MissingExtra: If rendering is not available here.
        """
        ...


class SimulatedWorld(World, Protocol):
    """A world with ground truth and fault injection, for scenario tests."""

    def truth(self) -> Facts:
        """Return the true facts; for judging a run, never for acting."""
        ...

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        ...

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if `inject` would not accept the disturbance."""
        ...

    def inject(self, disturbance: Disturbance) -> None:
        """Make a fault pending; it takes effect at the next moment that suits its kind."""
        ...

    def struck(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect so far."""
        ...

    def snapshot(self) -> bytes:
        """Return the whole state."""
        ...

    def restore(self, state: bytes) -> None:
        """Return to a state from `snapshot`."""
        ...
