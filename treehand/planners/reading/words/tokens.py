"""Tokens of a text in any script: its words, and the marks that part them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from treehand.planners.reading.words.english import gerund_of, is_english
from treehand.planners.reading.words.taxonomy import kinds_of_things

_MARKS = dict.fromkeys(",.;", "") | dict.fromkeys("!?:", ".") | {"。": ".", "、": ","}
_JOINERS = frozenset("\u200c\u200d")
"""Zero-width characters inside words of some scripts."""
_CONTRACTIONS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\blet['’]?s\b", "let us"),
        (r"\bcan['’]?t\b|\bcannot\b", "can not"),
        (r"\bwon['’]?t\b", "will not"),
        (
            r"\b(do|does|did|is|are|must|should|need|would|could|was|were|have|has|had)n['’]?t\b",
            r"\1 not",
        ),
        (
            r"\b(it|there|that|what|where|who|here|he|she|how|why|when|whatever|whoever|whichever)['’]s\b",
            r"\1 is",
        ),
        (
            r"\b(nobody|somebody|everybody|anybody|everything|nothing|someone|everyone)['’]s\b",
            r"\1 is",
        ),
        (r"\b([a-z]+)['’]s (open|closed|shut|clean|dirty|off|on|running|ready)\b", r"\1 is \2"),
        (
            r"\b([a-z]+)['’]s (still|already|not|now|in|inside|broken|full|empty|gone|up|down)\b",
            r"\1 is \2",
        ),
        (
            r"\b([a-z]+)['’]s (?=(?:the|a|an|not|too|so|very|really|still|all|getting|been|got|gone"
            r"|going to|about to|to be|for|in|on|at|from|under|out of|about|just|always|now|here"
            r"|there|really|quite) )",
            r"\1 is ",
        ),
        (
            r"\b([a-z0-9]+)['’]s (?=(?:no (?:good|use|longer|more)|\w+ing "
            r"(?:me|us|him|them|my|our|all|again|like|up|down|out|over|too|really|and|so))\b)",
            r"\1 is ",
        ),
        (r"\b(\d+)['’]s (?=[a-z])", r"\1 is "),
        (r"\b(i)['’]?m\b", r"\1 am"),
        (r"\b(you|we|they)['’]re\b|\b(you|they)re\b", r"\1\2 are"),
        (r"\b(i|you|we|they|he|she|it|that)['’]d\b", r"\1 would"),
        (r"\b(i|you|we|they|it|that|he|she)['’]ll\b", r"\1 will"),
        (r"\b(i|you|we|they)['’]ve\b", r"\1 have"),
        (r"\b(there|what|where|who|that)s\b", r"\1 is"),
        (r"\bid\b", "i would"),
        (r"\bgonna\b", "going to"),
        (r"\boutta\b", "out of"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "have to"),
        (r"\bgimme\b", "give me"),
        (r"\blemme\b", "let me"),
        (r"\b(pls|plz|plse)\b", "please"),
        (r"\bu\b", "you"),
        (r"\b(ya|ye|yous|yer)\b", "you"),
        (r"\by['’]?all\b", "you"),
        (r"['’]em\b", "them"),
        (r"\b(of|put|get|take|bring|leave|wash|move|chuck|stick|pop|bung) em\b", r"\1 them"),
        (r"\bain['’]?t\b", "is not"),
        (r"\b(dinnae|dinna|dunna)\b", "do not"),
        (r"\b(cannae|canna)\b", "can not"),
        (r"\b(thx|tnx|thanx)\b", "thanks"),
        (r"\b(sth|smth)\b", "something"),
        (r"\bdat\b", "that"),
        (r"\b(?:teh|hte)\b", "the"),
        (r"\b(?:adn|nad|amd)\b", "and"),
        (r"\bda\b", "the"),
        (r"\bur\b", "your"),
        (r"\b(lol|lmao|haha|omg|tbh|btw|imo)\b", " "),
        (r"\s*(→|->|=>)\s*", " to "),
        (r"\bgie\b", "give"),
        (r"\b(t|th)['’] ", "the "),
        (r"\bo['’] ", "of "),
        (r"\b(fixin|goin|doin|mindin)['’]", r"\1g"),
        (r"\b[a-z]{1,5}-+(?=\s|,)", " "),
        (r"(?<=[a-z]) ['’]?n['’]? (?=[a-z])", " and "),
        (r"\s[-–—]+\s|—|…|\.{2,}", ", "),
    )
)
"""Contractions with the words that they stand for."""


def tokens_of(text: str) -> list[str]:
    """Return the words and separators of a text, folded, contractions written out.

    The text is in Unicode's compatibility form (NFKC) and case-folded: "Käse", "牛乳" and "ﬁsh"
    are words. The ends of sentences are all written ``.``.
    """
    return unmarked(marked_tokens(text))


def unmarked(tokens: Iterable[str]) -> list[str]:
    """Return tokens with ``.`` for every mark at the end of a sentence."""
    return [_MARKS.get(token) or token for token in tokens]


def marked_tokens(text: str) -> list[str]:
    """Return the tokens of a text as `tokens_of` does, but with its own marks: ``?``, ``!``."""
    return list(_parted(text))


@lru_cache(maxsize=8192)
def _parted(text: str) -> tuple[str, ...]:
    """Return the marked tokens of a text; the words of a domain are parted for every robot."""
    text = unicodedata.normalize("NFKC", text).casefold()
    for pattern, instead in _CONTRACTIONS:
        text = pattern.sub(instead, text)
    text = _OF_STATE.sub(_with_is, text)
    text = _OF_DOING.sub(_doing, text)
    text = text.replace("'", "").replace("’", "")
    text = DRAWN_OUT.sub(shortened, text)
    return tuple(_tokens(unicodedata.normalize("NFKC", text)))


_OF_STATE = re.compile(r"\b([a-z]+)['’]s ([a-z]+)(?=\s*(?:[,.;:!?]|$|and\b|but\b|so\b))")


_ASKING = frozenset({"ask", "want", "need", "wait", "beg", "crave", "long"})
_OF_DOING = re.compile(
    r"\b([a-z]+)['’]s ([a-z]+ing)(?= (?:the|a|an|my|our|for|it|them|some|his|her|their)\b)"
)


def _doing(found: re.Match[str]) -> str:
    """Return "anna is washing the" for "anna's washing the", but not for "anna's ring".

    Who asks for something reports nothing: "table two's asking for juice".
    """
    verb = gerund_of(found[2])
    return f"{found[1]} is {found[2]}" if verb and verb not in _ASKING else found[0]


def _with_is(found: re.Match[str]) -> str:
    """Return "the table is sticky" for "the table's sticky", but not for "the dog's bowl"."""
    state = found[2]
    is_state = not kinds_of_things().knows(state) and is_english(state)
    return f"{found[1]} is {state}" if is_state else found[0]


DRAWN_OUT = re.compile(r"[a-z]*([a-z])\1\1[a-z]*", re.IGNORECASE)
"""Word with a letter three times in a row."""
_RUN = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)


def shortened(found: re.Match[str]) -> str:
    """Return a drawn-out word as it is written: "nooo" is "no", "looook" is "look"."""
    doubled = _RUN.sub(r"\1\1", found[0])
    single = _RUN.sub(r"\1", found[0])
    is_double = is_english(doubled.casefold()) and not is_english(single.casefold())
    return doubled if is_double else single


def _tokens(text: str) -> Iterator[str]:
    for is_word, group in itertools.groupby(text, _is_in_word):
        if is_word:
            yield "".join(group)
        else:
            yield from (mark for mark in group if mark in _MARKS)


def _is_in_word(character: str) -> bool:
    return (
        character.isalnum()
        or character == "_"
        or character in _JOINERS
        or unicodedata.category(character).startswith("M")
    )
