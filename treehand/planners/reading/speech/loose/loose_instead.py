"""Words instead of loose ones, where these add nothing; None where they tell something."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from treehand.planners.reading.words.english import base_of, is_same_as_base
from treehand.planners.reading.words.function_words import BE, FUNCTION_WORDS, word_set
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

Instead = Callable[[re.Match[str], SpokenWords], str | None]
"""Returns the words instead of a match; None if they stay."""
Form = tuple[re.Pattern[str], Instead]
"""A construction, and the words instead of it."""
_AFTER_PLACING = re.compile(r"\b(?:in|on|into|onto|to|at)(?: the| my| our| its)? $")


def with_forms(
    text: str, forms: Iterable[Form], known: SpokenWords, *, is_once: bool = False
) -> str:
    """Return a text with the words instead of each construction, one form after the other.

    Args:
        text: Words and marks.
        forms: The constructions.
        known: Words of the place.
        is_once: True for the first match of each form alone.
    """
    for pattern, instead in forms:

        def said(found: re.Match[str], instead: Instead = instead) -> str:
            words = instead(found, known)
            return found[0] if words is None else words

        text = pattern.sub(said, text, count=1 if is_once else 0)
    return text


def if_after_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the words without "where it lives" after a place; else "where it belongs"."""
    before = found["before"]
    is_after = _AFTER_PLACING.search(found.string[: found.start("before")]) is not None
    if known.is_place(before) or (is_after and known.names(before)):
        return before
    if found[0].split()[-1] in BE:
        return None  # "leave the wrench where it is"
    belongs = "belong" if " they " in found[0] or " those " in found[0] else "belongs"
    return f"{before} where {'they' if belongs == 'belong' else 'it'} {belongs}"


