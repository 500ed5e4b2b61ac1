"""One run of an approved plan, and the requests that other threads make to it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from treehand.core.clock import Clock, VirtualClock
from treehand.core.collector import collected_between_ticks
from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.running.breakpoint_desk import BreakpointDesk
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.halting.run_stop import RunStop
from treehand.orchestrator.running.person_desk import GoalRequest, PersonDesk
from treehand.orchestrator.running.recovering.recovery import RecoveryPolicy
from treehand.orchestrator.running.result import RestReport, RunMetrics, Verdict
from treehand.orchestrator.running.run_config import RunConfig, RunServices
from treehand.orchestrator.running.run_loop import RunLoop
from treehand.orchestrator.running.watching.overdue_calls import OverdueCalls
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.rest_watch import RestWatch
from treehand.orchestrator.safety.robot_stopper import RobotStopper
from treehand.orchestrator.safety.watchdog import PERIOD_S
from treehand.planners import Goal, Plan, Planner
from treehand.skills import MotionFence
from treehand.trees import CompiledTree, Failure, own_blackboard

VIRTUAL_PERIOD_S = 0.5
"""Time that a busy run's thread has to stop the robot in virtual time, in wall seconds."""


class Run:
    """One run of an approved plan; other threads make their requests to it.

    Args:
        world_model: World, beliefs, clock, events.
        approved: The plan that may move the robot.
        planner: Plans anew for recovery.
        services: Collaborators.
        config: Settings.
    """

    def __init__(
        self,
        world_model: WorldModel,
        approved: Approval,
        planner: Planner,
        services: RunServices,
        config: RunConfig | None = None,
    ) -> None:
        config = config or RunConfig()
        fence = MotionFence()
        self._world_model = world_model
        self._services = services
        self._metrics = RunMetrics().over(config.earlier.events)
        clock, robot = world_model.clock, world_model.world.embodiment
        self._gates = ActivationGates(robot, fence, clock)
        self._stopper = RobotStopper(robot, clock)
        self._watch = RestWatch(self._stopper, _period_s(clock), self._report_overdue)
        self._stop = RunStop(world_model, fence, self._watch, services.stops)
        self._desk = PersonDesk(world_model, services, self._stop, self._metrics)
        self.breakpoints = BreakpointDesk(world_model, config.breakpoints, self._desk, self._stop)
        """Nodes that breakpoints hold, and what lets them go on."""
        self._recovery = RecoveryPolicy(
            world_model,
            planner,
            approved,
            self._desk,
            config.earlier.recovery,
            has_recovery=config.has_recovery,
        )
        self._overdue = OverdueCalls(world_model, self._gates, services.journal.commit)
        self._loop = RunLoop(
            world_model,
            services,
            self._metrics,
            self._stop,
            self._gates,
            self._stopper,
            self._desk,
            self.breakpoints,
            self._recovery,
            self._overdue,
            config,
        )
        self._is_over = False

    @property
    def plan(self) -> Plan:
        """Return the plan that runs now."""
        return self._recovery.plan

    @property
    def goal(self) -> Goal:
        """Return the goal that was approved, or that a person put in its place."""
        return self._recovery.goal

    @property
    def compiled(self) -> CompiledTree | None:
        """Return the tree that runs now; None before the first one is compiled."""
        return self._loop.compiled

    @property
    def metrics(self) -> RunMetrics:
        """Return the counts of the run's events."""
        return self._metrics

    @property
    def overruns(self) -> int:
        """Return the number of heartbeats that a tick was late for; 0 in virtual time."""
        return self._loop.overruns

    @property
    def stop_report(self) -> RestReport | None:
        """Return the report of the stop that ended the run; None if none did."""
        return self._loop.stop_report

    @property
    def last_failure(self) -> Failure | None:
        """Return the failure of the tree that ended last; None if it succeeded."""
        return self._recovery.last_failure

    @property
    def is_held(self) -> bool:
        """Return True if the robot holds still on request, or will after the present step."""
        return self._desk.is_held

    @property
    def is_stopped(self) -> bool:
        """Return True if the run was asked to stop."""
        return self._stop.requested is not None

    @property
    def is_asking(self) -> bool:
        """Return True if a person or a language model is being asked right now."""
        return self._desk.is_asking

    @property
    def is_over(self) -> bool:
        """Return True if `execute` has ended; the robot is at rest."""
        return self._is_over

    def request_stop(self, reason: str, *, by: str = "", is_immediate: bool = False) -> None:
        """Ask the run to halt; callable from a signal handler or another thread.

        From now on no skill begins, and none is stepped.

        Args:
            reason: Reason, for the journal.
            by: Person or part that asks.
            is_immediate: Stop the robot at once, before the running skill has halted.
        """
        self._stop.request(reason, by, is_immediate=is_immediate)

    def request_hold(self, by: str) -> None:
        """Ask the run to hold still after the step that runs now, until `request_to_go_on`."""
        self._desk.request_hold(by)

    def request_to_go_on(self, by: str) -> None:
        """Let a held run go on; `BreakpointDesk.go_on` also lets held nodes go on.

        Args:
            by: Who lets it.
        """
        self._desk.request_to_go_on(by)

    def request_goal(self, goal: Goal, why: str, tell: Callable[[str], None]) -> None:
        """Ask the run to go on with another goal after the step that runs now.

        It replaces an earlier request that was not served yet.

        Args:
            goal: The new goal.
            why: Reason, for the journal.
            tell: Called in the run's thread with the reason why it cannot be; empty when it is.
        """
        self._desk.request_goal(GoalRequest(goal, why, tell))

    def execute(self) -> Verdict:
        """Run the plan to its end.

        Returns:
            How it ended. Whatever happens, the robot is at rest.
        """
        stream, injector = self._world_model.stream, self._services.injector
        unsubscribe = [stream.subscribe(self._metrics.take)]
        if injector is not None:
            unsubscribe.append(stream.subscribe(injector.watch))
        self._world_model.clock.resume()
        try:
            late = self._overdue
            with self._stopper, self._watch, late, own_blackboard(), collected_between_ticks():
                return self._run()
        finally:
            self._is_over = True
            self._stop.fence.close()  # a thread that a skill has left behind moves nothing
            for undo in unsubscribe:
                undo()
            self._gates.report(self._world_model.emit, is_last=True)
            self._services.journal.commit()

    def _run(self) -> Verdict:
        try:
            return self._loop.run()
        except BaseException as error:
            self._stop.close_after_error()
            self._loop.halt_after(error)
            raise

    def _report_overdue(self) -> None:
        """Name who is not at rest; called from the rest watch's thread."""
        with contextlib.suppress(Exception):  # the stop goes on, whatever a listener raises
            self._loop.report_overdue()
            self._services.journal.commit()


def _period_s(clock: Clock) -> float:
    """Return the time that the run's thread has to stop the robot, in seconds of wall time."""
    return VIRTUAL_PERIOD_S if isinstance(clock, VirtualClock) else PERIOD_S


class RunHandle:
    """Hands the run that a session makes to other threads, which wait for it without polling."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._is_set = threading.Event()

    @property
    def run(self) -> Run | None:
        """Return the run; None if it is not made yet, or never will be."""
        return self._run

    def put(self, run: Run) -> None:
        """Hand over the run, and wake every thread that waits for it."""
        self._run = run
        self._is_set.set()

    def close(self) -> None:
        """Wake every thread that waits: no run will be made any more."""
        self._is_set.set()

    def wait(self, timeout_s: float | None = None) -> Run | None:
        """Wait for the run and return it; None if none is made.

        Args:
            timeout_s: Longest wait, in seconds of wall time; None: until `put` or `close`.
        """
        self._is_set.wait(timeout_s)
        return self._run
