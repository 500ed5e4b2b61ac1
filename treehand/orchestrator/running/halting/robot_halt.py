"""Brings the robot to rest, and reports who is at rest."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.core.events import RobotRest, StopOverdue, Stopped
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.halting.run_stop import RunStop, StopRequest
from treehand.orchestrator.running.result import Outcome, RestReport, Verdict
from treehand.orchestrator.running.tree_run import TreeRun
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.latched_stop import BY_ROBOT
from treehand.orchestrator.safety.robot_stopper import RobotStopper
from treehand.skills import StopStatus
from treehand.trees import Runtime

FIRST_S = 0.05
"""Time that the robot's driver has to answer before the skills are halted, in wall seconds."""
ANSWER_S = 1.0
"""Time that the robot's driver has to answer in the end, in seconds of wall time."""
REST_S = 2.0
"""Time that the robot has to come to rest once its skills are, in run seconds."""
POLL_S = 0.02


class RobotHalt:
    """Halts the skills as a phase and stops the robot.

    After a request to stop the robot is stopped first: the skills command nothing any more. Else
    it is stopped after its skills have halted, because a halt may command a retreat.

    Args:
        world_model: World and clock.
        tree: Its running skills are halted.
        runtime: Their halts.
        gates: Report the skills.
        stopper: Stops the robot.
        stop: The stop of the run.
    """

    def __init__(
        self,
        world_model: WorldModel,
        tree: TreeRun,
        runtime: Runtime,
        gates: ActivationGates,
        stopper: RobotStopper,
        stop: RunStop,
    ) -> None:
        self._world_model = world_model
        self._tree = tree
        self._runtime = runtime
        self._gates = gates
        self._stopper = stopper
        self._stop = stop
        self._report: RestReport | None = None

    @property
    def report(self) -> RestReport | None:
        """Return the report of the stop that ended the run; None if none did."""
        return self._report

    def halt(self, reason: str, by: str = "") -> RestReport:
        """Halt every skill, stop the robot, and return the report, which is journalled."""
        arbiter, world_model, stop = self._runtime.arbiter, self._world_model, self._stop
        asked_s = stop.asked_s
        if stop.fence.is_closed:
            self._stopper.stop(FIRST_S)
        else:
            self._stopper.renew()
        self._tree.halt()
        late: Sequence[str] = ()
        while arbiter.is_halting and not stop.is_immediate and not late:
            world_model.clock.wait_until(self._runtime.wakeups.next_s())
            world_model.advance()
            late = arbiter.poll()
        arbiter.abandon()
        report = RestReport(
            reason=reason,
            by=by,
            robots=(self._robot_at_rest(asked_s),),
            leaves=self._gates.rests(asked_s),
        )
        if not report.is_at_rest:
            self._report = report
        now_s = world_model.clock.now_s()
        world_model.emit(
            Stopped(
                t_s=now_s,
                reason=reason,
                acknowledged=report.robots[0].state == "stopped",
                by=by,
                robots=report.robots,
                leaves=report.leaves,
            )
        )
        world_model.sense()
        self._tree.report_changes()
        self._gates.report(world_model.emit)
        return report

    def halt_after_error(self, reason: str) -> None:
        """Halt every skill and stop the robot after an exception, whatever else is broken."""
        self._report = report = self.halt(reason)
        if not report.is_at_rest:
            self.unconfirmed(report)

    def interrupted(self, request: StopRequest) -> Verdict:
        """Halt every skill because the run was stopped, and latch the stop."""
        report = self.halt(request.reason, request.by)
        if not (report.is_at_rest or self._stop.is_immediate):
            return self.unconfirmed(report)
        self._report = report
        self._stop.latch(request.reason, request.by)
        return Verdict(Outcome.INTERRUPTED, f"stopped: {request.reason}")

    def unconfirmed(self, report: RestReport) -> Verdict:
        """Latch a stop because something did not confirm that it is at rest."""
        self._report = report
        message = f"{report.restless} did not confirm that it is at rest"
        self._stop.latch(message, BY_ROBOT)
        return Verdict(Outcome.ERROR, message)

    def report_overdue(self) -> None:
        """Emit the states so far if something is not at rest; called from the rest watch."""
        request, asked_s = self._stop.requested, self._stop.asked_s
        report = RestReport(
            reason=request.reason if request is not None else "the run broke off",
            by=request.by if request is not None else "",
            robots=(self._robot_rest(self._stopper.status, asked_s),),
            leaves=self._gates.rests(asked_s),
        )
        if not report.is_at_rest:
            now_s = self._world_model.clock.now_s()
            self._world_model.emit(StopOverdue(t_s=now_s, **dict(report)))
        self._gates.report(self._world_model.emit)

    def _robot_at_rest(self, asked_s: float) -> RobotRest:
        """Stop the robot until it says that it is at rest, or its time is up."""
        clock = self._world_model.clock
        until_s = clock.now_s() + REST_S
        status = self._stopper.stop(ANSWER_S)
        while status is not None and not status.acknowledged and clock.now_s() < until_s:
            clock.wait_until(clock.now_s() + POLL_S)
            self._world_model.advance()
            status = self._stopper.stop(ANSWER_S)
        return self._robot_rest(status, asked_s)

    def _robot_rest(self, status: StopStatus | None, asked_s: float) -> RobotRest:
        stopper, now_s = self._stopper, self._world_model.clock.now_s()
        command = self._gates.under_way()
        if status is None:
            state, detail = "unknown", "stop() has not returned"
        elif command:
            state, detail = "still moving", f"the driver is still at {command}"
        elif status.acknowledged:
            now_s = stopper.rest_s if stopper.rest_s is not None else now_s
            state, detail = "stopped", status.detail
        else:
            state = "unknown" if stopper.has_raised else "still moving"
            detail = status.detail
        return RobotRest(
            robot=self._world_model.deployment.kind.name,
            state=state,
            after_s=round(max(now_s - asked_s, 0.0), 4),
            detail=detail,
        )