def if_no_request(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "to dry", unless things are dried here."""
    return None if known.asks(found["verb"]) else ""


def if_order_follows(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the order after "leave everything as it is, just …"."""
    verb = found["verb"]
    return verb if known.asks(verb) and verb != "leave" else None


def dropped(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words."""
    return ""


def if_searched(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the search of "find the mug and tell me where it is": its end tells that."""
    return found["search"]


def as_placing(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put" for "sort the dishes:" before places for them."""
    return "put " if known.asks("put") else None


def other_one(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the blue mug" for "not the red mug, the blue one"."""
    if not known.names(found["noun"]):
        return None
    return f"{found['want'] or ''}{found['one']} {found['noun']}"


def with_it(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "and give it" for "take the cup and give to me"."""
    return f"and {found['verb']} it "


def handed(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "pass" for "chuck me", where things are handed."""
    return "pass" if known.asks("pass") else None


def if_permitted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return nothing for "the pan can stay where it is but"."""
    return "" if all(map(known.names, found["thing"].split())) else None


def with_it_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn it off" for "make off", "switch off" without a thing."""
    verb = "turn" if known.asks("turn") else found["verb"]
    return f"{found['before']}{verb} it {found['state']}"


def with_its_object(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash the cup and put it in the cupboard" for "… and put in the cupboard"."""
    verb, place = found["verb"], found["place"]
    said = found.string[: found.start()].split()
    things = [word for word in said if known.names(word) and word not in FUNCTION_WORDS]
    is_verb = known.asks(verb) and not known.names(verb) and verb not in _INTRANSITIVE
    if not is_verb or not things or not known.asks(said[0]):
        return None
    if place is not None and (verb not in _PLACING or not known.names(place)):
        return None
    it = "them" if singular(things[-1]) != things[-1] else "it"
    return f"{found['joint']} {verb} {it}{found['rest']}"


_INTRANSITIVE = FUNCTION_WORDS | word_set(
    "love go come stop start wait leave help look tidy clean cook finish begin continue move return"
    " stay sit stand open close shut"
)
_PLACING = word_set("put place set store pop stick drop lay")


def one_thing(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "one mug" for "just the one mug"."""
    thing = found["thing"]
    return f"one {thing}" if known.names(thing) and thing not in FUNCTION_WORDS else None


def if_told_to_you(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the order of "the table is dirty, you clean it"."""
    verb = found["verb"]
    return f" , please {verb}" if known.asks(verb) and not is_same_as_base(verb) else None


def if_told(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the order of "mum says you have to …"."""
    is_thing = known.names(found["who"]) or found["who"] in ("i", "we", "it", "that")
    return found["verb"] if known.asks(found["verb"]) and not is_thing else None


def before_alone(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the words before an "and" that only joins two places."""
    return f"{found['before']} "


def if_named(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the thing of "if there is any milk left"."""
    thing = found["thing"].split()
    return f"{found['thing']} ," if all(map(known.names, thing)) else None


def if_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "in the sink" for "over in the sink" after a thing."""
    is_thing = known.names(found["thing"]) or found["thing"] in ("it", "them")
    is_place = known.names(found["place"]) or known.is_place(found["place"])
    return f"{found['thing']} {found['rest']}" if is_thing and is_place else None


def if_asked(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "please wash …" for "if you could wash …"."""
    return f"please {found['verb']}" if known.asks(found["verb"]) else None


def over_here(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "bring over the cup in the sink" for "bring me the cup in the sink"."""
    return f"bring over {found['rest']}" if known.asks("bring") and known.asks("hand") else None


def with_mind(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "would you mind shutting" for "if you could see your way to shutting"."""
    return f"would you mind {found['verb']}"


def with_space(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return a space."""
    return " "


def taken_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "take the milk to the table" for "go to the table with the milk"."""
    return f"take {found['thing']} to {found['place']}"


def without_commas(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "which is in the sink" for ", which is in the sink,"."""
    return f" which {found['be']} {found['where']} "


def asked_where(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "where are my keys" for "my keys, where they are"."""
    return f"where {found['be']} {found['thing']}"


def from_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "from" for "out of" before a destination."""
    return " from "


def with_state(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "projector on" for "projector: on"."""
    words = found["thing"].split()
    return f"{found['thing']} {found['state']}" if known.names(words[-1]) else None


def off_not_of(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn the lamp off" for "turn the lamp of"."""
    is_thing = known.names(found["thing"].split()[-1])
    return f"{found['turn']} {found['thing']}off" if is_thing else None


def only_these(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash" for "wash only" before the things; what is left there only stays."""
    verb = found["verb"]
    is_order = known.asks(verb) and verb not in _STATIVE and not known.names(verb)
    return f"{verb} " if is_order and verb not in FUNCTION_WORDS else None


_STATIVE = word_set("leave keep want need have like love prefer let stay remain")


def of_quality(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "red cup" for "cup of red colour"."""
    is_told = known.names(found["thing"]) and known.tells_apart(found["quality"])
    return f"{found['quality']} {found['thing']}" if is_told else None


def from_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "from" for "off" before a place that is left for another."""
    return "from "


def gone(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "go" for "come out, on" before a destination."""
    return " go "


def that_is_it(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn it" for "turn that" before "off"."""
    verb = found["verb"]
    is_order = known.asks(verb) and verb not in FUNCTION_WORDS and not known.names(verb)
    return f"{verb} it " if is_order else None


def those_things(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "all those screws" for "all them screws"."""
    is_thing = known.names(found["thing"]) and found["thing"] not in FUNCTION_WORDS
    return f"{found['before']} those {found['thing']}" if is_thing else None


def if_idle_time(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "before someone gets hurt", which nothing here tells."""
    words = [word for word in found["rest"].split() if word not in FUNCTION_WORDS]
    return None if any(known.names(word) or known.is_said(word) for word in words) else ""


def switched_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the tv off" for "off with the tv"."""
    return f"{found['thing']} {found['state']}" if known.names(found["thing"].split()[-1]) else None


def put_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put it in the fridge" for "in the fridge with it"."""
    is_place = known.names(found["place"].split()[-1]) and known.asks("put")
    thing = "them" if found["thing"] in ("both", "the lot") else found["thing"]
    return f"{found['before']}put {thing} {found['place']}" if is_place else None


def not_done(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "do not open" for "refrain from opening"."""
    verb = base_of(found["verb"])
    return f"do not {verb}" if known.asks(verb) else None


def each_numbered(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "table one and table two" for "tables one and two"."""
    thing = singular(found["thing"])
    if not known.names(thing):
        return None
    numbers = [*found["first"].replace(",", " ").split(), found["last"]]
    return " and ".join(f"{thing} {number}" for number in numbers)
