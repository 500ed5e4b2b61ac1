"""The dialogs that the person's next line may answer."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.console.dialogs.answers import Answers
from treehand.console.dialogs.edit_dialog import EditDialog
from treehand.console.dialogs.goal_dialog import GoalDialog
from treehand.console.dialogs.proposal_desk import ProposalDesk
from treehand.console.dialogs.rearm_dialog import RearmDialog


@dataclass(frozen=True)
class OpenQuestions:
    """The dialogs of a conversation, each with at most one open question."""

    rearming: RearmDialog
    answers: Answers
    edits: EditDialog
    goals: GoalDialog
    desk: ProposalDesk

    @property
    def is_open(self) -> bool:
        """Return True if the next line is expected to answer something."""
        asking = (self.rearming.is_asking, self.edits.is_asking, self.goals.is_asking)
        return any(asking) or self.desk.job is not None or self.answers.open is not None

    def drop(self, reason: str) -> bool:
        """Drop what waits, except a run's question; return True if a plan waited.

        Args:
            reason: Reason why the plan is rejected, for the journal.
        """
        self.rearming.drop()
        self.edits.drop()
        self.goals.drop()
        return self.desk.drop(reason)
