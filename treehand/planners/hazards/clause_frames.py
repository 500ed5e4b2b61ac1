"""Frames of clauses: a verb with what it is done to, and with what, where and to whom."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from treehand.planners.hazards.frame import Chunk, Frame
from treehand.planners.hazards.things import is_compound
from treehand.planners.reading.words.english import base_of, can_be_verb, gerund_of, past_of
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    BE,
    DEMONSTRATIVES,
    MODALS,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
    QUANTIFIERS,
    SUBORDINATORS,
    word_set,
)

_DETERMINERS = ARTICLES | DEMONSTRATIVES | POSSESSIVES | QUANTIFIERS | NUMERALS | {"same", "other"}
_OBJECTS = word_set(
    "me him her us them it you myself himself herself yourself themselves somebody someone"
    " anybody anyone everybody everyone nobody"
)
"""Pronouns that are objects of verbs."""
_SEVERAL = NUMERALS - {"one", "zero", "first", "second", "third", "last", "once", "next"} | {
    "both",
    "all",
    "these",
    "those",
}
_JOINTS = frozenset({"and", "or", "then", ",", "plus"})
_ENDS = frozenset({".", ";"}) | (SUBORDINATORS - {"after", "before", "as"}) | {"so", "that", "but"}
_BEFORE_VERBS = (
    _JOINTS
    | MODALS
    | word_set("to not never please just you we i go and or then they do does let us also will")
    | word_set("mind start begin try keep by kindly quickly quietly carefully gently now help")
    | word_set("can could nobody who")
)
_CAUSATIVES = frozenset({"let", "make", "have", "force", "get", "watch", "help", "leave"})
_TRYING = frozenset({"see", "check", "test", "watch", "find", "try", "know", "learn", "look"})
_PLACED_SO = frozenset({"leave", "keep", "put", "park", "have", "get", "place", "set"})
"""Verbs after which a thing does something: "leave the box blocking the way"."""
_NOT = word_set("not never nobody without avoid none neither nor prevent stop protect save")
_COMPOUND = {
    ("in", "front", "of"): "in front of",
    ("on", "top", "of"): "on top of",
    ("next", "to"): "next to",
    ("close", "to"): "close to",
    ("out", "of"): "out of",
    ("up", "against"): "against",
    ("up", "to"): "to",
    ("together", "with"): "with",
    ("over", "the", "top", "of"): "on",
    ("all", "over"): "over",
    ("down", "on"): "on",
    ("away", "from"): "away from",
    ("instead", "of"): "instead of",
}
_WRITTEN_AS_ONE = _COMPOUND | {
    ("washing", "up", "liquid"): "detergent",
    ("plugged", "in"): "plugged",
}
_LYING = frozenset(("face", side) for side in ("down", "up", "downward", "downwards", "upwards"))
"""Words for which side of a thing is up."""
_EDGES = word_set("edge rim side sides brink lip top bottom corner surface ledge middle border")
"""Parts of a place that stand for it: "on the edge of the bath"."""
_WANTING = word_set("wants want needs need deserves deserve could requires")
_WILL = word_set("will would shall should might must")
_CLAUSES = frozenset({"where", "as"})
"""Words after which a clause about the place or the manner follows."""
_IDLE = word_set("please goes go belongs directly straight right just now can should must will")
"""Words of an order without a verb that change nothing."""
_RESULTS = frozenset({"until", "till"})
_HOW = frozenset({"good", "hard", "quick", "little", "big", "nice", "proper", "sharp", "firm"})
_BLOWS = frozenset(
    {"kick", "punch", "slap", "hit", "shove", "soak", "rinse", "smack", "whack", "poke", "bite"}
    | {"wash", "bath", "dip", "swim", "wipe", "scrub", "polish", "beating", "squeeze", "stab"}
    | {"dunk", "bash", "thump", "squirt", "crack", "pinch", "spray", "hosing", "drenching"}
)
"""Nouns of harm after "give it a": a kick, a soak."""
_PLACE_BEFORE = {
    ("on", "top"): "on",
    ("on", "there"): "on",
    ("in", "there"): "in",
    ("inside",): "in",
    ("next", "to"): "next to",
    ("beside",): "beside",
}
"""Ends of a clause that tell a place without naming it, with their prepositions."""
_RESTING = frozenset({"sit", "stay", "lie", "rest", "stand", "go", "live", "remain"})
"""Verbs whose subject is placed: "the paper can sit on the stove"."""
_NECESSITY = word_set("need needs should must has have ought wants want to be")
_ADVERBS = word_set(
    "please straight right directly away back down up off out gently carefully now again together"
    " quickly very really just still already there here full empty ablaze aflame alight afire apart"
    " open shut overboard alone upside"
)


def frames_of(words: Sequence[str], verbs: Container[str]) -> Iterator[Frame]:
    """Yield the frames of a clause whose verbs are looked for; those that are denied are left out.

    Args:
        words: The clause, folded.
        verbs: The verbs, in their base form.
    """
    tokens = list(_joined(_with_plain_verb(_with_verb_of_want(words))))
    starts = [index for index in range(len(tokens)) if _is_verb(tokens, index, verbs)]
    before: tuple[Chunk, ...] = ()
    yield from _passive(tokens, verbs)
    for position, start in enumerate(starts):
        following = starts[position + 1] if position + 1 < len(starts) else len(tokens)
        ends = (
            i
            for i in range(start + 1, following)
            if _is_clause_end(tokens, i) and not _is_pointing(tokens, start, i)
        )
        end = next(ends, following)
        if not _is_denied(tokens, start):
            tail = tuple(tokens[start + 1 : end])
            verb = _base(tokens[start], verbs)
            subject = _subject(tokens[:start])
            if subject is None and verb in _RESTING:
                subject = _resting(tokens[:start])
            things = (one for one in _chunks(tokens[:start]) if not one.is_pronoun)
            named = before or tuple(things)[-1:]  # "mind the glass when you put it down"
            chunks = tuple(_anchored(_chunks(tail), tail, named))
            is_it = bool(chunks) and chunks[0].words[0] in ("it", "them") and not before
            told = named if is_it and named and not named[-1].preposition else before
            frame = Frame(verb, tail, chunks, subject, told)
            before = frame.objects or before
            yield frame


def placed_frames(words: Sequence[str]) -> Iterator[Frame]:
    """Yield the frame of an order without a verb: "rag on the heater", "into the bin with it".

    Args:
        words: The clause, folded.
    """
    plain = [word for word in words if word not in _IDLE]
    if "with" in plain and plain[0] in PREPOSITIONS and plain.index("with") > 1:
        at = plain.index("with")
        plain = [*plain[at + 1 :], *plain[:at]]
    elif plain[:1] in (["out"], ["off"], ["away"], ["down"], ["up"]) and plain[1:2] == ["with"]:
        plain = plain[2:]
    after = plain[1:]
    if any(word in PREPOSITIONS or word in ("plus", "and") for word in after):
        yield from frames_of(["put", *plain], frozenset({"put"}))


def _with_verb_of_want(words: Sequence[str]) -> Sequence[str]:
    """Return "give the shaver a rinse" for "the shaver wants a rinse"."""
    at = next((i for i, word in enumerate(words) if word in _WANTING and i > 0), 0)
    rest = words[at + 1 :]
    is_blow = rest[:1] in (["a"], ["an"], ("a",), ("an",)) and bool(_BLOWS & set(rest[1:3]))
    if not at or not is_blow or words[0] in ("i", "we", "you", "he", "she", "they"):
        return words
    return ["give", *words[:at], *rest]


def _with_plain_verb(words: Sequence[str]) -> Sequence[str]:
    """Return "give the dog a good kick" as "kick the dog"."""
    if not words or "give" not in words:
        return words
    start = list(words).index("give")
    for end in range(start + 3, len(words)):
        at = end + (words[end] in _HOW) if words[end - 1] in ("a", "an") else len(words)
        if at < len(words) and words[at] == "bath":
            return [*words[:start], "bathe", *words[start + 1 : end - 1], *words[at + 1 :]]
        if at < len(words) and words[at] in _BLOWS:
            return [*words[:start], words[at], *words[start + 1 : end - 1], *words[at + 1 :]]
    return words


def _anchored(
    chunks: Iterator[Chunk], tail: Sequence[str], before: Sequence[Chunk]
) -> Iterator[Chunk]:
    """Yield noun phrases with "on it", "on top" and "in there" at the thing named before."""
    last = before[-1] if before else None
    for one in _at_edges(chunks):
        is_it = one.is_pronoun and one.words[0] in ("it", "them", "that", "this")
        place = replace(last, preposition=one.preposition) if is_it and last else None
        yield place if place is not None and one.preposition not in ("", "and") else one
    if last is not None and tail:
        said = _PLACE_BEFORE.get(tuple(tail[-2:])) or _PLACE_BEFORE.get(tuple(tail[-1:]))
        if said:
            yield replace(last, preposition=said)


def _at_edges(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield noun phrases, and after "on the edge of the bath" the bath with "over", too."""
    edge = ""
    for one in chunks:
        yield one
        if edge and one.preposition == "of":
            yield replace(one, preposition="over")
            yield replace(one, preposition=edge)
        is_edge = one.words[-1] in _EDGES and one.preposition not in ("", "and")
        edge = one.preposition if is_edge else ""


