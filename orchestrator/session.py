"""One goal from words to the end of its run.

The clean in-process object that the command line is a client of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ..clock import Clock, VirtualClock
from ..errors import InputError
from ..events import Approved as ApprovedEvent
from ..events import EventSink, RunEnded, RunStarted
from ..planners import GoalSpec, GrammarInterpreter, Infeasible, Plan, Planner
from ..skills import SkillFactory
from ..skills.domain import Members, conjuncts
from ..trees import Double, Doubles, PathPattern, TreeSpec, require_answers, require_arguments
from .deployment import Deployment
from .faults import RequestedFault, parse_fault, require_faults
from .injection import FaultInjector
from .journal import Journal
from .person import Nobody, Person
from .recovery import Approved, Verdict, planned_event
from .result import GoalReport, Outcome, RunResult, record_of
from .run import Run
from .situation import Situation, is_simulated
from .workspace import Workspace


class Session:
    """A situation, and what is wanted in it.

    Args:
        deployment: What runs where.
        seed: Seed of every random draw.
        clock: The run's time; virtual if left out.
        workspace: Where the run is journalled; nowhere if left out.
        person: Who is asked; nobody if left out.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        workspace: Workspace | None = None,
        person: Person | None = None,
    ) -> None:
        self._began = time.perf_counter()
        self.deployment = deployment
        self.person: Person = person or Nobody()
        self.run_id: str | None = None
        self._workspace = workspace
        self._journal: Journal | None = None
        self.situation = Situation(deployment, seed=seed, clock=clock or VirtualClock())
        self.planner = Planner(
            deployment.domain, deployment.scene, deployment.vocabulary, deployment.library
        )
        self.run: Run | None = None
        self._wants_recovery = True
        self._faults: tuple[RequestedFault, ...] = ()
        self._doubles: tuple[Double, ...] = ()
        self._world_goal: tuple[GoalSpec, Members] | None = None

    def _open_journal(self) -> None:
        if self._workspace is None:
            return
        self.run_id, path = self._workspace.new_run()
        created = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._journal = Journal(
                path,
                is_throwaway=self.deployment.kind.is_virtual,
                header={"run": self.run_id, "created": created},
            )
        except Exception:
            path.unlink(missing_ok=True)
            raise
        self.situation.stream.subscribe(self._journal.append)

    def watch(self, sink: EventSink) -> Callable[[], None]:
        """Hand every event to `sink`; the returned function ends that."""
        return self.situation.stream.subscribe(sink)

    def understand(self, text: str) -> GoalSpec:
        """Return what a goal in plain words means here, by the built-in grammar."""
        interpreter = GrammarInterpreter(self.deployment.domain, self.deployment.scene)
        return interpreter.interpret(text, self.situation.facts)

    def answered(self, goal: GoalSpec, answer: str) -> GoalSpec:
        """Return the goal again, with a person's answer to the question it asked.

        Args:
            goal: A goal with status ``clarify`` and options.
            answer: One of the options.
        """
        interpreter = GrammarInterpreter(self.deployment.domain, self.deployment.scene)
        return interpreter.answered(goal, answer, self.situation.facts)

    def is_already_true(self, goal: GoalSpec) -> bool:
        """Return whether nothing needs to be done."""
        return goal.is_reached(self.situation.facts, self.situation.members.copy()) is True

    def plan(self, goal: GoalSpec) -> Plan | Infeasible:
        """Return a plan for a goal from what is believed now."""
        return self.planner.plan(goal, self.situation.facts, self.situation.members)

    def plan_tree(self, tree: TreeSpec, arguments: dict[str, str]) -> Plan:
        """Return a plan that runs a tree a person wrote.

        Args:
            tree: The tree.
            arguments: Its parameters' values.

        Raises:
            InputError: If the tree or its arguments are not sound.
        """
        self.deployment.require_sound(tree)
        require_arguments(tree, arguments, self.deployment.vocabulary)
        text = f"{tree.tree}({', '.join(arguments.values())})"
        goal = GoalSpec(text=text, words=tree.doc or f"run the tree {tree.tree}")
        situation = self.situation
        return self.planner.plan_of_tree(tree, arguments, situation.facts, situation.members, goal)

    def require_served(self, plan: Plan) -> None:
        """Raise `InputError` if nothing serves a skill that the plan may call."""
        catalog, world = self.deployment.catalog, self.deployment.kind.name
        missing = {call.name for call in self.planner.calls(plan)}
        missing -= set(catalog.names(world))
        if missing:
            names = ", ".join(f"'{name}'" for name in sorted(missing))
            hint = (
                "bind them under 'bindings:' in treehand.yaml, or install a package that has them"
            )
            raise InputError.of(
                "unserved-skill", f"nothing serves {names} in world '{world}'", hint=hint
            )

    def disturb(self, faults: Sequence[str | RequestedFault]) -> None:
        """Ask for faults during the run; raises `InputError` if one cannot be injected here."""
        asked = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
        world, deployment = self.situation.world, self.deployment
        if asked and not is_simulated(world):
            name, hint = deployment.kind.name, "run without --inject"
            raise InputError.of("no-faults-here", f"world '{name}' cannot be disturbed", hint=hint)
        if asked and is_simulated(world):
            names = (deployment.domain, deployment.vocabulary)
            self._faults = tuple(require_faults(asked, world, *names))

    def substitute(self, pattern: str, stand_in: SkillFactory | Sequence[str]) -> None:
        """Let something stand in for every node of the tree whose path fits a pattern.

        Args:
            pattern: ``**/pick(red_mug)``; ``*`` fits within one level, ``**`` any levels.
            stand_in: What makes the skill that a leaf calls, such as a `ScriptedSkill`; or what
                the node answers, tick by tick: ``RUNNING``, ``SUCCESS``, ``FAILURE`` or a failure
                code; the last one stays.

        Raises:
            InputError: If an answer is not one.
        """
        answers = stand_in if callable(stand_in) else require_answers(stand_in)
        self._doubles = (*self._doubles, Double(PathPattern(pattern), answers))

    def _injector(self) -> FaultInjector | None:
        situation = self.situation
        if not self._faults or not is_simulated(situation.world):
            return None
        domain = self.deployment.domain
        return FaultInjector(self._faults, situation.world, domain, situation.facts, situation.emit)

    def without_recovery(self) -> None:
        """Run with no retry, no condition checked again, no replanning.

        For measuring what those are worth.
        """
        self._wants_recovery = False

    def announce(self, goal: GoalSpec, plan: Plan | None) -> None:
        """Open the journal and put the beginning of the run into it.

        Raises:
            StorageError: If the journal cannot be written.
        """
        self._open_journal()
        deployment, situation = self.deployment, self.situation
        situation.emit(
            RunStarted(
                t_s=0.0,
                goal=goal.text,
                world=deployment.kind.name,
                scene=deployment.scene.scene,
                domain=deployment.domain.domain,
                seed=situation.seed,
                recovery=self._wants_recovery,
            )
        )
        situation.report_beliefs()
        if plan is not None:
            situation.emit(planned_event(plan, 0.0, "first plan"))
        self.commit()

    def execute(self, plan: Plan, *, approved_by: str) -> RunResult:
        """Run a plan that `approved_by` allowed, and return how it ended.

        Args:
            plan: What to run.
            approved_by: Who approved it, for the journal.
        """
        situation = self.situation
        situation.emit(ApprovedEvent(t_s=0.0, plan_hash=plan.hash, by=approved_by))
        injector = self._injector()
        if injector is not None:
            situation.tamper = injector.tamper
        self._remember_truth(plan.goal)
        doubles = Doubles(self._doubles)
        self.run = Run(
            situation,
            Approved(plan),
            self.planner,
            self.person,
            injector=injector,
            commit=self.commit,
            has_recovery=self._wants_recovery,
            doubles=doubles,
        )
        verdict = self.run.execute()
        message = verdict.message
        if doubles.unused():
            message += f"; no node was replaced for these: {', '.join(doubles.unused())}"
        if injector is not None:
            unfired = injector.finish(situation.clock.now_s())
            if unfired:
                message += f"; these faults never fired: {', '.join(unfired)}"
        return self.conclude(plan.goal, Verdict(verdict.outcome, message), plan)

    def _remember_truth(self, goal: GoalSpec) -> None:
        """Note which objects the goal is really about, before anything moves."""
        truth = self.situation.truth("which objects the goal is about")
        if truth is not None:
            members = Members()
            goal.is_reached(truth, members)
            self._world_goal = (goal, members)

    def _judge(self, goal: GoalSpec) -> tuple[bool | None, tuple[str, ...]]:
        """Return whether the goal really holds (None where nobody can know), and what does not."""
        if not conjuncts(goal.formula):
            return None, ()
        truth = self.situation.truth("does the goal really hold")
        if truth is None:
            return None, ()
        members = self._world_goal[1] if self._world_goal else Members()
        missed = [
            str(instance)
            for _, instance in goal.instances(truth, members)
            if not instance.holds(truth)
        ]
        return not missed, tuple(missed)

    def conclude(self, goal: GoalSpec, verdict: Verdict, plan: Plan | None = None) -> RunResult:
        """Put the end of the run into the journal and return it."""
        situation = self.situation
        tally = self.run.tally if self.run else None
        overruns = self.run.overruns if self.run else 0
        failed = verdict.outcome is not Outcome.SUCCESS
        failure = self.run.ladder.last_failure if self.run and failed else None
        record = record_of(failure) if failure else None
        world_true, missed = self._judge(goal)
        message = verdict.message
        unknown = goal.unknown(situation.facts)
        if verdict.outcome is Outcome.SUCCESS and unknown:
            message += f"; whether it is about these is still unknown: {', '.join(unknown)}"
        if verdict.outcome is Outcome.SUCCESS and missed:
            message += f"; in the world's truth, not so: {', '.join(missed)}"
        result = RunResult(
            outcome=verdict.outcome,
            world_true=world_true,
            goal=GoalReport(words=goal.words, literals=goal.literals()),
            facts=tuple(map(str, situation.facts.true_facts())),
            leaves_run=tally.leaves_run if tally else 0,
            failures=dict(sorted(tally.failures.items())) if tally else {},
            retries=tally.retries if tally else 0,
            replans=tally.replans if tally else 0,
            overruns=overruns,
            failure=record,
            sim_time_s=round(situation.clock.now_s(), 3),
            wall_time_s=round(time.perf_counter() - self._began, 4),
            run_id=self.run_id,
            plan_hash=plan.hash if plan else None,
            message=message,
        )
        situation.emit(
            RunEnded(
                t_s=situation.clock.now_s(),
                outcome=result.outcome.value,
                world_true=world_true,
                message=result.message,
                leaves_run=result.leaves_run,
                failures=result.failures,
                retries=result.retries,
                replans=result.replans,
                overruns=overruns,
                failure=record,
            )
        )
        self.commit()
        return result

    def commit(self) -> None:
        """Write the journal up to now."""
        if self._journal is not None:
            self._journal.commit()

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def achieve(
    text: str,
    deployment: Deployment | None = None,
    *,
    seed: int = 0,
    faults: Sequence[str] = (),
    has_recovery: bool = True,
    workspace: Workspace | None = None,
) -> RunResult:
    """Bring a goal in plain words about in virtual time, approving what the plan shows.

    Args:
        text: The goal.
        deployment: What runs where; the built-in kitchen if left out.
        seed: Seed of every random draw.
        faults: Faults to inject, as on the command line.
        has_recovery: Whether to retry, check again and replan.
        workspace: Where to journal; nowhere if left out.

    Raises:
        InputError: If a fault is not one.
    """
    session = Session(deployment or Deployment.load(), seed=seed, workspace=workspace)
    session.disturb(faults)
    if not has_recovery:
        session.without_recovery()
    return achieve_in(session, text)


