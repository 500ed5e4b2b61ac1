"""The loop of one run: sense, tick, serve people, recover, wait."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from treehand.core.collector import collect_between_ticks
from treehand.orchestrator.people.approval import Confirmation
from treehand.orchestrator.running.breakpoint_desk import BreakpointDesk
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.halting.robot_halt import RobotHalt
from treehand.orchestrator.running.halting.run_stop import ConstraintWatch, RunStop
from treehand.orchestrator.running.person_desk import PersonDesk
from treehand.orchestrator.running.recovering.recovery import RecoveryPolicy
from treehand.orchestrator.running.result import Outcome, RestReport, RunMetrics, Verdict
from treehand.orchestrator.running.run_config import RunConfig, RunServices
from treehand.orchestrator.running.skill_maker import SkillMaker
from treehand.orchestrator.running.tree_run import TreeRun
from treehand.orchestrator.running.watching.overdue_calls import OverdueCalls
from treehand.orchestrator.running.watching.requirement_watch import RequirementWatch
from treehand.orchestrator.running.watching.run_clock import RunBudgets, RunClock
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.robot_stopper import RobotStopper
from treehand.skills import UNLIMITED
from treehand.trees import (
    Activations,
    CompiledTree,
    ErrorLog,
    Failure,
    PersonPort,
    Runtime,
    RuntimeOptions,
    Status,
)

MAX_TICKS_AT_ONCE = 2000
"""A run that asks for more ticks than this within `AT_ONCE_S` makes no progress."""

AT_ONCE_S = 0.01
"""Run time within which ticks count as being at the same time."""

SETTLE_S = 0.5
"""Time that perception has to tell what a skill that broke off has left behind, in run seconds.

