"""Plain speech: the words of a text without slips of the tongue and without frames."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.speech.asides import without_asides
from treehand.planners.reading.speech.clauses.appositions import without_appositions
from treehand.planners.reading.speech.clauses.named_before import (
    with_hesitations_mended,
    with_names,
)
from treehand.planners.reading.speech.clauses.other_people import without_others_reasons
from treehand.planners.reading.speech.clauses.self_repairs import with_repairs
from treehand.planners.reading.speech.clauses.telegrams import without_telegrams
from treehand.planners.reading.speech.clauses.verbless_forms import with_verbs
from treehand.planners.reading.speech.disfluency import fluent, without_noises
from treehand.planners.reading.speech.frame_words import ASKED
from treehand.planners.reading.speech.frames import unframed
from treehand.planners.reading.speech.loose.loose_tails import without_tails
from treehand.planners.reading.speech.loose.loose_words import without_loose_words
from treehand.planners.reading.speech.loose.spare_clauses import without_spare_clauses
from treehand.planners.reading.speech.needless import without_needless
from treehand.planners.reading.speech.rewording import reworded
from treehand.planners.reading.speech.spoken_forms import in_other_words
from treehand.planners.reading.speech.two_clauses import in_one_order
from treehand.planners.reading.speech.word_order import in_plain_order
from treehand.planners.reading.words.asked_whether import untagged, with_that
from treehand.planners.reading.words.english import is_english, past_of
from treehand.planners.reading.words.function_words import BE, FUNCTION_WORDS, HAVE
from treehand.planners.reading.words.spoken_words import SpokenWords


def plainly_spoken(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return the tokens of a text as one would write it down.

    Args:
        tokens: Words and marks, in which the ends of questions may be told apart.
        known: Words of the place.
    """
    tokens = with_hesitations_mended(_without_name(_without_end(tokens), known), known)
    is_parted = tuple(tokens[:2]) == ("please", ",")
    said = without_noises(["please", *tokens[2:]] if is_parted else tokens)
    said = without_others_reasons(without_spare_clauses(said, known), known)
    said = with_repairs(said, known)
    said = without_telegrams(without_appositions(said, known), known)
    said = with_verbs(with_names(said, known), known)
    said = without_tails(with_that(untagged(" ".join(said))).split(), known)
    said = in_one_order(without_needless(said, known), known)
    said = in_other_words(reworded(said, known), known)
    said = without_loose_words(said, known)
    said = list(without_asides(said, known))
    said = in_plain_order(said, known)
    said = fluent(unframed(_with_thing_in_place(fluent(said, known), known), known), known)
    return _thing_please(said, known) or said


def _without_end(tokens: Sequence[str]) -> Sequence[str]:
    """Return tokens without the marks at their end that tell no question."""
    end = len(tokens)
    while end > 1 and tokens[end - 1] in (".", "!"):
        end -= 1
    return tokens[:end]


def _without_name(tokens: Sequence[str], known: SpokenWords) -> Sequence[str]:
    """Return the order of "Anna, bring me the apple": who is called does not change it."""
    name, mark, verb = (*tokens[:3], "", "", "")[:3]
    is_word = name in FUNCTION_WORDS or is_english(name) or not name.isalpha()
    is_word = is_word or known.names(name) or known.asks(name) or known.is_said(name)
    is_called = mark == "," and len(tokens) > 3 and known.asks(verb)
    return tokens[2:] if is_called and not is_word else tokens


