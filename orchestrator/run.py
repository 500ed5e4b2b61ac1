"""The run loop: tick, wait for the next thing that happens, recover, stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..clock import VirtualClock
from ..events import Event, QuestionAnswered, QuestionAsked, Stopped, Ticked
from ..planners import Planner
from ..skills import FailureCode
from ..skills.domain import Call
from ..trees import (
    CompiledTree,
    Doubles,
    Failure,
    Runtime,
    Status,
    TreeLibrary,
    cause_of,
    own_blackboard,
    visit,
)
from ..trees.open_loop import library_without_recovery, without_recovery
from .heartbeat import Heartbeat
from .injection import FaultInjector
from .person import Person
from .recovery import Approved, Ladder, Verdict
from .result import Outcome, Tally
from .situation import Situation

MAX_TICKS_AT_ONCE = 2000
"""A tree that asks for more ticks than this without letting time pass is not going anywhere."""


class Run:
    """One approved plan in one situation.

    Args:
        situation: World, beliefs, clock, events.
        approved: The plan that may move the robot.
        planner: For replanning.
        person: Who is asked when the rest of the ladder is used up.
        injector: Faults on request.
        commit: Called after every tick, when the journal is to be written.
        has_recovery: Without it: no retry, no condition checked again, no replanning.
        doubles: What stands in for nodes of the tree.
    """

    def __init__(
        self,
        situation: Situation,
        approved: Approved,
        planner: Planner,
        person: Person,
        *,
        injector: FaultInjector | None = None,
        commit: Callable[[], None] = lambda: None,
        has_recovery: bool = True,
        doubles: Doubles | None = None,
    ) -> None:
        self._situation = situation
        self._doubles = doubles or Doubles(())
        self._person = person
        self._injector = injector
        self._commit = commit
        self._has_recovery = has_recovery
        self._library: TreeLibrary = planner.library
        if not has_recovery:
            self._library = library_without_recovery(planner.library)
        self.tally = Tally()
        self.ladder = Ladder(situation, planner, approved, self._ask, has_recovery=has_recovery)
        self.compiled: CompiledTree | None = None
        self._runtime = self._new_runtime()
        self._attempts_before: dict[Call, int] = {}
        self._ticks = 0
        self._stop_reason = ""
        self._is_immediate = False
        self._heartbeat = Heartbeat(situation.clock)
        self.is_asking = False
        """Whether a person is being asked right now."""
        self.is_over = False
        """Whether `execute` has ended; the robot is at rest."""

    def _new_runtime(self) -> Runtime:
        situation = self._situation
        return Runtime(
            domain=situation.deployment.domain,
            facts=situation.facts,
            members=situation.members,
            clock=situation.clock,
            emit=situation.emit,
            sense=situation.sense,
            make_skill=situation.make_skill,
            doubles=self._doubles,
            is_paranoid=situation.is_paranoid,
        )

    @property
    def overruns(self) -> int:
        """Return how many heartbeats a tick was late for; none in virtual time."""
        return self._heartbeat.missed

    def request_stop(self, reason: str, *, is_immediate: bool = False) -> None:
        """Ask the run to halt; callable from a signal handler or another thread.

        Args:
            reason: Why, for the journal.
            is_immediate: Stop the robot at once, before the running skill has halted.
        """
        self._stop_reason = reason
        if is_immediate:
            self._is_immediate = True
            self._situation.world.embodiment.stop()
        self._situation.clock.wake()

    def execute(self) -> Verdict:
        """Run the plan to its end.

        Returns:
            How it ended. Whatever happens, the robot is at rest.
        """
        situation = self._situation
        undo = [situation.stream.subscribe(self.tally.watch)]
        if self._injector is not None:
            undo.append(situation.stream.subscribe(self._injector.watch))
        situation.clock.resume()
        try:
            with own_blackboard():
                return self._loop()
        except BaseException as error:
            self._is_immediate = True
            try:
                self._halt_all(f"{type(error).__name__}: {error}")
            except Exception:  # the first error is the one to tell
                situation.world.embodiment.stop()
            raise
        finally:
            self.is_over = True
            for unsubscribe in undo:
                unsubscribe()
            self._commit()

    def _compile(self) -> CompiledTree:
        plan = self.ladder.plan
        tree = plan.tree if self._has_recovery else without_recovery(plan.tree)
        self._attempts_before = dict(self._runtime.attempts)
        return CompiledTree(tree, plan.arguments, self._library, self._runtime)

    def _loop(self) -> Verdict:
        self.compiled = self._compile()
        ticks_at_once, last_s = 0, -1.0
        while True:
            if self._stop_reason:
                return self._interrupted()
            late = self._tick()
            if late:
                self._halt_all(f"no confirmation that {', '.join(late)} came to rest")
                return self._unconfirmed(late)
            verdict = self._unless_going_on()
            if verdict is not None:
                return verdict
            now_s = self._situation.clock.now_s()
            ticks_at_once = ticks_at_once + 1 if now_s == last_s else 0
            last_s = now_s
            if ticks_at_once > MAX_TICKS_AT_ONCE or not self._wait(now_s):
                self._halt_all("the tree waits for nothing")
                return Verdict(Outcome.ERROR, f"the tree makes no progress at t={now_s:g} s")

    def _unless_going_on(self) -> Verdict | None:
        """Return how the run ends at this tick, or None; a tree that has ended is replaced."""
        assert self.compiled is not None
        root = self.compiled.root
        if self._stop_reason:
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
        verdict = self.ladder.after(has_succeeded, failure)
        self._commit()
        if verdict is None and not self._stop_reason:
            self.compiled = self._compile()
        return None if self._stop_reason else verdict

    def _tick(self) -> Sequence[str]:
        """Sense, go on with halts, tick, journal; return the paths of halts that are overdue."""
        situation = self._situation
        situation.sense()
        if self._injector is not None:
            self._injector.pass_to(situation.clock.now_s())
            situation.sense()
        self.ladder.plan.goal.track(situation.facts, situation.members)
        late = self._runtime.arbiter.poll()
        self._runtime.step_due()
        situation.sense()
        assert self.compiled is not None
        self._runtime.tick = self._ticks + 1
        if not late:
            visit(self.compiled.root)
            self._report_changes()
        self._commit()
        return late

    def _report_changes(self) -> None:
        changes = self.compiled.take_changes() if self.compiled is not None else {}
        if changes:
            self._ticks += 1
            self._situation.emit(
                Ticked(t_s=self._situation.clock.now_s(), tick=self._ticks, changes=changes)
            )

    def _wait(self, now_s: float) -> bool:
        """Let time pass to the next thing that happens; False if nothing ever will."""
        assert self.compiled is not None
        if self._stop_reason or self.compiled.root.status is Status.INVALID:
            return True  # a stop, or a tree that has not been ticked, is due at once
        clock = self._situation.clock
        times = [self._runtime.agenda.next_s(), self._situation.world.next_event_s()]
        if self._injector is not None:
            times.append(self._injector.next_s())
        if not isinstance(clock, VirtualClock):
            times.append(self._heartbeat.next_s())
        due = [time_s for time_s in times if time_s is not None]
        if not due and isinstance(clock, VirtualClock) and not clock.is_held:
            return False
        clock.wait_until(min(due, default=None))
        return True

    def _without_progress(self) -> Failure | None:
        """Return the failure of a tree that begins the same call over and over, else None."""
        limit = self._situation.deployment.budgets.activations_per_call
        for call, count in self._runtime.attempts.items():
            if count - self._attempts_before.get(call, 0) > limit:
                detail = f"begun {limit} times by this tree"
                return Failure(FailureCode.NO_PROGRESS, detail, "", call)
        return None

    def _over_budget(self) -> str:
        budgets = self._situation.deployment.budgets
        now_s = self._situation.clock.now_s()
        if now_s > budgets.run_time:
            return f"the run took longer than {budgets.run_time:g} s"
        if self.tally.leaves_run > budgets.activations:
            return f"more than {budgets.activations} skill activations"
        return ""

    def _interrupted(self) -> Verdict:
        late = self._halt_all(self._stop_reason)
        if late and not self._is_immediate:
            return self._unconfirmed(late)
        return Verdict(Outcome.INTERRUPTED, f"stopped: {self._stop_reason}")

    def _unconfirmed(self, late: Sequence[str]) -> Verdict:
        return Verdict(Outcome.ERROR, f"'{late[0]}' did not confirm that it is at rest")

    def _halt_all(self, reason: str) -> Sequence[str]:
        """Halt the running skill as a phase, then see that the robot is at rest.

        Returns:
            The paths of the skills that did not confirm that they are at rest.
        """
        arbiter = self._runtime.arbiter
        if self.compiled is not None and self.compiled.root.status is Status.RUNNING:
            self.compiled.root.stop(Status.INVALID)
        late: Sequence[str] = ()
        while arbiter.is_halting and not self._is_immediate and not late:
            next_s = self._runtime.agenda.next_s()
            self._situation.clock.wait_until(next_s)
            self._situation.world.advance(self._situation.clock.now_s())
            late = arbiter.poll()
        late = (*late, *arbiter.abandon())
        self._safe_stop(reason)
        self._situation.sense()
        self._report_changes()
        return late

    def _safe_stop(self, reason: str) -> None:
        """Rung 6: bring the robot to rest and say so."""
        status = self._situation.world.embodiment.stop()
        now_s = self._situation.clock.now_s()
        self._situation.emit(Stopped(t_s=now_s, reason=reason, acknowledged=status.acknowledged))

    def _ask(self, question: str, options: Sequence[str]) -> str | None:
        now_s = self._situation.clock.now_s()
        self._emit(QuestionAsked(t_s=now_s, question=question, options=tuple(options)))
        self.is_asking = True
        self._situation.clock.pause()
        try:
            answer = self._person.ask(question, options)
        except KeyboardInterrupt:
            self._stop_reason = "interrupted by the person"
            answer = None
        finally:
            self._situation.clock.resume()
            self.is_asking = False
        self._emit(QuestionAnswered(t_s=self._situation.clock.now_s(), answer=answer))
        return answer

    def _emit(self, event: Event) -> None:
        self._situation.emit(event)
