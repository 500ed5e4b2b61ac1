"""The step that runs now, for a line at the bottom of the screen."""

from __future__ import annotations

from treehand.core.events import Planned, SkillEnded, SkillNoted, SkillStarted
from treehand.core.folds import Fold, on


class Activity(Fold):
    """Current step of a run, with the last note of its skill."""

    def __init__(self) -> None:
        self.step = ""
        """Empty between steps."""
        self.note = ""

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        self.step, self.note = f"{event.call}{again}", ""

    @on(SkillNoted)
    def _skill_noted(self, event: SkillNoted) -> None:
        self.note = event.note

    @on(SkillEnded, Planned)
    def _idle(self, event: SkillEnded | Planned) -> None:
        self.step = ""
