"""Asides: parts between pauses that say nothing of the scene, and empty words at the end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from treehand.planners.reading.speech.disfluency import is_cue
from treehand.planners.reading.speech.frame_words import (
    ASKED,
    DENYING,
    EMPTY,
    FRAME_WORDS,
    FRIENDS,
    LIKED,
    MARKS,
)
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    FUNCTION_WORDS,
    INTERJECTIONS,
    POSSESSIVES,
    PREPOSITIONS,
    QUANTIFIERS,
    SUBJECTS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords


def without_asides(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return a text without its asides.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return [t for one in sentences_of(tokens) for t in _without_asides(one, known)]


def sentences_of(tokens: Sequence[str]) -> list[list[str]]:
    """Return the sentences, each with the mark that ends it."""
    sentences: list[list[str]] = [[]]
    for token in tokens:
        sentences[-1].append(token)
        if token in MARKS - {",", ":", "、"}:
            sentences.append([])
    return sentences


def _without_asides(sentence: list[str], known: SpokenWords) -> list[str]:
    """Return a sentence without the parts between pauses that say nothing: "let us see"."""
    end = sentence[-1:] if sentence and sentence[-1] in MARKS else []
    parts: list[list[str]] = [[]]
    for token in sentence[: len(sentence) - len(end)]:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    parts = [_without_first_words(_without_last_words(part, known), known) for part in parts]
    while len(parts) > 1 and (tuple(parts[-1]) in _TAGS or parts[-1] == ["actually"]):
        parts.pop()
    if len(parts) < 2:
        return [*parts[0], *end]
    kept = [
        part for index, part in enumerate(parts) if not _is_aside(part, known, is_first=index == 0)
    ]
    if not kept:
        return sentence
    return [*_joined(kept, parts), *end]


def _joined(kept: Sequence[list[str]], parts: Sequence[list[str]]) -> list[str]:
    """Return parts with pauses between them; none before "in the fridge" where one was left out."""
    joined: list[str] = []
    for part in kept:
        index = next(i for i, one in enumerate(parts) if one is part)
        is_torn = index > 0 and not any(parts[index - 1] is one for one in kept)
        if joined and not (is_torn and part[0] in PREPOSITIONS):
            joined.append(",")
        joined.extend(part)
    return joined


def _without_first_words(part: list[str], known: SpokenWords) -> list[str]:
    while len(part) > 2 and part[0] in ("yeah", "yes", "oh", "well", "right", "ok", "okay"):
        if known.names(part[0]) and known.names(part[1]):
            break  # the right burner
        part = part[1:]
    return part


_STEPS = (
    "first things first",
    "next up",
    "go on",
    "tell you what",
    "i tell you what",
    "and while you are there",
    "and while you are at it",
    "while you are there",
    "first up",
    "next",
    "last but not least",
    "for starters",
    "to begin with",
)
_WHOLE = (
    "them",
    "both of them",
    "all of them",
    "the lot",
    "every one of them",
    "each and every one",
)


_POLITE = word_set(
    "time chance moment minute min sec second mind kind possible able free can could like trouble"
    " bother hassle problem ok okay please nice good wonder happen"
)
_BOTHER = word_set("pain trouble bother hassle problem much inconvenience")
_TELLING = word_set("say call tell ask see want need said")
"""Words with which "when I say so" is a condition."""


def _is_aside(part: Sequence[str], known: SpokenWords, *, is_first: bool) -> bool:
    """Return True if words between two pauses say nothing of the scene."""
    said = set(part)
    is_called = len(part) == 1 and part[0] in FRIENDS and not known.names(part[0])
    if " ".join(part) in (*_STEPS, *_WHOLE) or (is_called and not is_first):
        return True
    if {"one", "ones"} & said and part[0] in ARTICLES | POSSESSIVES | {"that", "this", "and"}:
        return False  # "the second one too"
    if part and part[0] in ("forgive", "excuse", "pardon", "apologies"):
        return not any(known.names(word) for word in part)
    if part and part[0] in ("since", "because", "as", "seeing") and said & SUBJECTS:
        return not any(known.names(word) for word in part)
    if list(part[:4]) in (["if", "it", "is", "not"], ["if", "that", "is", "not"]):
        return said <= EMPTY and bool(said & _BOTHER)
    if (
        not part
        or (is_cue(part) and not (is_first and len(part) > 1))
        or (known.asks(part[0]) and part[0] not in FUNCTION_WORDS)
    ):
        return False
    if any(_is_done(word, after, known) for word, after in itertools.pairwise(part)):
        return False  # "and if so turn it off"
    if part[0] in ("if", "when", "once", "whenever") and (said & _TELLING or not said & _POLITE):
        return False
    if not said or not said <= EMPTY or said & DENYING or said == {"please"}:
        return False
    if any(known.names(word) or known.asks(word) for word in part if word not in EMPTY):
        return False
    is_empty_talk = said & (FRAME_WORDS | INTERJECTIONS - {"please", "right"}) or (
        "right" in said and said <= {"right", "then", "now", "well", "so"}
    )
    is_request = part[0] in ASKED | {"please"} and len(part) > 2
    is_wish = part[0] in ("i", "we") and said & {"would", "want", "need", "like", "love"}
    return bool(is_empty_talk) and not is_request and not is_wish


def _is_done(word: str, after: str, known: SpokenWords) -> bool:
    """Return True if a verb of the place has what it is done to after it: "turn it"."""
    return after in ("it", "them") and word not in LIKED | FRIENDS and known.asks(word)


_LAST = tuple(
    tuple(text.split())
    for text in (
        *("i guess", "i suppose", "i think", "i reckon", "or whatever", "or something", "or so"),
        *("and stuff", "and all that", "and so on", "or what", "you know", "if you like", "innit"),
        *("will you", "would you", "could you", "can you", "would you mind", "yeah", "yes", "okay"),
        *("ok", "cheers", "ta", "will you please", "would you please", "if you please", "by now"),
        *(
            "chop chop",
            "though",
            "on your way",
            "on the way",
            *("a moment", "a sec", "a second", "behind you", "behind me", "after you"),
            *(
                f"{before} you {go}"
                for before in ("before", "when", "as")
                for go in ("go", "leave")
            ),
            *("on your way out", "on the way out"),
            "for a bit",
            "while you are at it",
            "while you are there",
            *(f"for {time}" for time in ("later", "breakfast", "lunch", "dinner", "supper", "tea")),
            *(f"before {time}" for time in ("breakfast", "lunch", "dinner", "supper")),
            *(f"after {time}" for time in ("breakfast", "lunch", "dinner", "supper")),
            "pretty please",
            "real quick",
            "at all",
            "right away",
            "already",
            "or something like that",
            "or anything",
            "or not",
            "and leave it there",
            "and keep it there",
            "there is a good lad",
            "you know what i mean",
            "now now",
        ),
    )
)
"""Words at the end of a clause that change nothing."""


_TAGS = tuple(
    (verb, *negation, subject)
    for verb in (
        "is",
        "are",
        "does",
        "do",
        "can",
        "could",
        "should",
        "would",
        "will",
        "have",
        "has",
    )
    for negation in ((), ("not",))
    for subject in ("it", "they", "he", "she", "we")
)


def _without_last_words(part: list[str], known: SpokenWords) -> list[str]:
    changed = True
    while changed:
        changed = False
        for last in _LAST:
            if len(part) > len(last) + 1 and tuple(part[-len(last) :]) == last:
                part, changed = part[: -len(last)], True
        no_thing = ARTICLES | POSSESSIVES | QUANTIFIERS | {"to", "for", "with", "of"}
        is_friend = len(part) > 2 and part[-1] in FRIENDS - {"man"} and part[-2] not in no_thing
        if is_friend and not known.names(part[-1]):
            part, changed = part[:-1], True
    return part
