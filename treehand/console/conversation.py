"""A conversation about goals: one person, one world, one goal after the other."""

from __future__ import annotations

import threading
from pathlib import Path

from treehand.console.dialogs.answers import Answers
from treehand.console.dialogs.edit_dialog import EditDialog
from treehand.console.dialogs.goal_dialog import GoalDialog
from treehand.console.dialogs.limit_dialog import LimitDialog
from treehand.console.dialogs.move_dialog import MoveDialog
from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.dialogs.proposal_desk import ProposalDesk
from treehand.console.dialogs.rearm_dialog import RearmDialog
from treehand.console.dialogs.remember_dialog import RememberDialog
from treehand.console.dialogs.standing_dialog import StandingDialog
from treehand.console.goal_queue import GoalQueue
from treehand.console.goal_sequence import GoalSequence
from treehand.console.intents import Intent, classify
from treehand.console.line_router import LineRouter
from treehand.console.messages import Said, Tell
from treehand.console.outlet import MessageOutlet, TurnSignal, telling_errors
from treehand.console.questions import QuestionAnswerer
from treehand.console.reading_stop import ReadingStop
from treehand.console.run_control import RunControl
from treehand.console.slash_commands import COMMANDS, SlashCommands
from treehand.console.status import StatusReporter
from treehand.core.clock import Clock, VirtualClock
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners.reading.acts.talk import without_talk
from treehand.trees import Breakpoints

_SOON_S = 0.2
"""Longest wait of a stop for a line that is being taken: a language model may be reading it."""


