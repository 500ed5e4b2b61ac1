"""What a tree asks a person, and the answer when it is there."""

from __future__ import annotations

from dataclasses import dataclass, field

YES_OR_NO = ("yes", "no")


@dataclass(eq=False)
class PersonQuestion:
    """Something only a person can say. The tree waits for it, running; the run loop asks it."""

    text: str
    options: tuple[str, ...] = YES_OR_NO
    default: str | None = None
    """What whoever asks takes as the answer if none comes in time."""
    deadline_s: float | None = None
    """How long an answer is waited for, in seconds on the wall; None: as long as it takes."""
    path: str = ""
    """The node that asks."""
    wants_picture: bool = False
    """Whether what the robot sees is shown with it."""
    picture: str | None = None
    """The file with the picture, once it was taken."""
    answer: str | None = field(default=None, init=False)
    is_over: bool = field(default=False, init=False)
    """Whether it was asked; `answer` is None if nobody answered."""

    def close(self, answer: str | None) -> None:
        """Take the answer in."""
        self.answer, self.is_over = answer, True
