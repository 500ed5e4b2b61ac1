"""Words of a text with what they leave unsaid, and without what denies nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.reading.lexicon import DETERMINERS, Lexicon
from treehand.planners.reading.nouns.noun_finder import NounFinder
from treehand.planners.reading.words.english import past_of
from treehand.planners.reading.words.function_words import word_set
from treehand.planners.reading.words.inflection import singular
from treehand.skills.domain import Facts

JOINTS = frozenset({"and", "then", ",", ".", ";", "but", "plus", "also", "so"})
"""Words and marks between the parts of a text."""
_RELATIVES = word_set("that which who whatever everything anything")
_STAYING = word_set("stay stays remain remains wait waits")
"""Verbs of what is not to be touched."""
AWAITING = word_set("waiting asking asked ordered requested craving longing fancies")
"""Words that tell what somebody wants."""
_THESE = word_set("them these those")
_OWNERS = word_set("her his their")
_IDLE = tuple(
    tuple(phrase.split())
    for phrase in (
        *("does not matter", "do not worry", "not to worry", "no rush", "no hurry", "no matter"),
        *("no problem", "do not ask", "i do not know", "not sure", "no idea", "no excuses"),
    )
)
"""Words that deny nothing which is asked for."""


def spelled_out(
    words: Sequence[str], told: Sequence[str], lexicon: Lexicon, nouns: NounFinder, facts: Facts
) -> list[str]:
    """Return words with whose desk "her desk" is, and which place "where it was".

    Args:
        words: The words of a text that count.
        told: The words of reports beside it.
        lexicon: The words of a domain and scene.
        nouns: Finds the things that texts name.
        facts: Beliefs, which tell where things are.
    """
    kept = _without_staying(_without_idle(words))
    kept = ["them" if kept[i - 1 : i + 1] == ["the", "lot"] else w for i, w in enumerate(kept)]
    kept = [w for i, w in enumerate(kept) if not (w == "the" and kept[i + 1 : i + 2] == ["them"])]
    kept = _with_owners(_with_nouns(kept, lexicon), told, lexicon)
    return _with_places(_with_one(kept, lexicon, nouns), lexicon, nouns, facts)


def is_told(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return True for "the fridge is open", which asks for nothing in a part of a text."""
    if AWAITING & set(words):
        return False  # "table two is waiting for its tea"
    for index, word in enumerate(words):
        is_asked = word in lexicon.adjectives or lexicon.asks(word) or lexicon.names(word)
        is_order = lexicon.asks(words[0]) and words[0] not in DETERMINERS
        if index > 1 and past_of(word) and not is_asked and not is_order:
            return True
        is_finite = word in ("is", "are", "was", "were", "has", "have", "had") and index > 0
        if is_finite and not _RELATIVES & set(words[max(0, index - 4) : index]):
            return True
    return False


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the parts of a text, each with the joint before it."""
    part: list[str] = []
    for word in words:
        if word in JOINTS and any(one not in JOINTS for one in part):
            yield part
            part = []
        part.append(word)
    yield part


def _without_staying(words: Sequence[str]) -> list[str]:
    """Return words without the parts that tell what stays: "the big one stays"."""
    kept: list[str] = []
    for part in _parts(words):
        if not _STAYING & set(part):
            kept.extend(part)
    return kept if any(word not in JOINTS for word in kept) else list(words)


def _without_idle(words: Sequence[str]) -> list[str]:
    kept, index = list[str](), 0
    while index < len(words):
        length = next((len(p) for p in _IDLE if tuple(words[index : index + len(p)]) == p), 0)
        if not length and not (words[index] == "," and kept[-1:] == [","]):
            kept.append(words[index])
        index += max(length, 1)
    return kept


def _with_owners(words: list[str], told: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return words with "anna desk" for "her desk", where Anna was named before."""
    for index, word in enumerate(words[:-1]):
        for name in (*told, *words[:index]) if word in _OWNERS else ():
            if name not in _OWNERS and lexicon.meanings((name, words[index + 1])):
                words[index] = name
    return words


def _with_one(words: list[str], lexicon: Lexicon, nouns: NounFinder) -> list[str]:
    """Return words with "put one mug" for "put one", where any mug will do."""
    for index, word in enumerate(words):
        after = words[index + 1 : index + 3]
        is_of_them = after[:1] == ["of"] and bool(_THESE & set(after[1:]))
        end = index + (3 if is_of_them else 1)
        is_thing = bool(nouns.found(words[end : end + 1]))
        before = nouns.found(words[:index])
        is_object = word == "one" and index > 0 and lexicon.asks(words[index - 1])
        if is_object and before and not is_thing and before[-1].how == "name":
            said = before[-1].said.split()
            return [*words[:index], "one", *said[:-1], singular(said[-1]), *words[end:]]
    return words


def _with_nouns(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return words with "the red crate" for "the red", where a crate was named before."""
    kept: list[str] = []
    for index, word in enumerate(words):
        kept.append(word)
        is_last = index + 1 == len(words) or words[index + 1] in JOINTS
        if is_last and words[index - 1 : index] == ["the"] and not lexicon.meanings((word,)):
            kept += [one for one in words[:index] if lexicon.meanings((word, one))][:1]
    return kept


def _with_places(words: list[str], lexicon: Lexicon, nouns: NounFinder, facts: Facts) -> list[str]:
    """Return words with "the counter" for "where it was", if the thing is there."""
    if "where" not in words:
        return words
    at = words.index("where")
    if words[at + 1 : at + 2] not in (["it"], ["they"], ["that"]) or len(words) < at + 3:
        return words
    for thing in nouns.found(words[:at]):
        for name in (noun.object for noun in thing.nouns if noun.object):
            for fact in facts.true_facts():
                is_place = len(fact.terms) == 2 and bool(lexicon.relation_to(fact.terms[1]))
                given = lexicon.domain.predicates[fact.predicate].known_by == "given"
                if is_place and not given and fact.terms[0] == name:
                    return [*words[:at], "the", *fact.terms[1].split("_"), *words[at + 3 :]]
    return words
