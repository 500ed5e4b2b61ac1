"""A robot in one world: goals are proposed, approved and run, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from treehand.core.error_record import (
    raise_plugin_error,
)
from treehand.core.errors import InputError, StillStopped, TreehandError
from treehand.core.events import BaseEvent
from treehand.core.exit_codes import ExitCode
from treehand.core.text.outside_values import shown
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.experience import experience_for
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.improving.learned_deployment import with_learned
from treehand.orchestrator.people.approval import Approval, Approver, decide
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.proposing.proposer import Proposal, Proposer
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.running.world_model import open_world
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.runs.run_listeners import RunListeners
from treehand.orchestrator.sessions.runs.run_sequence import RunSequence
from treehand.orchestrator.sessions.runs.run_setup import RobotParts
from treehand.orchestrator.sessions.runs.verdicts import End, concluded, goal_of, verdict_on
from treehand.orchestrator.sessions.stopping.stop_control import StopControl
from treehand.orchestrator.states.states_recorder import StatesRecorder
from treehand.orchestrator.store.learned_file import LearnedFile
from treehand.orchestrator.store.standing_orders import StandingOrders
from treehand.orchestrator.store.workspace import Workspace
from treehand.orchestrator.store.world_hold import WorldHold
from treehand.planners import (
    Goal,
    Plan,
    Planner,
    PlanningLimits,
    Question,
    Reading,
    Refusal,
    RunSite,
)
from treehand.skills import Closable
from treehand.skills.domain import Fact
from treehand.trees import TreeSpec

E = TypeVar("E", bound=BaseEvent)


class NotApproved(TreehandError):
    """A plan that nobody approved; nothing was moved, and the run is journalled.

    Args:
        result: How the run ended.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, result: RunResult) -> None:
        self.result = result
        super().__init__(f"not-approved: {result.message}")


