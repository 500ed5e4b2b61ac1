"""Self-repairs of one word: a number, or the word that tells a thing from others.

"Two plates, no, sorry, one, in the sink" is about one plate, "the red crate, no, blue" about the
blue one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.disfluency import CUES
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import NUMBERS, plural, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_NUMBER = "|".join((*NUMBERS, "both", r"\d+"))
_CUE = rf"(?: ,)?(?: (?:{'|'.join(' '.join(cue) for cue in CUES)})(?: ,)?)+"
_ONLY = r"(?:(?:just|only|make it|make that|make them|let us say) )?"
_AT = r"(?:in|on|to|into|onto|at|from|off|away|back|please)"
_END = rf"(?: ,)?(?=(?: ,)? {_AT}\b| [,.;!?]| and\b|$)"
_ANOTHER_NUMBER = re.compile(
    rf"\b(?P<old>{_NUMBER}|all|a|an) (?P<thing>(?:\w+ )??\w+?){_CUE} {_ONLY}"
    rf"(?P<anew>{_NUMBER}|all(?: \w+)?)(?: of them)?(?: (?P<again>\w+))??{_END}"
)
_ANOTHER_ONE = re.compile(
    rf"\b(?:{_NUMBER}|all|the|a|an) (?P<thing>(?:\w+ )??\w+?){_CUE} {_ONLY}"
    rf"the (?P<which>\w+) one{_END}"
)
_ANOTHER_WORD = re.compile(
    rf"\b(?P<the>(?:the|my|our|a|an) )?(?P<old>\w+) (?P<thing>\w+)"
    rf"(?P<part> (?:on|off|up|down|open|shut|closed))?{_CUE} (?P<anew>\w+)"
    rf"(?=(?: ,)? {_AT}\b| [,.;!?]| and\b| then\b|$)"
)
_DENIED = re.compile(
    rf"(?P<torn>(?: (?:in|on|to|into|onto|at|from))? (?:the|my|our|a))?{_CUE} not "
    r"(?:(?:in|on|to|into|onto|at|from) )?(?:the|my|our|a|an) (?:\w+ )??\w+ (?:, )?(?:but )?"
    r"(?P<anew>(?P<at>(?:in|on|to|into|onto|at|from) )?(?:the|my|our|a|an) )"
)
"""Words denied before they are said anew: "on the, no wait, not the counter, in the fridge"."""


def _torn_off(found: re.Match[str]) -> str:
    """Return "in the" for "on the , no wait , not the counter , in the"."""
    torn = found["torn"]
    if torn is None:
        return found[0]
    at = "" if found["at"] else " ".join(torn.split()[:-1])
    return f" {at} {found['anew']}".replace("  ", " ")


def with_repairs(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the number, or the word of a thing, that was said last.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    text = _DENIED.sub(_torn_off, " ".join(tokens))
    tokens = text.split()
    found = _ANOTHER_NUMBER.search(text)
    if found is not None and _is_thing(found, known):
        return _instead(text, found, _counted(found["anew"], found["thing"]))
    found = _ANOTHER_ONE.search(text)
    if (
        found is not None
        and _is_thing(found, known)
        and _tells(found["which"], found["thing"], known)
    ):
        noun = singular(found["thing"].split()[-1])
        return _instead(text, found, f"the {found['which']} {noun}")
    found = _ANOTHER_WORD.search(text)
    words = [found["old"], found["anew"]] if found is not None else []
    if found is not None and all(_tells(word, found["thing"], known) for word in words):
        said = f"{found['the'] or ''}{found['anew']} {found['thing']}{found['part'] or ''}"
        return _instead(text, found, said)
    return list(tokens)


def _is_thing(found: re.Match[str], known: SpokenWords) -> bool:
    """Return True if a thing is counted; said again, it has to be the same."""
    words = found["thing"].split()
    again = found.groupdict().get("again")
    is_same = again is None or singular(again) == singular(words[-1])
    return is_same and all(known.names(word) and word not in FUNCTION_WORDS for word in words)


def _tells(word: str, thing: str, known: SpokenWords) -> bool:
    """Return True if a thing is called so, with a word before: the names are known in one, too."""
    return known.tells_apart(word) and known.names(f"{word}{singular(thing.split()[-1])}")


def _counted(number: str, thing: str) -> str:
    """Return "one plate" or "two plates"."""
    *before, noun = thing.split()
    is_one = number in ("one", "1")
    counted = singular(noun) if is_one else plural(singular(noun))
    return " ".join((number, *before, counted))


def _instead(text: str, found: re.Match[str], said: str) -> list[str]:
    """Return the words with some instead of a match, and no pause before a place after them."""
    after = re.sub(rf"^ , (?={_AT}\b)", " ", text[found.end() :])
    return f"{text[: found.start()]}{said}{after}".split()