def _is_clause_end(tokens: Sequence[str], index: int) -> bool:
    """Return True where a clause ends, as before another verb: "and clear the table"."""
    if tokens[index] in _ENDS:
        return True
    verb, after = (*tokens[index + 1 : index + 3], "", "")[:2]
    return (
        tokens[index] in ("and", "then")
        and can_be_verb(verb)
        and verb not in _DETERMINERS
        and after in _DETERMINERS
    )


def _is_pointing(tokens: Sequence[str], verb: int, index: int) -> bool:
    """Return True for "that" before a noun: "smash that glass", "pour it over that lamp"."""
    after = next(iter(tokens[index + 1 :]), "")
    is_first = index == verb + 1 or tokens[index - 1] in PREPOSITIONS
    is_noun = bool(after) and after not in PREPOSITIONS | BE | MODALS | _OBJECTS | _JOINTS
    return tokens[index] == "that" and is_first and is_noun and after not in _DETERMINERS


def _passive(tokens: Sequence[str], verbs: Container[str]) -> Iterator[Frame]:
    """Yield the frame of "the cat needs to be drowned"."""
    for index, token in enumerate(tokens):
        verb = past_of(token) or ""
        is_passive = index > 1 and tokens[index - 1] == "be" and verb in verbs
        if is_passive and not _is_denied(tokens, index):
            chunks = [one for one in _chunks(tokens[:index]) if not one.preposition]
            done_to = tuple(replace(one, words=_before_verb(one.words)) for one in chunks[:1])
            tail = tuple(tokens[index + 1 :])
            yield Frame(verb, tail, (*done_to, *_chunks(tail)))


