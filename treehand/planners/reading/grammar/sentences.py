"""Texts reduced to the words of the request, without courtesies and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.reading.grammar.clause_order import GOING
from treehand.planners.reading.lexicon import (
    CONNECTORS,
    CONTRASTS,
    DETERMINERS,
    PRONOUNS,
    Lexicon,
    Words,
)
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.function_words import SUBJECTS
from treehand.planners.reading.words.tokens import marked_tokens, tokens_of, unmarked

_PAUSES = frozenset({".", ";", ","})
_WHY = frozenset({"because", "since", "before"})
"""Words that begin a reason, or a time, at the end of a sentence."""
_WHO = SUBJECTS | {"that", "the", "nobody", "nothing", "my", "our"}
"""Words after "so" that begin a purpose: "so the dog can not get out"."""
_TIMES = frozenset({"second", "seconds", "minute", "minutes", "hour", "hours", "noon", "oclock"})
"""Units of time; "before five minutes are over" is not dropped as a reason."""
_AFTER_A_REASON = 4
"""Most words after "it is so" in a reason: "hot in here today"."""


def words_that_count(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a text that make the request."""
    said = unmarked(plainly_spoken(marked_tokens(text), lexicon))
    parts = [_spoken(part, lexicon) for part in _parts(_from_the_request(said, lexicon))]
    words = _plainly([word for part in parts for word in part])
    words = _without_here(words, lexicon)
    words = _without_courtesies(words, lexicon)
    while words and words[-1] in CONNECTORS:
        words.pop()
    while words and words[0] in (*CONNECTORS, "sorry", "pardon"):
        words.pop(0)
    return words


