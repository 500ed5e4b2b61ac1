"""Question of a run to a person, with its answer once there is one."""

from __future__ import annotations

from dataclasses import dataclass, field

YES_OR_NO = ("yes", "no")


@dataclass(eq=False)
class PersonQuestion:
    """Question to a person during a run. The node stays RUNNING; the run loop asks it."""

    text: str
    options: tuple[str, ...] = YES_OR_NO
    default: str | None = None
    """Answer that counts if none comes in time."""
    deadline_s: float | None = None
    """Longest wait for an answer, in seconds of wall time; None: no limit."""
    path: str = ""
    """Path of the node that asks."""
    wants_picture: bool = False
    """True if a camera picture is shown with it."""
    picture: str | None = None
    """File with the picture, once it is taken."""
    answer: str | None = field(default=None, init=False)
    """Answer of the person; None until then."""
    is_over: bool = field(default=False, init=False)
    """True once the question is closed; `answer` is None if nobody answered."""

    def close(self, answer: str | None) -> None:
        """Store the answer; the waiting node reads it at its next visit."""
        self.answer, self.is_over = answer, True
