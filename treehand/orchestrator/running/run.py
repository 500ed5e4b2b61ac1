"""The run loop: tick, wait for the next thing that happens, recover, stop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from treehand.core.clock import VirtualClock
from treehand.core.events import Event, Held, QuestionAnswered, Stopped, Ticked, WentOn
from treehand.planners import Goal, Planner, Refusal
from treehand.planners.llm import Trouble
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Facts, Formula
from treehand.trees import (
    CompiledTree,
    Substitutions,
    Failure,
    ResumeState,
    PersonQuestion,
    Runtime,
    Status,
    TreeLibrary,
    cause_of,
    own_blackboard,
    visit,
)
from treehand.trees.format.ablation import library_without_recovery, without_recovery
from treehand.orchestrator.people.approval import Approval, Confirmation
from treehand.orchestrator.running.heartbeat import Heartbeat
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.people.person import Person, asked_event
from treehand.orchestrator.people.pictures import take_picture
from treehand.orchestrator.running.recovery import RecoveryPolicy, Verdict
from treehand.orchestrator.running.result import Outcome, RunMetrics
from treehand.orchestrator.running.world_model import WorldModel

MAX_TICKS_AT_ONCE = 2000
"""A tree that asks for more ticks than this without letting time pass is not going anywhere."""


@dataclass
class Conditions:
    """Under what conditions a plan is run.

    Attributes:
        injector: Faults on request.
        commit: Called after every tick, when the journal is to be written.
        has_recovery: Without it: no retry, no condition checked again, no replanning.
        doubles: What stands in for nodes of the tree.
        never: What must not become true while it runs; if it does, that is a latched stop.
        confirms: Whether a person is asked before each step that cannot be undone.
        left: How far the tree had come in a process that ended.
        begun: Activations of each call so far in that process.
        picture: Names the file for the next picture of what the robot sees.
        stop: Told of a stop that the run itself finds a reason for, at once: why, and by whom.
        revise: Asked for another goal, once no plan reaches the one there is; see `Reader.revise`.
        latch: Told of every stop once the robot was commanded to rest: why, and by whom.
    """

    injector: FaultInjector | None = None
    commit: Callable[[], None] = lambda: None
    has_recovery: bool = True
    substitutions: Substitutions = field(default_factory=lambda: Substitutions(()))
    never: Sequence[Formula] = ()
    confirms: bool = False
    left: ResumeState = field(default_factory=ResumeState)
    begun: dict[Call, int] = field(default_factory=dict)
    picture: Callable[[], str | None] = lambda: None
    stop: Callable[[str, str], None] = lambda reason, by: None
    latch: Callable[[str, str], None] = lambda reason, by: None
    revise: Callable[[Goal, str, Sequence[Trouble], Facts], Goal | Refusal | None] = (
        lambda goal, why, troubles, facts: None
    )


@dataclass(frozen=True)
class _Stop:
    reason: str
    by: str


class Run:
    """One approved plan in one situation.

    Args:
        situation: World, beliefs, clock, events.
        approved: The plan that may move the robot.
        planner: For replanning.
        person: Who is asked when the rest of the ladder is used up.
        conditions: Everything else.
    """

    def __init__(
        self,
        world_model: WorldModel,
        approved: Approval,
        planner: Planner,
        person: Person,
        conditions: Conditions | None = None,
    ) -> None:
        self._world_model = world_model
        self._person = person
        self._conditions = conditions or Conditions()
        has_recovery = self._conditions.has_recovery
        self._library: TreeLibrary = world_model.deployment.library
        if not has_recovery:
            self._library = library_without_recovery(self._library)
        self.metrics = RunMetrics()
        self.recovery_policy = RecoveryPolicy(
            world_model, planner, approved, self._ask, self._revise, has_recovery=has_recovery
        )
        self.compiled: CompiledTree | None = None
        self._runtime = self._new_runtime()
        world_model.may_move = lambda: not self._runtime.is_fenced
        self._attempts_before: dict[Call, int] = {}
        self._ticks = 0
        self._began_s = world_model.clock.now_s()
        self._stop: _Stop | None = None
        self._is_immediate = False
        self._held_by = ""
        self._is_held = False
        self._new_goals: list[tuple[Goal, str, Callable[[str], None]]] = []
        self._watched_version = -1
        self._heartbeat = Heartbeat(world_model.clock)
        self.is_asking = False
        """Whether a person is being asked right now."""
        self.is_over = False
        """Whether `execute` has ended; the robot is at rest."""

    def _new_runtime(self) -> Runtime:
        world_model, conditions = self._world_model, self._conditions
        domain = world_model.deployment.domain
        confirmation = Confirmation(domain, conditions.confirms)
        return Runtime(
            domain=domain,
            facts=world_model.facts,
            members=world_model.members,
            clock=world_model.clock,
            emit=world_model.emit,
            sense=world_model.sense,
            make_skill=world_model.make_skill,
            substitutions=conditions.substitutions,
            ways=world_model.deployment.ways.get if conditions.has_recovery else lambda skill: None,
            is_paranoid=world_model.is_paranoid,
            attempts=dict(conditions.begun),
            confirm=lambda call: confirmation.question(call, world_model.facts),
            never=self._never,
            look_out=self._watch_over,
            left=conditions.left,
        )

    @property
    def overruns(self) -> int:
        """Return how many heartbeats a tick was late for; none in virtual time."""
        return self._heartbeat.missed

    @property
    def goal(self) -> Goal:
        """Return the goal that it was approved for, or that a person put in its place."""
        return self.recovery_policy.goal

    @property
    def is_held(self) -> bool:
        """Return whether it stands still, or will after this step, because a person wants it to."""
        return bool(self._held_by) or self._is_held

    @property
    def is_stopped(self) -> bool:
        """Return whether it was asked to stop."""
        return self._stop is not None

    def request_stop(self, reason: str, *, by: str = "", is_immediate: bool = False) -> None:
        """Ask the run to halt; callable from a signal handler or another thread.

        From now on no skill begins, and none is stepped.

        Args:
            reason: Why, for the journal.
            by: Who or what asks.
            is_immediate: Stop the robot at once, before the running skill has halted.
        """
        self._runtime.is_fenced = True
        self._stop = self._stop or _Stop(reason, by)
        if is_immediate:
            self._is_immediate = True
            self._world_model.world.embodiment.stop()
        self._world_model.clock.wake()

    def request_hold(self, by: str) -> None:
        """Ask the run to stand still after the step that runs now, until `request_to_go_on`."""
        self._held_by = by
        self._world_model.clock.wake()

    def request_to_go_on(self) -> None:
        """Let a held run go on."""
        self._held_by = ""
        self._world_model.clock.wake()

    def request_goal(self, goal: Goal, why: str, tell: Callable[[str], None]) -> None:
        """Ask the run to go on with another goal after the step that runs now.

        It takes the place of one that was asked for and not begun.

        Args:
            goal: The new goal.
            why: For the journal.
            tell: Called in the run's thread with why it cannot be; with an empty text when it is.
        """
        self._new_goals = [(goal, why, tell)]  # the last wish holds
        self._world_model.clock.wake()

    def execute(self) -> Verdict:
        """Run the plan to its end.

        Returns:
            How it ended. Whatever happens, the robot is at rest.
        """
        world_model = self._world_model
        undo = [world_model.stream.subscribe(self.metrics.watch)]
        if self._conditions.injector is not None:
            undo.append(world_model.stream.subscribe(self._conditions.injector.watch))
        world_model.clock.resume()
        try:
            with own_blackboard():
                return self._loop()
        except BaseException as error:
            self._runtime.is_fenced = self._is_immediate = True
            self._runtime.halt_at_once()
            world_model.world.embodiment.stop()
            with contextlib.suppress(Exception):  # the first error is the one to tell
                self._watch_over()
                self._halt_all(f"{type(error).__name__}: {error}")
            raise
        finally:
            self.is_over = True
            for unsubscribe in undo:
                unsubscribe()
            self._conditions.commit()

    def _compile(self) -> CompiledTree:
        plan = self.recovery_policy.plan
        tree = plan.tree if self._conditions.has_recovery else without_recovery(plan.tree)
        self._attempts_before = dict(self._runtime.attempts)
        return CompiledTree(tree, plan.arguments, self._library, self._runtime)

    def _loop(self) -> Verdict:
        self.compiled = self._compile()
        self._runtime.left = ResumeState()
        ticks_at_once, last_s = 0, -1.0
        while True:
            if self._stop is not None:
                return self._interrupted(self._stop)
            late = self._tick()
            if late:
                self._halt_all(f"no confirmation that {', '.join(late)} came to rest")
                return self._unconfirmed(late)
            verdict = self._unless_going_on()
            if verdict is not None:
                return verdict
            now_s = self._world_model.clock.now_s()
            ticks_at_once = ticks_at_once + 1 if now_s == last_s else 0
            last_s = now_s
            if ticks_at_once > MAX_TICKS_AT_ONCE or not self._wait(now_s):
                self._halt_all("the tree waits for nothing")
                return Verdict(Outcome.ERROR, f"the tree makes no progress at t={now_s:g} s")

    def _unless_going_on(self) -> Verdict | None:
        """Return how the run ends at this tick, or None; a tree that has ended is replaced."""
        assert self.compiled is not None
        root = self.compiled.root
        self._watch_over()
        if self._stop is not None:
            return None
        if root.status is not Status.RUNNING and not self._runtime.arbiter.is_halting:
            return self._after_tree(root.status is Status.SUCCESS, cause_of(root))
        stuck = self._without_progress()
        if stuck is not None:
            late = self._halt_all(str(stuck))
            return self._unconfirmed(late) if late else self._after_tree(False, stuck)
        spent = self._over_budget()
        if not spent:
            return None
        late = self._halt_all(f"budget used up: {spent}")
        return self._unconfirmed(late) if late else Verdict(Outcome.FAILURE, spent)

    def _after_tree(self, has_succeeded: bool, failure: Failure | None) -> Verdict | None:
        verdict = self.recovery_policy.after(has_succeeded, failure)
        self._conditions.commit()
        if verdict is None and self._stop is None:
            self.compiled = self._compile()
        return None if self._stop is not None else verdict

    def _tick(self) -> Sequence[str]:
        """Sense, go on with halts, tick, journal; return the paths of halts that are overdue."""
        world_model, injector = self._world_model, self._conditions.injector
        world_model.sense()
        if injector is not None:
            injector.pass_to(world_model.clock.now_s())
            world_model.sense()
        self._watch_over()
        self._runtime.wakeups.clear(self)
        self.recovery_policy.plan.goal.track(world_model.facts, world_model.members)
        late = self._runtime.arbiter.poll()
        self._runtime.holds_back = bool(self._held_by or self._is_held or self._new_goals)
        self._runtime.step_due()
        world_model.sense()
        self._runtime.claims.look()
        self._watch_over()
        assert self.compiled is not None
        self._runtime.tick = self._ticks + 1
        is_at_rest = not self._runtime.active and not self._runtime.arbiter.is_halting
        if is_at_rest and not late and self._serve_people():
            late = ()
        elif not late:
            visit(self.compiled.root)
            self._report_changes()
        self._conditions.commit()
        return late

    def _never(self) -> Sequence[Formula]:
        return (*self._conditions.never, *self.goal.never)

    def _watch_over(self) -> None:
        """Stop if something became true that never may."""
        facts, never = self._world_model.facts, self._never()
        if not never or self._watched_version == facts.version or self._stop is not None:
            return
        self._watched_version = facts.version
        for formula in never:
            if formula.holds(facts):
                self._stop_myself(f"'{formula}' came true, which never may", "never")
                return

    def _stop_myself(self, reason: str, by: str) -> None:
        self.request_stop(reason, by=by)
        self._conditions.stop(reason, by)

    def _serve_people(self) -> bool:
        """Do what people want while no skill runs; return whether the tree has to wait for it."""
        if self._stop is not None:
            return True
        if self._runtime.questions:
            question = self._runtime.questions.pop(0)
            question.close(self._ask(question))
            self._runtime.wakeups.set(self, self._world_model.clock.now_s())
            return True  # the world is looked at before anything follows from the answer
        if self._held_by and not self._is_held:
            self._is_held = True
            self._emit(Held(t_s=self._world_model.clock.now_s(), by=self._held_by))
            self._world_model.world.embodiment.stop()
        while self._new_goals and self._stop is None:
            goal, why, tell = self._new_goals.pop(0)
            problem = self.recovery_policy.change_goal(goal, why)
            tell(problem)
            if not problem and self._stop is None:
                self._halt_tree()
                self.compiled = self._compile()
        if self._is_held and not self._held_by:
            self._is_held = False
            self._emit(WentOn(t_s=self._world_model.clock.now_s(), by="the person"))
        return self._is_held

    def _halt_tree(self) -> None:
        assert self.compiled is not None
        if self.compiled.root.status is Status.RUNNING:
            self.compiled.root.stop(Status.INVALID)
            self._report_changes()

    def _report_changes(self) -> None:
        changes = self.compiled.take_changes() if self.compiled is not None else {}
        if changes:
            self._ticks += 1
            self._emit(Ticked(t_s=self._world_model.clock.now_s(), tick=self._ticks, changes=changes))

    def _wait(self, now_s: float) -> bool:
        """Let time pass to the next thing that happens; False if nothing ever will."""
        assert self.compiled is not None
        if self._is_held:
            self._wait_for_people()
            return True
        if self._stop is not None or self.compiled.root.status is Status.INVALID:
            return True  # a stop, or a tree that has not been ticked, is due at once
        is_at_rest = not self._runtime.active and not self._runtime.arbiter.is_halting
        if not self._runtime.lets_begin and is_at_rest:
            return True
        clock = self._world_model.clock
        times = [self._runtime.wakeups.next_s(), self._world_model.world.next_event_s()]
        if self._conditions.injector is not None:
            times.append(self._conditions.injector.next_s())
        left_s = self.recovery_policy.left_s(self.goal)
        if left_s is not None:
            times.append(clock.now_s() + left_s)
        if not isinstance(clock, VirtualClock):
            times.append(self._heartbeat.next_s())
        due = [time_s for time_s in times if time_s is not None]
        if not due and isinstance(clock, VirtualClock) and not clock.is_held:
            return False
        clock.wait_until(min(due, default=None))
        return True

    def _wait_for_people(self) -> None:
        """Wait, with the run's time standing still, until somebody wants something."""
        clock = self._world_model.clock
        clock.pause()
        clock.wait_until(None)
        clock.resume()

    def _without_progress(self) -> Failure | None:
        """Return the failure of a tree that begins the same call over and over, else None."""
        limit = self._world_model.deployment.budgets.activations_per_call
        for call, count in self._runtime.attempts.items():
            if count - self._attempts_before.get(call, 0) > limit:
                detail = f"begun {limit} times by this tree"
                return Failure(FailureCode.NO_PROGRESS, detail, "", call)
        return None

    def _over_budget(self) -> str:
        budgets = self._world_model.deployment.budgets
        if self._world_model.clock.now_s() - self._began_s > budgets.run_time:
            return f"the run took longer than {budgets.run_time:g} s"
        left_s = self.recovery_policy.left_s(self.goal)
        if left_s is not None and left_s <= 0.0:
            return self.recovery_policy.limit()
        if self.metrics.leaves_run > budgets.activations:
            return f"more than {budgets.activations} skill activations"
        return ""

    def _interrupted(self, stop: _Stop) -> Verdict:
        late = self._halt_all(stop.reason, by=stop.by)
        if late and not self._is_immediate:
            return self._unconfirmed(late)
        self._conditions.latch(stop.reason, stop.by)
        return Verdict(Outcome.INTERRUPTED, f"stopped: {stop.reason}")

    def _unconfirmed(self, late: Sequence[str]) -> Verdict:
        message = f"'{late[0]}' did not confirm that it is at rest"
        self._conditions.latch(message, "the robot")
        return Verdict(Outcome.ERROR, message)

    def _halt_all(self, reason: str, *, by: str = "") -> Sequence[str]:
        """Halt the running skill as a phase, then see that the robot is at rest.

        Returns:
            The paths of the skills that did not confirm that they are at rest.
        """
        arbiter = self._runtime.arbiter
        if self.compiled is not None and self.compiled.root.status is Status.RUNNING:
            self.compiled.root.stop(Status.INVALID)
        late: Sequence[str] = ()
        while arbiter.is_halting and not self._is_immediate and not late:
            next_s = self._runtime.wakeups.next_s()
            self._world_model.clock.wait_until(next_s)
            self._world_model.world.advance(self._world_model.clock.now_s())
            late = arbiter.poll()
        late = (*late, *arbiter.abandon())
        self._safe_stop(reason, by)
        self._world_model.sense()
        self._report_changes()
        return late

    def _safe_stop(self, reason: str, by: str) -> None:
        """Rung 6: bring the robot to rest and say so."""
        status = self._world_model.world.embodiment.stop()
        now_s = self._world_model.clock.now_s()
        self._emit(Stopped(t_s=now_s, reason=reason, acknowledged=status.acknowledged, by=by))

    def _ask(self, question: PersonQuestion) -> str | None:
        """Ask a person, with the run's time standing still; a default counts as an answer."""
        if question.wants_picture:
            question.picture = take_picture(
                self._world_model.world.embodiment, self._conditions.picture()
            )
        self._emit(asked_event(question, self._world_model.clock.now_s()))
        self._conditions.commit()
        answer: str | None = None
        with self._standing_still("at a question"):
            answer = self._person.ask(question)
        is_default = answer is None and question.default is not None and self._stop is None
        said = question.default if is_default else answer
        now_s = self._world_model.clock.now_s()
        self._emit(QuestionAnswered(t_s=now_s, answer=said, is_default=is_default))
        return said

    def _revise(self, goal: Goal, why: str) -> Goal | Refusal | None:
        """Ask a language model for another goal, with the run's time standing still."""
        if self.metrics.revisions >= self._world_model.deployment.budgets.revisions:
            return None
        self._conditions.commit()
        with self._standing_still(f"asking a model for another goal, after {why}"):
            facts = self._world_model.facts
            return self._conditions.revise(goal, why, tuple(self.metrics.troubles), facts)
        return None

    @contextlib.contextmanager
    def _standing_still(self, what: str) -> Iterator[None]:
        """Let the run's time stand still; an interrupt meanwhile stops the run."""
        self.is_asking = True
        self._world_model.clock.pause()
        try:
            yield
        except KeyboardInterrupt as interrupt:
            by = str(interrupt) or "SIGINT"
            self._stop_myself(f"interrupted ({by}) {what}", by)
        finally:
            self._world_model.clock.resume()
            self.is_asking = False

    def _emit(self, event: Event) -> None:
        self._world_model.emit(event)
