"""Intents of a person's lines, told by their first words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from treehand.planners.reading.acts.assent import is_assent
from treehand.planners.reading.acts.preamble import without_preamble
from treehand.planners.reading.acts.stops import (
    is_refusal,
    is_stop,
    plain_words,
    without_lead_ins,
)
from treehand.planners.reading.words.tokens import marked_tokens


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
    FIRST = auto()
    """Something is to be so before the rest."""
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
    Intent.GO_ON: ("go on", "continue", "carry on", "resume", "proceed"),
    Intent.REARM: ("rearm", "re-arm", "arm"),
    Intent.NO: ("no", "n", "reject", "no thanks", "nope"),
    Intent.EDIT: ("edit", "edit it", "e", "change it"),
    Intent.NEVER_MIND: (
        *(
            "never mind",
            "nevermind",
            *("never mind that", "never mind it", "never mind this", "never mind about that"),
            *("never mind about it", "forget about this", "leave that", "do not bother"),
            "forget it",
            "forget them",
            "forget that",
            "forget this",
            "cancel",
            "forget about it",
        ),
        *(
            "forget the whole thing",
            "forget about that",
            "cancel that",
            "cancel it",
            "scratch that",
        ),
        *("drop it", "leave it", "drop that", "scrap that", "cancel the plan", "drop the plan"),
    ),
}
_BEGINNINGS = {
    Intent.NO: ("no ", "nope ", "reject "),
    Intent.SKIP: (
        *("skip ", "leave out ", "not ", "without ", "leave ", "except ", "but not ", "omit "),
        *("and not ", "nor ", "and without ", "and except "),
        *("just not ", "only not ", "all but ", "everything but ", "spare ", "let alone "),
    ),
    Intent.INSTEAD: (
        *("actually ", "instead ", "rather ", "on second thought ", "on second thoughts "),
        *("come to think of it ", "thinking about it ", "better "),
    ),
    Intent.ALSO: ("and ", "also ", "plus ", "then ", "after that ", "afterwards "),
    Intent.FIRST: ("first ", "but first ", "before that ", "but before that "),
}
_BEFOREHAND = ("first", "before", "beforehand")
_HOLDING = re.compile(
    r"hold( on| it| still)?( a| one)?( second| sec| moment| minute)?"
    r"|hang on( (a|one) (second|sec|moment|minute))?"
    r"|(one|just a|just one|give me a) (second|sec|moment|minute)|wait up|not so fast"
)
_LEFT_OUT = re.compile(
    r"(?P<also>and |but )?(leave|let|keep) (?P<what>.+?)"
    r" (out|alone|be|aside|where (it|they) (is|are|stands?|belongs?)|as (it|they) (is|are))"
    r"( of it| though| please| then| for now)*"
    r"|(oh )?(but |and )?(?P<stays>(the|my|that|this|both|all) .+?) "
    r"((can |may |should |must |shall )?(stay|remain)s?)( put| there| here| where .+| as .+)*"
    r"|(and |but )?((do not|dont) (bother|worry) (with|about)|never mind) (?P<minor>.+)"
    r"|(and |but |just )?(forget|drop|scrap|cancel|ditch|omit|exclude|ignore)( about)? "
    r"(?P<dropped>(the|my|that|this|these|those|both|all) .+)"
    r"|(remove|delete|strike|subtract) (?P<removed>((?! (from|off|out) ).)+)"
    r"|(do not|dont|never) (touch|move|take|bring|include|do) (?P<spared>.+?)"
    r"( though| please| then)*"
)
_LEAD = re.compile(
    r"^(or|oh|hmm?|well|ah|um|uh|eh)\b,? (?=(no|nope|not|actually|rather|leave|skip|wait)\b)", re.I
)
_TAIL = re.compile(r"(?<=\w),? (actually|after all|though)[.!]*$", re.I)
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
    text = _TAIL.sub("", _LEAD.sub("", " ".join(line.split())))
    plain = plain_words(text)
    words = plain.split()
    if not words:
        return Utterance(Intent.NOTHING, "")
    if text.startswith("/"):
        return Utterance(Intent.COMMAND, text[1:])
    is_asked = text.endswith("?")
    if not is_asked and (told := _told_whole(text, plain, words)) is not None:
        return Utterance(told, "")
    if plain.startswith(_REQUESTS):
        return Utterance(Intent.OTHER, text.rstrip(" ?"))
    if is_asked or _asks(plain):
        return Utterance(Intent.QUESTION, text)
    return _with_beginning(text, plain, words)


def _asks(text: str) -> bool:
    """Return True if words begin as a question: "where is it", "tell me where it is"."""
    words = plain_words(text).split()
    is_told = words[:2] in (["tell", "me"], ["show", "me"]) and words[2:3] != []
    return bool(words) and words[2 * is_told] in _ASKING


def _told_whole(text: str, plain: str, words: list[str]) -> Intent | None:
    """Return the intent of a line that says no more than that; None if it says more."""
    core = without_lead_ins(words)
    parted = [token if token.isalnum() else "," for token in marked_tokens(text)]
    if core and core[0] in _WAITS and len(core) <= _SHORT_WORDS and "," not in text:
        return Intent.HOLD
    if _HOLDING.fullmatch(" ".join(core)):
        return Intent.HOLD
    told = (plain, " ".join(core), " ".join(without_preamble(parted, objects=False)))
    last = plain_words(text.rpartition(",")[2])
    for intent, whole in _WHOLE.items():
        if any(said in whole for said in told):
            return intent
        if intent is Intent.NEVER_MIND and last in whole:
            return intent  # "that is too long, forget it"
    if is_refusal(words):
        return Intent.NO
    return Intent.YES if is_assent(text) else None


def _with_beginning(text: str, plain: str, words: list[str]) -> Utterance:
    """Return the intent that the beginning or the end of a line tells."""
    found = _LEFT_OUT.fullmatch(plain)
    if found is not None:
        named = ("what", "spared", "stays", "minor", "dropped", "removed")
        return Utterance(Intent.SKIP, next(found[name] for name in named if found[name]))
    for intent, beginnings in _BEGINNINGS.items():
        for beginning in beginnings:
            if intent is Intent.FIRST and "then" in words:
                continue  # it tells the rest, too
            if beginning == "then " and words[-1] in _BEFOREHAND:
                continue  # "then wash it first"
            if plain.startswith(beginning) and len(plain) > len(beginning):
                rest = text[len(beginning.strip()) :].strip(" ,:;.!-")
                rest = rest.removesuffix(" either") if intent is Intent.SKIP else rest
                if intent is Intent.FIRST and _asks(rest):
                    return Utterance(Intent.QUESTION, rest)
                is_more = intent is Intent.INSTEAD and rest
                inner = _with_beginning(rest, plain_words(rest), rest.split()) if is_more else None
                is_less = inner is not None and inner.intent is Intent.SKIP
                return inner if inner is not None and is_less else Utterance(intent, rest)
    if words[-1] == "too" or plain.endswith(" as well"):
        return Utterance(Intent.ALSO, text)
    if words[-1] in _BEFOREHAND:
        return Utterance(Intent.FIRST, text.rstrip(" .!").rpartition(" ")[0])
    if words[-1] == "instead":
        return Utterance(Intent.INSTEAD, text.rstrip(" .!").rpartition(" ")[0])
    return Utterance(Intent.OTHER, text)
