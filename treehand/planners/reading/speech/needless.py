"""Orders that need not be done: "no need to wash the glass", "skip the glass"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.words.english import gerund_of
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_ALL = frozenset({"all", "every", "each", "everything", "any"})
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
_CAN_WAIT = re.compile(
    r"(?P<before>^|.*?(?: [,.;]| and| but)+ )(?P<rest>(?:the|my|our|your|this|that|these|those) "
    r"[^,.;!?]+?) (?:can|may|could) "
    r"(?:wait|stay (?:(?:as|where) (?:it is|they are)|there|here)|be (?:skipped|left out))"
    r"(?: for now| until later| till later)?(?P<after> [,.;!?].*)?$"
)


def without_needless(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without what need not be done.

    After an order of the same verb, or where only a thing is named, the thing is left out of the
    order: "wash the dishes except the glass". Alone it turns something down.

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
    named = [word for word in things if word not in FUNCTION_WORDS]
    if not named or not all(map(known.names, named)) or {"and", "or"} & set(things[:1]):
        return list(tokens)
    before = re.sub(r"(?: [,.;]| and| but)+ $", "", found["before"])
    after = (found["after"] or "").split()
    if not before and any(map(str.isalnum, after)):
        return re.sub(r"^ [,.;!?](?: and| but| just| so)* ", "", found["after"]).split()
    if not before:
        return ["i", "do", "not", "want", *things, *after]
    said = before.split()
    is_of_many = any(
        word in _ALL or (known.names(word) and singular(word) != word) for word in said
    )
    if not is_of_many or (is_verb and verb not in said):
        return [*said, *after]
    return [*said, "except", *things, *after]
