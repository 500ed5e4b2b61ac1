"""Regular inflection of English nouns and verbs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from treehand.core.text.outside_text import whole_number

_VOWELS = "aeiou"
_PARTICIPLES = {
    **dict.fromkeys(("put", "shut", "set", "cut", "let"), ""),
    **{"take": "taken", "bring": "brought", "find": "found", "throw": "thrown", "sweep": "swept"},
    **{"get": "got", "hold": "held", "do": "done", "give": "given", "make": "made", "hang": "hung"},
    **{"go": "gone", "drive": "driven", "light": "lit", "fold": "folded", "feed": "fed"},
}
_PARTICIPLES |= {verb: verb for verb, form in _PARTICIPLES.items() if not form}
_IRREGULAR = {"be": "being", "lie": "lying"}
NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@lru_cache(maxsize=16384)
def plural(noun: str) -> str:
    """Return the regular English plural of a noun."""
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return noun[:-1] + "ies"
    if noun.endswith("lf"):
        return noun[:-1] + "ves"
    return noun + "s"


@lru_cache(maxsize=16384)
def singular(noun: str) -> str:
    """Return the noun that a word is the regular plural of; the word itself if it is none."""
    if not noun.endswith("s") or noun.endswith("ss") or len(noun) < 4:
        return noun
    for ending, instead in (("ies", "y"), ("ves", "lf"), ("es", ""), ("s", "")):
        if noun.endswith(ending) and plural(noun[: -len(ending)] + instead) == noun:
            return noun[: -len(ending)] + instead
    return noun


def positive_degree(word: str) -> tuple[str, ...]:
    """Return adjectives whose comparative or superlative a word may be: bigger, big."""
    for ending in ("est", "er"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            doubled = (stem[:-1],) if stem[-1] == stem[-2] else ()
            return (stem, f"{stem}e", *doubled, *((f"{stem[:-1]}y",) if stem[-1] == "i" else ()))
    return ()


def gerund(verb: str) -> str:
    """Return a verb's form in -ing: put, putting; close, closing."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    substitutions = len(verb) >= 3 and verb[-1] not in "aeiouwxy" and verb[-2] in _VOWELS
    is_short = len(re.findall(r"[aeiou]+", verb)) == 1 and verb[-3:-2] not in _VOWELS
    return verb + verb[-1] + "ing" if substitutions and is_short else verb + "ing"


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier: ``NFCJuice`` and ``nfc_juice`` are (nfc, juice)."""
    name = unicodedata.normalize("NFKC", name)
    spaced: list[str] = []
    for index, character in enumerate(name):
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        is_new_word = character.isupper() and (before.islower() or after.islower())
        if before and (is_new_word or before.isdecimal() != character.isdecimal()):
            spaced.append(" ")
        spaced.append(character if character.isalnum() or _is_mark(character) else " ")
    return tuple("".join(spaced).casefold().split())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def spelled(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the spoken forms of a name with a number: table 1, table one, first table."""
    if len(words) < 2 or not words[-1].isdecimal():
        return {words}
    base, number = words[:-1], whole_number(words[-1])
    found = {words, (*base, "number", words[-1]), (*base[:-1], base[-1] + words[-1])}
    found.add((*base[:-1], plural(base[-1]), words[-1]))
    for word in (word for word, value in NUMBERS.items() if value == number):
        found |= {(*base, word), (*base, "number", word)}
    if number is not None and 1 <= number <= len(ORDINALS):
        found.add((ORDINALS[number - 1], *base))
    return found


def participle(verb: str) -> str:
    """Return the regular past participle of a verb: wiped, washed; put stays put."""
    if verb in _PARTICIPLES:
        return _PARTICIPLES[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ied"
    return gerund(verb)[:-3] + "ed"


def derived_forms(
    verb: str, slot: str, particle: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield other ways to ask for "VERB {x}": "{x} needs VERBing", "give {x} a VERB".

    Args:
        verb: The verb, in its base form.
        slot: Its object, ``{x}``.
        particle: Words that belong to the verb: down.
    """
    done, doing = (participle(verb), *particle), (gerund(verb), *particle)
    for needs in ("needs", "need", "requires", "require", "wants"):
        yield (slot, needs, *doing)
        yield (slot, needs, "to", "be", *done)
    for want in ("want", "need", "like", "have", "get"):
        yield (want, slot, *done)
    for be in ("be", "is", "are", "was", "were"):
        yield (slot, be, *done)
    if particle:
        return
    for wanting in (("needs",), ("need",), ("could", "use"), ("could", "do", "with")):
        for some in _SOME_WORK:
            yield (slot, *wanting, "a", *some, verb)
    for some in _SOME_WORK:
        yield ("give", slot, "a", *some, verb)


_SOME_WORK = ((), ("quick",), ("good",), ("proper",), ("thorough",))
