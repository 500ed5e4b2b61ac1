"""Intents of a person's lines, told by their first words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from treehand.planners.reading.acts.preamble import without_preamble
from treehand.planners.reading.acts.stops import is_stop, plain_words, without_lead_ins
from treehand.planners.reading.words.tokens import marked_tokens

HELP = """\
Say what shall be done: "put the red mug in the dishwasher". Then: yes, no (with a reason), edit.
Correct it: no, the other one · not there, in the cupboard · both · skip the plates.
While it runs: stop · wait · go on · actually put the mug in the sink. Other goals wait their turn.
Ask: where is the glass? · how many plates are there? · how long will it take? · is it safe? · why?
Follow up: and the bowl too · same with the apple · undo that · put it back · do that again.
Limit it: slow down · be careful with the glass. Lift it: normal speed · no need to be careful.
After a choice: remember that. To unlearn it: forget, with the words.
/save NAME · /plan · /queue · /orders · /forget · /help · /quit"""


class Intent(Enum):
    """A person's intent in saying a line."""

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
    """A line with its intent."""

    intent: Intent
    rest: str
    """The words after those that tell the intent."""


_WHOLE = {
    Intent.HOLD: ("hold", "hold on", "hold it", "hold still", "one moment", "just a moment"),
    Intent.GO_ON: ("go on", "continue", "carry on", "resume", "proceed"),
    Intent.REARM: ("rearm", "re-arm", "arm"),
    Intent.YES: ("yes", "y", "ok", "okay", "do it", "go", "go ahead", "approve", "yep", "sure"),
    Intent.NO: ("no", "n", "reject", "no thanks", "nope"),
    Intent.EDIT: ("edit", "edit it", "e", "change it"),
    Intent.NEVER_MIND: ("never mind", "nevermind", "forget it", "forget them", "cancel"),
}
_BEGINNINGS = {
    Intent.NO: ("no ", "nope ", "reject "),
    Intent.SKIP: ("skip ", "leave out ", "not ", "without ", "leave "),
    Intent.INSTEAD: ("actually ", "instead ", "rather "),
    Intent.ALSO: ("and ", "also "),
}
_WAITS = {"wait", "pause"}
_ASKING = (
    *("what", "what's", "whats", "where", "where's", "which", "who", "why", "when", "how"),
    *("is", "are", "was", "were", "did", "does", "has", "have"),
)
_REQUESTS = ("can you ", "could you ", "would you ", "will you ")
_SHORT_WORDS = 5
"""Most words of a line that asks to wait."""


def classify(line: str) -> Utterance:
    """Return a line with its intent.

    Everything that sounds like a stop is one, because a person in a hurry does not choose words.
    """
    if any(is_stop(part) for part in line.splitlines()):
        return Utterance(Intent.STOP, line.strip())
    text = " ".join(line.split())
    plain = plain_words(text)
    words = plain.split()
    if not words:
        return Utterance(Intent.NOTHING, "")
    if text.startswith("/"):
        return Utterance(Intent.COMMAND, text[1:])
    core = without_lead_ins(words)
    parted = [token if token.isalnum() else "," for token in marked_tokens(text)]
    agreed = " ".join(without_preamble(parted, objects=False)) if "?" not in text else plain
    if core and core[0] in _WAITS and len(core) <= _SHORT_WORDS:
        return Utterance(Intent.HOLD, "")
    for intent, whole in _WHOLE.items():
        if intent is Intent.YES and "no" in words:
            continue  # "no, do it" approves nothing
        if plain in whole or " ".join(core) in whole or agreed in whole:
            return Utterance(intent, "")
    if plain.startswith(_REQUESTS):
        return Utterance(Intent.OTHER, text.rstrip(" ?"))
    if text.endswith("?") or words[0] in _ASKING:
        return Utterance(Intent.QUESTION, text)
    for intent, beginnings in _BEGINNINGS.items():
        for beginning in beginnings:
            if plain.startswith(beginning) and len(plain) > len(beginning):
                return Utterance(intent, text[len(beginning.strip()) :].strip(" ,:;.!-"))
    if words[-1] == "too" or plain.endswith(" as well"):
        return Utterance(Intent.ALSO, text)
    return Utterance(Intent.OTHER, text)
