"""Stopping a run: requests to stop, violated constraints, and bringing the robot to rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treehand.core.events import Stopped
from treehand.orchestrator.running.activation_gates import ActivationGates
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.run_config import StopListener
from treehand.orchestrator.running.tree_run import TreeRun
from treehand.orchestrator.running.world_model import WorldModel
from treehand.skills import MotionFence
from treehand.skills.domain import Formula
from treehand.trees import Runtime


@dataclass(frozen=True)
class StopRequest:
    """Request to stop a run."""

    reason: str
    by: str


class RunStop:
    """The stop of one run; requested from any thread, never withdrawn.

    Args:
        world_model: The robot, and the clock that wakes the run.
        fence: Closed by the first request.
        listener: Keeps the latched stop.
    """

    def __init__(self, world_model: WorldModel, fence: MotionFence, listener: StopListener) -> None:
        self._world_model = world_model
        self._fence = fence
        self._listener = listener
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
    def is_immediate(self) -> bool:
        """Return True if the robot is stopped before the running skill has halted."""
        return self._is_immediate

    def request(self, reason: str, by: str, *, is_immediate: bool = False) -> None:
        """Stop the run: from now on no skill begins, and none is stepped.

        Args:
            reason: Reason, for the journal.
            by: Person or part that asks.
            is_immediate: Stop the robot at once, before the running skill has halted.
        """
        self._fence.close()
        self._request = self._request or StopRequest(reason, by)
        if is_immediate:
            self._is_immediate = True
            self._world_model.world.embodiment.stop()
        self._world_model.clock.wake()

    def request_from_inside(self, reason: str, by: str) -> None:
        """Stop the run for a reason that it has found itself, and latch the stop."""
        self.request(reason, by)
        self._listener.stop_found(reason, by)

    def close_after_error(self) -> None:
        """Let nothing move any more after an exception; the robot does not wait for its skills."""
        self._fence.close()
        self._is_immediate = True

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop, now that the robot was commanded to rest."""
        self._listener.robot_stopped(reason, by)


class ConstraintWatch:
    """Stops the run when something becomes true that never may.

    Args:
        world_model: Beliefs.
        constraints: Returns the formulas that must not become true now.
        stop: Stops the run.
    """

    def __init__(
        self,
        world_model: WorldModel,
        constraints: Callable[[], Sequence[Formula]],
        stop: RunStop,
    ) -> None:
        self._world_model = world_model
        self._constraints = constraints
        self._stop = stop
        self._checked_version = -1

    def never(self) -> Sequence[Formula]:
        """Return the formulas that must not become true."""
        return self._constraints()

    def check(self) -> None:
        """Stop the run if a constraint is violated; looks only where a belief has changed."""
        facts, never = self._world_model.facts, self._constraints()
        has_changed = self._checked_version != facts.version
        if not never or not has_changed or self._stop.requested is not None:
            return
        self._checked_version = facts.version
        for formula in never:
            if formula.holds(facts):
                reason = f"'{formula}' came true, which never may"
                self._stop.request_from_inside(reason, "never")
                return


class RobotHalt:
    """Brings the robot to rest: halts the skills as a phase, then stops the robot.

    Args:
        world_model: World and clock.
        tree: Its running skills are halted.
        runtime: Their halts.
        gates: Reports the commands that came too late.
        stop: Says if the robot must not wait for its skills; latches.
    """

    def __init__(
        self,
        world_model: WorldModel,
        tree: TreeRun,
        runtime: Runtime,
        gates: ActivationGates,
        stop: RunStop,
    ) -> None:
        self._world_model = world_model
        self._tree = tree
        self._runtime = runtime
        self._gates = gates
        self._stop = stop

    def halt(self, reason: str, by: str = "") -> Sequence[str]:
        """Halt every skill and stop the robot.

        Returns:
            The paths of the skills that did not confirm that they are at rest.
        """
        arbiter, world_model = self._runtime.arbiter, self._world_model
        self._tree.halt()
        late: Sequence[str] = ()
        while arbiter.is_halting and not self._stop.is_immediate and not late:
            world_model.clock.wait_until(self._runtime.wakeups.next_s())
            world_model.world.advance(world_model.clock.now_s())
            late = arbiter.poll()
        late = (*late, *arbiter.abandon())
        self._stop_robot(reason, by)
        world_model.sense()
        self._tree.report_changes()
        self._gates.report(world_model.emit)
        return late

    def interrupted(self, request: StopRequest) -> Verdict:
        """Halt every skill because the run was stopped, and latch the stop."""
        late = self.halt(request.reason, request.by)
        if late and not self._stop.is_immediate:
            return self.unconfirmed(late)
        self._stop.latch(request.reason, request.by)
        return Verdict(Outcome.INTERRUPTED, f"stopped: {request.reason}")

    def unconfirmed(self, late: Sequence[str]) -> Verdict:
        """Latch a stop because a skill did not confirm that it is at rest."""
        message = f"'{late[0]}' did not confirm that it is at rest"
        self._stop.latch(message, "the robot")
        return Verdict(Outcome.ERROR, message)

    def _stop_robot(self, reason: str, by: str) -> None:
        """Take recovery level 6: command the robot to rest and journal its acknowledgement."""
        status = self._world_model.world.embodiment.stop()
        now_s = self._world_model.clock.now_s()
        self._world_model.emit(
            Stopped(t_s=now_s, reason=reason, acknowledged=status.acknowledged, by=by)
        )
