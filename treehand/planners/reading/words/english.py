"""English words, from WordNet: which words there are, which can be verbs, their base forms."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import gerund, plural
from treehand.planners.reading.words.sorted_lines import SortedLines

_FILE = Path(__file__).with_name("english.txt.gz")
_PASTS = """
be:was,were,been break:broke,broken bring:brought burn:burnt buy:bought build:built
catch:caught choose:chose,chosen come:came cut:cut do:did,done draw:drew,drawn
drink:drank,drunk drive:drove,driven eat:ate,eaten fall:fell,fallen feed:fed feel:felt
find:found fly:flew,flown forget:forgot,forgotten freeze:froze,frozen get:got,gotten
give:gave,given go:went,gone grow:grew,grown hang:hung have:had hear:heard hide:hid,hidden
hit:hit hold:held hurt:hurt keep:kept know:knew,known lay:laid leak:leaked leave:left
lend:lent let:let lie:lay,lain light:lit lose:lost make:made mean:meant meet:met pay:paid
put:put read:read ring:rang,rung rise:rose run:ran say:said see:saw,seen sell:sold send:sent
set:set shake:shook,shaken shine:shone shut:shut sing:sang,sung sink:sank,sunk sit:sat
sleep:slept slide:slid smell:smelt speak:spoke,spoken spend:spent spill:spilt split:split
spoil:spoilt spread:spread stand:stood steal:stole,stolen stick:stuck sweep:swept
swim:swam,swum take:took,taken teach:taught tear:tore,torn tell:told think:thought
throw:threw,thrown understand:understood wake:woke,woken wear:wore,worn wet:wet win:won
write:wrote,written
"""
_IRREGULAR_PAST = {
    past: base
    for base, _, pasts in (entry.partition(":") for entry in _PASTS.split())
    for past in pasts.split(",")
}
_SAME_AS_BASE = frozenset(
    {"cut", "hit", "hurt", "let", "put", "read", "set", "shut", "split", "spread", "wet"}
)


@cache
def _entries() -> SortedLines:
    return SortedLines(gzip.decompress(_FILE.read_bytes()))


def is_english(word: str) -> bool:
    """Return True if a word, or the word that it is a form of, is in the dictionary."""
    return word in FUNCTION_WORDS or any(
        _entries().rest_of(base) is not None for base in _bases(word)
    )


def can_be_verb(word: str) -> bool:
    """Return True if a word can be a verb in its base form: wipe."""
    return _entries().rest_of(word) == "v"


def past_of(word: str) -> str | None:
    """Return the verb that a word is the past form of; None if it is none, or also a base form."""
    if word in _SAME_AS_BASE:
        return None
    if word in _IRREGULAR_PAST:
        return _IRREGULAR_PAST[word]
    if word.endswith("ed") and len(word) > 3:
        return next((base for base in _unended(word, "ed") if can_be_verb(base)), None)
    return None


def is_same_as_base(word: str) -> bool:
    """Return True if a verb's past form is its base form: put."""
    return word in _SAME_AS_BASE


def gerund_of(word: str) -> str | None:
    """Return the verb that a word is the form in -ing of; None if it is none."""
    if not word.endswith("ing") or len(word) < 5:
        return None
    found = (base for base in _unended(word, "ing") if can_be_verb(base) and gerund(base) == word)
    return min(found, key=len, default=None)  # putting: put rather than putt


def third_person_of(word: str) -> str | None:
    """Return the verb that a word is the third person of: leaks, leak; None if it is none."""
    for base in _unended(word, "s"):
        if can_be_verb(base) and plural(base) == word:
            return base
    return None


def base_of(word: str) -> str:
    """Return the base form of a verb's form; the word itself if it is none."""
    return past_of(word) or gerund_of(word) or third_person_of(word) or word


def _bases(word: str) -> Iterator[str]:
    yield word
    if word in _IRREGULAR_PAST:
        yield _IRREGULAR_PAST[word]
    for ending in ("s", "ed", "ing", "ly"):
        yield from _unended(word, ending)


def _unended(word: str, ending: str) -> Iterator[str]:
    """Yield the words that a word with an ending may be made from."""
    if ending == "s":
        if word.endswith("ies"):
            yield word[:-3] + "y"
        if word.endswith("ves"):
            yield word[:-3] + "f"
            yield word[:-3] + "fe"
        if word.endswith("es"):
            yield word[:-2]
        if word.endswith("s") and not word.endswith("ss"):
            yield word[:-1]
        return
    if not word.endswith(ending) or len(word) < len(ending) + 2:
        return
    stem = word[: -len(ending)]
    yield stem + "e"
    yield stem
    if stem[-1:] == stem[-2:-1]:
        yield stem[:-1]
    if stem.endswith("i"):
        yield stem[:-1] + "y"
