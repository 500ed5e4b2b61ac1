"""The dialog that lifts a latched stop: a look, a question, a yes."""

from __future__ import annotations

from treehand.console.messages import Asked, Said, Tell
from treehand.core.errors import StillStopped
from treehand.orchestrator.people.fact_list import shown_facts
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.safety.robot_stopper import stopped_now
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
        self._shown: tuple[LatchedStop, ...] = ()
        """The stops that the open question is about; empty if none is open."""

    @property
    def is_asking(self) -> bool:
        """Return True if the next line is expected to answer."""
        return bool(self._shown)

    @property
    def is_needed(self) -> bool:
        """Return True if the world is stopped."""
        return bool(self._robot.stops)

    def warn_if_needed(self) -> bool:
        """Return True if the world is stopped; the person is told then."""
        if not self.is_needed:
            return False
        self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))
        return True

    def look(self) -> None:
        """Say which stops are in force and what is seen now, and ask."""
        self._shown = ()
        stops = self._robot.stops
        if not stops:
            self._tell(Said("nothing is stopped"))
            return
        seen = shown_facts(self._robot.look(), self._robot.deployment.domain)
        told = "\n".join(f"stopped by {stop.by}: {stop.reason}" for stop in stops)
        self._shown = stops
        self._tell(Said(f"{told}\nseen now: {seen}"))
        self._tell(Asked(QUESTION))

    def answer(self, *, is_yes: bool) -> None:
        """Take the answer in; it is about the stops that were shown, and no later ones.

        Args:
            is_yes: True if the way is clear.
        """
        shown, self._shown = self._shown, ()
        if not is_yes:
            self._tell(Said("still stopped"))
        elif self._robot.stops != shown:
            self._tell(Said("the stops have changed meanwhile"))
            self.look()
        elif not stopped_now(self._robot.world.world.embodiment).acknowledged:
            self._tell(Said("the robot does not confirm that it is at rest; still stopped"))
        else:
            self._lift(shown)

    def _lift(self, shown: tuple[LatchedStop, ...]) -> None:
        try:
            self._robot.rearm(BY, shown)
        except StillStopped:
            self._tell(Said("another stop came meanwhile; still stopped"))
            self.look()
        else:
            self._tell(Said("re-armed; say 'go on' to carry on"))

    def drop(self) -> None:
        """Expect no answer any more."""
        self._shown = ()
