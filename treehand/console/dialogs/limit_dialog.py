"""Limits on speed and grip force that a person sets or lifts in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.console.messages import Said, Tell
from treehand.orchestrator.running.watching.limit_book import ALL
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners.reading.acts.limit_words import LEAST, SaidLimit
from treehand.skills import UNLIMITED, MotionLimits

_IT = ("it", "that", "this", "them")


class LimitDialog:
    """Sets limits; the skills see them from the next motion on, and the journal has them.

    Args:
        robot: Keeps the limits, and knows the things.
        tell: Shows a message.
    """

    def __init__(self, robot: Robot, tell: Tell) -> None:
        self._robot = robot
        self._tell = tell
        self._book = robot.world.limits

    def take(self, said: SaidLimit, line: str) -> bool:
        """Set or lift a limit; return False if the line is about something that is not here."""
        if said.is_all:
            self._book.lift(line)
            self._tell(Said("all limits are lifted"))
            return True
        subjects = self._subjects(said.thing)
        if not subjects:
            return False
        for subject in subjects:
            self._book.change(subject, self._limits(said, subject), line)
        if said.thing and said.speed == 1.0 and not self._book.wanted:
            self._tell(Said("all right: no limits are left"))
            return True
        told = "; ".join(self._book.lines()) or "usual speed and force"
        self._tell(Said(f"limits from the next motion on: {told}{self._hint()}"))
        return True

    def _subjects(self, thing: str) -> Sequence[str]:
        """Return the things that a limit is for; empty if there are none of that name."""
        if not thing:
            return (ALL,)
        grammar = self._robot.parts.proposer.reader.grammar
        named = f"the {grammar.last_named()}" if thing in _IT else thing
        facts = self._robot.world.facts.copy()
        for words in (named, f"the {named}", f"all {named}"):
            names = grammar.objects(words, facts)
            if names:
                return names
        return ()

    def _limits(self, said: SaidLimit, subject: str) -> MotionLimits:
        """Return the limits on a thing as they are to be from now on."""
        now = self._book.wanted.get(subject, UNLIMITED)
        speed = now.speed if said.speed is None else said.speed
        if said.is_further and now.speed < 1.0:
            speed = max(now.speed * said.speed, LEAST) if said.speed is not None else now.speed
        limits = MotionLimits(speed, now.force if said.force is None else said.force)
        is_lifted = 1.0 in (said.speed, said.force) or (said.force is None and not said.is_further)
        return limits if is_lifted else now.tightest(limits)

    def _hint(self) -> str:
        return " (lift them: 'normal speed', 'no need to be careful')" if self._book.wanted else ""
