"""Texts as the words that count: without courtesies, and without sentences that only say why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .lexicon import CONNECTORS, DETERMINERS, PRONOUNS, Lexicon, Words, tokens_of

_PAUSES = frozenset({".", ";", ","})
_WHY = frozenset({"because", "since", "before"})
"""What begins a reason, or a time, at the end of a sentence."""
_AFTER_A_REASON = 4
"""So many words may follow "it is so": "hot in here today"."""


def words_that_count(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a text that say what is wanted."""
    said = tokens_of(text)
    parts = [_spoken(part, lexicon) for part in _parts(_from_the_request(said, lexicon))]
    words = _plain_being([word for part in parts for word in part])
    words = _without_courtesies(words, lexicon)
    while words and words[-1] in CONNECTORS:
        words.pop()
    while words and words[0] in CONNECTORS:
        words.pop(0)
    return words


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
    """Return words without the sentences in front that only tell something.

    What is told afterwards may take something back, so it is not left out.
    """
    sentences = list(_sentences(words))
    while len(sentences) > 1 and _is_told(sentences[0], lexicon):
        sentences.pop(0)
    return [word for sentence in sentences for word in sentence]


def _is_told(sentence: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a sentence tells something that has nothing to do with this scene.

    It begins with a subject, wishes for nothing, and names nothing that there is here.
    """
    words = [word for word in sentence if word not in _PAUSES]
    household = lexicon.household
    if not words or words[0] not in household.subjects or household.wishes & set(words):
        return False
    return not _names_something(words, lexicon) and not set(words) & set(lexicon.adjectives)


def _says_something(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether words name a thing, stand for one, or ask for something."""
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
    """Return a part of a sentence; nothing of it if it only says why: "it is so hot"."""
    for index, word in enumerate(part):
        if word in _WHY and not _says_something(part[index + 1 :], lexicon):
            part = [*part[:index], *(end for end in part[-1:] if end in _PAUSES)]
            break
    for reason in lexicon.household.reasons:
        if tuple(part[: len(reason)]) == reason:
            rest = [word for word in part[len(reason) :] if word not in _PAUSES]
            if len(rest) <= _AFTER_A_REASON and not any((w,) in lexicon.nouns for w in rest):
                return []
            break
    return part


_MODALS: tuple[Words, ...] = tuple(
    tuple(text.split())
    for text in (
        "should be",
        "must be",
        "shall be",
        "has to be",
        "have to be",
        "needs to be",
        "need to be",
        "ought to be",
        "is to be",
        "are to be",
    )
)


_EACH = tuple((be, word) for be in ("is", "are", "be") for word in ("both", "all"))


_WISHES = frozenset(
    ("want", "need", "like", "love", "order", "wish", "would", "prefer", "am", "expect")
)
"""What "I" and "we" are left out before: what they did or will do is no request."""
_ASSURING = frozenset({"sure", "ensure", "check", "see", "verify", "that"})
"""With one of these, "has been wiped" is wanted and not told."""
_FALLBACKS: tuple[Words, ...] = tuple(
    tuple(text.split())
    for text in ("failing that", "if you can not", "if that is not possible", "if not")
)


def _fallback_at(words: Sequence[str], index: int) -> int:
    """Return how many words, pauses included, say "failing that" after an "or"."""
    start = index
    while index < len(words) and words[index] == ",":
        index += 1
    for phrase in _FALLBACKS:
        if tuple(words[index : index + len(phrase)]) == phrase:
            index += len(phrase)
            while index < len(words) and words[index] == ",":
                index += 1
            return index - start
    return 0


def _plain_being(words: Sequence[str]) -> list[str]:
    """Return words with "should be" and the like as "be"; "or else" as "or"."""
    kept: list[str] = []
    index = 0
    while index < len(words):
        two, three = tuple(words[index : index + 2]), tuple(words[index : index + 3])
        if three in _MODALS:
            kept.append("be")
            index += 3
        elif two in _MODALS:
            kept.append("be")
            index += 2
        elif len(three) == 3 and three[1] == "not" and (three[0], three[2]) in _MODALS:
            kept += ["be", "not"]
            index += 3
        elif three == ("as", "well", "as"):
            kept.append("and")
            index += 3
        elif two[1:] == ("that",) and two[0] in ("and", ","):
            kept.append(two[0])
            index += 2
        elif two == ("along", "with") and three[2:] not in (("it",), ("that",)):
            kept.append("and")
            index += 2
        elif two in _EACH:
            kept.append(two[0])
            index += 2
        elif (two[0] in ("i", "we") and two[1:] and two[1] in _WISHES) or (
            two[0] == "would" and two[1:] and two[1] in (*_WISHES, "appreciate")
        ):
            index += 1
        elif two in (("has", "been"), ("have", "been")) and _ASSURING & set(words):
            kept.append("be")
            index += 2
        elif two[0] == "or" and (length := _fallback_at(words, index + 1)):
            kept.append("or")
            index += 1 + length
        elif two == ("or", "else"):
            kept.append("or")
            index += 2
        elif two[:1] == ("do",) and two[1:] != ("not",) and kept[-1:] != ["to"]:
            index += 1
            if two[1:] == () or not two[1].isalpha() or two[1] in ("the", "all", "it"):
                kept.append("do")
        else:
            kept.append(words[index])
            index += 1
    return kept


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


def _courtesy_at(words: Sequence[str], index: int, lexicon: Lexicon) -> int:
    """Return how many words at `index` change nothing."""
    household = lexicon.household

    def stands(phrase: Words) -> bool:
        return tuple(words[index : index + len(phrase)]) == phrase

    for courtesy in household.courtesies:
        if stands(courtesy):
            return len(courtesy)
    for phrase in household.before_gerunds:
        after = index + len(phrase)
        verb = words[after] if after < len(words) else ""
        if stands(phrase) and verb.endswith("ing") and lexicon.phrases_from(verb):
            return len(phrase)
    return 0
