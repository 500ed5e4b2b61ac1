"""Lines that stop the robot, and lines that turn something down."""

from __future__ import annotations

from collections.abc import Sequence

_STOPS = {"stop", "halt", "freeze", "abort", "stopp", "enough", "estop", "e-stop"}
_STOP_PHRASES = ("emergency stop", "dont move", "do not move", "thats enough", "stand still")
_LEAD_INS = {
    *("please", "ok", "okay", "no", "hey", "oh", "now", "actually", "just", "robot", "and", "then"),
    *("can", "could", "you", "would", "will", "right"),
}
"""Words before a stop that change nothing about it."""
_SHORT_WORDS = 5
"""A line of so many words with a word for a stop in it is a stop."""
_REFUSALS = {
    *("no", "nope", "nah", "no thanks", "no thank you", "never mind", "nevermind", "forget it"),
    *("forget about it", "cancel", "cancel that", "cancel it", "not now", "not yet", "leave it"),
    *("drop it", "do not", "do not bother", "do not do that", "do not do it", "none", "neither"),
    *("none of these", "none of them", "none of those", "scratch that", "skip it", "rather not"),
    *("no way", "drop that", "scrap that", "scrap it", "do not worry", "better not", "no need"),
    *("let us not", "forget about that", "cancel the plan", "drop the plan", "forget the plan"),
    *("i changed my mind", "i have changed my mind", "ive changed my mind", "changed my mind"),
    *("i do not want", "i do not want to", "i do not want it", "i do not want that", "leave that"),
    *("i do not want this", "i do not need it", "i do not need that", "i would rather not"),
    *("id rather not", "i think not", "i do not think so", "leave it be", "leave it alone"),
    *("that is not what i meant", "that is not what i said", "that is not what i wanted"),
    *("that is not what i asked for", "you misunderstood", "you misunderstood me"),
    *("that is wrong", "that is not it", "not like that", "do not start", "do not run it"),
}
_LONGEST_REFUSAL = max(len(one.split()) for one in _REFUSALS)
_AROUND_REFUSALS = {
    *("no", "nope", "please", "then", "thanks", "oh", "well", "ok", "okay", "ah", "sorry", "so"),
    *("wait", "but", "and", "just", "actually", "hm", "hmm", "uh", "robot", "now", "really"),
    *("anymore", "any", "more", "after", "all", "on", "second", "thought", "thoughts", "today"),
}
"""Words around a refusal that change nothing about it."""


def plain_words(text: str) -> str:
    """Return a text in lower case, without punctuation."""
    lower = text.casefold().replace("'", "").replace("’", "")
    return " ".join("".join(c if c.isalnum() or c in "_-/" else " " for c in lower).split())


def without_lead_ins(words: Sequence[str]) -> list[str]:
    """Return words without the courtesies in front."""
    index = 0
    while index < len(words) and words[index] in _LEAD_INS:
        index += 1
    return list(words[index:])


def is_stop(line: str) -> bool:
    """Return True for everything that sounds like a stop.

    A person in a hurry does not choose words.
    """
    words = plain_words(line).lstrip("/").split()
    core = without_lead_ins(words)
    if not core:
        return False
    starts = core[0] in _STOPS or " ".join(core).startswith(_STOP_PHRASES)
    return starts or (len(words) <= _SHORT_WORDS and bool({"stop", "halt"} & set(words)))


def is_refusal(words: Sequence[str]) -> bool:
    """Return True if words turn down what was offered, and say no more."""
    told = " ".join(words).replace("dont", "do not").replace("lets not", "let us not").split()
    index, has_refused = 0, False
    while index < len(told):
        ends = range(min(len(told), index + _LONGEST_REFUSAL), index, -1)
        end = next((end for end in ends if " ".join(told[index:end]) in _REFUSALS), 0)
        if not end and told[index] not in _AROUND_REFUSALS:
            return False
        has_refused = has_refused or bool(end)
        index = end or index + 1
    return has_refused
