"""Questions inside of orders: "could you check whether the fridge is shut" asks if it is so."""

from __future__ import annotations

import re

_LOOKING = (
    r"(?:see|check|checking|look|looking|find out|finding out|tell me|telling me|let me know|say"
    r"|know|have a look|having a look|take a look|double check|remember|wonder|wondering)"
)
_WHETHER = re.compile(
    rf"^(?:.*?\b)??{_LOOKING}(?: for (?:me|us)| please)? (?:if|whether) "
    r"(?P<thing>(?:(?!(?:is|are|was|were) )[\w']+ ){1,6}?)(?P<be>is|are) (?P<state>[^,.;:!?]+?)"
    r"(?: please| for (?:me|us))*(?P<end> ?[?.!]*)$",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:and|then|if|so|or|when|unless|but|because)\b", re.IGNORECASE)
"""Words with which more is said than the question."""
_THAT = re.compile(
    r"^(?P<check>(?:(?:please|just|could you|can you|would you) )*(?:double )?check) "
    r"(?P<thing>(?:the|my|our|all|both|every) (?:(?!(?:is|are) )\w+ ){1,4}?(?:is|are) )"
)
"""An order to check that something is so, without its "that"."""


def asked_whether(text: str) -> str | None:
    """Return "is the fridge shut ?" for "could you check whether the fridge is shut".

    Args:
        text: A text, or its tokens with spaces between them.

    Returns:
        The question; None if the text holds no other question, or says more.
    """
    found = _WHETHER.match(text)
    if found is None or _MORE.search(found["state"]):
        return None
    return f"{found['be']} {found['thing']}{found['state']} ?"


def with_that(text: str) -> str:
    """Return "check that the fridge is shut" for "check the fridge is shut"."""
    return _THAT.sub(r"\g<check> that \g<thing>", text)