def achieve_in(session: Session, text: str) -> RunResult:
    """Bring a goal in plain words about in a session, approving what the plan shows."""
    try:
        goal = session.understand(text)
        unplanned = before_planning(session, goal)
        if unplanned is not None:
            session.announce(goal, None)
            return session.conclude(goal, unplanned)
        plan = session.plan(goal)
        session.announce(goal, plan if isinstance(plan, Plan) else None)
        problem = before_running(session, plan)
        if problem is not None or isinstance(plan, Infeasible):
            return session.conclude(goal, problem or Verdict(Outcome.INFEASIBLE))
        return session.execute(plan, approved_by="the caller")
    finally:
        session.close()


def achieve_tree_in(session: Session, tree: TreeSpec, arguments: dict[str, str]) -> RunResult:
    """Run a tree that a person wrote in a session, approving what it shows."""
    try:
        plan = session.plan_tree(tree, arguments)
        session.announce(plan.goal, plan)
        problem = before_running(session, plan)
        if problem is not None:
            return session.conclude(plan.goal, problem)
        return session.execute(plan, approved_by="the caller")
    finally:
        session.close()


def before_planning(session: Session, goal: GoalSpec) -> Verdict | None:
    """Return the verdict on a goal that needs no plan or cannot have one.

    None if it is to be planned.
    """
    status = {
        "clarify": Outcome.CLARIFY,
        "infeasible": Outcome.INFEASIBLE,
        "refuse": Outcome.REFUSED,
    }
    if goal.status != "plan":
        return Verdict(status[goal.status], goal.words)
    if not session.is_already_true(goal):
        return None
    facts, members = session.situation.facts, session.situation.members.copy()
    if goal.to_look_into(facts, session.deployment.domain):
        return None
    empty, unknown = goal.empty_parts(facts, members), goal.unknown(facts)
    nothing = f"nothing is known that this is about: {', '.join(map(str, empty))}"
    if empty and unknown:
        unseen = ", ".join(unknown)
        return Verdict(Outcome.CLARIFY, f"{nothing}; not known of: {unseen}; find those first?")
    message = "the goal is already true; nothing was moved"
    return Verdict(Outcome.ALREADY_TRUE, f"{message} ({nothing})" if empty else message)


def before_running(session: Session, plan: Plan | Infeasible) -> Verdict | None:
    """Return the verdict on a plan that must not run; None if it may be shown for approval.

    Raises:
        InputError: If nothing serves one of its skills.
    """
    if isinstance(plan, Infeasible):
        return Verdict(Outcome.INFEASIBLE, plan.message(session.deployment.domain))
    session.require_served(plan)
    refusal = session.planner.refusal(plan)
    return Verdict(Outcome.REFUSED, refusal) if refusal else None
