"""Standing orders that a person gives, lifts or asks for, also while a goal runs."""

from __future__ import annotations

import re

from treehand.console.messages import Said, Tell
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, in_words
from treehand.planners.reading.acts.assent import is_assent
from treehand.planners.reading.acts.stops import is_refusal, plain_words

_KEEPING = re.compile(r"\bkeep (?:to )?(?:it|that)\b", re.IGNORECASE)


class StandingDialog:
    """Answers words about standing orders.

    Args:
        robot: Keeps the orders; its beliefs tell which things are meant.
        tell: Shows a message.
    """

    def __init__(self, robot: Robot, tell: Tell) -> None:
        self._robot = robot
        self._standing = robot.parts.proposer.reader.standing
        self._tell = tell
        self._offered = ""
        """The order that the next line may agree to; empty if none was offered."""

    def take(self, line: str) -> bool:
        """Take words about standing orders; return False if a line is about none."""
        offered, self._offered = self._offered, ""
        if offered and is_refusal(plain_words(line).split()):
            self._tell(Said("all right"))
            return True
        is_agreed = is_assent(line) or _KEEPING.search(line) is not None
        if offered and not is_agreed:  # something else is said: what was forbidden stays so
            kept = self._standing.take(offered, self._robot.world.facts.copy())
            self._tell(Said(kept.text if kept is not None else f"kept: {offered}"))
        line = offered if offered and is_agreed else line
        answer = self._standing.take(line, self._robot.world.facts.copy())
        if answer is not None:
            self._tell(Said(answer.text))
        return answer is not None

    def offer(self, words: str) -> bool:
        """Ask if words that stop what does not run are a standing order; False if they are none."""
        self._offered = self._standing.offered(words, self._robot.world.facts.copy())
        if self._offered:
            self._tell(Said(f"nothing is running; shall I keep to '{self._offered}' from now on?"))
        return bool(self._offered)

    def denies(self, line: str) -> bool:
        """Ask if words that only forbid are a standing order; False if they are none."""
        denied = self._standing.denied(line, self._robot.world.facts.copy())
        if denied is None:
            return False
        self._offered = denied.order
        asked = f"; shall I keep to '{denied.order}' from now on?" if denied.order else ""
        self._tell(Said(f"all right, not that{asked}"))
        return True

    def kept_from(self, line: str, goal: Goal) -> Goal | None:
        """Return a goal that also keeps what words forbid; None if they forbid nothing."""
        denied = self._standing.denied(line, self._robot.world.facts.copy())
        if denied is None:
            return None
        never = tuple(dict.fromkeys((*goal.never, denied.never)))
        return in_words(goal.model_copy(update={"never": never}), self._robot.deployment.domain)

    def show(self) -> None:
        """Tell the orders in force."""
        self._tell(Said("\n".join(self._standing.lines()) or "there are no standing orders"))
