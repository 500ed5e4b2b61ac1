"""Protocol of worlds: simulators and robot drivers that skills act on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from treehand.skills.domain import Call, Facts, Percept
from treehand.skills.contracts.embodiment import ByteArray, Embodiment

@dataclass(frozen=True, slots=True)
class Disturbance:
    """A fault to be injected: what happens, to what, how much."""

    kind: str
    """One of the world's `disturbances`."""
    arguments: tuple[str, ...] = ()
    call: Call | None = None
    """The activation that it strikes, if it strikes one."""


class World(Protocol):
    """A place where skills run."""

    @property
    def embodiment(self) -> Embodiment:
        """The robot."""
        ...

    def perceive(self) -> Sequence[Percept]:
        """Return what was observed since the last call; the only source of facts."""
        ...

    def next_event_s(self) -> float | None:
        """Return when something next happens by itself; virtual time may jump there."""
        ...

    def advance(self, to_s: float) -> None:
        """Let the world go on until `to_s`, in run seconds."""
        ...


class RandomizedWorld(World, Protocol):
    """A world that is drawn anew for every run: domain randomisation."""

    @property
    def drawn(self) -> Mapping[str, object]:
        """As what it was drawn, for the journal: anything that JSON can hold."""
        ...


class FilmedWorld(World, Protocol):
    """A world that shows itself to people."""

    def film(
        self, every_s: float, size: tuple[int, int], sink: Callable[[float, ByteArray], None]
    ) -> None:
        """Take a picture now and every while of run time, as long as the world lives.

        Args:
            every_s: From one picture to the next.
            size: Height and width in pixels.
            sink: Takes run time, in s, and picture, shape (height, width, 3).

        Raises:
            MissingExtra: If it cannot draw here.
        """
        ...


class SimulatedWorld(World, Protocol):
    """A world that scenario tests may look into and disturb."""

    def truth(self) -> Facts:
        """Return what is really so: for judging, never for acting."""
        ...

    @property
    def disturbances(self) -> Mapping[str, str]:
        """The kinds that `inject` knows, with a line on each."""
        ...

    def validate(self, disturbance: Disturbance) -> None:
        """Raise ValueError if `inject` could not take the disturbance."""
        ...

    def inject(self, disturbance: Disturbance) -> None:
        """Arm a disturbance; it takes effect at the next moment that suits its kind."""
        ...

    def struck(self) -> Sequence[Disturbance]:
        """Return the disturbances that have taken effect so far."""
        ...

    def snapshot(self) -> bytes:
        """Return the whole state."""
        ...

    def restore(self, state: bytes) -> None:
        """Go back to a state that `snapshot` returned."""
        ...
