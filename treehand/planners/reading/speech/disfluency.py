"""Slips of the tongue: noises, words said twice, and words that are taken back at once."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    MODALS,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

NOISES = word_set("uh uhh um umm uhm er erm ehm eh hm hmm mm mmm ah aw")
"""Sounds that mean nothing."""
_LONGEST_REPEATED = 5
_POINTING = ARTICLES | DEMONSTRATIVES | POSSESSIVES
CUES = tuple(
    tuple(cue.split())
    for cue in (
        *("no wait no", "no i mean", "no i meant", "i mean to say", "i mean", "i meant"),
        *("no wait", "wait no", "no sorry", "sorry no", "oh no", "or rather", "scratch that"),
        *("no hang on", "no hold on", "what am i saying", "ah no", "oh wait", "hmm no", "er no"),
        *("hang on", "hold on", "my mistake", "my bad", "strike that", "i tell a lie", "whoops"),
        *("make that", "correction", "no", "sorry", "actually", "oops", "rather", "wait"),
    )
)
"""Words after which something is said anew, the longest first."""
_MISTAKES = tuple(
    tuple(cue.split())
    for cue in (
        *(
            "no hang on",
            "no hold on",
            "what am i saying",
            "no wait",
            "wait no",
            "no sorry",
            "ah no",
        ),
        *("oh no", "oh wait", "hmm no", "er no", "sorry", "actually", "no"),
        *("hang on", "hold on", "my mistake", "my bad", "scratch that", "strike that"),
    )
)
"""Those that take back what a sentence before says, too."""
_UNMISTAKABLE = (("i", "mean"), ("i", "meant"), ("or", "rather"))
"""Those that need no pause before them: "turn it down I mean off"."""


def fluent(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without slips of the tongue.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return _without_repetitions(_repaired(_without_loose_pauses(tokens), known))


def is_cue(words: Sequence[str]) -> bool:
    """Return True if words begin with some after which something is said anew."""
    return any(tuple(words[: len(cue)]) == cue for cue in CUES)


def cue_at(tokens: Sequence[str], index: int) -> int:
    """Return the number of tokens at an index after which something is said anew; 0 for none."""
    return next((len(c) for c in CUES if tuple(tokens[index : index + len(c)]) == c), 0)


def without_noises(tokens: Sequence[str]) -> list[str]:
    """Return tokens without the sounds that mean nothing."""
    kept: list[str] = []
    for index, token in enumerate(tokens):
        if token == "," and set(tokens[max(0, index - 1) : index + 2]) & NOISES:
            before = [word for word in tokens[:index] if word not in NOISES | {","}][-3:]
            after = next((t for t in tokens[index:] if t not in NOISES | {","}), "")
            is_torn = len(before) < 3 or before[-1] in _POINTING or after in PREPOSITIONS
            if is_torn and before[-1:] != ["."]:
                continue  # "put, um, the, er, apple"
        if token not in NOISES and not (token == "," and kept[-1:] in ([], [","])):
            kept.append(token)
    return kept


def _without_loose_pauses(tokens: Sequence[str]) -> list[str]:
    """Return tokens without pauses where none can be: "the, the apple", "and, put"."""
    kept: list[str] = []
    for token in tokens:
        if token == "," and (not kept or kept[-1] in _POINTING | {"and", ","}):
            continue
        if token == "," and kept[-1] == "you" and kept[-2:-1] and kept[-2] in MODALS:
            continue
        kept.append(token)
    return kept


def _without_repetitions(tokens: list[str]) -> list[str]:
    """Return tokens in which nothing is said twice in a row; numbers may be."""
    index = 0
    while index < len(tokens):
        for length in range(min(_LONGEST_REPEATED, (len(tokens) - index) // 2), 0, -1):
            said = tokens[index : index + length]
            after = index + length
            after += tokens[after : after + 1] == [","] and said[-1] != ","
            is_number = length == 1 and (said[0].isdecimal() or said[0] in NUMERALS)
            if tokens[after : after + length] == said and not is_number:
                del tokens[index:after]
                break
        else:
            index += 1
    return tokens


def _repaired(tokens: list[str], known: SpokenWords) -> list[str]:
    """Return tokens with what was taken back replaced: "the red, no, the blue mug"."""
    index = 2
    while index < len(tokens) - 1:
        said = _said_anew(tokens, index, known)
        if said is None:
            index += 1
        else:
            index, tokens = said
    return tokens


def _said_anew(tokens: list[str], index: int, known: SpokenWords) -> tuple[int, list[str]] | None:
    """Return a place and the tokens with what a cue at an index takes back replaced; else None."""
    cue = next((c for c in CUES if tuple(tokens[index : index + len(c)]) == c), ())
    end = index + len(cue)
    is_paused = tokens[end : end + 1] == [","]
    is_torn = tokens[index - 1] in _POINTING and is_paused
    is_apart = tokens[index - 1] == "," or cue[:1] == ("no",) or is_torn or cue in _UNMISTAKABLE
    is_new = tokens[index - 1] in (".", ";") and cue in _MISTAKES and (is_paused or len(cue) > 1)
    if not cue or not (is_apart or is_new):
        return None
    end = _end_of_cues(tokens, end)
    after = tokens[end:]
    if not after:
        return None
    tokens = [*tokens[: index - 1], ",", *tokens[index:]] if is_new else tokens
    torn = _torn_place(tokens, index)
    if torn < index and tokens[torn] not in after and after[0] in _POINTING:
        return 2, [*tokens[: torn + 1], *after]  # "in the, no, the fridge"
    before = [*tokens[:torn], ","] if torn < index else tokens[:index]
    start = _taken_back(before, after, known)
    if start is None or (is_new and cue == ("actually",) and not _is_again(before[start], after)):
        return None
    anew = _without_pause(_with_its_things(before[start:], after))
    return max(2, start), [*tokens[:start], *anew]


def _is_again(first: str, after: Sequence[str]) -> bool:
    """Return True if words begin with the verb that they replace, or with a thing or place.

    "Open it. Actually, wash it" may be one more order.
    """
    return first == after[0] or after[0] in _POINTING | PREPOSITIONS


def _end_of_cues(tokens: Sequence[str], end: int) -> int:
    """Return the end of "hang on , my mistake ," and the pause after it."""
    while True:
        end += tokens[end : end + 1] == [","]
        more = next((c for c in _MISTAKES if tuple(tokens[end : end + len(c)]) == c), ())
        if not more:
            return end
        end += len(more)


def _torn_place(tokens: Sequence[str], index: int) -> int:
    """Return the place of "in the" before "in the , no , …"; the index itself if there is none."""
    torn = start = index - (tokens[index - 1] == ",")
    if tokens[torn - 1] not in _POINTING:
        return index
    while torn > 0 and tokens[torn - 1] in _POINTING | PREPOSITIONS:
        torn -= 1
    return torn if 1 < torn < start and tokens[torn] in PREPOSITIONS else index


def _taken_back(before: Sequence[str], after: Sequence[str], known: SpokenWords) -> int | None:
    """Return the index of the words that are said anew; None if nothing fits what follows."""
    if not after:
        return None
    first = after[0]
    if first in _POINTING and sum(word in _POINTING for word in before) > 1:
        return None  # which of two things is meant has to be asked
    for index in range(len(before) - 1, 0, -1):
        one = before[index]
        if one in (".", ";"):
            return None
        if one == "," and index < len(before) - 1 and first not in _POINTING:
            return None
        if any(one in kind and first in kind for kind in (_POINTING, PREPOSITIONS, NUMERALS)):
            return index
        is_noun = first not in PREPOSITIONS and one not in _POINTING | PREPOSITIONS
        if is_noun and known.names(one) and known.names(first) and not known.asks(first):
            return index
    begins = [i for i, word in enumerate(before) if known.asks(word) and word not in _POINTING]
    return begins[-1] if known.asks(first) and begins else None


def _without_pause(anew: list[str]) -> list[str]:
    """Return "the red mug in the sink" for "the red mug, in the sink", said anew."""
    pause = anew.index(",") if "," in anew else len(anew)
    is_place = 0 < pause <= _LONGEST_REPEATED and anew[pause + 1 : pause + 2]
    if is_place and anew[pause + 1] in PREPOSITIONS:
        return [*anew[:pause], *anew[pause + 1 :]]
    return anew


def _with_its_things(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return "open the drawer" for "open it" after "close the drawer"."""
    things = [word for word in before[1:] if word != ","]
    if not set(things) & _POINTING:
        return list(after)
    found: list[str] = []
    for word in after:
        found.extend(things if word in ("it", "them") else [word])
    return found
