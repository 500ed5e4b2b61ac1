"""Protocol of worlds, and the optional mixins that a world may implement.

A world is a simulator or a robot driver that skills act on. `World` is all that it needs; each
mixin adds one ability, and `isinstance(world, GroundTruth)` tells if a world has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from treehand.skills.contracts.embodiment import ByteArray, Embodiment, FloatArray
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


@runtime_checkable
class GroundTruth(Protocol):
    """Mixin of a world that knows what is true, such as a simulator: runs are judged by it."""

    def truth(self) -> Facts:
        """Return the true facts; for judging a run, never for acting."""
        ...


@runtime_checkable
class Disturbable(Protocol):
    """Mixin of a world with faults of its own, besides those of skills and of the process."""

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        ...

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if `inject` would not accept the disturbance."""
        ...

    def inject(self, disturbance: Disturbance) -> None:
        """Make a fault pending; it takes effect at the next moment that suits its kind.

        Raises:
            ValueError: As `validate` does.
        """
        ...

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect so far."""
        ...


@runtime_checkable
class Simulated(GroundTruth, Disturbable, Protocol):
    """Both mixins of a simulator: ground truth and faults."""


@runtime_checkable
class Snapshottable(Protocol):
    """Mixin of a simulated world that can return to an earlier state within one process."""

    def snapshot(self) -> bytes:
        """Return the whole state."""
        ...

    def restore(self, state: bytes) -> None:
        """Return to a state from `snapshot` of the same process."""
        ...


@runtime_checkable
class Randomized(Protocol):
    """Mixin of a world that is sampled for every run (domain randomization)."""

    @property
    def sample(self) -> Mapping[str, object]:
        """The sample, for the journal: values that JSON can hold."""
        ...


@runtime_checkable
class SceneIdentity(Protocol):
    """Mixin of a world that may be restarted while it is open, with another scene or another time.

    A run, and every run after it, ends with an error when the name changes.
    """

    def scene_id(self) -> str:
        """Return the name of the scene that it shows; another one after each restart."""
        ...


@runtime_checkable
class Filmed(Protocol):
    """Mixin of a world that renders itself for people."""

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


@dataclass(frozen=True, slots=True)
class Moment:
    """State of a simulated robot after one control period, and the command of that period."""

    time_s: float
    """Run time."""
    proprioception: Mapping[str, FloatArray]
    """As `Embodiment.proprioception` gives it."""
    command: FloatArray
    """Command of the period before, shape (action_dim,), as `Embodiment.apply` takes it; also where
    a scripted skill moved the robot."""
    scene: bytes
    """State of what cameras see, for `Recordable.draw`."""


@runtime_checkable
class Recordable(Protocol):
    """Mixin of a simulated world whose motion is recorded now and drawn later."""

    def record(self, sink: Callable[[Moment], None]) -> float:
        """Give a sink every control period from now on, as long as the world lives.

        Returns:
            The control period, in s.
        """
        ...

    def draw(
        self, moment: Moment, cameras: Sequence[str], size: tuple[int, int]
    ) -> Mapping[str, ByteArray]:
        """Return the pictures of a recorded moment, as the robot's cameras gave them.

        Args:
            moment: A moment of this world.
            cameras: Names of the robot's cameras.
            size: Height and width in pixels.

        Raises:
            MissingExtra: If rendering is not available here.
            ValueError: If the robot has no such camera.
        """
        ...


@runtime_checkable
class Redrawable(Protocol):
    """Mixin of a recorded world that renders recorded moments for people, as `Filmed` does now."""

    def redraw(self, moment: Moment, size: tuple[int, int]) -> ByteArray:
        """Return the picture of a moment of a world with this sample, shape (height, width, 3).

        Args:
            moment: The moment; it may be of another process.
            size: Height and width in pixels.

        Raises:
            MissingExtra: If rendering is not available here.
            ValueError: If it is not of such a world.
        """
        ...


@dataclass(frozen=True, slots=True)
class LabelledState:
    """A state of a simulated robot, and what a teacher who knows the truth does from there."""

    proprioception: Mapping[str, FloatArray]
    """As `Embodiment.proprioception` gives it."""
    pictures: Mapping[str, ByteArray]
    """Camera to its picture, shape (height, width, 3)."""
    velocities: FloatArray
    """Velocity of the hand in its own frame, one for each action, shape (n, 6), in m/s, rad/s."""
    grips_n: FloatArray
    """Grip force of each action, shape (n,); 0 opens the gripper."""
    properties: Mapping[str, float]
    """Mass, friction and breaking force of the object, as far as it has them."""
    points: Mapping[str, FloatArray]
    """Camera to the point in its picture at which the teacher aims, shape (2,): columns and rows as
    shares from 0 to 1; NaN outside of the picture."""


@dataclass(frozen=True)
class LessonPlan:
    """States that are wanted of a teacher."""

    call: Call
    """Call that is taught."""
    count: int
    """Number of states."""
    chunk: int
    """Actions for each state."""
    period_s: float
    """Duration of an action."""
    cameras: tuple[str, ...]
    size: tuple[int, int]
    """Height and width of the pictures."""


@runtime_checkable
class Teachable(Protocol):
    """Mixin of a simulated world that shows from any state how a skill goes on."""

    @property
    def taught(self) -> tuple[str, ...]:
        """Names of the skills that it teaches."""
        ...

    def lessons(self, plan: LessonPlan) -> Iterator[LabelledState]:
        """Yield random states on and beside the paths of a skill, each with the teacher's actions.

        The world itself does not change.

        Raises:
            ValueError: If the skill is not taught, or the call is impossible in this world.
            MissingExtra: If rendering is not available here.
        """
        ...

    def vary(self, call: Call) -> None:
        """Change the world as the course of a task may have, with the robot anywhere, for a call.

        Raises:
            ValueError: If the skill is not taught, or the call is impossible in this world.
        """
        ...

    def corrections(self, plan: LessonPlan, moments: Sequence[Moment]) -> Iterator[LabelledState]:
        """Yield some moments of an attempt at a call, each with what the teacher does from there.

        The world itself does not change. Moments from which the teacher knows no way are left out.

        Args:
            plan: The call, and how many moments at most.
            moments: What `Recordable.record` gave in the attempt, in order; parts may be left out.

        Raises:
            ValueError: If the skill is not taught, or the call is impossible in this world.
            MissingExtra: If rendering is not available here.
        """
        ...


@dataclass(frozen=True, slots=True)
class TimedDecision:
    """One decision of what moves a robot: from an observation to the action that follows it."""

    seen_s: float
    """Run time at which the observation was taken."""
    acted_s: float
    """Run time at which the first action of the decision reached the robot."""
    computed_s: float = 0.0
    """Wall time that its computation took; virtual time does not contain it."""


@runtime_checkable
class DecisionTimed(Protocol):
    """Mixin of a simulated world that tells how late decisions are, and can make them later."""

    def decisions(self) -> Sequence[TimedDecision]:
        """Return the decisions so far, in their order."""
        ...

    def delay_decisions(self, by_s: float) -> None:
        """Let every decision from now on take `by_s` longer, in run seconds, 0 or more."""
        ...


@runtime_checkable
class Counting(Protocol):
    """Mixin of a simulated world that counts what fails no run by itself: touches, second picks."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of times of each so far, by a name for people."""
        ...


@runtime_checkable
class Heartbeat(Protocol):
    """Mixin of a world that can fall silent: a robot, or a simulator in another process."""

    def silent_s(self) -> float:
        """Return the wall time since the last sign of life, in seconds; thread-safe."""
        ...


@runtime_checkable
class Closable(Protocol):
    """Mixin of a world that holds a connection or a device."""

    def close(self) -> None:
        """Let go of it; called once, when nothing is run any more."""
        ...


_MIXINS: Mapping[str, tuple[str, ...]] = {
    "Disturbable": ("disturbances", "validate", "inject", "triggered"),
    "Snapshottable": ("snapshot", "restore"),
    "DecisionTimed": ("decisions", "delay_decisions"),
}
"""Mixins with several members, with their members."""


def incomplete_mixins(world: World) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield each mixin that a world implements in part: its name, present and missing members."""
    for name, members in _MIXINS.items():
        missing = tuple(member for member in members if not hasattr(world, member))
        if missing and len(missing) < len(members):
            yield name, tuple(member for member in members if member not in missing), missing
