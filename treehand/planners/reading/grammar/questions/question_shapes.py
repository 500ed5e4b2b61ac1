"""Shapes of questions: words of a question without its roundabouts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from treehand.planners.reading.words.english import can_be_verb, past_of
from treehand.planners.reading.words.function_words import (
    AUXILIARIES,
    BE,
    PREPOSITIONS,
    QUESTION_WORDS,
    word_set,
)
from treehand.planners.reading.words.inflection import participle, plural, singular

IS_OR_ARE = ("is", "are")
HELD = frozenset({"hold", "holding", "hand", "hands", "gripper", "carrying", "carry", "grip"})
ANYTHING = frozenset({"anything", "something", "thing", "nothing"})
_TALK = frozenset(
    {"so", "and", "ok", "well", "hey", "robot", "wait", "oh", "but", "hmm", "hm", "no", "yes"}
)
"""Words in front of a question that only take up the talk."""
_TAIL = frozenset(
    {"yet", "already", "anyway", "anyhow", "really", "then", "again", "actually"}
    | {"right", "currently", "presently", "today", "exactly", "somewhere", "anywhere"}
)
_TAIL_PHRASES: tuple[tuple[str, ...], ...] = (
    *(("at", "all"), ("by", "now"), ("at", "the", "moment"), ("right", "now")),
    *(("for", "me"), ("for", "us")),
)
ARTICLES = frozenset({"a", "an", "any", "some", "the"})
_PUTTING = frozenset(
    {"leave", "left", "put", "place", "placed", "turn", "turned", "switch", "switched", "set"}
)
"""Verbs after which a place or state is told: "did you put it in the sink"."""
_PARTICLES = frozenset({"away", "back", "off", "on", "out"})
_HERE = ("here", "there", "now", "left", "around", "altogether", "total", "overall", "still")
_SEEING = ("see", "know", "have", "find", "count", "got", "own")


def plainer(words: list[str]) -> list[str]:
    """Return a question without the roundabout of its beginning: "can you see the milk"."""
    if (place := _of_place(words)) is not None:
        return place
    words = _of_state(words)
    match words:
        case ["is" | "are" as be, "not", *rest] if rest:
            return plainer([be, *rest])
        case ["do" | "can" | "could" | "did", "you" | "we", "see" | "find" | "have" | "got", *rest]:
            return ["is", "there", *rest] if rest and not set(rest) & HELD else words
        case ["have", "you" | "we", "got", *rest] if rest and not set(rest) & HELD:
            return ["is", "there", *rest]
        case ["anything" | "something" as any_, "left", *rest] if rest:
            return ["is", "there", any_, *rest]
        case ["anything" | "something" | "any", *rest] if rest:
            return ["is", "there", *words]
        case ["what" | "which", "objects" | "things" | "items" | "stuff", "is" | "are", *rest] if (
            rest
        ):
            return ["what", "is", *rest]
        case ["count", *rest] if rest:
            return ["how", "many", *(word for word in rest if word not in ARTICLES)]
        case ["how", "much", *thing, "do" | "have", "you" | "we", "have" | "got" | "see"] if thing:
            return ["is", "there", *thing]
        case ["how", "much", *thing, "is", "there" | "left"] if thing:
            return ["is", "there", *thing]
        case ["have" | "has", "i" | "we" | "you" | "anybody", "seen" | "found", *rest] if rest:
            return ["is", "there", *rest]
        case ["did" | "have" | "has", _, verb, "on" | "off" as state, *rest] if (
            rest and verb in _PUTTING
        ):
            return ["is", *rest, state]
        case ["did" | "have" | "has", _, verb, *rest] if len(rest) > 1 and verb in _PUTTING:
            return ["is", *rest]
        case ["have" | "has", "i" | "we" | "you" | "somebody" | "someone", done, *rest] if (
            rest and past_of(done)
        ):
            return ["is", *rest, done]
        case ["did", "i" | "we" | "you" | "someone" | "anybody", verb, *rest] if (
            rest and can_be_verb(verb)
        ):
            return ["is", *rest, participle(verb)]
        case ["do", "you", "know", "what" | "who", *rest] if rest and rest[-1] in IS_OR_ARE:
            return ["is", "there", *rest[:-1]]
        case ["are", "you", "sure" | "certain" | "positive", *rest] if set(rest) & BE:
            said = rest[1:] if rest[0] == "that" else rest
            at = next((index for index, word in enumerate(said) if word in BE), 0)
            return [said[at], *said[:at], *said[at + 1 :]] if at else words
        case [word, _, _, *_] if word in _TALK:
            return plainer(words[1:])
        case ["tell" | "show", "me", *rest] if len(rest) > 1:
            return plainer(rest)
        case ["how", "many", *kind, "there", "is" | "are" as be] if kind:
            return ["how", "many", *kind, be, "there"]
        case ["how", "many", *rest] if "there" in rest[1:-2]:
            at = rest.index("there", 1)
            if rest[at + 1] in IS_OR_ARE and rest[at - 1] not in IS_OR_ARE:
                return ["how", "many", *rest[:at], rest[at + 1], *rest[at + 2 :]]
    return words


def _of_state(words: list[str]) -> list[str]:
    """Return the plain form of a question for a state: "has the milk been put in its place"."""
    if words[0] in IS_OR_ARE:  # "is anything left on the counter"
        pairs = pairwise([*words, ""])
        words = [one for one, after in pairs if one != "left" or after not in PREPOSITIONS]
    match words:
        case ["is" | "are" as be, *thing, "in", "its" | "their", "place" | "places"] if thing:
            return [be, *thing, "put", "away"]
        case ["is" | "are" as be, *thing, "where", "it" | "they", "belong" | "belongs"] if thing:
            return [be, *thing, "put", "away"]
        case ["have" | "has", *thing, "been", done] if thing:
            return ["is", *thing, done]
        case ["have" | "has", *thing, "been", done, last] if thing and last in _PARTICLES:
            return ["is", *thing, done, last]
    return words


def _of_place(words: Sequence[str]) -> list[str] | None:
    """Return the plain form of a question for a place; None for another question."""
    if (sought := _sought(words)) is not None:
        return ["where", "is", *sought]
    match words:
        case ["where", "did" | "do" | "have", "you" | "we" | "i", _, *rest]:
            return ["where", "is", *(word for word in rest if word not in ("to", "put"))]
        case ["where", "should" | "shall" | "must" | "ought", *thing, "go" | "be" | "live"]:
            return ["where", "do", *(word for word in thing if word != "to"), "belong"]
    return None


def _sought(words: Sequence[str]) -> list[str] | None:
    """Return the thing of "any idea where the mug has got to", "where on earth did it go"."""
    at = next((i for i, word in enumerate(words) if word in ("where", "whereabouts")), None)
    if at is None or not set(words[:at]) <= _WONDERING or _LEAVING & set(words):
        return None
    asked = list(words[at + 1 :])
    ends = [i + 1 for i, word in enumerate(asked) if word in _SEEKING]
    if ends and _SPEAKING & set(asked[: ends[0]]):
        asked = asked[ends[0] + (asked[ends[0] : ends[0] + 1] == ["for"]) :]  # did you last see
    kept = [word for word in asked if word not in _WHEREVER]
    while kept and kept[-1] in _GONE:
        kept.pop()
    is_other = not kept or _SPEAKING & set(kept) or set(kept) & (AUXILIARIES - _WHEREVER)
    return None if is_other else kept


_WONDERING = word_set(
    "show do you know any idea have got tell me can could would i wonder to us say"
)
"""Words before "where" that ask for a place."""
_WHEREVER = BE | word_set("on earth exactly has have had did could might may can would will be")
"""Words of "where on earth can it be" that say nothing of the thing."""
_GONE = word_set(
    "gone go went got to disappeared disappear vanished vanish hiding end ended up last"
)
_LEAVING = word_set("put place should leave left belong belongs live lives kept keep goes")
"""Words of other questions with "where": where a thing belongs, and what was done with it."""
_SEEKING = word_set("find see seen get look looking spot notice noticed")
_SPEAKING = word_set("i we you they he she")


def without_lead(words: Sequence[str]) -> list[str]:
    """Return a question without what is said before it: "hold on, is it empty?"."""
    at = max((index for index, word in enumerate(words) if word == ","), default=-1)
    begins = words[at + 1 : at + 2]
    is_lead = bool(begins) and begins[0] in BE | AUXILIARIES | QUESTION_WORDS
    return [word for word in (words[at + 1 :] if is_lead else words) if word != ","]


def without_tail(words: Sequence[str]) -> list[str]:
    """Return a question without the words at its end that tell nothing: "at all", "yet"."""
    kept = list(words)
    while len(kept) > 2:
        ends = (end for end in _TAIL_PHRASES if tuple(kept[-len(end) :]) == end)
        length = len(next(ends, ())) or (kept[-1] in _TAIL)
        if not length:
            break
        kept = kept[:-length]
    return kept


def without_place_word(rest: Sequence[str]) -> list[str]:
    """Return the words of a count without "are there", "do you see" and "here"."""
    kept = list(rest)
    for index in range(len(kept) - 1):
        pair = (kept[index], kept[index + 1])
        is_there = pair[0] in IS_OR_ARE and pair[1] == "there"
        is_seen = pair[0] in ("do", "can", "did", "have") and pair[1] in ("you", "we", "i")
        if is_there or is_seen:
            skip = index + 2
            if is_seen and skip < len(kept) and kept[skip] in _SEEING:
                skip += 1
            kept = [*kept[:index], *kept[skip:]]
            break
    while kept and kept[-1] in _HERE:
        kept.pop()
    return kept


def plural_head(words: Sequence[str]) -> list[str]:
    """Return words with the first noun in the plural: "plate on the table"."""
    kept = list(words)
    places = (i for i, word in enumerate(kept) if word in PREPOSITIONS or word in IS_OR_ARE)
    head = next(places, len(kept)) - 1
    if head >= 0:
        kept[head] = plural(singular(kept[head]))
    return kept