def _with_thing_in_place(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return "turn off the lamp" for "the lamp: turn it off", "can you, the lamp, turn it off"."""
    if tokens[:1] and tokens[0] in ASKED and tokens[1:2] == ["you"] and tokens[3:]:
        start = 2 + (tokens[2:3] == [","])
        placed = _with_thing_in_place(tokens[start:], known)
        is_placed = tokens[start] in _AROUND and placed != list(tokens[start:])
        return [*tokens[:2], *placed] if is_placed else list(tokens)
    if tokens[:1] and tokens[0] in _LEADING_WORDS and tokens[1:2] and tokens[1] in _AROUND:
        tokens = tokens[1:]
    ends = [index for index, token in enumerate(tokens) if token in (",", ":", ".")]
    modal = tokens[ends[0] + 1 : ends[0] + 3] if ends else []
    if len(modal) == 2 and modal[0] in ("can", "could") and modal[1] in ("it", "they"):
        asked = tokens[: ends[0]]
        if asked and asked[0] in _AROUND and known.names(asked[-1]):
            return [modal[0], *asked, *tokens[ends[0] + 3 :]]  # "the can, could it go …"
    if not ends or not ends[0] or ends[0] + 2 >= len(tokens):
        return list(tokens)
    if known.asks(tokens[0]) and tokens[1] in _AROUND:
        return list(tokens)  # "bin the red mug, it is ugly"
    thing, rest = tokens[: ends[0]], tokens[ends[0] + 1 :]
    if past_of(rest[1]) is not None and not (rest[0] in _STANDING_FIRST or known.asks(rest[0])):
        return list(tokens)  # "my phone please, I left it on the desk"
    head = _without_its_place(thing, known)
    named = [word for word in head if word not in FUNCTION_WORDS]
    places = [
        index
        for index, word in enumerate(rest)
        if (word in _STANDING or (word == "that" and not _goes_on(rest[index + 1 :])))
        and not (BE & set(rest[index + 1 : index + 2]))
    ]
    is_thing = (
        bool(named)
        and not (BE | HAVE | _PARTICLES) & set(head)
        and all(map(known.names, named))
        and thing[0] in (*_AROUND, *named)
    )
    longest = (_LONGEST_THING + 1) * (1 + head.count("and"))
    if not is_thing or not places or len(head) > longest:
        return list(tokens)
    return [*rest[: places[0]], *thing, *rest[places[0] + 1 :]]


def _without_its_place(thing: Sequence[str], known: SpokenWords) -> Sequence[str]:
    """Return "the cup" of "the cup on the counter"; anything else as it is."""
    at = next((index for index, word in enumerate(thing) if word in _STANDING_AT), 0)
    place = thing[at + 1 :]
    is_named = all(word in _AROUND or known.names(word) for word in place)
    is_told = at > 1 and bool(place) and is_named and known.is_place(place[-1])
    return thing[:at] if is_told else thing


def _goes_on(rest: Sequence[str]) -> bool:
    """Return True if words that make one clause with "that" follow: "that plate"."""
    return bool(rest) and rest[0].isalnum() and rest[0] not in FUNCTION_WORDS


def _thing_please(tokens: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "get the apple, please" for "the apple, please"; None for anything else."""
    words = [token for token in tokens if token.isalnum()]
    handed = next((end for end in _TO_ME if tuple(words[-len(end) :]) == end), ())
    words = words[: len(words) - len(handed)]
    if not ("please" in words or handed) or not known.asks("get"):
        return None
    things = [word for word in words if word not in _AROUND]
    is_thing = bool(things) and known.names(things[-1]) and len(things) <= _LONGEST_THING
    is_bare = set(words) - set(things) <= _AROUND and not any(map(known.asks, things))
    if not is_thing or not is_bare or any(word in FUNCTION_WORDS for word in things):
        return None
    start = 0
    while tokens[start] in ("please", ",", "and"):
        start += 1
    return ["get", *tokens[start:]]


_TO_ME = (("over", "here"), ("to", "me"), ("for", "me"), ("here",), ("to", "us"), ("for", "us"))
_AROUND = frozenset(["the", "a", "an", "my", "our", "some", "one", "two", "that", "this", "please"])
_LEADING_WORDS = frozenset(["but", "and", "so", "now", "then"])
_STANDING = frozenset(["it", "them", "her", "him"])
"""Words that may stand for the thing before them; learners call a cheese "her"."""
_STANDING_FIRST = frozenset(["it", "they", "that", "those", "this", "these", "please", ","])
_STANDING_AT = frozenset(["on", "in", "inside", "from"])
_PARTICLES = frozenset(["on", "off", "up", "down", "in", "out", "away", "back"])
_LONGEST_THING = 3
"""Most words that name a thing which is asked for by its name alone."""
