"""Run-on speech: pauses between an order and a reason that are said in one breath.

Dictated speech has no marks: "close the curtains the sun is in my eyes", "it is freezing in here
would you close the window".
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import ASKED, FRAME_WORDS, MARKS, PEOPLE
from treehand.planners.reading.words.english import gerund_of, past_of
from treehand.planners.reading.words.function_words import (
    ADVERBS,
    ARTICLES,
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    DEMONSTRATIVES,
    HAVE,
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    SUBJECTS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_POINTING = ARTICLES | POSSESSIVES | DEMONSTRATIVES
_PARTICLES = word_set("on off up down away back out in over please now shut closed open")
_PREPOSED = word_set("on in out over")
"""Particles that are prepositions, too."""
_OBJECTS = word_set("it me us them you one ones bit there here too then again quick fast first")
_JOINED = CONJUNCTIONS | QUESTION_WORDS | word_set("that which sure certain either neither like")
"""Words after which a clause belongs to the one before it."""
_BOUND = _JOINED - word_set("and or but so then else once")
"""Words in an order with which a later clause may be a part of it."""
_STATIVE = BE | HAVE | word_set("need needs want wants looks feels smells seems keeps got")
_MIDWAY = word_set("already just only also never always not still then now")
"""Adverbs after which the verb of a clause comes."""
_IS = word_set("is are am")
_INTRANSITIVE = word_set(
    "freezing boiling starving leaving working sleeping dying going coming baking melting shaking"
    " shivering sweating roasting drowning suffocating cooking aching closing raining snowing"
    " hailing pouring blazing burning overheating starting waiting standing sitting flickering"
    " humming rattling smoking dripping leaking drooping wilting"
)
"""Gerunds that nothing need follow."""
_SO = word_set("too so very really getting quite")
_HERE = word_set("in outside here now today already again out")
_FELT = word_set("cold hot warm dark bright late loud chilly stuffy sunny dim")
"""States that are told in one breath with an order: "heater on its cold"."""
_HANDING = word_set("give hand pass bring get fetch take")
_GIVING = word_set("give bring lend tell show send hand pass")
_ENDING = word_set("over off up down out away back")
"""Prepositions that tell a state, too: "the film is over"."""
_LONGEST_SUBJECT = 3


def with_pauses(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with a pause between clauses that run into each other.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    said: list[str] = []
    start = 0
    tokens = _with_is(tokens)
    for index, token in enumerate(tokens):
        if token in MARKS:
            start = index + 1
        elif index - start > 1:
            before, after = tokens[start:index], _until_mark(tokens[index:])
            if _is_asked_after(before, after, known) or _is_told_after(before, after, known):
                said.append(",")
                start = index
        said.append(token)
    return said


def _with_is(tokens: Sequence[str]) -> list[str]:
    """Return "it is boiling" for "its boiling", "its too hot"; "its lid" as it is."""
    said: list[str] = []
    for index, token in enumerate(tokens):
        word, after = (*tokens[index + 1 : index + 3], "", "")[:2]
        is_end = not after or after in MARKS | _HERE
        is_state = word in _SO or (word in _INTRANSITIVE | _FELT and is_end)
        said.extend(("it", "is") if token == "its" and is_state else (token,))
    return said


def _until_mark(tokens: Sequence[str]) -> list[str]:
    end = next((i for i, token in enumerate(tokens) if token in MARKS), len(tokens))
    return list(tokens[:end])


def _is_asked_after(before: Sequence[str], after: Sequence[str], known: SpokenWords) -> bool:
    """Return True for "it is freezing in here" before "would you close the window"."""
    match after:
        case [modal, "you", _, *_] if modal in ASKED:
            pass
        case ["can" | "could" | "may", "i" | "we", _, *_]:
            pass
        case ["please", verb, _, *_] if known.asks(verb):
            pass
        case ["you", "can" | "may" | "could", verb, _, *_] if known.asks(verb):
            pass
        case [verb, what, *_] if what in _POINTING | {"it", "them"} and known.asks(verb):
            return _is_base(verb, known) and _is_state(before) and _is_of_now(before)
        case _:
            return False
    return len(before) > 2 - (after[0] == "please") and _is_state(before)


def _is_base(verb: str, known: SpokenWords) -> bool:
    """Return True for the base form of a verb that is no word of another kind."""
    others = PRONOUNS | PREPOSITIONS | CONJUNCTIONS
    is_form = gerund_of(verb) is not None or past_of(verb) is not None
    return verb not in others and not is_form and not known.names(verb)


def _is_of_now(words: Sequence[str]) -> bool:
    """Return True for "the pan is too hot"; False for "I have already" before "put the …"."""
    is_being = any(word in _IS for word in words[1 : _LONGEST_SUBJECT + 1])
    is_had = bool((HAVE | word_set("been being")) & set(words))
    return is_being and not is_had and words[-1] not in AUXILIARIES | _MIDWAY


def _is_state(words: Sequence[str]) -> bool:
    """Return True if words tell how something is, and are no frame: "it would be nice"."""
    if words[-1] in _JOINED | PREPOSITIONS - _PARTICLES - {"inside", "outside"}:
        return False
    is_subject = words[0] in SUBJECTS | _POINTING or (words[1:2] and words[1] in BE)
    if not is_subject or words[0] in _JOINED or (FRAME_WORDS | _BOUND) & set(words):
        return False
    verbs = [i for i, word in enumerate(words) if word in _STATIVE]
    return bool(verbs) and 0 < verbs[0] <= _LONGEST_SUBJECT and verbs[0] + 1 < len(words)


def _is_told_after(before: Sequence[str], after: Sequence[str], known: SpokenWords) -> bool:
    """Return True for an order before "it is raining", "the sun is in my eyes"."""
    last = before[-1]
    is_end = last in _PARTICLES | _OBJECTS or known.names(last) or last.endswith("ly")
    if not is_end or last in _JOINED or _BOUND & set(before) or not _is_order(before, known):
        return False
    is_person = after[1:2] and after[1] in PEOPLE and not known.names(after[1])
    if last in _PREPOSED and after[0] in _POINTING and not is_person:
        return False  # "the socks on the floor are dirty"
    return _is_reason(after, known)


def _is_order(words: Sequence[str], known: SpokenWords) -> bool:
    """Return True for "close the door", "could you close the door", "door closed"."""
    core = [word for word in words if word not in {"please", "just", "hey", "ok", "okay"}]
    if core[:1] and core[0] in ASKED and core[1:2] == ["you"]:
        return len(core) > 3
    if len(core) < 2 or core[0] in SUBJECTS or (BE | HAVE) & set(core):
        return False
    is_verb = (known.asks(core[0]) or core[0] in _HANDING) and core[0] not in _POINTING
    pairs = itertools.pairwise(core)
    is_switched = any(what in _PARTICLES and known.names(thing) for thing, what in pairs)
    is_placed = bool(PREPOSITIONS & set(core[1:-1])) and known.names(core[-1])
    return is_verb or is_switched or (is_placed and any(map(known.names, core[:2])))


def _is_reason(words: Sequence[str], known: SpokenWords) -> bool:
    """Return True if words tell a state of something, and are no clause about a noun before."""
    if len(words) < 3 or words[-1] in PREPOSITIONS - _PARTICLES - {"inside", "outside"}:
        return False
    match words:
        case ["it" | "there" | "they" | "he" | "she", verb, *rest]:
            return verb in BE and _is_whole(rest, known)
        case ["i" | "we", "am" | "are", *rest]:
            return _is_whole(rest, known)
        case ["i" | "we", "can" | "could", "not", _, *_]:
            return len(words) > 4  # "the mug I can not reach" is one thing
        case ["i" | "we", "have", "got" | "a" | "an", _, *_]:
            return True
        case ["i" | "we", "feel", *rest]:
            return bool(rest)
        case ["i" | "we", verb, what, *_] if past_of(verb) and past_of(verb) not in _GIVING:
            return what not in PREPOSITIONS | ADVERBS | PRONOUNS  # "the mug I left there"
        case ["nobody" | "somebody" | "everybody" | "someone" | "everyone", verb, *rest]:
            return verb in BE and _is_whole(rest, known)
    if words[0] not in _POINTING - {"that"}:
        return False
    verbs = [i for i, word in enumerate(words) if word in BE - {"be", "been", "being"}]
    is_subject = bool(verbs) and 1 < verbs[0] <= _LONGEST_SUBJECT
    is_subject = is_subject and not SUBJECTS & set(words[: verbs[0]])
    return is_subject and verbs[0] + 1 < len(words) and _is_whole(words[verbs[0] + 1 :], known)


def _is_whole(rest: Sequence[str], known: SpokenWords) -> bool:
    """Return True for a state; False for "using" of "the mug I am using"."""
    if not rest:
        return False
    last = rest[-1]
    is_torn = len(rest) == 1 and last in PREPOSITIONS - _ENDING  # "the mug it is in"
    is_torn = is_torn or (gerund_of(last) is not None and last not in _INTRANSITIVE)
    is_done = len(rest) == 1 and past_of(last) is not None and known.asks(past_of(last) or "")
    return not is_torn and not is_done
