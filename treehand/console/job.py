"""One goal on its way: proposed, running, done."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from treehand.console.messages import Happened, Message, Said
from treehand.core.errors import TreehandError
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Plan
from treehand.skills.domain import Fact


@dataclass
class Job:
    """One goal with its plan, in a session of its own."""

    session: Session
    text: str
    """What the person said."""
    goal: Goal
    plan: Plan
    start: tuple[Fact, ...] = ()
    """What was believed true when it began."""
    is_edited: bool = False
    """Whether a person changed the tree."""
    result: RunResult | None = None


class Sessions:
    """Makes a session for each goal, in the one world of a conversation.

    Args:
        home: The session that holds the world.
        person: Who is asked.
        workspace: Where runs are journalled.
        seed: Seed of every random draw.
    """

    def __init__(self, home: Session, person: Person, workspace: Workspace, seed: int) -> None:
        self._home = home
        self._person = person
        self._workspace = workspace
        self._seed = seed
        self._goals = 0

    def new(self) -> Session:
        """Return a session for the next goal; its draws are its own."""
        self._goals += 1
        random = KeyedRandom(self._seed)
        if self._goals > 1:
            random = random.under("goal", self._goals)
        return Session(
            self._home.deployment,
            seed=self._seed,
            workspace=self._workspace,
            person=self._person,
            place=self._home.place,
            policy=self._home.policy,
            world_model=self._home.world_model.for_next_run(random),
        )


class RunningJob:
    """A job that runs, in a thread of its own.

    Args:
        job: The job.
        tell: Shows a message; called from any thread.
        ended: Called in the run's thread when it is over, however that came.
    """

    def __init__(
        self, job: Job, tell: Callable[[Message], None], ended: Callable[[RunningJob], None]
    ) -> None:
        self.job = job
        self.pending: Goal | None = None
        """The goal that it changes to after the step that runs now."""
        self._tell = tell
        self._ended = ended
        self._unwatch = job.session.watch(lambda event: tell(Happened(event)))
        self._thread: threading.Thread | None = None

    def start(self, by: str, *, confirms: bool) -> None:
        """Run the plan that `by` approved."""
        self._thread = threading.Thread(
            target=lambda: self._work(by, confirms=confirms), name="run", daemon=True
        )
        self._thread.start()

    def _work(self, by: str, *, confirms: bool) -> None:
        job, session = self.job, self.job.session
        try:
            job.result = session.execute(job.plan, approved_by=by, confirms=confirms)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            self._tell(Said(problem))
            with contextlib.suppress(TreehandError):  # the journal may be what is broken
                job.result = session.conclude(job.goal, Verdict(Outcome.ERROR, problem), job.plan)
        finally:
            self._unwatch()
            session.world_model.clock.pause()
            with contextlib.suppress(TreehandError):
                session.close()
            if session.run is not None and not job.is_edited:
                job.plan = session.run.plan
            self._ended(self)

    @property
    def run(self) -> Run | None:
        """Return the run, which is made just after the start; None when it is over."""
        run = self.job.session.run_handle.wait(1.0)
        return run if run is not None and not run.is_over else None

    @property
    def is_stopped(self) -> bool:
        """Return whether it was asked to stop."""
        run = self.job.session.run
        return run is not None and run.is_stopped

    def stop(self, words: str, by: str) -> None:
        """Stop it, latched."""
        self.job.session.stop(f"the person said '{words}'", by=by)

    def hold(self) -> None:
        """Let it stand still after the step that runs now."""
        run = self.run
        if run is not None:
            run.request_hold("the person at the console")
        said = "it holds still after this step; say 'go on'" if run else "it is just ending"
        self._tell(Said(said))

    def go_on(self) -> None:
        """Let it go on, if it was held."""
        run = self.run
        self._tell(Said("it goes on" if run is not None and run.is_held else "it is running"))
        if run is not None:
            run.request_to_go_on()

    @property
    def goal(self) -> Goal:
        """Return what it will have brought about in the end, as it was asked for last."""
        run = self.job.session.run
        return self.pending or (run.goal if run is not None else self.job.goal)

    def change(self, goal: Goal, line: str) -> None:
        """Change to another goal after the step that runs now."""
        self.pending = goal
        run = self.run
        if run is None:
            return  # it is just ending: whoever is told of that sees what is pending

        def tell(problem: str) -> None:
            if self.pending is goal:
                self.pending = None
            if problem:
                self._tell(Said(f"it stays as it was: {problem}"))
            else:
                self.job.goal = goal
                self._tell(Said("the goal is changed"))

        run.request_goal(goal, f"the person said '{line}'", tell)
        self._tell(Said("it changes after this step"))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until its thread has ended; a call from that thread returns at once."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
