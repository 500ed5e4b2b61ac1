"""Stopping a run: requests to stop, and violated constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from treehand.orchestrator.running.run_config import StopListener
from treehand.orchestrator.running.world_model import WorldModel
from treehand.skills import MotionFence
from treehand.skills.domain import Fact, Formula, FormulaIndex


@dataclass(frozen=True)
class StopRequest:
    """Request to stop a run."""

    reason: str
    by: str


class StopFollower(Protocol):
    """Follows a stop until everything is at rest."""

    def begin(self, *, is_immediate: bool) -> None:
        """Take in that a stop was requested; never waits."""
        ...


class RunStop:
    """The stop of one run; requested from any thread, never withdrawn.

    Args:
        world_model: The robot, and the clock that wakes the run.
        fence: Closed by the first request.
        watch: Follows the stop until everything is at rest.
        listener: Keeps the latched stop.
    """

    def __init__(
        self,
        world_model: WorldModel,
        fence: MotionFence,
        watch: StopFollower,
        listener: StopListener,
    ) -> None:
        self._world_model = world_model
        self._fence = fence
        self._watch = watch
        self._listener = listener
        self._asked_s: float | None = None
        self._request: StopRequest | None = None
        self._is_immediate = False

    @property
    def fence(self) -> MotionFence:
        """Return the fence that the stop closes."""
        return self._fence

    @property
    def requested(self) -> StopRequest | None:
        """Return the first request; None if the run was not stopped."""
        return self._request

    @property
    def asked_s(self) -> float:
        """Return the run time of the first request; now if there was none."""
        return self._asked_s if self._asked_s is not None else self._world_model.clock.now_s()

    @property
    def is_immediate(self) -> bool:
        """Return True if the run does not wait for the running skills to halt."""
        return self._is_immediate

    def request(self, reason: str, by: str, *, is_immediate: bool = False) -> None:
        """Stop the run: from now on no skill begins, is stepped or commands the robot.

        It waits for nothing; the robot is stopped by the run's thread or, if that is busy for a
        period, by the watch.

        Args:
            reason: Reason, for the journal.
            by: Person or part that asks.
            is_immediate: Stop the robot now, and do not wait for the running skills to halt.
        """
        self._fence.close()
        if self._asked_s is None:
            self._asked_s = self._world_model.clock.now_s()
        self._request = self._request or StopRequest(reason, by)
        self._is_immediate = self._is_immediate or is_immediate
        self._watch.begin(is_immediate=is_immediate)
        self._world_model.clock.wake()

    def request_from_inside(self, reason: str, by: str) -> None:
        """Stop the run for a reason that it has found itself, and latch the stop."""
        self.request(reason, by)
        self._listener.stop_found(reason, by)

    def close_after_error(self) -> None:
        """Let nothing move any more after an exception; the robot does not wait for its skills."""
        self._fence.close()
        if self._asked_s is None:
            self._asked_s = self._world_model.clock.now_s()
        self._is_immediate = True
        self._watch.begin(is_immediate=True)

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop, now that the robot was commanded to rest."""
        self._listener.robot_stopped(reason, by)


class ConstraintWatch:
    """Stops the run when something becomes true that never may.

    Args:
        world_model: Beliefs.
        constraints: Returns the formulas that must not become true now, in groups. A group that
            has not changed is the same object as before, so that it is not compared one by one.
        stop: Stops the run.
    """

    def __init__(
        self,
        world_model: WorldModel,
        constraints: Callable[[], tuple[tuple[Formula, ...], ...]],
        stop: RunStop,
    ) -> None:
        self._world_model = world_model
        self._constraints = constraints
        self._stop = stop
        self._groups: tuple[tuple[Formula, ...], ...] = ()
        """The groups of formulas in the index."""
        self._index = FormulaIndex((), world_model.facts.vocabulary)
        self._checked: tuple[int, int] | None = None
        """Moment of the last check; None before the first one."""

    def never(self, changed: Iterable[Fact]) -> Sequence[Formula]:
        """Return the formulas that must not become true, as far as facts may make them so."""
        return self._current().about(changed)

    def _current(self) -> FormulaIndex:
        """Return the constraints of now; when they differ, all of them are due for a check."""
        groups = self._constraints()
        if groups != self._groups:
            self._groups = groups
            vocabulary = self._world_model.facts.vocabulary
            self._index = FormulaIndex(chain.from_iterable(groups), vocabulary)
            self._checked = None
        return self._index

    def check(self) -> None:
        """Stop the run if a constraint is violated; looks only where a belief has changed."""
        facts, index = self._world_model.facts, self._current()
        if self._checked == facts.mark() or self._stop.requested is not None:
            return
        changed = facts.changed_since(self._checked) if self._checked is not None else None
        self._checked = facts.mark()
        for formula in index.formulas if changed is None else index.about(changed):
            if formula.holds(facts):
                reason = f"'{formula}' came true, which never may"
                self._stop.request_from_inside(reason, "never")
                return