A gripper that was halted as it closed may hold a thing before any sensor says so.
"""


class RunLoop:
    """Ticks the trees of a run until a verdict is there.

    Args:
        world_model: World, beliefs, clock.
        services: The journal, and the faults to inject.
        metrics: Counts the activations, and says when one broke off.
        stop: The stop of the run.
        gates: Command gates of the activations.
        stopper: Stops the robot.
        desk: Requests of people, and questions to them.
        breakpoints: Nodes that are held.
        recovery: Decides how the run goes on when a tree has ended.
        overdue: Tells of the return of calls that were overdue.
        config: Settings.
    """

    def __init__(
        self,
        world_model: WorldModel,
        services: RunServices,
        metrics: RunMetrics,
        stop: RunStop,
        gates: ActivationGates,
        stopper: RobotStopper,
        desk: PersonDesk,
        breakpoints: BreakpointDesk,
        recovery: RecoveryPolicy,
        overdue: OverdueCalls,
        config: RunConfig,
    ) -> None:
        self._world_model = world_model
        self._services = services
        self._metrics = metrics
        self._stop = stop
        self._gates = gates
        self._stopper = stopper
        self._desk = desk
        self._breakpoints = breakpoints
        self._recovery = recovery
        self._overdue = overdue
        self._watch = ConstraintWatch(
            world_model, lambda: (config.never, config.standing(), recovery.goal.never), stop
        )
        self._requirements = RequirementWatch(world_model, lambda: recovery.goal)
        self._runtime = _new_runtime(
            world_model, services, stop, gates, self._watch, config, recovery.errors
        )
        self._tree = TreeRun(
            world_model,
            self._runtime,
            config.earlier.nodes,
            config.breakpoints,
            has_recovery=config.has_recovery,
        )
        self._halt = RobotHalt(world_model, self._tree, self._runtime, gates, stopper, stop)
        self._clock = RunClock(world_model, services.injector)
        self._budgets = RunBudgets(
            world_model.deployment, world_model.clock, recovery.timer, metrics
        )

    @property
    def compiled(self) -> CompiledTree | None:
        """Return the tree that runs now; None before the first one is compiled."""
        return self._tree.compiled

    @property
    def stop_report(self) -> RestReport | None:
        """Return the report of the stop that ended the run; None if none did."""
        return self._halt.report

    @property
    def overruns(self) -> int:
        """Return the number of heartbeats that a tick was late for; 0 in virtual time."""
        return self._clock.overruns

    def run(self) -> Verdict:
        """Tick until the run has ended; return how."""
        self._world_model.limits.begin_run()
        self._breakpoints.points.begin_run(self._breakpoints)
        self._compile()
        ticks_at_once, since_s = 0, -1.0
        while True:
            request = self._stop.requested
            if request is not None:
                return self._halt.interrupted(request)
            late = self._tick()
            if late:
                reason = f"no confirmation that {', '.join(late)} came to rest"
                return self._halt.unconfirmed(self._halt.halt(reason))
            verdict = self._verdict()
            if verdict is not None:
                return verdict
            now_s = self._world_model.clock.now_s()
            if now_s - since_s >= AT_ONCE_S or self._desk.is_holding:
                ticks_at_once, since_s = 0, now_s
            ticks_at_once += 1
            if ticks_at_once > MAX_TICKS_AT_ONCE or not self._wait():
                hasty = self._clock.restless(AT_ONCE_S) or self._hasty_skill(now_s)
                self._halt.halt("the tree waits for nothing")
                told = f"the tree makes no progress at t={now_s:g} s{hasty}"
                return Verdict(Outcome.ERROR, told)

    def _hasty_skill(self, now_s: float) -> str:
        """Return, in words, the skill that asks for its next step at once; empty without one."""
        times_s = self._runtime.wakeups.times_s
        for leaf in self._runtime.activations.active:
            if times_s.get(leaf, now_s + 1.0) <= now_s + AT_ONCE_S:
                told = f"{leaf.call} asks for its next step at once, again and again"
                return f": {told} (let it wait: yield 0.1)"
        return ""

    def _compile(self) -> None:
        """Run the plan that recovery has chosen from now on, within the budgets for it."""
        manner = self._recovery.plan.goal.manner
        self._world_model.limits.of_goal = manner.limits if manner is not None else UNLIMITED
        self._budgets.follow(self._recovery.plan)
        self._tree.compile(self._recovery.plan)

    def halt_after(self, error: BaseException) -> None:
        """Bring the robot to rest after an exception, whatever else is broken."""
        self._stopper.ask()
        self._runtime.halt_at_once()
        self._world_model.break_off()
        with contextlib.suppress(Exception, SystemExit):  # the first error is the one to report
            self._watch.check()
            self._halt.halt_after_error(f"{type(error).__name__}: {error}")

    def report_overdue(self) -> None:
        """Emit who is not at rest yet; called from another thread."""
        self._halt.report_overdue()

    def _tick(self) -> Sequence[str]:
        """Sense, go on with halts, tick, journal; return the paths of halts that are overdue."""
        world_model, runtime, desk = self._world_model, self._runtime, self._desk
        injector = self._services.injector
        world_model.limits.announce(world_model.emit, world_model.clock.now_s())
        world_model.sense()
        if injector is not None and injector.pass_to(world_model.clock.now_s()):
            world_model.sense()
        self._watch.check()
        runtime.wakeups.clear(self)
        self._recovery.plan.goal.track(world_model.facts, world_model.bindings)
        late = runtime.arbiter.poll()
        runtime.fence.hold_starts(desk.has_requests)
        runtime.step_due()
        world_model.sense()
        self._overdue.tell_returned()
        runtime.commitments.update()
        self._gates.report(world_model.emit)
        self._watch.check()
        self._requirements.check()
        runtime.ticks.begin()
        is_served = self._tree.is_at_rest and not late and self._serve_people()
        if not is_served and not late and not self._tree.has_result:
            self._tree.visit()
        self._services.journal.commit()
        return late

    def _serve_people(self) -> bool:
        """Serve requests while no skill runs; return True if the tree must not be visited now."""
        desk, stop = self._desk, self._stop
        if stop.requested is not None:
            return True
        question = self._runtime.people.take()
        if question is not None:
            question.close(desk.ask(question))
            self._runtime.wakeups.set(self, self._world_model.clock.now_s())
            return True  # sense first, then use the answer
        desk.begin_hold()
        self._breakpoints.serve()
        while stop.requested is None and (request := desk.take_goal()) is not None:
            problem = self._recovery.change_goal(request.goal, request.why)
            request.tell(problem)
            if not problem and stop.requested is None:
                self._tree.halt()
                self._tree.report_changes()
                self._compile()
        desk.end_hold()
        return desk.is_holding

    def _verdict(self) -> Verdict | None:
        """Return the end of the run at this tick, or None; a tree that has ended is replaced."""
        self._watch.check()
        if self._stop.requested is not None:
            return None
        held = self._breakpoints.verdict
        if held is not None:
            report = self._halt.halt("held by a breakpoint, with nobody there")
            return held if report.is_at_rest else self._halt.unconfirmed(report)
        if self._tree.has_ended:
            is_waiting = self._desk.is_held_by_node or self._is_settling()
            return None if is_waiting else self._recover()
        stuck = self._tree.without_progress(self._budgets.per_call)
        if stuck is not None:
            report = self._halt.halt(str(stuck))
            if not report.is_at_rest:
                return self._halt.unconfirmed(report)
            return self._recover(stuck)
        spent = self._budgets.exceeded(self._recovery.goal)
        if not spent:
            return None
        report = self._halt.halt(f"budget used up: {spent}")
        if not report.is_at_rest:
            return self._halt.unconfirmed(report)
        return Verdict(Outcome.FAILURE, spent)

    def _is_settling(self) -> bool:
        """Return True, and wait, if a tree has succeeded just after a skill broke off."""
        broke_off_s, now_s = self._metrics.broke_off_s, self._world_model.clock.now_s()
        if broke_off_s is None or self._tree.status is not Status.SUCCESS:
            return False
        until_s = broke_off_s + SETTLE_S
        if now_s >= until_s or self._recovery.timer.is_up(self._recovery.goal):
            return False
        self._runtime.wakeups.set(self, until_s)
        return True

    def _recover(self, stuck: Failure | None = None) -> Verdict | None:
        """Let recovery decide, and compile the plan that it has chosen.

        Args:
            stuck: Failure of a tree that was halted; None: the tree has ended by itself.
        """
        has_succeeded = stuck is None and self._tree.status is Status.SUCCESS
        verdict = self._recovery.after(has_succeeded, stuck or self._tree.failure)
        if verdict is not None:
            verdict = self._with_flicker(self._requirements.judged(verdict))
        self._services.journal.commit()
        if self._stop.requested is not None:
            return None
        if verdict is None:
            self._compile()
        return verdict

    def _with_flicker(self, verdict: Verdict) -> Verdict:
        """Return the end of a run with the fact that flickers, if one may have caused it."""
        flicker = self._metrics.flicker.message()
        if not flicker or verdict.outcome not in (Outcome.FAILURE, Outcome.CLARIFY):
            return verdict
        return replace(verdict, message=f"{verdict.message}; {flicker}")

    def _wait(self) -> bool:
        """Let time pass to the next thing that happens; False if nothing ever will."""
        if self._desk.is_holding:
            self._clock.wait_for_people()
            return True
        if self._stop.requested is not None or self._tree.status is Status.INVALID:
            return True  # a stop, or a tree that has not been ticked, is due at once
        if (self._desk.has_requests or not self._runtime.lets_begin) and self._tree.is_at_rest:
            return True
        collect_between_ticks()
        left_s = self._recovery.timer.left_s(self._recovery.goal)
        return self._clock.wait(self._runtime.wakeups, left_s)


def _new_runtime(
    world_model: WorldModel,
    services: RunServices,
    stop: RunStop,
    gates: ActivationGates,
    watch: ConstraintWatch,
    config: RunConfig,
    errors: ErrorLog,
) -> Runtime:
    domain = world_model.deployment.domain
    return Runtime(
        domain=domain,
        beliefs=world_model,
        skills=SkillMaker(
            world_model, gates, services.injector, has_alternatives=config.has_recovery
        ),
        safety=watch,
        people=PersonPort(
            Confirmation(domain, world_model.deployment.hazards, is_wanted=config.confirms)
        ),
        activations=Activations(config.earlier.attempts),
        fence=stop.fence,
        options=RuntimeOptions(
            config.substitutions, is_paranoid=world_model.is_paranoid, watch=config.breakpoints
        ),
        blockages=world_model.blockages,
        errors=errors,
    )
