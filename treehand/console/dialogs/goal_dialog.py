"""Goals in plain words, and questions back about what is unclear of them."""

from __future__ import annotations

from typing import Protocol

from treehand.console.dialogs.rearm_dialog import RearmDialog
from treehand.console.intents import Intent, Utterance
from treehand.console.messages import Asked, Said, Tell
from treehand.console.reading_stop import ReadingStop
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.sessions.robot import Robot, verdict_on
from treehand.planners import Answer, Goal, Question, Reading
from treehand.planners.reading.acts.stops import is_refusal, plain_words
from treehand.trees import PersonQuestion


class GoalTaker(Protocol):
    """Plans for goals and proposes the plans."""

    def propose(self, text: str, goal: Goal) -> bool:
        """Propose a plan for a goal; return True if the goal ended without one."""
        ...


class GoalDialog:
    """Reads goals, and asks back until their words are clear.

    Args:
        robot: Reads them, with its beliefs.
        tell: Shows a message.
        proposer: Takes the goals.
        rearming: Tells whether the robot is stopped.
        reading: Tells whether a stop came while a goal was read.
    """

    def __init__(
        self,
        robot: Robot,
        tell: Tell,
        proposer: GoalTaker,
        rearming: RearmDialog,
        reading: ReadingStop,
    ) -> None:
        self._robot = robot
        self._tell = tell
        self._proposer = proposer
        self._rearming = rearming
        self._reading = reading
        self._reader = robot.parts.proposer.reader
        self._unclear: Question | None = None

    @property
    def is_asking(self) -> bool:
        """Return True if the next line is expected to answer."""
        return self._unclear is not None

    def want(self, text: str) -> bool:
        """Read a goal and have a plan for it proposed; return True if it ended without one."""
        if self._rearming.warn_if_needed():
            return False
        facts = self._robot.world.facts
        follow_up = self._reader.grammar.follow(text, facts)
        proposer, world = self._robot.parts.proposer, self._robot.world
        return self._take(text, follow_up or proposer.read(text, world))

    def answer(self, said: Utterance, line: str) -> bool:
        """Take the answer to the open question, or another goal instead of one.

        Returns:
            True if the goal ended without a plan.
        """
        question = self._unclear
        assert question is not None
        facts = self._robot.world.facts
        option = chosen_option(line, question.options)
        if option is not None:
            self._unclear = None
            if question.about:
                self._reader.grammar.remember(question.about, option)
                return self.want(question.meaning(option))
            return self._take(question.said, self._reader.answered(question, option, facts))
        is_other = said.intent is Intent.OTHER
        if is_other and isinstance(self._reader.plainly(line, facts), Goal):
            self._unclear = None
            return self.want(line)
        if said.intent is Intent.NO or is_refusal(plain_words(line).split()):
            self._unclear = None
            self._tell(Said("dropped; nothing was moved"))
        else:
            self._tell(Asked(PersonQuestion(question.text, question.options)))
        return False

    def drop(self) -> None:
        """Expect no answer any more."""
        self._unclear = None

    def _take(self, text: str, read: Reading) -> bool:
        if isinstance(read, Answer):
            self._unclear = None
            self._tell(Said(read.text))
            return True
        self._reading.require_wanted()
        if isinstance(read, Question):
            self._ask_back(read)
            return False
        self._unclear = None
        if isinstance(read, Goal):
            return self._proposer.propose(text, read)
        verdict = verdict_on(read)
        self._tell(Said(f"{verdict.outcome.value}: {verdict.message}"))
        return True

    def _ask_back(self, question: Question) -> None:
        if not question.options:
            self._tell(Said(question.text))
            return
        self._unclear = question
        self._tell(Asked(PersonQuestion(question.text, question.options)))
