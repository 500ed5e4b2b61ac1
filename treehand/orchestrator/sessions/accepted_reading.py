"""The reading of words that a script accepts: no other is planned for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from treehand.core.errors import InputError
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, Question, Reading
from treehand.planners.goals.goal_text import parse_goal
from treehand.planners.goals.literals.equality import are_same
from treehand.skills.domain import SyntaxFault, Vocabulary

_DIGEST = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True)
class AcceptedReading:
    """The only reading that may be planned for: a goal, or its digest.

    Args:
        goal: The goal; None for any.
        digest: The goal's digest, as ``treehand goal --json`` prints it; empty for any.
    """

    goal: Goal | None = None
    digest: str = ""

    @classmethod
    def of(cls, text: str | None, digest: str | None) -> AcceptedReading | None:
        """Return the accepted reading that a command line gives; None if it gives none.

        Args:
            text: A goal in the text syntax.
            digest: A goal's digest.

        Raises:
            InputError: If the formula cannot be read, the digest is none, or both are empty.
        """
        if text is None and digest is None:
            return None
        if not (text or digest):
            hint = "for example --goal 'in(milk, fridge)'"
            raise InputError.of("wrong-argument", "the accepted reading is empty", hint=hint)
        if digest and not _DIGEST.fullmatch(digest):
            hint = "it has 16 hex digits, as 'treehand goal --json' prints them"
            raise InputError.of("wrong-argument", f"'{digest}' is no reading's hash", hint=hint)
        try:
            goal = parse_goal(text) if text else None
        except SyntaxFault as fault:
            message = f"--goal '{text}' is no goal: {fault} (column {fault.column + 1})"
            raise InputError.of("wrong-argument", message, hint=fault.hint) from fault
        return cls(goal, digest or "")

    def admits(self, goal: Goal, vocabulary: Vocabulary) -> bool:
        """Return True if a goal is the accepted reading.

        It admits no order and no condition that it does not say; bans, requirements and a time
        limit only take away.
        """
        if self.digest and goal.digest != self.digest:
            return False
        wanted = self.goal
        if wanted is None:
            return True
        return (
            goal.before == wanted.before
            and set(map(str, goal.cases)) == set(map(str, wanted.cases))
            and {*wanted.never} <= {*goal.never}
            and {*wanted.requirements} <= {*goal.requirements}
            and wanted.manner in (None, goal.manner)
            and wanted.within_s in (None, goal.within_s)
            and are_same(goal.formula, wanted.formula, vocabulary)
        )

    def proposal(self, robot: Robot, read: Reading) -> Proposal:
        """Return the proposal for a reading that is, or can be, the accepted one; else a question.

        Args:
            robot: The robot.
            read: The reading of a person's words.

        Raises:
            InputError: If the accepted goal holds names that domain and scene do not have.
        """
        self._require_known(robot.deployment.vocabulary)
        return robot.propose_reading(self._settled(robot, read))

    def _require_known(self, vocabulary: Vocabulary) -> None:
        if self.goal is None:
            return
        goal = self.goal
        cases = [formula for case in goal.cases for formula in case.formulas()]
        for formula in (goal.formula, *goal.before, *goal.never, *cases):
            for found in vocabulary.check(formula, {}):
                message = f"--goal '{formula}': {found.message}"
                raise InputError.of(found.code, message, hint=found.hint)

    def _settled(self, robot: Robot, read: Reading) -> Reading:
        vocabulary = robot.deployment.vocabulary
        if isinstance(read, Question):
            for option, goal in read.readings:
                if self.admits(goal, vocabulary):
                    reader = robot.parts.proposer.reader
                    return reader.answered(read, option, robot.world.facts)
            return read
        if not isinstance(read, Goal) or self.admits(read, vocabulary):
            return read
        words = f"that is read as '{read.words}', which is not the accepted reading; is it meant?"
        return Question(words, ("yes", "no"), said=read.text, goals=(read,))