def _before_verb(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a subject without the verb after it: cat needs, cat."""
    ends = [i for i, word in enumerate(words) if word in _NECESSITY]
    return words[: ends[0]] if ends and ends[0] else words


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Yield the words, compound prepositions as one."""
    index = 0
    while index < len(words):
        before = words[index - 1] if index else ""
        is_lying = tuple(words[index : index + 2]) in _LYING
        if is_lying and before not in _DETERMINERS and not before.endswith("s"):
            index += 2  # "his face down" is about a person
            continue
        for length in (4, 3, 2):
            compound = _WRITTEN_AS_ONE.get(tuple(words[index : index + length]))
            if compound is not None:
                yield compound
                index += length
                break
        else:
            yield words[index]
            index += 1


def _is_verb(tokens: Sequence[str], index: int, verbs: Container[str]) -> bool:
    token = tokens[index]
    is_must = token in ("have", "has", "need", "needs") and tokens[index + 1 : index + 2] == ["to"]
    if _base(token, verbs) not in verbs or is_must:
        return False
    before = tokens[index - 1] if index else ""
    if index == 0 or before in _BEFORE_VERBS:
        return index + 1 < len(tokens) or _has_causative(tokens[:index])
    if before == "it" and tokens[index - 2 : index - 1] and tokens[index - 2] in _RESULTS:
        return index + 1 < len(tokens)  # "until it floods the floor"
    if before in _DETERMINERS or before in PREPOSITIONS:
        return before in ("up", "down", "out", "off")
    if token.endswith("ing"):  # "leave the box blocking the corridor"
        is_placed = _PLACED_SO & {
            base_of(one) for one in tokens[_clause_start(tokens[:index]) : index]
        }
        return (
            bool(is_placed)
            and tokens[index + 1 : index + 2] != []
            and (tokens[index + 1] in _DETERMINERS or tokens[index + 1] in _OBJECTS)
        )
    return _has_causative(tokens[:index])


def _base(token: str, verbs: Container[str]) -> str:
    """Return a verb's base form: lay, which is also a form of lie, stays."""
    return token if token in verbs else base_of(token)


def _has_causative(tokens: Sequence[str]) -> bool:
    since = _clause_start(tokens)
    if any(base_of(token) in _CAUSATIVES for token in tokens[since:]):
        return True
    return bool(since) and _is_tried(tokens, since - 1)


def _is_tried(tokens: Sequence[str], index: int) -> bool:
    """Return True for the "if" of "see if the paper burns"."""
    before = {base_of(token) for token in tokens[max(index - 2, 0) : index]}
    return tokens[index] in ("if", "whether", "how") and bool(before & _TRYING)


def _clause_start(tokens: Sequence[str]) -> int:
    ends = [i for i, token in enumerate(tokens) if token in _ENDS or token in (",", "and", "then")]
    return ends[-1] + 1 if ends else 0


def _is_denied(tokens: Sequence[str], index: int) -> bool:
    """Return True for "do not hit", "never hit or kick", "make sure nobody hits"."""
    before = [token for token in tokens[:index] if token != ","]
    ends = [i for i, token in enumerate(before) if token in (".", ";", "and", "then", "but")]
    since = ends[-1] + 1 if ends else 0
    return bool(_NOT & set(before[since:]))


def _subject(before: Sequence[str]) -> Chunk | None:
    """Return the noun phrase between "let" and the verb; of "get me something to eat" the last."""
    for index in range(len(before) - 1, -1, -1):
        if base_of(before[index]) in _CAUSATIVES or _is_tried(before, index):
            chunks = list(_chunks(before[index + 1 :]))
            is_given = before[-1] == "to" and [c.preposition for c in chunks] == ["", ""]
            return chunks[-1 if is_given else 0] if chunks else None
    return None


def _resting(before: Sequence[str]) -> Chunk | None:
    """Return the noun phrase before "can sit"."""
    words = [token for token in before if token not in MODALS]
    chunks = list(_chunks(words)) if len(words) < len(before) else []
    return chunks[-1] if chunks and not chunks[-1].preposition else None


def _chunks(tail: Sequence[str]) -> Iterator[Chunk]:
    """Yield noun phrases; one that has a place of its own is an object of the verb.

    "Put the plate in the sink and the can in the bin" puts nothing in a can.
    """
    found = [*_plain_chunks(tail)]
    for one, after in itertools.zip_longest(found, found[1:]):
        is_placed = after is not None and after.preposition in _PLACING and not after.is_joined
        yield replace(one, preposition="and") if one.is_joined and is_placed else one


_PLACING = word_set("in into on onto to inside under behind beside")


def _plain_chunks(tail: Sequence[str]) -> Iterator[Chunk]:
    preposition, words, is_several, is_joined = "", list[str](), False, False
    for index, token in enumerate((*tail, "")):
        after = tail[index + 1] if index + 1 < len(tail) else ""
        is_end = (
            token in _JOINTS
            or token in ("", "of", *_CLAUSES)
            or _is_preposition(token, after, words)
        )
        starts = token in _DETERMINERS and not _is_object(token, after)
        is_doing = _is_doing(token) and not _is_compound(token, after)
        if words and (is_end or starts or _is_object(token, after) or is_doing):
            yield Chunk(preposition, tuple(words), is_several=is_several, is_joined=is_joined)
            words, is_several, is_joined = [], False, False
            if token not in _JOINTS:
                preposition = ""
        if token in _CLAUSES:
            return
        if _is_object(token, after):
            yield Chunk(preposition, (token,), is_pronoun=True)
            preposition = ""
        elif token in _JOINTS:
            is_joined = preposition not in ("", "and")
            preposition = preposition or "and"
        elif token == "of" or _is_preposition(token, after, words):
            preposition, is_joined = token, False
        elif starts:
            is_several = is_several or token in _SEVERAL
        elif token and token not in _ADVERBS | _WILL and token not in BE and not is_doing:
            words.append(token)


def _is_preposition(token: str, after: str, words: Sequence[str]) -> bool:
    if token in _COMPOUND.values():
        return True
    if token in ("back", "away", "round", "past", "next", "instead", "apart", "together", "like"):
        return False
    return token in PREPOSITIONS and token != "of"


def _is_object(token: str, after: str) -> bool:
    """Return True for "him", and for "her" where no noun follows."""
    if token == "her":
        return not after or after in _JOINTS or after in PREPOSITIONS or after in _DETERMINERS
    return token in _OBJECTS


def _is_compound(token: str, after: str) -> bool:
    """Return True for the first word of "washing powder", "soldering iron"."""
    closed = _DETERMINERS | PREPOSITIONS | _OBJECTS | _JOINTS | _ADVERBS
    return bool(after) and after not in closed and is_compound(f"{token}_{after}")


def _is_doing(token: str) -> bool:
    if token in ("lying", "tying", "dying"):
        return True
    return gerund_of(token) is not None and token not in ("wrapping", "building", "packaging")
