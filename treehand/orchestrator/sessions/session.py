"""One goal from words to the end of its run.

The clean in-process object that the command line and the console are clients of.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence

from treehand.core.clock import Clock, VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import (
    Approved,
    Event,
    EventSink,
    ModelCalled,
    QuestionAnswered,
    Rearmed,
    RunStarted,
    StopLatched,
    WorldSampled,
)
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.fault import RequestedFault, parse_fault, require_faults
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.history.experience import experience_for
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy
from treehand.orchestrator.people.person import Nobody, Person, asked_event
from treehand.orchestrator.running.active_plan import planned_event
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict, ended_event
from treehand.orchestrator.running.run import Run, RunHandle
from treehand.orchestrator.running.run_config import (
    EarlierProgress,
    RecoveryState,
    RunConfig,
    RunServices,
)
from treehand.orchestrator.running.world_model import (
    WorldModel,
    open_world,
)
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.safety.watchdog import Watchdog
from treehand.orchestrator.sessions.goal_oracle import GoalOracle
from treehand.orchestrator.sessions.goal_reader import SessionReader
from treehand.orchestrator.store.run_recorder import RunRecorder
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.planners import Goal, Infeasible, Plan, Planner, Question, Refusal, calls_of
from treehand.skills import Randomized, Simulated, SkillFactory
from treehand.skills.domain import Atom, Fact, Percept
from treehand.trees import (
    PathPattern,
    PersonQuestion,
    ResumeState,
    Substitution,
    Substitutions,
    TreeSpec,
    facts_changed,
    require_answers,
    require_arguments,
)


class Session:
    """A situation, and what is wanted in it.

    Args:
        deployment: What runs where.
        seed: Seed of every random draw.
        clock: The run's time; virtual if left out.
        workspace: Where the run is journalled; nowhere if left out.
        person: Who is asked; nobody if left out.
        place: Where what belongs to the world is kept; if left out, a real world has its own in
            the workspace, and a simulated one belongs to the run alone.
        policy: Which plans are asked about; the deployment's if left out.
        past: The run that is carried on, if one is.
        situation: The world as an earlier session left it; opened anew if left out.

    Raises:
        StorageError: If another process uses the world.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        workspace: Workspace | None = None,
        person: Person | None = None,
        place: WorldPlace | None = None,
        policy: ApprovalPolicy | None = None,
        past: RunHistory | None = None,
        world_model: WorldModel | None = None,
    ) -> None:
        self._began = time.perf_counter()
        self.deployment = deployment
        self.person: Person = person or Nobody()
        self.policy = policy or deployment.approval.policy
        self._record = RunRecorder(deployment, workspace, place, is_shared=world_model is not None)
        ledger = workspace.ledger if workspace is not None else None
        self.reader = SessionReader(deployment, ledger)
        if past is not None:
            self.reader.report_to(self._called)
        self._is_opener = world_model is None
        try:
            self.world_model = world_model or open_world(
                deployment,
                seed=seed,
                clock=clock or VirtualClock(),
                store=self._record.store,
                memory=_memory_of(past),
                members=past.members.copy() if past is not None else None,
            )
        except BaseException:
            self._record.close()
            raise
        world_model = self.world_model
        self._began_s = past.started.t_s if past is not None else world_model.clock.now_s()
        self.past = past
        self.planner = Planner(
            method=deployment.planner,
            never=deployment.never,
            experience=experience_for(deployment, workspace),
            success=deployment.budgets.success,
        )
        self.run_handle = RunHandle()
        self._stop: LatchedStop | None = None
        self._wants_recovery = past is None or past.started.recovery
        self._faults: tuple[RequestedFault, ...] = ()
        self._substitutions: tuple[Substitution, ...] = ()
        self._oracle = GoalOracle(world_model)

    # Before anything moves.

    @property
    def run(self) -> Run | None:
        """Return the run; None before `execute` has made it."""
        return self.run_handle.run

    def watch(self, sink: EventSink) -> Callable[[], None]:
        """Hand every event to `sink`; the returned function ends that."""
        return self.world_model.stream.subscribe(sink)

    def understand(self, text: str) -> Goal | Question | Refusal:
        """Return what a goal in plain words means here.

        The built-in grammar reads it, or the deployment's language model.

        Raises:
            ModelError: If a language model is to read it and cannot be asked, or gives nothing
                usable.
        """
        return self.reader.understand(text, self.world_model.facts)

    def answered(self, question: Question, answer: str) -> Goal | Question | Refusal:
        """Return the reading of a question's text, with a person's answer to it.

        Args:
            question: A question with options.
            answer: One of the options.
        """
        return self.reader.answered(question, answer, self.world_model.facts)

    def _called(self, call: ModelCalled) -> None:
        self._emit(call.model_copy(update={"t_s": self._now_s()}))

    def is_already_true(self, goal: Goal) -> bool:
        """Return whether nothing needs to be done."""
        facts = self.world_model.facts
        is_reached = goal.is_reached(facts, self.world_model.members.copy()) is True
        return is_reached and goal.is_begun_by(facts)

    def plan(self, goal: Goal) -> Plan | Infeasible:
        """Return a plan for a goal from what is believed now, in what is left of its time."""
        approved_s = self.past.approved_s if self.past is not None else None
        left_s: float | None = None
        if goal.within_s is not None and approved_s is not None:
            left_s = approved_s + goal.within_s - self._now_s()
        return self.planner.plan(goal, self.world_model.planning_problem, left_s=left_s)

    def plan_tree(
        self, tree: TreeSpec, arguments: dict[str, str], goal: Goal | None = None
    ) -> Plan:
        """Return a plan that runs a tree a person wrote.

        Args:
            tree: The tree.
            arguments: Its parameters' values.
            goal: What it is for; itself if left out.

        Raises:
            InputError: If the tree or its arguments are not sound.
        """
        self.deployment.require_sound(tree)
        require_arguments(tree, arguments, self.deployment.vocabulary)
        text = f"{tree.tree}({', '.join(arguments.values())})"
        goal = goal or Goal(text=text, words=tree.doc or f"run the tree {tree.tree}")
        return self.planner.plan_of_tree(tree, arguments, goal, self.world_model.planning_problem)

    def require_served(self, plan: Plan) -> None:
        """Raise `InputError` if nothing serves a skill that the plan may call."""
        catalog, world = self.deployment.catalog, self.deployment.kind.name
        missing = {call.name for call in calls_of(plan.tree, self.deployment.library)}
        missing -= set(catalog.names(world))
        if missing:
            names = ", ".join(f"'{name}'" for name in sorted(missing))
            hint = (
                "bind them under 'bindings:' in treehand.yaml, or install a package that has them"
            )
            raise InputError.of(
                "unserved-skill", f"nothing serves {names} in world '{world}'", hint=hint
            )

    def disturb(
        self, faults: Sequence[str | RequestedFault], *, may_be_killed: bool = False
    ) -> None:
        """Ask for faults during the run.

        Args:
            faults: What goes wrong, and when.
            may_be_killed: Whether a fault may kill this process.

        Raises:
            InputError: If one cannot be injected here.
        """
        asked = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
        world, deployment = self.world_model.world, self.deployment
        if asked and not isinstance(world, Simulated):
            name, hint = deployment.kind.name, "run without --inject"
            raise InputError.of("no-faults-here", f"world '{name}' cannot be disturbed", hint=hint)
        if asked and isinstance(world, Simulated):
            names = (deployment.domain, deployment.vocabulary, deployment.policies)
            self._faults = tuple(require_faults(asked, world, *names))
        if any(fault.is_of_process for fault in self._faults) and not may_be_killed:
            hint = "use it in a scenario file, or with treehand run --inject"
            message = "'process-killed' would kill this process"
            raise InputError.of("wrong-fault", message, hint=hint)

    def substitute(self, pattern: str, replacement: SkillFactory | Sequence[str]) -> None:
        """Let something stand in for every node of the tree whose path fits a pattern.

        Args:
            pattern: ``**/pick(red_mug)``; ``*`` fits within one level, ``**`` any levels.
            replacement: What makes the skill that a leaf calls, such as a `ScriptedSkill`; or what
                the node answers, tick by tick: ``RUNNING``, ``SUCCESS``, ``FAILURE`` or a failure
                code; the last one stays.

        Raises:
            InputError: If an answer is not one.
        """
        answers = replacement if callable(replacement) else require_answers(replacement)
        self._substitutions = (*self._substitutions, Substitution(PathPattern(pattern), answers))

    def without_recovery(self) -> None:
        """Run with no retry, no condition checked again, no replanning.

        For measuring what those are worth.
        """
        self._wants_recovery = False

    # The journal.

    def announce(self, goal: Goal, plan: Plan | None) -> None:
        """Open the journal and put the beginning of the run into it.

        Raises:
            StorageError: If the journal cannot be written, or another process uses the world.
        """
        self._record.begin(self.world_model.stream, is_virtual=self._is_virtual)
        deployment, world_model = self.deployment, self.world_model
        now_s = world_model.clock.now_s()
        world_model.emit(
            RunStarted(
                t_s=now_s,
                goal=goal.text,
                world=deployment.kind.name,
                scene=deployment.scene.scene,
                domain=deployment.domain.domain,
                seed=world_model.seed,
                recovery=self._wants_recovery,
            )
        )
        if isinstance(world_model.world, Randomized):
            sample = json.dumps(world_model.world.sample, sort_keys=True)
            world_model.emit(WorldSampled(t_s=now_s, sample=sample))
        world_model.report_beliefs()
        self.reader.report_to(self._called)
        if plan is not None:
            world_model.emit(planned_event(plan, now_s, "first plan"))
        self.commit()

    @property
    def run_id(self) -> str | None:
        """Return the number of the run in the workspace; None while it has none."""
        return self._record.run_id

    @property
    def place(self) -> WorldPlace | None:
        """Return where the world's stop is; None for a simulated world before the run begins."""
        return self._record.place

    @property
    def _is_virtual(self) -> bool:
        return isinstance(self.world_model.clock, VirtualClock)

    def rejoin(self, files: RunFiles) -> None:
        """Go on with the journal of a run that was left.

        Raises:
            StorageError: If it cannot be written, or the run is carried on already.
        """
        self._record.rejoin(files, self.world_model.stream, is_virtual=self._is_virtual)

    def commit(self) -> None:
        """Write the journal up to now."""
        self._record.commit()

    def close(self) -> None:
        """Close the journal, and let others use the world."""
        self._record.close()

    # The stop.

    def latched(self) -> LatchedStop | None:
        """Return the stop that is latched in this world, or None."""
        return self.place.latch.read() if self.place is not None else None

    def stop(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop, from any thread or signal handler; stays until the world is re-armed.

        Nothing begins any more in this session, running or not.

        Args:
            reason: Why.
            by: Who or what asks.
            is_immediate: Stop the robot at once, before the running skill has halted.
        """
        self._stop = self._stop or self._record.stop_of(reason, by)
        if self.run is not None:
            self.run.request_stop(reason, by=by, is_immediate=is_immediate)
        if self.place is not None:
            self.place.latch.set(self._stop, is_synced=False)

    def robot_stopped(self, reason: str, by: str) -> None:
        """Latch the stop for good, now that the robot was commanded to rest."""
        self._stop = self._stop or self._record.stop_of(reason, by)
        if self.place is not None:  # first of all: the journal may be what is broken
            self.place.latch.set(self._stop)
        self._emit(StopLatched(t_s=self._now_s(), reason=reason, by=by))

    def seen(self) -> list[Fact]:
        """Return what was seen to be true when the world was opened; what is believed after that.

        A look shows what the robot can see from where it is; a belief may be older.
        """
        if not self._is_opener:
            return list(self.world_model.facts.true_facts())
        seen = (percept.fact for percept in self.world_model.first_look if percept.value)
        return sorted(seen, key=str)

    def rearm(self, by: str) -> None:
        """Lift the latched stop, after a look at the world."""
        if self.place is not None:
            self._emit(Rearmed(t_s=self._now_s(), by=by, seen=tuple(self.seen())))
            self.commit()
            self.place.latch.clear()
        self._stop = None

    # Running.

    def execute(self, plan: Plan, *, approved_by: str, confirms: bool = False) -> RunResult:
        """Run a plan that `approved_by` allowed, and return how it ended.

        Args:
            plan: What to run.
            approved_by: Who approved it, for the journal.
            confirms: Whether a person is asked again before each step that cannot be undone.
        """
        stop = self._stop or self.latched()
        if stop is not None:
            return self.conclude(
                plan.goal, Verdict(Outcome.REFUSED, f"{stop}; {self._way_out()}"), plan
            )
        never = (*self.deployment.never, *plan.goal.never)
        violated = [str(formula) for formula in never if formula.holds(self.world_model.facts)]
        if violated:
            message = f"'{violated[0]}' is so now, which never may; nothing was moved"
            return self.conclude(plan.goal, Verdict(Outcome.REFUSED, message), plan)
        confirms = confirms and self.deployment.approval.confirm
        self._emit(
            Approved(
                t_s=self._now_s(),
                plan_hash=plan.hash,
                by=approved_by,
                policy=self.policy.value,
                confirms=confirms,
            )
        )
        injector = self._injector()
        self._oracle.remember(plan.goal)
        substitutions = Substitutions(self._substitutions)
        run = self._new_run(plan, injector, substitutions, confirms=confirms)
        self.run_handle.put(run)
        latch = self.place.latch if self.place is not None else None
        watchdog = Watchdog(
            latch, self.world_model.world, self.deployment.silence_s, self.stop_found
        )
        with watchdog:
            if self._stop is not None:  # it came while the run was being made
                run.request_stop(self._stop.reason, by=self._stop.by)
            verdict = run.execute()
        message = verdict.message
        if substitutions.unused():
            message += f"; no node was replaced for these: {', '.join(substitutions.unused())}"
        if injector is not None:
            unfired = injector.finish(self._now_s())
            if unfired:
                message += f"; these faults never fired: {', '.join(unfired)}"
        return self.conclude(plan.goal, Verdict(verdict.outcome, message), plan)

    def _way_out(self) -> str:
        run = f" {self.run_id}" if self.run_id else ""
        return f"look, then `treehand rearm{run}`"

    def stop_found(self, reason: str, by: str) -> None:
        """Stop for a reason that the run, or the watchdog, has found."""
        self.stop(reason, by=by)

    def _new_run(
        self,
        plan: Plan,
        injector: FaultInjector | None,
        substitutions: Substitutions,
        *,
        confirms: bool,
    ) -> Run:
        past, earlier = self.past, EarlierProgress()
        approved = Approval(plan, self.policy, confirms=confirms)
        if past is not None:
            approved = Approval(plan, self.policy, past.hashes, confirms)
            recovery = RecoveryState(
                past.approved_s, past.replans, tuple(past.given_up), past.was_changed
            )
            earlier = EarlierProgress(past.events, past.begun, self._left(plan, past), recovery)
        services = RunServices(
            person=self.person,
            journal=self._record,
            pictures=self._record,
            proposer=self.reader,
            stops=self,
            injector=injector,
        )
        config = RunConfig(
            has_recovery=self._wants_recovery,
            never=self.deployment.never,
            confirms=confirms,
            substitutions=substitutions,
            earlier=earlier,
        )
        return Run(self.world_model, approved, self.planner, services, config)

    def _left(self, plan: Plan, past: RunHistory) -> ResumeState:
        """Return how far the tree had come, if it is the one that runs now."""
        if past.plan is None or past.plan.hash != plan.hash:
            return ResumeState()
        begun = frozenset(step.path for step in past.open_steps)
        return ResumeState(past.statuses, begun, past.said_done)

    def _injector(self) -> FaultInjector | None:
        world_model = self.world_model
        if not self._faults or not isinstance(world_model.world, Simulated):
            return None
        return FaultInjector(
            self._faults,
            world_model.world,
            self.deployment.domain,
            world_model.facts,
            world_model.emit,
            self.past.events if self.past is not None else (),
        )

    # What people say.

    def ask(self, question: PersonQuestion) -> str | None:
        """Ask a person before the run begins, and write it down."""
        self._emit(asked_event(question, self._now_s()))
        self.commit()
        answer = self.person.ask(question)
        self._emit(QuestionAnswered(t_s=self._now_s(), answer=answer))
        return answer

    def tell(self, atoms: Iterable[Atom]) -> None:
        """Take in what a person says of the world."""
        now_s = self._now_s()
        percepts = [Percept(atom.fact, atom.positive, "person", now_s) for atom in atoms]
        changed = self.world_model.facts.observe(percepts)
        if changed:
            self._emit(facts_changed(changed, now_s))

    # The end.

    def conclude(self, goal: Goal, verdict: Verdict, plan: Plan | None = None) -> RunResult:
        """Put the end of the run into the journal and return it."""
        self.run_handle.close()
        now_s = self._now_s()
        result = self._oracle.result(
            self.run.goal if self.run is not None else goal,
            verdict,
            self.run,
            plan_hash=plan.hash if plan else None,
            run_id=self.run_id,
            times_s=(now_s - self._began_s, time.perf_counter() - self._began),
        )
        self._emit(ended_event(result, now_s))
        self.commit()
        return result

    def _now_s(self) -> float:
        return self.world_model.clock.now_s()

    def _emit(self, event: Event) -> None:
        self.world_model.emit(event)


def _memory_of(past: RunHistory | None) -> Sequence[Percept]:
    return past.facts.percepts() if past is not None else ()
