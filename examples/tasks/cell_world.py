"""What the worlds of all four tasks have in common: time, facts, films, decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from arm_cell import PERIOD_S, ArmCell, CellRobot

from treehand.skills import ByteArray, TimedDecision
from treehand.skills.domain import Fact, Facts, Percept
from treehand.worlds import WorldContext


class CellWorld:
    """Base of a task's world, with the mixins of a simulator that is drawn, filmed and timed.

    Args:
        context: Of the run.
        cell: The simulation.
        sample: What was drawn.
    """

    robot_type = CellRobot
    """Class of the robot."""

    def __init__(
        self, context: WorldContext, cell: ArmCell, sample: Mapping[str, float | str]
    ) -> None:
        self._context = context
        self._clock = context.clock
        self.cell = cell
        self._sample = dict(sample)
        self.embodiment = self.robot_type(cell, lambda: self.advance(self._clock.now_s()))

    @property
    def sample(self) -> Mapping[str, object]:
        """What was drawn for this run."""
        return self._sample

    def next_event_s(self) -> float | None:
        """Return None: nothing happens here between two commands that the robot waits for."""
        return None

    def advance(self, to_s: float) -> None:
        """Advance the simulation to a run time."""
        self.cell.advance(to_s)

    def perceive(self) -> Sequence[Percept]:
        """Return what the robot's sensors tell now."""
        now_s = self.cell.time_s
        return [Percept(fact, value, "sensors", now_s) for fact, value in self.sensed().items()]

    def truth(self) -> Facts:
        """Return the true facts."""
        is_implausible = bool(self.cell.implausible)
        return self._context.true_facts(
            {**self.true_facts(), Fact("implausible", ()): is_implausible}
        )

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what the robot's sensors tell of the domain's facts."""
        raise NotImplementedError

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return what is true of the domain's facts."""
        raise NotImplementedError

    def decisions(self) -> Sequence[TimedDecision]:
        """Return the decisions of the run so far."""
        return tuple(self.embodiment.decisions)

    def delay_decisions(self, by_s: float) -> None:
        """Let every decision take longer."""
        self.embodiment.delay_s = max(by_s, 0.0)

    def film(
        self, every_s: float, size: tuple[int, int], sink: Callable[[float, ByteArray], None]
    ) -> None:
        """Render the camera ``overview`` now, and then at regular intervals of run time."""
        taken_s = -every_s

        def look() -> None:
            nonlocal taken_s
            if self.cell.time_s - taken_s >= every_s - PERIOD_S / 2:
                taken_s = self.cell.time_s
                sink(self.cell.time_s, self.embodiment.picture("overview", size))

        look()
        self.cell.after_step.append(look)

    def close(self) -> None:
        """Free the renderers."""
        self.embodiment.close()
