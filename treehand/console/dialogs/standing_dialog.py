"""Standing orders that a person gives, lifts or asks for, also while a goal runs."""

from __future__ import annotations

from treehand.console.messages import Said, Tell
from treehand.orchestrator.sessions.robot import Robot


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

    def take(self, line: str) -> bool:
        """Take words about standing orders; return False if a line is about none."""
        answer = self._standing.take(line, self._robot.world.facts.copy())
        if answer is not None:
            self._tell(Said(answer.text))
        return answer is not None

    def show(self) -> None:
        """Tell the orders in force."""
        self._tell(Said("\n".join(self._standing.lines()) or "there are no standing orders"))
