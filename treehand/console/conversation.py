"""One person, one world, one goal after the other."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from treehand.console.answers import Answers
from treehand.console.goal_changes import CHANGES, CannotChange, GoalChanger
from treehand.console.job import Job, RunningJob
from treehand.console.messages import (
    Asked,
    Ended,
    Heard,
    Message,
    Proposed,
    Said,
    ToEdit,
    Understood,
)
from treehand.console.questions import QuestionAnswerer
from treehand.console.rearm import RearmDialog
from treehand.console.save import save
from treehand.console.utterance import HELP, Intent, Utterance, classify
from treehand.core.clock import Clock, VirtualClock
from treehand.core.errors import TreehandError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import ApprovalPolicy, Decision
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.sessions.robot import NotApproved, Robot, RobotSettings, verdict_on
from treehand.orchestrator.sessions.run_session import already_true
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners import Goal, Plan, Question, Refusal, difference
from treehand.trees import PersonQuestion, TreeSpec, parse_tree, tree_to_yaml


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
        self._folder = folder
        if place is None and deployment.kind.is_virtual:
            place = workspace.new_world()
        clock = clock or VirtualClock()
        self._answers = Answers(lambda question: tell(Asked(question)), self._is_stopped)
        settings = RobotSettings(
            seed=seed, clock=clock, person=self._answers, place=place, policy=policy
        )
        self._robot = Robot(deployment, workspace=workspace, settings=settings)
        clock.pause()
        self._reader = self._robot.parts.proposer.reader
        self._reader.hear = lambda piece: tell(Heard(piece))
        self._words = self._reader.grammar
        self._changer = GoalChanger(self._reader, deployment.domain)
        self._lock = threading.RLock()
        self._calls_told = 0
        self._recall = QuestionAnswerer(self._words, workspace)
        self._rearming = RearmDialog(self._robot, tell)
        self._queue: list[str] = []
        self._unclear: Question | None = None
        self._wish: tuple[Intent, Question] | None = None
        """A change of the goal of which something is unclear."""
        self._proposal: Job | None = None
        self._live: RunningJob | None = None
        self._ending: RunningJob | None = None
        """The last one that ran; its thread may still be on its way out."""
        self._last: Job | None = None
        self._past: list[str] = []
        """The runs so far."""
        self._is_closing = False
        if self._rearming.is_needed:
            self._rearming.warn()

    # What a client may look at.

    @property
    def is_running(self) -> bool:
        """Return whether a run is going on."""
        return self._live is not None

    @property
    def is_waiting(self) -> bool:
        """Return whether the next line is expected to answer something."""
        waits = (self._unclear, self._wish, self._proposal, self._answers.open)
        return self._rearming.is_asking or any(one is not None for one in waits)

    @property
    def robot(self) -> Robot:
        """Return the robot that runs the goals."""
        return self._robot

    @property
    def queued(self) -> tuple[str, ...]:
        """Return the goals that wait for their turn."""
        return tuple(self._queue)

    @property
    def now_s(self) -> float:
        """Return the world's time, in run seconds."""
        return self._robot.world.clock.now_s()

    def completions(self) -> list[str]:
        """Return words that people may want to type here."""
        skills = [name.replace("_", " ") for name in self._deployment.domain.skills]
        own = ["stop", "wait", "go on", "skip", "actually", "and", "yes", "no", "edit", "rearm"]
        commands = [f"/{name}" for name in _COMMANDS]
        return sorted({*self._words.completions(), *skills, *own, *commands})

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no run goes on; return whether that is so."""
        live = self._live or self._ending
        if live is not None:
            live.wait(timeout_s)
        return not self.is_running

    def close(self) -> None:
        """Stop what runs and leave the world."""
        self._is_closing = True
        self._queue.clear()
        while (live := self._live) is not None:
            live.stop("goodbye", "console")
            live.wait(0.1)
        self.wait()
        if self._proposal is not None:
            self._drop_proposal("the console was closed")
        self._robot.close()

    # Lines.

    def say(self, line: str) -> None:
        """Take one line in. A stop is obeyed before anything else is looked at."""
        said = classify(line)
        if said.kind is Intent.STOP:
            self.stop(line.strip())
            return
        with self._lock:
            try:
                self._take(said, ", ".join(line.split("\n")).strip())
            except TreehandError as error:
                self._tell(Said(str(error)))
            except Exception as error:  # the conversation goes on, whatever is wrong with one line
                self._tell(Said(f"internal-error: {type(error).__name__}: {error}"))

    def stop(self, words: str, *, by: str = "console") -> None:
        """Stop what runs, latched; callable from any thread."""
        dropped = list(self._queue)
        self._queue.clear()
        self._stop_live(words, by)
        with self._lock:  # a run that began meanwhile is stopped too
            waits = f"; no longer waiting: {', '.join(dropped)}" if dropped else ""
            if self._stop_live(words, by):
                self._tell(Said(f"stopping{waits}"))
                return
            had = self._proposal is not None
            if had:
                self._drop_proposal(f"the person said '{words}'")
            self._unclear, self._wish, self._rearming.is_asking = None, None, False
            plan = "; the plan is dropped" if had else ""
            still = (
                "; this world is still stopped"
                if self._robot.parts.stops.latched() is not None
                else ""
            )
            self._tell(Said(f"nothing is running{plan}{waits}{still}"))

    def _stop_live(self, words: str, by: str) -> bool:
        live = self._live
        if live is not None:
            live.stop(words, by)
        return live is not None

    def _is_stopped(self) -> bool:
        live = self._live
        return live is not None and live.is_stopped

    def _take(self, said: Utterance, line: str) -> None:
        if said.kind is Intent.NOTHING:
            self._tell(Said("say what shall be done, or /help"))
        elif said.kind is Intent.COMMAND:
            self._command(said.rest)
        elif self._rearming.is_asking:
            self._rearm(said, line)
        elif self._answers.open is not None:
            self._answer(said, line)
        elif said.kind is Intent.QUESTION:
            self._question(line)
        elif said.kind is Intent.REARM:
            self._rearming.look()
        elif said.kind is Intent.NEVER_MIND:
            self._never_mind()
        elif self._wish is not None:
            self._clear_up_wish(line, *self._wish)
        elif self._live is not None:
            self._while_running(said, line, self._live)
        elif self._unclear is not None:
            self._clear_up(said, line, self._unclear)
        elif self._proposal is not None:
            self._on_proposal(said, line, self._proposal)
        else:
            self._when_idle(said, line)

    def _when_idle(self, said: Utterance, line: str) -> None:
        if said.kind is Intent.GO_ON:
            self._carry_on()
        elif said.kind in (Intent.YES, Intent.NO, Intent.EDIT, Intent.HOLD):
            self._tell(Said("nothing waits for that; say what shall be done, or /help"))
        elif said.kind in (Intent.INSTEAD, Intent.ALSO):
            self._want(said.rest, follows=said.kind is Intent.ALSO)
        else:
            self._want(line)

    def _answer(self, said: Utterance, line: str) -> None:
        open_ = self._answers.open
        if self._answers.give(line) or open_ is None:
            return
        if said.kind is Intent.QUESTION:
            self._question(line)
        self._tell(Said(f"please answer first: {' / '.join(open_.options)}"))

    # Goals.

    def _want(self, text: str, *, follows: bool = False) -> None:
        """Understand a goal, plan for it and propose the plan."""
        if self._rearming.is_needed:
            self._rearming.warn()
            return
        facts = self._robot.world.facts
        read = self._words.follow(text, facts) or self._reader.understand(text, facts)
        self._take_reading(text, read)

    def _take_reading(self, text: str, read: Goal | Question | Refusal) -> None:
        if isinstance(read, Question):
            self._ask_back(read)
            return
        self._unclear = None
        if isinstance(read, Refusal):
            self._tell_verdict(verdict_on(read))
        else:
            self._propose(text, read)

    def _tell_verdict(self, verdict: Verdict) -> None:
        self._tell(Said(f"{verdict.outcome.value}: {verdict.message}"))
        self._next()

    def _ask_back(self, question: Question) -> None:
        if not question.options:
            self._tell(Said(question.text))
            return
        self._unclear = question
        self._tell(Asked(PersonQuestion(question.text, question.options)))

    def _clear_up(self, said: Utterance, line: str, question: Question) -> None:
        option = chosen_option(line, question.options)
        if option is None:
            facts = self._robot.world.facts
            is_other = said.kind is Intent.OTHER
            if is_other and isinstance(self._reader.plainly(line, facts), Goal):
                self._unclear = None
                self._want(line)  # something else is wanted now
            elif said.kind is Intent.NO:
                self._unclear = None
                self._tell(Said("dropped; nothing was moved"))
            else:
                self._tell(Asked(PersonQuestion(question.text, question.options)))
            return
        self._unclear = None
        if question.about:
            self._words.remember(question.about, option)
            self._want(question.meaning(option))
        else:
            read = self._reader.answered(question, option, self._robot.world.facts)
            self._take_reading(question.said, read)

    def _propose(
        self,
        text: str,
        goal: Goal,
        tree: TreeSpec | None = None,
        *,
        replaces: str | None = None,
    ) -> None:
        """Plan for a goal, or take a tree for it, and propose it unless nothing is asked.

        Args:
            text: What the person said.
            goal: What it means.
            tree: A tree that the person edited.
            replaces: Why the plan that waits is dropped, once there is another one.
        """
        if tree is None:
            proposal = self._robot.propose_reading(goal)
        else:
            proposal = self._robot.propose_tree(tree, {}, goal)
        if not isinstance(proposal, Plan):
            self._tell_verdict(verdict_on(proposal))
            return
        if proposal.is_already_true:
            self._tell_verdict(already_true(goal, self._robot.world))
            return
        self._tell(Understood(goal))
        meter = self._reader.meter
        if meter is not None and meter.calls > self._calls_told:
            self._calls_told = meter.calls
            self._tell(Said(meter.summary()))
        if tree is not None and not proposal.reaches_goal:
            self._tell(Said("your tree does not reach the goal; it runs as it is, and no further"))
            words = f"run the edited tree for: {goal.words}"
            goal = Goal(text=goal.text, never=goal.never, words=words)
            again = self._robot.propose_tree(tree, {}, goal)
            assert isinstance(again, Plan)
            proposal = again
        if replaces is not None:
            self._drop_proposal(replaces)
        start = self._robot.world.facts.true_facts()
        self._proposal = Job(text, goal, proposal, start, is_edited=tree is not None)
        self._tell(Proposed(proposal))
        if self._robot.parts.policy is ApprovalPolicy.NEVER:
            self._approve(Decision(is_approved=True, by="the policy: nothing is asked"))

    def _on_proposal(self, said: Utterance, line: str, job: Job) -> None:
        if said.kind is Intent.YES:
            self._approve(Decision(is_approved=True, by=PERSON, confirms=True))
        elif said.kind is Intent.NO:
            self._reject(said.rest, job)
        elif said.kind is Intent.EDIT:
            self._tell(ToEdit(tree_to_yaml(job.plan.tree)))
        elif said.kind in CHANGES:
            self._change(self._changed(said, job.goal, job.plan), job, line)
        else:
            self._tell(Said("the plan waits: yes, no (with a reason), edit, or 'actually …'"))

    def _approve(self, decision: Decision) -> None:
        job, self._proposal = self._proposal, None
        assert job is not None
        if not self._is_closing:
            live = RunningJob(self._robot, job, self._tell, self._ended)
            self._live = live
            try:
                live.start(decision)
            except BaseException:
                self._live = None
                raise

    def _reject(self, reason: str, job: Job) -> None:
        """Drop the plan; a reason that says what to leave out leads to another one."""
        changed = self._changed(classify(reason), job.goal, job.plan) if reason else None
        if changed is not None:
            if self._show_difference(job.goal, changed):
                self._propose(job.text, changed, replaces=reason)
        elif reason:
            self._tell(Said("the plan still waits: yes, no, edit"))
        else:
            self._drop_proposal("no")
            self._tell(Said("dropped; nothing was moved"))
            self._next()

    def _drop_proposal(self, reason: str) -> None:
        job, self._proposal = self._proposal, None
        assert job is not None
        decision = Decision(is_approved=False, by=PERSON, reason=reason)
        with contextlib.suppress(NotApproved):
            self._robot.approve(job.plan, by=lambda plan: decision)

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
            try:
                self._propose(job.text, job.goal, tree, replaces="edited by the person")
            except TreehandError as error:
                self._tell(Said(f"{error}\nthe plan before the edit still waits"))

    # Changing a goal.

    def _show_difference(self, before: Goal, after: Goal) -> bool:
        changes = difference(before, after, self._deployment.domain)
        if changes.is_empty:
            self._tell(Said("that changes nothing"))
            return False
        lines = [f"  - {words}" for words in changes.gone] + [f"  + {w}" for w in changes.new]
        self._tell(Said("\n".join(("the goal changes:", *lines))))
        return True

    def _changed(self, said: Utterance, goal: Goal, plan: Plan) -> Goal | None:
        """Return the goal as a line wants it; None, with the reason said, if that cannot be."""
        facts = self._robot.world.facts.copy()
        try:
            return self._changer.changed(said, goal, plan, facts)
        except CannotChange as reason:
            unclear = reason.unclear
            if unclear is not None:
                self._wish = (said.kind, unclear)
                self._tell(Asked(PersonQuestion(unclear.text, unclear.options)))
            else:
                self._tell(Said(str(reason)))
            return None

    def _clear_up_wish(self, line: str, kind: Intent, wish: Question) -> None:
        """Take the answer to what was unclear of a change."""
        option = chosen_option(line, wish.options)
        if option is None:
            self._tell(Asked(PersonQuestion(wish.text, wish.options)))
            return
        self._wish = None
        text = wish.meaning(option)
        self._take(Utterance(kind, text), text)

    def _change(self, goal: Goal | None, job: Job, line: str) -> None:
        if goal is not None and self._show_difference(job.goal, goal):
            self._propose(job.text, goal, replaces=line)

    # While it runs.

    def _while_running(self, said: Utterance, line: str, live: RunningJob) -> None:
        if said.kind is Intent.HOLD:
            live.hold()
        elif said.kind is Intent.GO_ON:
            live.go_on()
        elif said.kind in CHANGES:
            goal = self._changed(said, live.goal, live.job.plan)
            if goal is not None and self._show_difference(live.goal, goal):
                live.change(goal, line)
        elif said.kind in (Intent.YES, Intent.NO, Intent.EDIT):
            self._tell(Said("nothing waits for that; it is running"))
        else:
            self._queue.append(line)
            self._tell(Said(f"queued as number {len(self._queue)}: {line}"))

    def _ended(self, live: RunningJob) -> None:
        """Take in, in the run's thread, that a run is over, however that came."""
        with self._lock:
            job = live.job
            self._last, self._live, self._ending = job, None, live
            if live.run_id is not None:
                self._past.append(live.run_id)
            if job.result is None:
                return
            self._tell(Ended(job.result))
            is_done = job.result.outcome is Outcome.SUCCESS
            if live.pending is not None and is_done and not self._is_closing:
                self._tell(Said("it ended before the goal was changed; so that comes now"))
                self._propose(job.text, live.pending)
            else:
                self._after(job.result)

    def _after(self, result: RunResult) -> None:
        if self._rearming.is_needed:
            self._rearming.warn()
        elif result.outcome is Outcome.SUCCESS:
            self._next()
        elif self._queue:
            waiting = ", ".join(self._queue)
            self._tell(Said(f"these wait: {waiting}; say 'go on', or 'forget them'"))

    def _next(self) -> None:
        while self._queue and not self._is_closing:
            text = self._queue.pop(0)
            self._tell(Said(f"next: {text}"))
            self._want(text)
            if self.is_waiting or self._live is not None:
                return

    def _carry_on(self) -> None:
        """Go on with what was stopped, else with what waits."""
        last = self._last
        if self._rearming.is_needed:
            self._rearming.warn()
        elif last is not None and last.result is not None and _was_left(last.result):
            self._propose(last.text, last.goal)
        elif self._queue:
            self._next()
        else:
            self._tell(Said("there is nothing to go on with"))

    def _never_mind(self) -> None:
        if self._live is not None:
            self.stop("never mind")
            return
        if self._proposal is not None:
            self._drop_proposal("never mind")
        self._unclear = self._wish = None
        forgotten = len(self._queue)
        self._queue.clear()
        self._tell(Said(f"forgotten{f', {forgotten} in the queue too' if forgotten else ''}"))

    def _rearm(self, said: Utterance, line: str) -> None:
        if said.kind is Intent.QUESTION:
            self._question(line)
            self._tell(Said("is the way clear? yes or no"))
            return
        self._rearming.answer(is_yes=said.kind is Intent.YES)

    # Questions and commands.

    def _question(self, text: str) -> None:
        facts = self._robot.world.facts.copy()
        self._tell(Said(self._recall.answer(text, facts, self._runs())))

    def _runs(self) -> Iterator[str]:
        """Yield the runs of this conversation that began, the latest first."""
        if self._live is not None and self._live.run_id is not None:
            yield self._live.run_id
        yield from reversed(self._past)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        if name == "save":
            self._save(rest.strip())
        elif name == "plan":
            live = self._live.job if self._live is not None else None
            job = self._proposal or live or self._last
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


PERSON = "the person at the console"
"""Who approves and rejects plans here, for the journal."""
_COMMANDS = ("save", "plan", "queue", "forget", "help", "quit")


def _was_left(result: RunResult) -> bool:
    return result.outcome in (Outcome.INTERRUPTED, Outcome.ERROR, Outcome.FAILURE, Outcome.CLARIFY)
