"""A hazard of a plan that a person is told of when the plan is approved."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.planners.goals.goal import Goal
from treehand.skills.domain.hazards.hazard import HazardLevel


@dataclass(frozen=True)
class Caution:
    """A hazard of a plan that a person is told of when the plan is approved."""

    rule: str
    """Name of the rule; empty for a rule without one."""
    level: HazardLevel
    """``confirm``: asked again just before the step; ``mention``: done, and said."""
    reason: str
    """Description of the danger."""
    follow_up: Goal | None = None
    """Goal that mends it afterwards; None if there is none."""

    @property
    def text(self) -> str:
        """Return the caution in one sentence, with the words for its follow-up."""
        if self.level == "confirm":
            return f"{self.reason}: you are asked again just before it"
        after = f"; then say '{self.follow_up.text}'" if self.follow_up is not None else ""
        return f"{self.reason}{after}"

    def as_data(self) -> dict[str, str]:
        """Return the caution as JSON holds it."""
        follow_up = self.follow_up.text if self.follow_up is not None else ""
        told = {"rule": self.rule, "level": self.level, "reason": self.reason}
        return {**told, "follow_up": follow_up}
