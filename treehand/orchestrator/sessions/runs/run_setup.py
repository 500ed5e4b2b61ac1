"""Construction of one run: its services and settings, from the parts of a robot."""

from __future__ import annotations

from dataclasses import dataclass, replace

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.proposing.proposer import Proposer
from treehand.orchestrator.running.result import Verdict
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.running.run_config import (
    EarlierProgress,
    RecoveryState,
    RunConfig,
    RunServices,
)
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.sessions.experiment import CheckedExperiment
from treehand.orchestrator.sessions.stopping.stop_control import StopControl
from treehand.orchestrator.states.states_recorder import StatesRecorder
from treehand.orchestrator.store.run_recorder import RunRecorder
from treehand.orchestrator.store.standing_orders import StandingConstraints
from treehand.orchestrator.store.world_hold import WorldHold
from treehand.planners import Plan
from treehand.trees import Breakpoints, ResumeState, Substitutions


@dataclass(frozen=True)
class RobotParts:
    """Collaborators of a robot that every one of its runs uses."""

    deployment: Deployment
    proposer: Proposer
    hold: WorldHold
    stops: StopControl
    person: Person
    policy: ApprovalPolicy
    breakpoints: Breakpoints
    states: StatesRecorder | None = None
    """Keeps the dense states of each run; None keeps none."""


class RunSetup:
    """Makes the run of an approved plan.

    Args:
        parts: Collaborators of the robot.
        world_model: World and beliefs, with the draws of this run.
        recorder: Writes the journal.
        experiment: Faults, substitutions, recovery.
    """

    def __init__(
        self,
        parts: RobotParts,
        world_model: WorldModel,
        recorder: RunRecorder,
        experiment: CheckedExperiment,
    ) -> None:
        self._parts = parts
        self._world_model = world_model
        self._recorder = recorder
        self._experiment = experiment
        self._substitutions = Substitutions(experiment.substitutions)
        self._fault_injector: FaultInjector | None = None

    def new_run(self, approval: Approval, earlier: EarlierProgress) -> Run:
        """Return the run of an approved plan, ready to be executed.

        Args:
            approval: The approval.
            earlier: Progress in a process that ended; empty for a new run.
        """
        parts, proposer = self._parts, self._parts.proposer
        services = RunServices(
            person=parts.person,
            journal=self._recorder,
            pictures=self._recorder,
            proposer=proposer.reader,
            stops=parts.stops,
            injector=self._injector(earlier),
        )
        dangers = parts.deployment.hazards.forbidden(self._world_model.facts)
        config = RunConfig(
            has_recovery=self._experiment.has_recovery,
            never=(*parts.deployment.never, *dangers),
            standing=StandingConstraints(proposer.reader.standing.orders, self._world_model.facts),
            confirms=approval.confirms,
            substitutions=self._substitutions,
            earlier=earlier,
            breakpoints=parts.breakpoints,
        )
        return Run(self._world_model, approval, proposer.planner, services, config)

    @staticmethod
    def earlier(
        plan: Plan, history: RunHistory | None, said_done: frozenset[str]
    ) -> EarlierProgress:
        """Return the progress of an interrupted run; that of its tree only for the same plan.

        Args:
            plan: The plan that is to run.
            history: The interrupted run; None for a new one.
            said_done: Paths of interrupted steps of which a person said that they were done.
        """
        if history is None:
            return EarlierProgress()
        nodes = ResumeState()
        if history.plan is not None and history.plan.hash == plan.hash:
            begun = frozenset(step.path for step in history.open_steps)
            nodes = ResumeState(history.statuses, begun, said_done)
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

    def _injector(self, earlier: EarlierProgress) -> FaultInjector | None:
        world_model, faults = self._world_model, self._experiment.faults
        if faults:
            self._fault_injector = FaultInjector(
                faults,
                world_model.checked.faults,
                self._parts.deployment.domain,
                world_model.facts,
                world_model.emit,
                earlier=earlier.events,
            )
        return self._fault_injector

    def remarks(self, verdict: Verdict, now_s: float) -> tuple[Verdict, tuple[str, ...]]:
        """Return a verdict that names unused test doubles and faults that had no effect.

        Returns:
            The verdict, and the faults.
        """
        message = verdict.message
        if self._substitutions.unused():
            unused = ", ".join(self._substitutions.unused())
            message += f"; no node was replaced for these: {unused}"
        injector = self._fault_injector
        not_triggered = tuple(injector.finish(now_s)) if injector is not None else ()
        if not_triggered:
            message += f"; these faults never triggered: {', '.join(not_triggered)}"
        return replace(verdict, message=message), not_triggered
