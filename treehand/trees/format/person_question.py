"""Question of a run to a person, and the answer when it is there."""

from __future__ import annotations

from dataclasses import dataclass, field

YES_OR_NO = ("yes", "no")


@dataclass(eq=False)
class PersonQuestion:
    """Question to a person during a run. The tree waits, running; the run loop asks it."""

    text: str
    options: tuple[str, ...] = YES_OR_NO
    default: str | None = None
    """Answer that counts if none comes in time."""
    deadline_s: float | None = None
    """Longest wait for an answer, in seconds of wall time; None: no limit."""
    path: str = ""
    """The node that asks."""
    wants_picture: bool = False
    """True if a camera picture is shown with it."""
    picture: str | None = None
    """File with the picture, once it was taken."""
    answer: str | None = field(default=None, init=False)
    is_over: bool = field(default=False, init=False)
    """True once it was asked; `answer` is None if nobody answered."""

    def close(self, answer: str | None) -> None:
        """Store the answer; the node that waits sees it at the next visit."""
        self.answer, self.is_over = answer, True
