"""Orders that need not be done: "no need to wash the glass", "skip the glass"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.words.english import gerund_of
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_ALL = frozenset({"all", "every", "each", "everything", "any"})
_PARTICLES = frozenset({"away", "back", "up", "out", "off", "down", "on"})
_NEED = r"(?:have|need|got)"
_NEEDLESS = re.compile(
    r"(?P<before>^|.*?(?: [,.;]| and| but)+ )(?:so )?"
    r"(?:(?:there is |you have )?no need (?:to|for)"
    rf"|you (?:do not {_NEED} to|need not)(?: bother(?: to| with| about)?)?"
    r"|(?:please )?do not bother(?: to| with| about)?"
    r"|(?:please )?do not (?:worry|trouble yourself) (?:about|with)"
    r"|it is not necessary to|(?:there is )?no point in"
    r"|(?:you (?:can|may|could) )?(?:skip|leave out|ignore|forget(?: about)?)"
    r"|never mind(?: about| with)?) "
    r"(?P<rest>[^,.;!?]+?)(?P<after> [,.;!?].*)?$"
)
_ORDER_AFTER = re.compile(r"^[,.;!?](?: and| but| just| so)* ")
_CAN_WAIT = re.compile(
    r"(?P<before>^|.*?(?: [,.;]| and| but)+ )(?P<rest>(?:the|my|our|your|this|that|these|those) "
    r"(?:(?! but )[^,.;!?])+?) (?:can|may|could) "
    r"(?:wait|stay (?:(?:as|where) (?:it is|they are)|there|here)|be (?:skipped|left out))"
    r"(?: for now| until later| till later)?(?P<after> [,.;!?].*)?$"
)


def _without_that(found: re.Match[str], verb: str) -> list[str] | None:
    """Return "fold the shirt" for "fold the shirt, no need to iron it"; None for the same verb."""
    order = re.sub(r"(?: [,.;]| and| but)+ $", "", found["before"]).split()
    after = (found["after"] or "").split()
    return [*order, *after] if order and verb not in order else None


def without_needless(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without what need not be done.

    Alone it turns something down. After an order about many things, with the same verb or without
    one, its thing is left out of them: "wash the dishes except the glass". Elsewhere it stays as
    "you do not have to …", of which the goal of the order decides.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    text = " ".join(tokens)
    found = _NEEDLESS.search(text) or _CAN_WAIT.search(text)
    if found is None:
        return list(tokens)
    words = found["rest"].split()
    verb = gerund_of(words[0]) or words[0]
    is_verb = known.asks(verb) and not known.names(words[0]) and len(words) > 1
    things = words[1:] if is_verb else words
    if is_verb and words[-1] in _PARTICLES:  # "no need to put the milk away"
        things = words[1:-1]
    named = [word for word in things if word not in FUNCTION_WORDS]
    if is_verb and things[:1] in (["it"], ["them"]) and not named:
        return _without_that(found, verb) or list(tokens)
    if not named or not all(map(known.names, named)):
        return list(tokens)
    order = re.sub(r"(?: [,.;]| and| but)+ $", "", found["before"]).split()
    after = (found["after"] or "").split()
    is_alone = not any(map(str.isalnum, after))
    if not order and is_alone:
        return ["i", "do", "not", "want", *things, *after]
    if not order:  # "no need to wash the glass, wash the dishes" says the same as after it
        order, after, is_alone = _ORDER_AFTER.sub("", " ".join(after)).split(), [], True
    is_of_many = any(w in _ALL or (known.names(w) and singular(w) != w) for w in order)
    is_same = not is_verb or verb in order
    if is_of_many and is_alone and is_same:
        return [*order, "except", *things, *after]
    unsaid = "touch" if is_same else verb
    return [*order, ",", "you", "do", "not", "have", "to", unsaid, *things, *after]
