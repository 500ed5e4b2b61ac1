"""One run of a robot: its journal, its approval, its execution and its end."""

from __future__ import annotations

import time

from treehand.core.clock import VirtualClock
from treehand.core.events import (
    Approved,
    Event,
    ModelCalled,
    PlanRejected,
    RunStarted,
    WorldSampled,
)
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.people.approval import Approval, Decision
from treehand.orchestrator.running.active_plan import planned_event
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict, ended_event
from treehand.orchestrator.running.run import Run, RunHandle
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.watchdog import SIMULATED_S, BlockedCalls, Watchdog
from treehand.orchestrator.sessions.experiment import CheckedExperiment
from treehand.orchestrator.sessions.goal_oracle import GoalOracle
from treehand.orchestrator.sessions.runs.run_setup import RobotParts, RunSetup
from treehand.orchestrator.store.run_recorder import RunRecorder
from treehand.orchestrator.store.workspace import RunFiles
from treehand.planners import Goal, Plan


class RunSession:
    """One run: its journal, its approval, its execution and its end.

    Args:
        parts: Collaborators of the robot.
        world_model: World and beliefs, with the draws of this run.
        recorder: Writes the journal.
        experiment: Faults, substitutions, recovery.
        history: The interrupted run that is resumed; None for a new run.
    """

    def __init__(
        self,
        parts: RobotParts,
        world_model: WorldModel,
        recorder: RunRecorder,
        experiment: CheckedExperiment,
        history: RunHistory | None = None,
    ) -> None:
        self.world_model = world_model
        self.experiment = experiment
        self.history = history
        self.recorder = recorder
        self.handle = RunHandle()
        """Hands the run to other threads once it is made."""
        self.said_done: frozenset[str] = frozenset()
        """Paths of interrupted steps of which a person said that they were done."""
        self._latest_stop = parts.stops.latest
        """The newest stop when the plan was approved: a later one makes the approval void."""
        self.result: RunResult | None = None
        """Result of the run; None before its end."""
        self._parts = parts
        self._oracle = GoalOracle(world_model)
        self._began = time.perf_counter()
        self._began_s = history.started.t_s if history is not None else self._now_s()

    # The journal.

    def begin(self, goal: Goal, plan: Plan | None) -> None:
        """Open the journal and write the beginning of the run.

        Raises:
            StorageError: If the journal cannot be written, or another process uses the world.
        """
        world_model = self.world_model
        self.recorder.begin(world_model.stream, is_virtual=self._is_virtual)
        try:
            self._write_beginning(goal, plan)
        except Exception:  # a run that could not begin is none
            self.recorder.discard()
            raise

    def _write_beginning(self, goal: Goal, plan: Plan | None) -> None:
        deployment, world_model = self._parts.deployment, self.world_model
        now_s = self._now_s()
        self._emit(
            RunStarted(
                t_s=now_s,
                goal=goal.text,
                world=deployment.kind.name,
                scene=deployment.scene.scene,
                domain=deployment.domain.domain,
                seed=world_model.seed,
                recovery=self.experiment.has_recovery,
                domain_version=deployment.domain_version,
                learned=deployment.learned,
            )
        )
        sample = world_model.checked.sample()
        if sample is not None:
            self._emit(WorldSampled(t_s=now_s, sample=sample))
        world_model.report_beliefs()
        self.report_model_calls()
        if plan is not None:
            self._emit(planned_event(plan, now_s, "first plan"))
        self.recorder.commit()

    def rejoin(self, files: RunFiles) -> None:
        """Append to the journal of an interrupted run.

        Raises:
            StorageError: If it cannot be written, or another process resumes the run.
        """
        self.recorder.rejoin(files, self.world_model.stream, is_virtual=self._is_virtual)

    def report_model_calls(self) -> None:
        """Write down every call of a language model, those before the run included."""

        def report(call: ModelCalled) -> None:
            self._emit(call.model_copy(update={"t_s": self._now_s()}))

        self._parts.proposer.reader.report_to(report)

    @property
    def run_id(self) -> str | None:
        """Return the number of the run in the workspace; None while it has none."""
        return self.recorder.run_id

    @property
    def run(self) -> Run | None:
        """Return the run loop; None before it is made."""
        return self.handle.run

    @property
    def _is_virtual(self) -> bool:
        return isinstance(self.world_model.clock, VirtualClock)

    # Approval.

    def approve(self, plan: Plan, decision: Decision) -> Approval:
        """Return the approval of a plan, written down."""
        policy, history = self._parts.policy, self.history
        confirms = decision.confirms and self._parts.deployment.approval.confirm
        self._emit(
            Approved(
                t_s=self._now_s(),
                plan_hash=plan.hash,
                by=decision.by,
                policy=policy.value,
                confirms=confirms,
                shown=decision.shown,
            )
        )
        self.recorder.commit()
        self._latest_stop = self._parts.stops.latest
        hashes = history.hashes if history is not None else frozenset()
        return Approval(plan, policy, hashes, confirms, decision.by)

    def reject(self, plan: Plan, decision: Decision) -> RunResult:
        """Write down that a plan was not approved, and end the run."""
        if decision.is_nobody:
            verdict = Verdict(Outcome.CLARIFY, decision.reason, needs_approval=True)
            return self.conclude(plan.goal, verdict, plan)
        reason = decision.reason or "no"
        now_s = self._now_s()
        self._emit(PlanRejected(t_s=now_s, plan_hash=plan.hash, by=decision.by, reason=reason))
        message = f"the plan was not approved: {reason}; nothing was moved"
        return self.conclude(plan.goal, Verdict(Outcome.REFUSED, message), plan)

    # Running.

    def execute(self, approval: Approval) -> RunResult:
        """Run an approved plan and return how it ended."""
        plan, stops = approval.plan, self._parts.stops
        if plan.is_already_true:
            return self.conclude(plan.goal, already_true(plan.goal, self.world_model), plan)
        not_triggered: tuple[str, ...] = ()
        with stops.guarding():  # before the stops are looked at: none comes between unseen
            refusal = self._refusal(approval)
            if refusal is not None:
                verdict = Verdict(Outcome.REFUSED, refusal)
            else:
                verdict, not_triggered = self._run(approval)
            if verdict.outcome is Outcome.ERROR:
                stops.latch_end(f"the run ended by an error: {verdict.message}")
        return self.conclude(plan.goal, verdict, plan, faults_not_triggered=not_triggered)

    def _refusal(self, approval: Approval) -> str | None:
        """Return the reason why an approved plan may not run now; None if it may."""
        stop = self._parts.stops.stop
        if stop is not None:
            run_id = f" {self.run_id}" if self.run_id else ""
            resume = f" or `treehand resume {stop.run}`" if stop.is_crash and stop.run else ""
            return f"{stop}; look, then `treehand rearm{run_id}`{resume}"
        if self._parts.stops.latest != self._latest_stop:
            return "a stop came after the plan was approved; propose and approve it again"
        violated = self._parts.proposer.violated(approval.plan.goal, self.world_model)
        if violated is not None:
            return f"'{violated}' is so now, which never may; nothing was moved"
        return None

    def _run(self, approval: Approval) -> tuple[Verdict, tuple[str, ...]]:
        """Run an approved plan; return how it ended, and the faults that never triggered."""
        plan, stops = approval.plan, self._parts.stops
        self._oracle.remember(plan.goal)
        setup = RunSetup(self._parts, self.world_model, self.recorder, self.experiment)
        run = setup.new_run(approval, setup.earlier(plan, self.history, self.said_done))
        self.handle.put(run)
        watchdog = Watchdog(
            self._parts.hold.latch,
            self.world_model.world,
            self._parts.deployment.silence_s,
            stops.stop_found,
            self._blocked_calls(),
        )
        with watchdog:
            stops.attach(run)  # a stop may have come while the run was being made
            verdict = run.execute()
        return setup.remarks(verdict, self._now_s())

    def _blocked_calls(self) -> BlockedCalls:
        """Return the calls of the world, which may take longer in a simulator."""
        deployment, watch = self._parts.deployment, self.world_model.checked.watch
        limit_s = SIMULATED_S if deployment.kind.is_virtual else deployment.silence_s
        return BlockedCalls(watch, deployment.kind.name, limit_s)

    def note_done(self, path: str) -> None:
        """Take in that a person says that an interrupted step was done."""
        self.said_done |= {path}

    # The end.

    @property
    def times_s(self) -> tuple[float, float]:
        """Return the run time so far, and the time on the wall."""
        return self._now_s() - self._began_s, time.perf_counter() - self._began

    def conclude(
        self,
        goal: Goal,
        verdict: Verdict,
        plan: Plan | None = None,
        *,
        faults_not_triggered: tuple[str, ...] = (),
    ) -> RunResult:
        """Write the end of the run into the journal and return it."""
        result = self._oracle.result(
            self.run.goal if self.run is not None else goal,
            verdict,
            self.run,
            plan_hash=plan.hash if plan else None,
            run_id=self.run_id,
            times_s=self.times_s,
            faults_not_triggered=faults_not_triggered,
        )
        self.result = result
        self.handle.close()
        self._emit(ended_event(result, self._now_s(), verdict.error))
        self.recorder.commit()
        return result

    def close(self) -> None:
        """Close the journal."""
        self.handle.close()
        self.recorder.close()

    def _now_s(self) -> float:
        return self.world_model.clock.now_s()

    def _emit(self, event: Event) -> None:
        self.world_model.emit(event)


def already_true(goal: Goal, world_model: WorldModel) -> Verdict:
    """Return the verdict on a goal that holds already."""
    empty = goal.empty_parts(world_model.facts, world_model.bindings.copy())
    message = "the goal is already true; nothing was moved"
    if empty:
        about = ", ".join(map(str, empty))
        message += f" (nothing is known that this is about: {about})"
    return Verdict(Outcome.ALREADY_TRUE, message)
