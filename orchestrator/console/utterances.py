"""What kind of thing a line of a conversation is, told by its first words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a person wants with a line."""

    NOTHING = auto()
    STOP = auto()
    HOLD = auto()
    GO_ON = auto()
    REARM = auto()
    YES = auto()
    NO = auto()
    EDIT = auto()
    SKIP = auto()
    INSTEAD = auto()
    ALSO = auto()
    NEVER_MIND = auto()
    QUESTION = auto()
    COMMAND = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Utterance:
    """A line, sorted."""

    kind: Kind
    rest: str
    """What follows the words that say what kind it is."""


_WHOLE = {
    Kind.HOLD: ("wait", "hold", "hold on", "pause", "wait a moment", "one moment", "just a moment"),
    Kind.GO_ON: ("go on", "continue", "carry on", "resume", "proceed"),
    Kind.REARM: ("rearm", "re-arm", "arm"),
    Kind.YES: (
        "yes",
        "y",
        "ok",
        "okay",
        "do it",
        "go",
        "go ahead",
        "approve",
        "sure",
        "yes please",
    ),
    Kind.NO: ("no", "n", "reject", "no thanks"),
    Kind.EDIT: ("edit", "edit it", "e", "change it"),
    Kind.NEVER_MIND: ("never mind", "nevermind", "forget it", "forget them", "cancel"),
}
_BEGINNINGS = {
    Kind.NO: ("no, ", "no because ", "no: ", "reject "),
    Kind.SKIP: ("skip ", "leave out ", "not ", "without ", "leave "),
    Kind.INSTEAD: ("actually, ", "actually ", "instead, ", "instead ", "rather "),
    Kind.ALSO: ("and ", "also "),
}
_STOPS = {"stop", "halt", "freeze", "abort", "stopp"}
_ASKING = (
    *("what", "what's", "whats", "where", "where's", "which", "who", "why", "when", "how"),
    *("is", "are", "was", "were", "did", "does", "has", "have"),
)


def sorted_out(line: str) -> Utterance:
    """Return what kind of thing a line is.

    A stop is whatever begins with a word for it: nobody in a hurry chooses words.
    """
    text = " ".join(line.split())
    plain = text.lower().rstrip(" .!")
    words = plain.replace(",", " ").split()
    if not words:
        return Utterance(Kind.NOTHING, "")
    if words[0].rstrip("!.") in _STOPS or plain.startswith("emergency stop"):
        return Utterance(Kind.STOP, text)
    if text.startswith("/"):
        return Utterance(Kind.COMMAND, text[1:])
    for kind, whole in _WHOLE.items():
        if plain in whole:
            return Utterance(kind, "")
    if text.endswith("?") or words[0] in _ASKING:
        return Utterance(Kind.QUESTION, text)
    for kind, beginnings in _BEGINNINGS.items():
        for beginning in beginnings:
            if plain.startswith(beginning) and len(plain) > len(beginning):
                return Utterance(kind, text[len(beginning) :].strip())
    if words[-1] == "too" or plain.endswith(" as well"):
        return Utterance(Kind.ALSO, text)
    return Utterance(Kind.OTHER, text)