class Conversation:
    """Takes a person's lines, and tells a client what they lead to.

    It holds one world from the first line to the last. `say` returns at once; a run goes on in a
    thread of its own. An exception that `tell` raises does not stop a run; `close` raises it.

    Args:
        deployment: World, domain, skills, limits.
        workspace: Folder of the journals.
        tell: Shows a message; called from any thread.
        seed: Seed of every random draw.
        clock: Time of the world; virtual if left out.
        place: Place of the world on disk; its own in the workspace if left out.
        policy: Plans that are asked about; those that the deployment says if left out.
        tracing: Makes the spans of the runs; none if left out.
        folder: Folder of the files that ``/save`` writes.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        workspace: Workspace,
        tell: Tell,
        seed: int = 0,
        clock: Clock | None = None,
        place: WorldPlace | None = None,
        policy: ApprovalPolicy | None = None,
        tracing: Tracing | None = None,
        folder: Path = Path(),
    ) -> None:
        self._tell = MessageOutlet(tell)
        self._turn = TurnSignal()
        self._lock = threading.RLock()
        if place is None and deployment.kind.is_virtual:
            place = workspace.new_world()
        clock = clock or VirtualClock()
        answers = Answers(self._tell, self._turn, lambda: self._runs.is_stopped)
        settings = RobotSettings(
            seed=seed,
            clock=clock,
            person=answers,
            place=place,
            policy=policy,
            tracing=tracing or NoTracing(),
            breakpoints=Breakpoints(deployment.breakpoints),
            tell=lambda text: self._tell(Said(text)),
        )
        self._robot = robot = Robot(deployment, workspace=workspace, settings=settings)
        clock.pause()
        reader = robot.parts.proposer.reader
        self._reading = reading = ReadingStop(self._tell)
        reader.stream_to(reading.hear)
        self._runs = RunControl(robot, self._tell, self._turn)
        rearming = RearmDialog(robot, self._tell)
        desk = ProposalDesk(robot, self._tell, self._runs)
        self._queue = queue = GoalQueue(self._tell, self._runs)
        goals = GoalDialog(
            robot,
            self._tell,
            desk,
            queue=queue,
            runs=self._runs,
            rearming=rearming,
            reading=reading,
        )
        edits = EditDialog(robot, self._tell)
        self._questions = OpenQuestions(rearming, answers, edits, goals, desk)
        sequence = GoalSequence(self._tell, self._runs, self._queue, self._questions, self._lock)
        self._runs.on_end(sequence.take_end)
        self._sequence = sequence
        status = StatusReporter(robot, self._runs, self._questions, self._queue)
        robot.world.stream.subscribe(status.hear)
        self._answerer = QuestionAnswerer(reader.grammar, status, workspace)
        self._standing = StandingDialog(robot, self._tell)
        commands = SlashCommands(
            robot, self._tell, runs=self._runs, desk=desk, queue=queue, folder=folder
        )
        self._router = self._line_router(robot, reader, commands)
        rearming.warn_if_needed()

    def _line_router(
        self, robot: Robot, reader: SessionReader, commands: SlashCommands
    ) -> LineRouter:
        """Return the router of a person's lines to the dialogs."""
        return LineRouter(
            self._tell,
            runs=self._runs,
            questions=self._questions,
            sequence=self._sequence,
            queue=self._queue,
            limits=LimitDialog(robot, self._tell),
            memory=RememberDialog(reader.learned, self._tell),
            standing=self._standing,
            moves=MoveDialog(robot, self._tell, self._runs, self._questions, self._queue),
            commands=commands,
            ask=self._answer_to,
            takes_up=self._answerer.takes_up,
            may_be_goal=reader.may_ask,
            stop=self.stop,
        )

    # Views for a client.

    @property
    def is_running(self) -> bool:
        """Return True while a run is under way."""
        return self._runs.live is not None

    @property
    def is_waiting(self) -> bool:
        """Return True if the next line is expected to answer something."""
        return self._questions.is_open

    @property
    def robot(self) -> Robot:
        """Return the robot that runs the goals."""
        return self._robot

    @property
    def queued(self) -> tuple[str, ...]:
        """Return the goals that wait for their turn."""
        return self._queue.texts

    @property
    def now_s(self) -> float:
        """Return the world's time, in run seconds."""
        return self._robot.world.clock.now_s()

    def completions(self) -> list[str]:
        """Return words that people may want to type here."""
        skills = [name.replace("_", " ") for name in self._robot.deployment.domain.skills]
        own = ["stop", "wait", "go on", "skip", "actually", "and", "yes", "no", "edit", "rearm"]
        words = self._robot.parts.proposer.reader.grammar.completions()
        return sorted({*words, *skills, *own, *(f"/{name}" for name in COMMANDS)})

    # Waiting.

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the run; return True if none is under way then."""
        return self._runs.wait(timeout_s)

    def wait_for_turn(self, timeout_s: float | None = None) -> bool:
        """Wait until it is the person's turn: nothing runs, or a question is open.

        Args:
            timeout_s: Longest wait, in seconds of wall time; None: no limit.

        Returns:
            True if it is the person's turn; False after the timeout.
        """
        return self._turn.wait_for(lambda: self.is_waiting or not self._runs.is_busy, timeout_s)

    def close(self) -> None:
        """Stop the run under way and leave the world.

        Raises:
            ListenerError: If the listener raised an exception; everything else was done.
        """
        self._queue.clear()
        self._runs.close()
        self._questions.desk.drop("the console was closed")
        self._robot.close()
        self._tell.raise_first()

    # Lines.

    def say(self, line: str) -> None:
        """Take one line in. A stop is obeyed before anything else is looked at."""
        said = classify(line)
        if said.intent is Intent.STOP:
            self.stop(line.strip())
            return
        with self._lock, telling_errors(self._tell):
            self._reading.begin()
            try:
                plain = without_talk(", ".join(line.split("\n")))
                self._router.take(classify(plain) if plain != line else said, plain)
            finally:
                self._reading.end()

    def edited(self, yaml: str) -> None:
        """Take back the tree that was given out with `ToEdit`, checked again."""
        with self._lock, telling_errors(self._tell):
            if self._questions.desk.take_edited(yaml):
                self._sequence.advance()

    def stop(self, words: str, *, by: str = "console") -> None:
        """Stop the run under way, latched; callable from any thread.

        It does not wait for a language model that reads a line: what that leads to is dropped.
        """
        dropped = self._queue.clear()
        is_running = self._runs.stop(words, by)
        self._reading.stop()
        if self._lock.acquire(timeout=_SOON_S):
            self._lock.release()
            self._settle_stop(words, by, dropped, is_running=is_running)
        else:
            threading.Thread(
                target=self._settle_stop,
                args=(words, by, dropped),
                kwargs={"is_running": is_running},
                daemon=True,
            ).start()

    def _settle_stop(
        self, words: str, by: str, dropped: tuple[str, ...], *, is_running: bool
    ) -> None:
        """Stop what was about to begin, and drop what waits for an answer."""
        with self._lock:
            is_running = self._runs.unbar(words, by) or is_running
            waits = f"; no longer waiting: {', '.join(dropped)}" if dropped else ""
            if is_running:
                self._tell(Said(f"stopping{waits}"))
                return
            was_asking = self._questions.goals.is_asking
            had_plan = self._questions.drop(f"the person said '{words}'")
            plan = "; the plan is dropped" if had_plan else ""
            plan = plan or ("; the question is dropped" if was_asking else "")
            if not had_plan and not dropped and self._standing.offer(words):
                return
            is_stopped = self._questions.rearming.is_needed
            still = "; this world is still stopped" if is_stopped else ""
            self._tell(Said(f"nothing is running{plan}{waits}{still}"))

    def _answer_to(self, text: str) -> str:
        facts = self._robot.world.facts.copy()
        return self._answerer.answer(text, facts, self._runs.run_ids())
