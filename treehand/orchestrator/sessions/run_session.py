"""One run of a robot: its journal, its approval, its execution and its end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.events import (
    Approved,
    Event,
    ModelCalled,
    PlanRejected,
    QuestionAnswered,
    RunStarted,
    WorldSampled,
)
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy, Decision
from treehand.orchestrator.people.person import Person, asked_event
from treehand.orchestrator.running.active_plan import planned_event
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict, ended_event
from treehand.orchestrator.running.run import Run, RunHandle
from treehand.orchestrator.running.run_config import (
    EarlierProgress,
    RecoveryState,
    RunConfig,
    RunServices,
)
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.watchdog import Watchdog
from treehand.orchestrator.sessions.experiment import CheckedExperiment
from treehand.orchestrator.sessions.goal_oracle import GoalOracle
from treehand.orchestrator.sessions.proposer import Proposer
from treehand.orchestrator.sessions.stop_control import StopControl
from treehand.orchestrator.store.run_recorder import RunRecorder
from treehand.orchestrator.store.workspace import RunFiles
from treehand.orchestrator.store.world_hold import WorldHold
from treehand.planners import Goal, Plan
from treehand.skills import Randomized, Simulated
from treehand.skills.domain import Atom, Percept
from treehand.trees import PersonQuestion, ResumeState, Substitutions, facts_changed


@dataclass(frozen=True)
class RobotParts:
    """Collaborators of a robot that every one of its runs uses."""

    deployment: Deployment
    proposer: Proposer
    hold: WorldHold
    stops: StopControl
    person: Person
    policy: ApprovalPolicy


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
        self.result: RunResult | None = None
        """How the run ended; None before its end."""
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
        deployment, world_model = self._parts.deployment, self.world_model
        self.recorder.begin(world_model.stream, is_virtual=self._is_virtual)
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
            )
        )
        if isinstance(world_model.world, Randomized):
            sample = json.dumps(world_model.world.sample, sort_keys=True)
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
        self._parts.proposer.reader.report_to(self._model_called)

    def _model_called(self, call: ModelCalled) -> None:
        self._emit(call.model_copy(update={"t_s": self._now_s()}))

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
            )
        )
        self.recorder.commit()
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
        stop = stops.stop
        if stop is not None:
            message = f"{stop}; {self._way_out()}"
            return self.conclude(plan.goal, Verdict(Outcome.REFUSED, message), plan)
        violated = self._parts.proposer.violated(plan.goal, self.world_model)
        if violated is not None:
            message = f"'{violated}' is so now, which never may; nothing was moved"
            return self.conclude(plan.goal, Verdict(Outcome.REFUSED, message), plan)
        injector = self._injector()
        self._oracle.remember(plan.goal)
        substitutions = Substitutions(self.experiment.substitutions)
        run = self._new_run(approval, injector, substitutions)
        self.handle.put(run)
        place = self._parts.hold.place
        watchdog = Watchdog(
            place.latch if place is not None else None,
            self.world_model.world,
            self._parts.deployment.silence_s,
            stops.stop_found,
        )
        with watchdog:
            stops.attach(run)  # a stop may have come while the run was being made
            verdict = run.execute()
        message = verdict.message
        if substitutions.unused():
            unused = ", ".join(substitutions.unused())
            message += f"; no node was replaced for these: {unused}"
        not_triggered: tuple[str, ...] = ()
        if injector is not None:
            not_triggered = tuple(injector.finish(self._now_s()))
            if not_triggered:
                message += f"; these faults never fired: {', '.join(not_triggered)}"
        verdict = Verdict(verdict.outcome, message)
        return self.conclude(plan.goal, verdict, plan, faults_not_triggered=not_triggered)

    def _way_out(self) -> str:
        run = f" {self.run_id}" if self.run_id else ""
        return f"look, then `treehand rearm{run}`"

    def _new_run(
        self, approval: Approval, injector: FaultInjector | None, substitutions: Substitutions
    ) -> Run:
        parts, proposer = self._parts, self._parts.proposer
        services = RunServices(
            person=parts.person,
            journal=self.recorder,
            pictures=self.recorder,
            proposer=proposer.reader,
            stops=parts.stops,
            injector=injector,
        )
        config = RunConfig(
            has_recovery=self.experiment.has_recovery,
            never=tuple(parts.deployment.never),
            confirms=approval.confirms,
            substitutions=substitutions,
            earlier=self._earlier(approval.plan),
        )
        return Run(self.world_model, approval, proposer.planner, services, config)

    def _earlier(self, plan: Plan) -> EarlierProgress:
        """Return the progress of the interrupted run; that of its tree only for the same plan."""
        history = self.history
        if history is None:
            return EarlierProgress()
        nodes = ResumeState()
        if history.plan is not None and history.plan.hash == plan.hash:
            begun = frozenset(step.path for step in history.open_steps)
            nodes = ResumeState(history.statuses, begun, self.said_done)
        return EarlierProgress(
            events=history.events,
            attempts=history.begun,
            nodes=nodes,
            recovery=RecoveryState(
                began_s=history.approved_s,
                replans=history.replans,
                given_up=tuple(history.given_up),
                was_changed=history.was_changed,
            ),
        )

    def _injector(self) -> FaultInjector | None:
        world_model, faults = self.world_model, self.experiment.faults
        if not faults or not isinstance(world_model.world, Simulated):
            return None
        return FaultInjector(
            faults,
            world_model.world,
            self._parts.deployment.domain,
            world_model.facts,
            world_model.emit,
            earlier=self.history.events if self.history is not None else (),
        )

    # People, outside of the run loop.

    def ask(self, question: PersonQuestion) -> str | None:
        """Ask a person before the run begins, and write it down."""
        self._emit(asked_event(question, self._now_s()))
        self.recorder.commit()
        answer = self._parts.person.ask(question)
        self._emit(QuestionAnswered(t_s=self._now_s(), answer=answer))
        return answer

    def note_done(self, path: str) -> None:
        """Take in that a person says that an interrupted step was done."""
        self.said_done |= {path}

    def tell(self, atoms: Iterable[Atom]) -> None:
        """Take in facts that a person states."""
        now_s = self._now_s()
        percepts = [Percept(atom.fact, atom.positive, "person", now_s) for atom in atoms]
        changed = self.world_model.facts.observe(percepts)
        if changed:
            self._emit(facts_changed(changed, now_s))

    # The end.

    def conclude(
        self,
        goal: Goal,
        verdict: Verdict,
        plan: Plan | None = None,
        *,
        faults_not_triggered: tuple[str, ...] = (),
    ) -> RunResult:
        """Write the end of the run into the journal and return it."""
        now_s = self._now_s()
        result = self._oracle.result(
            self.run.goal if self.run is not None else goal,
            verdict,
            self.run,
            plan_hash=plan.hash if plan else None,
            run_id=self.run_id,
            times_s=(now_s - self._began_s, time.perf_counter() - self._began),
            faults_not_triggered=faults_not_triggered,
        )
        self.result = result
        self.handle.close()
        self._emit(ended_event(result, now_s))
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