class Robot:
    """A robot in one world, from the first look until `close`.

    Stages are types: `propose` and `answer` return a plan, a question, a refusal or an answer;
    `approve` takes a plan; `run` takes an approval of it. A run is journalled from its approval on.

    Args:
        deployment: World, domain, skills, limits.
        workspace: Folder of the journals; None keeps none, for simulated worlds alone.
        settings: Seed, clock, person and the rest.
        history: The interrupted run that is resumed; None for new goals.

    Raises:
        StorageError: If another process uses the world.
        InputError: If a world that is not simulated is opened without a workspace, or a fault of
            the experiment cannot be injected into it, or the learned parameters have an error.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        workspace: Workspace | None,
        settings: RobotSettings | None = None,
        history: RunHistory | None = None,
    ) -> None:
        if workspace is None and not deployment.kind.is_virtual:
            message = f"world '{deployment.kind.name}' is not simulated, and has no journal"
            raise InputError.of("no-journal", message, hint="give a workspace")
        settings = settings or RobotSettings()
        if isinstance(settings.person, Nobody):
            settings = replace(settings, person=deployment.parts.own_person() or settings.person)
        learned = workspace.learned_parameters if workspace is not None else None
        parameters = settings.parameters or learned
        deployment = with_learned(deployment, parameters, pin=settings.learned)
        self.deployment = deployment
        self.settings = settings
        hold = WorldHold(deployment, workspace, settings.place)
        try:
            self.world = open_world(
                deployment,
                seed=settings.seed,
                clock=settings.clock,
                store=hold.store,
                memory=history.facts.percepts() if history is not None else (),
                bindings=history.bindings.copy() if history is not None else None,
                ledger=workspace.ledger if workspace is not None else None,
                tracing=settings.tracing,
                tell=settings.tell,
            )
            if history is not None:
                self.world.limits.restore(history.limits)
            experiment = settings.experiment.checked(deployment, self.world.checked)
        except BaseException:
            hold.close()
            raise
        self.parts = RobotParts(
            deployment=deployment,
            proposer=_proposer(deployment, workspace, history, settings),
            hold=hold,
            stops=StopControl(self.world, hold),
            person=settings.person,
            policy=settings.policy or deployment.approval.policy,
            breakpoints=settings.breakpoints,
            states=self._states_recorder(workspace),
        )
        self.runs = RunSequence(self.parts, self.world, workspace, experiment, history)
        self._listeners = RunListeners()
        for listener in deployment.parts.listeners:
            self._listeners.add(self.world, BaseEvent, listener)

    def _states_recorder(self, workspace: Workspace | None) -> StatesRecorder | None:
        if workspace is None or not self.settings.keeps_states:
            return None
        return StatesRecorder.of(self.world.world, self.settings.tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Stages.

    def propose(self, text: str) -> Proposal:
        """Return a plan for a goal in plain words; or a question, a refusal, an answer.

        Nothing moves, and nothing is journalled.

        Args:
            text: The person's words.

        Raises:
            ModelError: If a language model is to read it and gives nothing usable.
            InputError: If nothing serves a skill of the plan.
            RobotClosed: After `close`.
        """
        self.runs.require_open()
        return self.propose_reading(self.parts.proposer.read(text, self.world))

    def answer(self, question: Question, choice: str) -> Proposal:
        """Return the proposal for a question's words, with one of its options as the answer.

        Args:
            question: The question.
            choice: One of its options; other words if it has none.

        Raises:
            InputError: If the choice is not one of the options.
            ModelError: As for `propose`.
            RobotClosed: After `close`.
        """
        self.runs.require_open()
        if not isinstance(choice, str):
            raise InputError.of("wrong-answer", f"{shown(choice)} is no text")
        if question.options and choice not in question.options:
            hint = "options: " + ", ".join(f"'{option}'" for option in question.options)
            raise InputError.of("wrong-answer", f"'{choice}' is not an option", hint=hint)
        if not question.options:
            return self.propose(choice)
        reader = self.parts.proposer.reader
        return self.propose_reading(reader.answered(question, choice, self.world.facts))

    def propose_reading(self, read: Reading) -> Proposal:
        """Return a plan for a goal; any other reading is returned as it is."""
        self.runs.require_open()
        return self.parts.proposer.propose(read, self.runs.next_world())

    def propose_tree(
        self, tree: TreeSpec, arguments: dict[str, str], goal: Goal | None = None
    ) -> Plan | Refusal:
        """Return a plan that runs a tree which a person wrote.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            goal: Goal of the tree; the tree's own success if left out.

        Raises:
            InputError: If the tree or its arguments are not sound.
            RobotClosed: After `close`.
        """
        self.runs.require_open()
        world = self.runs.next_world()
        plan = self.parts.proposer.plan_tree(tree, arguments, world, goal)
        return self.parts.proposer.checked(plan, world)

    def approve(self, plan: Plan, *, by: str | Approver) -> Approval:
        """Return the approval of a plan, which `run` takes.

        The journal of the run begins here: what was about to move is on disk before it moves.

        Args:
            plan: The plan.
            by: The name of who approves it; or a function that shows the plan and returns True,
                False or a `Decision`.

        Raises:
            NotApproved: If nobody approved it.
            StorageError: If the journal cannot be written.
            RobotClosed: After `close`.
        """
        session = self.runs.begin(plan.goal, plan)
        if plan.is_already_true:
            return self.runs.give(Approval(plan, self.parts.policy, by="nobody: nothing moves"))
        with concluded(session, plan):
            decision = decide(plan, by)
        if not decision.is_approved:
            result = session.reject(plan, decision)
            session.close()
            raise NotApproved(result)
        return self.runs.give(session.approve(plan, decision))

    def run(self, approval: Approval) -> RunResult:
        """Run an approved plan and return how it ended; the robot is at rest then.

        Args:
            approval: The last approval of this robot; it is good for one run.

        Raises:
            WrongApproval: If this robot did not give it, for this plan, since the last run.
            ListenerError: If a listener raised; the run went on without it.
            RobotClosed: After `close`.
        """
        session = self.runs.take(approval)
        try:
            with concluded(session, approval.plan):
                result = session.execute(approval)
        finally:
            session.close()
        self._listeners.raise_first(result)
        return result

    def conclude(self, end: End, text: str) -> RunResult:
        """Journal a goal that led to no plan, and return how it ended.

        Args:
            end: The reason.
            text: The person's words.
        """
        session = self.runs.begin(goal_of(end, text), None)
        try:
            return session.conclude(goal_of(end, text), verdict_on(end))
        finally:
            session.close()

    # Around a run.

    def on(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Pass every event of a class to a listener; return the function that ends that.

        Args:
            kind: An event class of `treehand.events`; `BaseEvent` for all.
            listener: Called on the thread of the run, after the event is journalled.

        Raises:
            RobotClosed: After `close`.
        """
        self.runs.require_open()
        return self._listeners.add(self.world, kind, listener)

    def stop(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop the robot, from any thread; nothing begins before `rearm`.

        Args:
            reason: Cause, for the journal.
            by: Person or part that asks.
            is_immediate: True to stop the robot before the running skill has halted.
        """
        self.parts.stops.request(reason, by=by, is_immediate=is_immediate)

    @property
    def stops(self) -> tuple[LatchedStop, ...]:
        """Return the stops in force in this robot's world, from whatever process, oldest first."""
        return self.parts.stops.stops

    def rearm(self, by: str, stops: Sequence[LatchedStop] | None = None) -> tuple[Fact, ...]:
        """Lift latched stops after a look at the world, and write it into the last journal.

        Args:
            by: Person who says that the way is clear.
            stops: The stops that this person was shown, from `stops`; those in force before the
                look if left out.

        Returns:
            The facts that are seen to be true now.

        Raises:
            StillStopped: If another stop is in force; show it to the person and re-arm again.
            RobotClosed: After `close`.
        """
        control = self.parts.stops
        shown = control.stops if stops is None else tuple(stops)
        seen = self.look()
        with self.runs.appending() as commit:
            control.lift(by, seen, shown, commit)
        left = control.stops
        if left:
            raise StillStopped(map(str, left))
        return seen

    def look(self) -> tuple[Fact, ...]:
        """Return the facts that are seen to be true now, for a person who is to decide.

        Before the first run that is the first look alone: older beliefs are not evidence.

        Raises:
            RobotClosed: After `close`.
        """
        self.runs.require_open()
        with self.world.guarded(self.settings.tell):
            self.world.sense()
        if not self.runs.has_moved:
            percepts = self.world.first_look
            return tuple(sorted({one.fact for one in percepts if one.value}, key=str))
        predicates = self.deployment.domain.predicates
        true = self.world.facts.true_facts()
        return tuple(fact for fact in true if predicates[fact.predicate].known_by != "given")

    def close(self) -> None:
        """Leave the world to others; an approved plan that was not run is journalled as refused."""
        self.runs.close()
        self.settings.tracing.close()
        world = self.world.world
        if isinstance(world, Closable):
            try:
                world.close()
            except BaseException as error:  # a driver: whatever it raises
                raise_plugin_error(f"world '{self.world.world_name}'", error)


def _proposer(
    deployment: Deployment,
    workspace: Workspace | None,
    history: RunHistory | None,
    settings: RobotSettings,
) -> Proposer:
    learned: LearnedFile | None = None
    if settings.words is not None:
        learned = LearnedFile(settings.words, deployment.vocabulary, is_writable=False)
    elif workspace is not None:
        learned = LearnedFile(workspace.learned_words, deployment.vocabulary)
    ledger, path = (workspace.ledger, workspace.standing_orders) if workspace else (None, None)
    orders = StandingOrders(path, deployment.vocabulary, is_writable=settings.keeps_orders)
    tracing = settings.tracing
    planner = Planner(
        method=deployment.planner,
        never=deployment.never,
        hazards=deployment.hazards,
        experience=experience_for(deployment, workspace),
        success=deployment.budgets.success,
        place=RunSite(deployment.site_name, deployment.foreign_skills),
        limits=PlanningLimits(deployment.budgets.planning_time, deployment.budgets.planning_memory),
        standing=orders.formulas,
        memory=deployment.plans,
    )
    reader = SessionReader(deployment, ledger, learned=learned, orders=orders, tracing=tracing)
    return Proposer(deployment, reader, planner, approved_s=history.approved_s if history else None)
