"""The contracts: what a skill and a world must offer, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from treehand.skills.domain import Call, Facts, Percept, Value
from treehand.skills.contracts.embodiment import ByteArray, Embodiment
from treehand.skills.domain.failures import FailureCode


class StepStatus(Enum):
    """What one step of a skill says."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class SkillStep:
    """The answer of `Skill.step`; build it with `running`, `success` or `failure`."""

    status: StepStatus
    wake_at_s: float | None = None
    """Run time at which the next step is due; None: the skill calls the clock's `wake` itself."""
    code: FailureCode | None = None
    detail: str = ""
    evidence: tuple[Percept, ...] = ()
    """The observations that prove it, from another source than the skill's own command."""
    outputs: Mapping[str, Value] = field(default_factory=dict)
    """What a success gives out, by output port."""

    @classmethod
    def running(cls, wake_at_s: float | None) -> SkillStep:
        """Return "not done; look again at `wake_at_s`" (run seconds)."""
        return cls(StepStatus.RUNNING, wake_at_s=wake_at_s)

    @classmethod
    def success(cls, *evidence: Percept, outputs: Mapping[str, Value] | None = None) -> SkillStep:
        """Return "done", with the observations that prove it and the values it gives out."""
        return cls(StepStatus.SUCCESS, evidence=evidence, outputs=outputs or {})

    @classmethod
    def failure(cls, code: FailureCode, detail: str = "", *evidence: Percept) -> SkillStep:
        """Return "it did not work", with the reason recovery is chosen by, and what shows it."""
        return cls(StepStatus.FAILURE, code=code, detail=detail, evidence=evidence)


class HaltStep(Enum):
    """The answer of `Skill.halt`."""

    RUNNING = "running"
    DONE = "done"


class Skill(Protocol):
    """One activation of a skill; made anew for every call by a factory of the catalog.

    One with an attribute `has_last_word` that is true ends by itself: it is not cut off because its
    declared effects are seen to hold already.
    """

    def start(self) -> None:
        """Begin; called once, before the first step."""
        ...

    def step(self) -> SkillStep:
        """Go on; never blocks."""
        ...

    def halt(self) -> HaltStep:
        """Bring the robot to rest; called until it says DONE or its deadline passes; idempotent."""
        ...


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


class DrawnWorld(World, Protocol):
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
