"""Questions inside of orders: "could you check whether the fridge is shut" asks if it is so."""

from __future__ import annotations

import re
from collections.abc import Callable

from treehand.planners.reading.words.english import past_of

_LOOKING = (
    r"(?:see|check|checking|look|looking|find out|finding out|tell me|telling me|let me know|say"
    r"|know|have a look|having a look|take a look|double check|remember|wonder|wondering)"
)
_WHETHER = re.compile(
    rf"^(?P<lead>.*?\b)??{_LOOKING}(?: for (?:me|us)| please)? (?:if|whether) "
    r"(?P<thing>(?:(?!(?:is|are|was|were) )[\w']+ ){1,6}?)(?P<be>is|are) (?P<state>[^,.;:!?]+?)"
    r"(?: please| for (?:me|us))*(?P<end> ?[?.!]*)$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:should(?: not|n['’]?t)|ought(?: not|n['’]?t)|(?:is|are)(?: not|n['’]?t)) "
    r"(?P<thing>(?:the|my|our|all|both|every) (?:(?!(?:be|supposed|meant|to) )[\w']+ ){1,4}?)"
    r"(?:(?:supposed|meant) )?(?:to )?be (?P<state>[^,.;:!?]+?)(?P<end> ?[?.!]*)$",
    re.IGNORECASE,
)
"""Questions that tell how it should be: "shouldn't the stove be off"."""
_NOT_SO = r"(?:is not|are not|has not|have not|did not|right|yes|no|correct)(?: (?:it|they|you))?"
_TAGGED = re.compile(
    r"^(?P<thing>(?:the|my|our|all|both|every) (?:(?!(?:is|are) )\w+ ){1,4}?)(?P<be>is|are) "
    rf"(?P<state>[^,.;?]+) , {_NOT_SO} [?]$"
)
_DONE_TAGGED = re.compile(
    r"^(?:so )?you have (?:already |just )?(?P<rest>[^,.;?]+?)(?: by now| already)? , "
    rf"{_NOT_SO}(?: [?.])?$"
)
"""Statements that a tag makes a question."""
_MORE = re.compile(r"\b(?:and|then|if|so|or|when|unless|but|because)\b", re.IGNORECASE)
"""Words with which more is said than the question."""
_ORDER_BEFORE = re.compile(r"(?<!\bgo )(?<!\bcome )\band\b|\bthen\b", re.IGNORECASE)
"""Words between an order and the question: "bring the milk and check if …"."""
_THAT = re.compile(
    r"^(?P<check>(?:(?:please|just|could you|can you|would you) )*(?:double )?check) "
    r"(?P<thing>(?:the|my|our|all|both|every) (?:(?!(?:is|are) )\w+ ){1,4}?(?:is|are) )"
)
"""An order to check that something is so, without its "that"."""


def asked_whether(text: str, asks: Callable[[str], bool] = lambda word: False) -> str | None:
    """Return "is the fridge shut ?" for "could you check whether the fridge is shut".

    Args:
        text: A text, or its tokens with spaces between them.
        asks: Tells whether a word asks for something: then an order stands before the question.

    Returns:
        The question; None if the text holds no other question, or says more.
    """
    found = _matched(text, asks)
    return f"{found['be']} {found['thing']}{found['state']} ?" if found is not None else None


def made_so(text: str) -> str | None:
    """Return "make sure the fridge is shut" for "could you check whether the fridge is shut".

    Args:
        text: A text.

    Returns:
        The order; None for texts of which `asked_whether` returns no question.
    """
    found = _matched(text)
    return (
        f"make sure {found['thing']}{found['be']} {found['state']}" if found is not None else None
    )


def _matched(text: str, asks: Callable[[str], bool] = lambda word: False) -> re.Match[str] | None:
    found = _WHETHER.match(text)
    if found is None and (leading := _LEADING.match(text)) is not None:
        found = _WHETHER.match(_as_whether(leading))
    if found is None or _MORE.search(found["state"]):
        return None
    lead = found["lead"] or ""
    is_order = _ORDER_BEFORE.search(lead) or ("," in lead and any(map(asks, lead.split())))
    return None if is_order else found


def _as_whether(leading: re.Match[str]) -> str:
    """Return "check if the stove is off" for "shouldn't the stove be off"."""
    thing = leading["thing"]
    is_plural = thing.split()[-1].endswith("s") and thing.split()[0] != "every"
    return f"check if {thing}{'are' if is_plural else 'is'} {leading['state']}"


def untagged(text: str) -> str:
    """Return "is the stove off ?" for "the stove is off , is not it ?"; other texts as they are.

    Args:
        text: Tokens with spaces between them.
    """
    found = _TAGGED.match(text)
    if found is not None:
        return f"{found['be']} {found['thing']}{found['state']} ?"
    found = _DONE_TAGGED.match(text)
    is_done = found is not None and past_of(found["rest"].split()[0]) is not None
    return f"have you {found['rest']} ?" if found is not None and is_done else text


def with_that(text: str) -> str:
    """Return "check that the fridge is shut" for "check the fridge is shut"."""
    return _THAT.sub(r"\g<check> that \g<thing>", text)