def all_words(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a text without courtesies; reasons and reports stay."""
    return _without_courtesies(_plainly(tokens_of(text)), lexicon)


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the sentences; ", so" ends one too."""
    sentence: list[str] = []
    for index, word in enumerate(words):
        if word == "so" and sentence[-1:] == [","] and index + 1 < len(words):
            yield sentence
            sentence = []
            continue
        sentence.append(word)
        if word in (".", ";"):
            yield sentence
            sentence = []
    yield sentence


def _from_the_request(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return words without the sentences in front that only report something.

    Later reports may take something back, so they are kept.
    """
    sentences = list(_sentences(words))
    while len(sentences) > 1 and _is_told(sentences[0], lexicon):
        sentences.pop(0)
    return [word for sentence in sentences for word in sentence]


def _is_told(sentence: Sequence[str], lexicon: Lexicon) -> bool:
    """Return True if a sentence is a report that has nothing to do with this scene.

    Such a sentence begins with a subject, is no request, and names no object of the scene.
    """
    words = [word for word in sentence if word not in _PAUSES]
    household = lexicon.household
    if not words or words[0] not in household.subjects or household.wishes & set(words):
        return False
    return not _names_something(words, lexicon) and not set(words) & set(lexicon.adjectives)


def _says_something(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return True if words name an object, stand for one, or ask for something."""
    standing = {*PRONOUNS, "one", "so", "this", "that", "these", "those", "all", "each"}
    followed = [word for word in words if word not in DETERMINERS and word.isalpha()][:-1]
    return (
        _names_something(words, lexicon)
        or bool(standing & set(words))
        or any(lexicon.phrases_from(word) for word in followed)
    )


def _names_something(words: Sequence[str], lexicon: Lexicon) -> bool:
    return any(
        lexicon.meanings(tuple(words[start : start + length]))
        for start in range(len(words))
        for length in range(1, lexicon.longest_noun + 1)
    )


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words between pauses, each with the pause that ends it."""
    part: list[str] = []
    for word in words:
        part.append(word)
        if word in _PAUSES:
            yield part
            part = []
    yield part


def _spoken(part: list[str], lexicon: Lexicon) -> list[str]:
    """Return a part of a sentence; empty if it is only a reason: "it is so hot"."""
    for index, word in enumerate(part):
        rest = part[index + 1 :]
        is_why = word in _WHY or (word == "so" and rest[:1] and rest[0] in _WHO)
        if is_why and not _TIMES & set(rest) and not _says_something(rest, lexicon):
            part = [*part[:index], *(end for end in part[-1:] if end in _PAUSES)]
            break
    for reason in lexicon.household.reasons:
        if tuple(part[: len(reason)]) == reason:
            rest = [word for word in part[len(reason) :] if word not in _PAUSES]
            if len(rest) <= _AFTER_A_REASON and not any((w,) in lexicon.nouns for w in rest):
                return []
            break
    return part


_WISHES = ("want", "need", "like", "love", "order", "wish", "would", "prefer", "am", "expect")
"""Verbs before which "I" and "we" are dropped; other sentences about them ask for nothing."""
_MUST = ("should", "must", "shall", "has to", "have to", "needs to", "need to", "ought to", "is to")
_FALLBACKS = ("failing that", "if you can not", "if that is not possible", "if not")
_PLAINER: dict[str, str] = {
    **{f"{must} be": "be" for must in (*_MUST, "are to")},
    **{f"{must} not be": "be not" for must in _MUST},
    **{f"{person} {wish}": wish for person in ("i", "we") for wish in _WISHES},
    **{
        f"{person}would {wish}": wish
        for person in ("", "i ", "we ")
        for wish in (*_WISHES, "appreciate")
    },
    **{f"or{pause} {said}": "or" for said in _FALLBACKS for pause in ("", " ,")},
    **{f"or{pause} {said} ,": "or" for said in _FALLBACKS for pause in ("", " ,")},
    **{f"{be} {each}": be for be in ("is", "are", "be") for each in ("both", "all")},
    **{f"{person} could {use}": use for person in ("i", "we") for use in ("use", "do with")},
    **{f"{must} go": "goes" for must in _MUST},
    **{f"let {person} have": "have" for person in ("me", "us")},
    **{f"{can} {go}": "goes" for can in ("can", "could", "may") for go in ("go", "come")},
    **{f"{some} that is": "everything that is" for some in ("anything", "all")},
    **{f"there {be} nothing": "nothing be" for be in ("is", "be")},
    "whatever is": "everything that is",
    "together with": "and",
    "or else": "or",
    "as well as": "and",
    "along with": "and",
    "along with it": "",
    "along with that": "",
    "and that": "and",
    ", that": ",",
}
_REWRITES: dict[Words, Words] = {tuple(k.split()): tuple(v.split()) for k, v in _PLAINER.items()}
_LONGEST = max(map(len, _REWRITES))
_SPEAKERS = frozenset({"me", "us"})
_ASSURING = frozenset({"sure", "ensure", "check", "see", "verify", "that"})
"""Words with which "has been wiped" is a request and not a report."""
_OBJECTS_OF_DO = ("the", "all", "it", "with")
"""Words before which "do" is a full verb; elsewhere it only stresses: "but do bring it"."""


def _plainly(words: Sequence[str]) -> list[str]:
    """Return words in the form of the lexicon's phrases: "should be" becomes "be"."""
    rewrites = dict(_REWRITES)
    if _ASSURING & set(words):
        rewrites |= {("has", "been"): ("be",), ("have", "been"): ("be",)}
    kept: list[str] = []
    index = 0
    while index < len(words):
        for length in range(min(_LONGEST, len(words) - index), 0, -1):
            instead = rewrites.get(tuple(words[index : index + length]))
            if instead is not None:
                kept.extend(instead)
                index += length
                break
        else:
            if not _is_stress(words, index):
                kept.append(words[index])
            index += 1
    return kept


def _is_stress(words: Sequence[str], index: int) -> bool:
    after = words[index + 1] if index + 1 < len(words) else ""
    is_verb = after.isalpha() and after != "not" and after not in _OBJECTS_OF_DO
    return words[index] == "do" and is_verb and words[index - 1 : index] != ["to"]


def _without_courtesies(words: list[str], lexicon: Lexicon) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(words):
        skipped = _courtesy_at(words, index, lexicon)
        if skipped:
            index += skipped
        else:
            kept.append(words[index])
            index += 1
    return kept


def _without_here(words: list[str], lexicon: Lexicon) -> list[str]:
    """Return words without the place where all this is: "go to the kitchen and", "in the office".

    A place that the scene itself has under this name stays.
    """
    here = ["the", *lexicon.domain.domain.split("_")]
    if lexicon.meanings(tuple(here[1:])):
        return words
    ways = [[go, *to, *here] for go in GOING for to in (["to"], ["into"], ["over", "to"])]
    kept: list[str] = []
    index = 0
    while index < len(words):
        begins = not kept or kept[-1] in CONNECTORS
        way = next((w for w in ways if begins and words[index : index + len(w)] == w), [])
        after = index + len(way)
        if way and words[after : after + 1] and words[after] in CONNECTORS:
            index = after + 1
        elif words[index] == "in" and words[index + 1 : index + 1 + len(here)] == here and kept:
            index += 1 + len(here)
        else:
            kept.append(words[index])
            index += 1
    return kept


def _asks_alone(word: str, after: str, lexicon: Lexicon) -> bool:
    """Return True for "go" in "go grab it" and "first" in "first wipe it": the verb follows."""
    if not after or after in ("to", "on", "off") or not lexicon.phrases_from(after):
        return False
    if lexicon.nouns.get((word, after)):
        return False
    return not any(phrase.words[1:2] == (after,) for phrase in lexicon.phrases_from(word))


def _courtesy_at(words: Sequence[str], index: int, lexicon: Lexicon) -> int:
    """Return the number of words at `index` that do not change the meaning."""
    household = lexicon.household
    if tuple(words[index : index + 2]) in CONTRASTS:
        return 0

    def stands(phrase: Words) -> bool:
        return tuple(words[index : index + len(phrase)]) == phrase

    following = words[index + 1] if index + 1 < len(words) else ""
    begins = index == 0 or words[index - 1] in CONNECTORS
    may_stand_alone = begins and words[index] in ("go", "first", "only")
    if may_stand_alone and _asks_alone(words[index], following, lexicon):
        return 1
    for courtesy in household.courtesies.get(words[index], ()):
        # "me" may be a person of the scene; what is done for her is not given to her
        is_somebody = any((word,) in lexicon.nouns for word in _SPEAKERS & set(courtesy))
        if stands(courtesy) and not (is_somebody and courtesy[0] != "for"):
            return len(courtesy)
    for phrase in household.before_gerunds:
        after = index + len(phrase)
        verb = words[after] if after < len(words) else ""
        if stands(phrase) and verb.endswith("ing") and lexicon.phrases_from(verb):
            return len(phrase)
    return 0
