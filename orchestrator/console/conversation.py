"""One person, one world, one goal after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...clock import Clock, VirtualClock
from ...errors import TreehandError
from ...events import Event, PlanRejected
from ...planners import (
    GoalSpec,
    GrammarInterpreter,
    Infeasible,
    Plan,
    difference,
)
from ...randomness import KeyedRandom
from ...skills.domain import Fact, Members
from ...trees import Question, TreeSpec, parse_tree, tree_to_yaml
from ..achieve import before_planning, before_running
from ..approval import ApprovalPolicy
from ..deployment import Deployment
from ..explain import explain, names_a_step
from ..journal import read_entries
from ..person import chosen_option
from ..recovery import Verdict
from ..result import Outcome, RunResult
from ..session import Session
from ..workspace import Workspace, WorldPlace
from .answers import Answers
from .changing import CHANGES, CannotChange, GoalChanger
from .messages import Asked, Ended, Happened, Message, Proposed, Said, ToEdit, Understood
from .saving import save
from .utterances import Kind, Utterance, sorted_out

HELP = """\
Say what shall be done: "put the red mug in the dishwasher". Then: yes, no (with a reason), edit.
While it runs: stop · wait · go on · skip the plates · actually put the mug in the sink.
A goal that is said while another runs waits for its turn.
Ask: what is in the fridge? · where is the glass? · why did you drop it? · what did you do?
Follow up: and the bowl too · put it in the sink.
/save NAME · /plan · /queue · /forget · /help · /quit"""


@dataclass
class _Job:
    """One goal on its way: understood, planned, perhaps running."""

    session: Session
    text: str
    goal: GoalSpec
    plan: Plan
    start: tuple[Fact, ...] = ()
    """What was believed true when it began."""
    is_edited: bool = False
    """Whether a person changed the tree."""
    result: RunResult | None = None


class Conversation:
    """Takes a person's lines in and says what becomes of them.

    It holds one world from the first line to the last. `say` returns at once; a run goes on in a
    thread of its own, and everything it has to say goes to the listener.

    Args:
        deployment: What runs where.
        workspace: Where runs are journalled.
        tell: Shows a message; called from any thread.
        seed: Seed of every random draw.
        clock: The world's time; virtual if left out.
        place: Where the world is kept; its own in the workspace if left out.
        policy: Which plans are asked about; the deployment's if left out.
        folder: Where `/save` writes.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        workspace: Workspace,
        tell: Callable[[Message], None],
        seed: int = 0,
        clock: Clock | None = None,
        place: WorldPlace | None = None,
        policy: ApprovalPolicy | None = None,
        folder: Path = Path(),
    ) -> None:
        self._tell = tell
        self._deployment = deployment
        self._workspace = workspace
        self._seed = seed
        self._policy = policy
        self._folder = folder
        if place is None and deployment.kind.is_virtual:
            place = workspace.new_world()
        clock = clock or VirtualClock()
        self._home = Session(
            deployment, seed=seed, clock=clock, workspace=workspace, place=place, policy=policy
        )
        clock.pause()
        self._place = self._home.place
        self._answers = Answers(lambda question: tell(Asked(question)), self._is_stopped)
        self._words = GrammarInterpreter(deployment.domain, deployment.scene)
        self._changer = GoalChanger(self._words, deployment.domain)
        self._lock = threading.RLock()
        self._goals = 0
        self._queue: list[str] = []
        self._unclear: GoalSpec | None = None
        self._proposal: _Job | None = None
        self._job: _Job | None = None
        self._last: _Job | None = None
        self._past: list[str] = []
        """The runs so far."""
        self._rearming = False
        self._thread: threading.Thread | None = None

    # What a client may look at.

    @property
    def is_running(self) -> bool:
        """Return whether a run is going on."""
        return self._job is not None

    @property
    def is_waiting(self) -> bool:
        """Return whether the next line is expected to answer something."""
        waits = (self._unclear, self._proposal, self._answers.open)
        return self._rearming or any(one is not None for one in waits)

    @property
    def session(self) -> Session | None:
        """Return the session of the run that goes on, or None."""
        return self._job.session if self._job is not None else None

    @property
    def queued(self) -> tuple[str, ...]:
        """Return the goals that wait for their turn."""
        return tuple(self._queue)

    @property
    def now_s(self) -> float:
        """Return the world's time, in run seconds."""
        return self._home.situation.clock.now_s()

    def completions(self) -> list[str]:
        """Return words that people may want to type here."""
        skills = [name.replace("_", " ") for name in self._deployment.domain.skills]
        own = ["stop", "wait", "go on", "skip", "actually", "and", "yes", "no", "edit", "rearm"]
        commands = [f"/{name}" for name in _COMMANDS]
        return sorted({*self._words.completions(), *skills, *own, *commands})

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no run goes on; return whether that is so."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        return not self.is_running

    def close(self) -> None:
        """Stop what runs and leave the world."""
        if self._job is not None:
            self._job.session.stop("the console was closed", by="console")
        self.wait()
        if self._proposal is not None:
            self._drop_proposal("the console was closed")
        self._home.close()

    # Lines.

    def say(self, line: str) -> None:
        """Take one line in. A stop is obeyed before anything else is looked at."""
        said = sorted_out(line)
        if said.kind is Kind.STOP:
            self.stop(line.strip())
            return
        with self._lock:
            try:
                self._take(said, line.strip())
            except TreehandError as error:
                self._tell(Said(str(error)))

    def stop(self, words: str, *, by: str = "console") -> None:
        """Stop what runs, latched; callable from any thread."""
        job, self._queue = self._job, []
        if job is not None:
            job.session.stop(f"the person said '{words}'", by=by)
            return
        with self._lock:
            had = self._proposal is not None
            if had:
                self._drop_proposal(f"the person said '{words}'")
            self._unclear, self._rearming = None, False
            self._tell(Said("nothing was running" + ("; the plan is dropped" if had else "")))

    def _is_stopped(self) -> bool:
        run = self._job.session.run if self._job is not None else None
        return run is not None and run.is_stopped

    def _take(self, said: Utterance, line: str) -> None:
        if said.kind is Kind.NOTHING:
            self._tell(Said("say what shall be done, or /help"))
        elif said.kind is Kind.COMMAND:
            self._command(said.rest)
        elif self._rearming:
            self._rearm(said)
        elif self._answers.open is not None:
            self._answer(said, line)
        elif said.kind is Kind.QUESTION:
            self._question(line)
        elif said.kind is Kind.REARM:
            self._look_before_rearming()
        elif said.kind is Kind.NEVER_MIND:
            self._never_mind()
        elif self._job is not None:
            self._while_running(said, line, self._job)
        elif self._unclear is not None:
            self._clear_up(said, line, self._unclear)
        elif self._proposal is not None:
            self._on_proposal(said, line, self._proposal)
        else:
            self._when_idle(said, line)

    def _when_idle(self, said: Utterance, line: str) -> None:
        if said.kind is Kind.GO_ON:
            self._carry_on()
        elif said.kind in (Kind.YES, Kind.NO, Kind.EDIT, Kind.HOLD):
            self._tell(Said("nothing waits for that; say what shall be done, or /help"))
        elif said.kind in (Kind.INSTEAD, Kind.ALSO):
            self._want(said.rest, follows=said.kind is Kind.ALSO)
        else:
            self._want(line)

    def _answer(self, said: Utterance, line: str) -> None:
        open_ = self._answers.open
        if self._answers.give(line) or open_ is None:
            return
        if said.kind is Kind.QUESTION:
            self._question(line)
        self._tell(Said(f"please answer first: {' / '.join(open_.options)}"))

    # Goals.

    def _want(self, text: str, *, follows: bool = False) -> None:
        """Understand a goal, plan for it and propose the plan."""
        if self._home.latched() is not None:
            self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))
            return
        facts = self._home.situation.facts
        goal = self._words.follow(text, facts) or self._words.interpret(text, facts)
        if goal.status == "clarify":
            self._ask_back(goal)
            return
        self._unclear = None
        self._propose(text, goal)

    def _ask_back(self, goal: GoalSpec) -> None:
        if not goal.options:
            self._tell(Said(goal.words))
            return
        self._unclear = goal
        self._tell(Asked(Question(goal.words, goal.options)))

    def _clear_up(self, said: Utterance, line: str, goal: GoalSpec) -> None:
        self._unclear = None
        option = chosen_option(line, goal.options)
        if option is None:
            self._when_idle(said, line)  # something else is wanted now
        elif goal.about:
            self._want(goal.text.lower().replace(goal.about, f"the {option}", 1))
        else:
            cleared = self._words.answered(goal, option, self._home.situation.facts)
            self._propose(goal.text, cleared)

    def _new_session(self) -> Session:
        situation = self._home.situation
        self._goals += 1
        situation.members = Members()
        random = KeyedRandom(self._seed)
        situation.random = random if self._goals == 1 else random.under("goal", self._goals)
        return Session(
            self._deployment,
            seed=self._seed,
            workspace=self._workspace,
            person=self._answers,
            place=self._place,
            policy=self._policy,
            situation=situation,
        )

    def _propose(self, text: str, goal: GoalSpec, tree: TreeSpec | None = None) -> None:
        """Plan for a goal, or take a tree for it, and propose it unless nothing is asked."""
        session = self._new_session()
        verdict = before_planning(session, goal) if tree is None else None
        if verdict is not None:
            self._tell(Said(f"{verdict.outcome.value}: {verdict.message}"))
            self._next()
            return
        self._tell(Understood(goal))
        plan = session.plan(goal) if tree is None else session.plan_tree(tree, {}, goal)
        problem = before_running(session, plan)
        if problem is not None or isinstance(plan, Infeasible):
            assert problem is not None
            self._tell(Said(f"{problem.outcome.value}: {problem.message}"))
            self._next()
            return
        session.announce(goal, plan)
        start = session.situation.facts.true_facts()
        self._proposal = _Job(session, text, goal, plan, start, is_edited=tree is not None)
        self._tell(Proposed(plan))
        if session.policy is ApprovalPolicy.NEVER:
            self._approve("the policy: nothing is asked", confirms=False)

    def _on_proposal(self, said: Utterance, line: str, job: _Job) -> None:
        if said.kind is Kind.YES:
            self._approve("the person at the console", confirms=True)
        elif said.kind is Kind.NO:
            self._reject(said.rest, job)
        elif said.kind is Kind.EDIT:
            self._tell(ToEdit(tree_to_yaml(job.plan.tree)))
        elif said.kind in CHANGES:
            self._change(self._changed(said, job.goal, job.plan), job, line)
        else:
            self._tell(Said("the plan waits: yes, no (with a reason), edit, or 'actually …'"))

    def _approve(self, by: str, *, confirms: bool) -> None:
        job, self._proposal = self._proposal, None
        assert job is not None
        self._job = job
        unwatch = job.session.watch(self._happened)
        self._thread = threading.Thread(
            target=lambda: self._run(job, by, confirms, unwatch), name="run", daemon=True
        )
        self._thread.start()

    def _reject(self, reason: str, job: _Job) -> None:
        """Drop the plan; a reason that says what to leave out leads to another one."""
        self._drop_proposal(reason or "no")
        changed = self._changed(sorted_out(reason), job.goal, job.plan) if reason else None
        if changed is not None:
            self._show_difference(job.goal, changed)
            self._propose(job.text, changed)
        elif not reason:
            self._tell(Said("dropped; nothing was moved"))
            self._next()

    def _drop_proposal(self, reason: str) -> None:
        job, self._proposal = self._proposal, None
        assert job is not None
        session = job.session
        rejected = PlanRejected(
            t_s=self.now_s, plan_hash=job.plan.hash, by="the person at the console", reason=reason
        )
        session.situation.emit(rejected)
        session.conclude(job.goal, Verdict(Outcome.REFUSED, f"not approved: {reason}"), job.plan)
        session.close()

    def edited(self, yaml: str) -> None:
        """Take back the tree that was given out with `ToEdit`, checked anew."""
        with self._lock:
            job = self._proposal
            if job is None:
                self._tell(Said("no plan waits any more"))
                return
            try:
                tree = parse_tree(yaml, file="plan.tree.yaml")
                self._deployment.require_sound(tree)
            except TreehandError as error:
                self._tell(
                    Said(f"{error}\nthe plan before the edit still waits; edit again, or no")
                )
                return
            if tree == job.plan.tree:
                self._tell(Said("nothing was changed; the plan waits: yes, no, edit"))
                return
            self._drop_proposal("edited by the person")
            self._propose(job.text, job.goal, tree)

    # Changing a goal.

    def _show_difference(self, before: GoalSpec, after: GoalSpec) -> bool:
        changes = difference(before, after, self._deployment.domain)
        if changes.is_empty:
            self._tell(Said("that changes nothing"))
            return False
        lines = [f"  - {words}" for words in changes.gone] + [f"  + {w}" for w in changes.new]
        self._tell(Said("\n".join(("the goal changes:", *lines))))
        return True

    def _changed(self, said: Utterance, goal: GoalSpec, plan: Plan) -> GoalSpec | None:
        """Return the goal as a line wants it; None, with the reason said, if that cannot be."""
        facts = self._home.situation.facts.copy()
        try:
            return self._changer.changed(said, goal, plan, facts)
        except CannotChange as reason:
            self._tell(Said(str(reason)))
            return None

    def _change(self, goal: GoalSpec | None, job: _Job, line: str) -> None:
        if goal is not None and self._show_difference(job.goal, goal):
            self._drop_proposal(line)
            self._propose(job.text, goal)

    # While it runs.

    def _while_running(self, said: Utterance, line: str, job: _Job) -> None:
        run = job.session.run
        if run is None:
            self._tell(Said("it is just beginning; say that again"))
        elif said.kind is Kind.HOLD:
            run.request_hold("the person at the console")
            self._tell(Said("it holds still after this step; say 'go on'"))
        elif said.kind is Kind.GO_ON:
            run.request_to_go_on()
        elif said.kind in CHANGES:
            self._change_running(self._changed(said, run.goal, job.plan), job, line)
        elif said.kind in (Kind.YES, Kind.NO, Kind.EDIT):
            self._tell(Said("nothing waits for that; it is running"))
        else:
            self._queue.append(line)
            self._tell(Said(f"queued as number {len(self._queue)}: {line}"))

    def _change_running(self, goal: GoalSpec | None, job: _Job, line: str) -> None:
        run = job.session.run
        if goal is None or run is None or not self._show_difference(run.goal, goal):
            return

        def tell(problem: str) -> None:
            if problem:
                self._tell(Said(f"it stays as it was: {problem}"))
            else:
                job.goal = goal
                self._tell(Said("the goal is changed"))

        run.request_goal(goal, f"the person said '{line}'", tell)
        self._tell(Said("it changes after this step"))

    def _run(self, job: _Job, by: str, confirms: bool, unwatch: Callable[[], None]) -> None:
        session = job.session
        try:
            job.result = session.execute(job.plan, approved_by=by, confirms=confirms)
        except Exception as error:
            verdict = Verdict(Outcome.ERROR, f"{type(error).__name__}: {error}")
            job.result = session.conclude(job.goal, verdict, job.plan)
        finally:
            unwatch()
            self._home.situation.clock.pause()
            try:
                session.close()
            except TreehandError as error:
                self._tell(Said(str(error)))
        with self._lock:
            if session.run is not None:
                job.plan = session.run.ladder.plan
            self._last, self._job = job, None
            if session.run_id is not None:
                self._past.append(session.run_id)
            self._tell(Ended(job.result))
            self._after(job.result)

    def _happened(self, event: Event) -> None:
        self._tell(Happened(event))

    def _after(self, result: RunResult) -> None:
        if self._home.latched() is not None:
            self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))
        elif result.outcome is Outcome.SUCCESS:
            self._next()
        elif self._queue:
            waiting = ", ".join(self._queue)
            self._tell(Said(f"these wait: {waiting}; say 'go on', or 'forget them'"))

    def _next(self) -> None:
        if self._queue:
            text = self._queue.pop(0)
            self._tell(Said(f"next: {text}"))
            self._want(text)

    def _carry_on(self) -> None:
        """Go on with what was stopped, else with what waits."""
        last = self._last
        if self._home.latched() is not None:
            self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))
        elif last is not None and last.result is not None and _was_left(last.result):
            self._propose(last.text, last.goal)
        elif self._queue:
            self._next()
        else:
            self._tell(Said("there is nothing to go on with"))

    def _never_mind(self) -> None:
        if self._proposal is not None:
            self._drop_proposal("never mind")
        self._unclear = None
        forgotten = len(self._queue)
        self._queue.clear()
        self._tell(Said(f"forgotten{f', {forgotten} in the queue too' if forgotten else ''}"))

    # The stop.

    def _look_before_rearming(self) -> None:
        stop = self._home.latched()
        if stop is None:
            self._tell(Said("nothing is stopped"))
            return
        situation = self._home.situation
        situation.sense()
        seen = ", ".join(
            str(f)
            for f in situation.facts.true_facts()
            if f.predicate not in ("belongs", "located")
        )
        self._rearming = True
        self._tell(Said(f"stopped by {stop.by}: {stop.reason}\nseen now: {seen}"))
        self._tell(Asked(Question("Is the way clear? Re-arm?")))

    def _rearm(self, said: Utterance) -> None:
        self._rearming = False
        if said.kind is not Kind.YES:
            self._tell(Said("still stopped"))
        elif not self._home.situation.world.embodiment.stop().acknowledged:
            self._tell(Said("the robot does not confirm that it is at rest; still stopped"))
        else:
            self._rearm_in_journal()
            self._tell(Said("re-armed; say 'go on' to carry on"))

    def _rearm_in_journal(self) -> None:
        """Re-arm, and write it down in the run that was stopped."""
        session = self._last.session if self._last is not None else self._home
        if session.run_id is not None:
            session.rejoin(self._workspace.find_run(session.run_id))
        try:
            session.rearm("the person at the console")
        finally:
            if session is not self._home:
                session.close()

    # Questions and commands.

    def _question(self, text: str) -> None:
        """Answer from the beliefs, else from the journals of this conversation."""
        it = self._words.last_named()
        words = ["the " + it if w.strip("?.,!") == "it" and it else w for w in text.split()]
        named = " ".join(words)
        answer = self._words.ask(named, self._home.situation.facts.copy())
        if answer is not None:
            self._tell(Said(answer))
            return
        journals = [
            list(read_entries(self._workspace.find_run(run).journal)) for run in self._runs()
        ]
        if not journals:
            self._tell(Said("I do not understand that; ask what is where, or /help"))
            return
        about = next((entries for entries in journals if names_a_step(entries, named)), journals[0])
        self._tell(Said("\n".join(map(str, explain(about, named)))))

    def _runs(self) -> Iterator[str]:
        """Yield the runs of this conversation that began, the latest first."""
        if self._job is not None and self._job.session.run_id is not None:
            yield self._job.session.run_id
        yield from reversed(self._past)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        if name == "save":
            self._save(rest.strip())
        elif name == "plan":
            job = self._proposal or self._job or self._last
            self._tell(Proposed(job.plan, is_whole=True) if job else Said("there is no plan"))
        elif name == "queue":
            self._tell(Said("\n".join(self._queue) or "nothing waits"))
        elif name == "forget":
            self._never_mind()
        elif name == "help":
            self._tell(Said(HELP))
        else:
            known = ", ".join(f"/{command}" for command in _COMMANDS)
            self._tell(Said(f"there is no /{name}; there is {known}"))

    def _save(self, name: str) -> None:
        job = self._last
        if job is None or job.result is None or job.result.outcome is not Outcome.SUCCESS:
            self._tell(Said("nothing to save yet: /save NAME keeps the last run that succeeded"))
            return
        tree, scenario = save(
            name,
            job.plan,
            is_edited=job.is_edited,
            seed=self._seed,
            scene=self._deployment.scene,
            start=job.start,
            folder=self._folder,
        )
        self._tell(Said(f"saved {tree} and {scenario}; run them with: treehand test {scenario}"))


_COMMANDS = ("save", "plan", "queue", "forget", "help", "quit")


def _was_left(result: RunResult) -> bool:
    return result.outcome in (Outcome.INTERRUPTED, Outcome.ERROR, Outcome.FAILURE, Outcome.CLARIFY)
