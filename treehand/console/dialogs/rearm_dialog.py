"""The dialog that lifts a latched stop: a look, a question, a yes."""

from __future__ import annotations

from treehand.console.messages import Asked, Said, Tell
from treehand.orchestrator.sessions.robot import Robot
from treehand.trees import PersonQuestion

QUESTION = PersonQuestion("Is the way clear? Re-arm?")
BY = "the person at the console"


class RearmDialog:
    """Lifts the latched stop of a robot's world.

    Args:
        robot: The robot.
        tell: Shows a message.
    """

    def __init__(self, robot: Robot, tell: Tell) -> None:
        self._robot = robot
        self._tell = tell
        self._is_asking = False

    @property
    def is_asking(self) -> bool:
        """Return True if the next line is expected to answer."""
        return self._is_asking

    @property
    def is_needed(self) -> bool:
        """Return True if the world is stopped."""
        return self._robot.parts.stops.latched() is not None

    def warn_if_needed(self) -> bool:
        """Return True if the world is stopped; the person is told then."""
        if not self.is_needed:
            return False
        self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))
        return True

    def look(self) -> None:
        """Say what is seen now, and ask."""
        stop = self._robot.parts.stops.latched()
        if stop is None:
            self._tell(Said("nothing is stopped"))
            return
        seen = ", ".join(map(str, self._robot.look()))
        self._is_asking = True
        self._tell(Said(f"stopped by {stop.by}: {stop.reason}\nseen now: {seen}"))
        self._tell(Asked(QUESTION))

    def answer(self, *, is_yes: bool) -> None:
        """Take the answer in.

        Args:
            is_yes: True if the way is clear.
        """
        self._is_asking = False
        if not is_yes:
            self._tell(Said("still stopped"))
        elif not self._robot.world.world.embodiment.stop().acknowledged:
            self._tell(Said("the robot does not confirm that it is at rest; still stopped"))
        else:
            self._robot.rearm(BY)
            self._tell(Said("re-armed; say 'go on' to carry on"))

    def drop(self) -> None:
        """Expect no answer any more."""
        self._is_asking = False
