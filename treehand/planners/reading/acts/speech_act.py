"""Speech acts, and the parts of a text with the act of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class SpeechAct(Enum):
    """The act that a person does with a clause; only orders and wishes may become goals."""

    ORDER = auto()
    WISH = auto()
    """"I want …", "the table needs a wipe": a goal, said as a state of affairs."""
    REPORT = auto()
    """Something is so: never a goal."""
    QUESTION = auto()
    CORRECTION = auto()
    """"no, the other one", "I meant …": changes what was said before."""
    REFUSAL = auto()
    """"no", "never mind"."""
    STOP = auto()
    SOCIAL = auto()

    @property
    def may_be_goal(self) -> bool:
        """Return True for the acts that may become goals without a question."""
        return self in (SpeechAct.ORDER, SpeechAct.WISH)


@dataclass(frozen=True)
class Part:
    """One part of a text with its act."""

    act: SpeechAct
    words: tuple[str, ...]
    """Its words, with the pauses inside it."""

    @property
    def text(self) -> str:
        """Return its words as a text."""
        return " ".join(self.words)
