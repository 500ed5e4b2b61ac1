"""Wishes for a thing, told as its state: "must return to", "wants to be", "is enough".

They are brought into the grammar's "goes in" and "should be"; their nouns have to be words of the
place.
"""

from __future__ import annotations

import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.english import is_same_as_base, past_of
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import NUMBERS, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_BEGIN = r"(?:^|(?<=[,.;:!] )|(?<=\band )|(?<=\bthen )|(?<=\bso )|(?<=\bbut ))"
_END = r"(?= ?[.;!?]| ,| and\b| then\b| please\b|$)"
_THING = rf"(?P<thing>(?:(?:{THE}|all|both|every|it|they) )?(?:\w+ ){{0,3}}?)"
_MUST = (
    r"(?:must|should|shall|has to|have to|needs? to|wants? to|ought to|(?:is|are) to|had better)"
)
_AT = r"(?:back )?(?:in|on|into|onto|to|inside)"
_STORED = r"(?:stored|stowed|housed|returned|placed|kept|put|hung|shelved|filed|deposited)"
_PLACE = rf"{_AT} (?:{THE} )?(?:\w+ )??\w+"
_HELD = (
    r"(?:whatever|what|everything|anything|all|the thing|that thing|the stuff)(?: that| which)?"
    r" you (?:have got|have|got|are holding|hold|are carrying|carry|are gripping)"
    r"(?: there| now| at the moment| in your hands?)?"
)
_HANDS = r"your (?:hands?|grippers?)"
_EMPTY = "make sure the hand is empty"


def _are_named(said: str, known: SpokenWords) -> bool:
    """Return True if all words of a noun phrase name things, or it is a pronoun."""
    words = [word for word in said.split() if word not in FUNCTION_WORDS]
    return all(map(known.names, words)) and (bool(words) or said.strip() in ("it", "they"))


def _goes(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the novel goes back to" for "the novel must return to"."""
    if not _are_named(found["thing"], known):
        return None
    goes = "go" if found["thing"].strip() == "they" else "goes"
    back = " back" if "return" in found[0] and not found["at"].startswith("back") else ""
    return f"{found['thing']}{goes}{back} {found['at']}"


def _should_be(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the plate should be" for "the plate wants to be", "the plate had better be"."""
    return f"{found['thing']}should be" if _are_named(found["thing"], known) else None


def _goes_to(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "goes on" for "goes back up on"."""
    return f"{found['goes']} {found['at']}" if known.is_place(found["place"].split()[-1]) else None


def _put_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put teddy on the bed" for "teddy wants to be on the bed, put him there"."""
    is_told = bool(found["thing"].strip()) and _are_named(found["thing"], known)
    at = "on" if found["to"] == "to bed" else ""
    place = f"{at} the bed" if at else found["to"]
    is_place = known.is_place(place.split()[-1]) and known.asks("put")
    return f"put {found['thing'].strip()} {place.strip()}" if is_told and is_place else None


def _done_then_put(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "fold the shirt and put it in" for "the shirt, once folded, goes in"."""
    verb = past_of(found["done"])
    is_told = verb is not None and known.asks(verb) and known.asks("put")
    things = found["thing"].split()
    if not is_told or not _are_named(found["thing"], known) or not things:
        return None
    is_one = singular(things[-1]) == things[-1] and things[0] not in ("all", "both")
    at = re.sub(r"^back to ", "back in ", found["at"])
    return f"{verb} {found['thing'].strip()} and put {'it' if is_one else 'them'} {at}"


def _enough(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put one plate in the sink" for "one plate in the sink is enough"."""
    is_told = _are_named(found["thing"], known) and known.is_place(found["at"].split()[-1])
    thing = f"{found['number']} {found['thing'].strip()}"
    return f"put {thing} {found['at']}" if is_told and known.asks("put") else None


def _not_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "make sure the stove is not on" for "I no longer need the stove on"."""
    things = found["thing"].split()
    is_told = bool(things) and _are_named(found["thing"], known)
    be = "is" if things and singular(things[-1]) == things[-1] else "are"
    state = "on" if found["state"] == "going" else found["state"]
    return f"make sure {found['thing'].strip()} {be} not {state}" if is_told else None


def _not_left(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the window should not be open" for "the window must not stay open"."""
    return f"{found['thing']}should not be" if _are_named(found["thing"], known) else None


def _emptied(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the wish for an empty hand, where nothing else is called so."""
    return None if known.names("hands") else _EMPTY


def _hung(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "hangs on" for "is hanging on", where things hang."""
    hangs = "hang" if found["be"] == "be" else "hangs"
    return f"{found['thing']}{hangs}" if known.is_said("hangs") else None


def _wondered(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "move the mug" for "I was wondering whether the mug might be moved"."""
    done = found["done"]
    verb = past_of(done) or (done if is_same_as_base(done) else None)
    is_told = verb is not None and known.asks(verb) and _are_named(found["thing"], known)
    return f"{verb} {found['thing'].strip()}" if is_told else None


def _not_by_itself(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "fold the towel" for "the towel is not going to fold itself"."""
    is_told = bool(found["thing"].split()) and _are_named(found["thing"], known)
    return (
        f"{found['verb']} {found['thing'].strip()}"
        if is_told and known.asks(found["verb"])
        else None
    )


def _could_have(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "table 1 would like" for "could table 1 have"."""
    words = [word for word in found["place"].split() if not word.isdecimal()]
    return f"{found['place']} would like " if known.is_place(words[-1]) else None


def _where_it_belongs(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the bracket goes to the bin" for "the bin is where the bracket belongs"."""
    is_told = bool(found["thing"].split()) and _are_named(found["thing"], known)
    is_place = known.is_place(found["place"].split()[-1])
    return f"{found['thing']}goes to {found['place']}" if is_told and is_place else None


def _nothing_but(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "remove everything but the glass from the table" for "nothing but … on the table"."""
    is_told = _are_named(found["thing"], known) and known.is_place(found["place"].split()[-1])
    if not is_told or not known.asks("remove"):
        return None
    return f"remove everything but {found['thing']} from {found['place']}"


def _but_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the nut in the blue crate" for "do not put it in the red crate but in …"."""
    anew, old = found["anew"].split(), found["old"].split()
    if anew[-1] == "one" and len(anew) > 1:
        anew = [*anew[:-1], old[-1]]
    is_told = known.asks(found["verb"]) and _are_named(found["thing"], known)
    is_place = known.is_place(anew[-1]) and known.is_place(old[-1])
    there = f"{found['to']} {' '.join(anew)}"
    return f"{found['verb']} {found['thing']}{there}" if is_told and is_place else None


def _any_chance(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the plates should be" for "any chance the plates could be"."""
    be = "should be" if found["be"] == "be" else "should go"
    return f"{found['thing']}{be}" if _are_named(found["thing"], known) else None


def _preferred(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "i want" for "i would prefer" before a thing and its place."""
    return f"{found['who']} want "


STATE_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"{_BEGIN}{_THING}wants? to (?:be|go|come|get|lie) (?P<to>to bed|{_PLACE})"
            r"(?: ,| so| and| \.)+ (?:please |can you |could you )*"
            r"(?:put|pop|set|place|take|bring) (?:it|him|her|them) "
            r"(?:there|in it|over there|in there|on there)(?= ?[.!]?$| please\b)",
            _put_there,
        ),
        (
            rf"{_BEGIN}{_THING}(?:, )?(?:once|when|after being|as soon as it is) "
            rf"(?P<done>\w+) , (?:{_MUST} (?:go|be {_STORED}|be|return)|goe?s?|belongs?) "
            rf"(?P<at>{_AT})\b",
            _done_then_put,
        ),
        (
            rf"{_BEGIN}put {_THING}, (?:once|when|after being) (?P<done>\w+) , (?P<at>{_AT})\b",
            _done_then_put,
        ),
        (
            rf"{_BEGIN}(?:once|when|after being) (?P<done>\w+) ,"
            rf"(?: please)? put {_THING}(?P<at>{_AT})\b",
            _done_then_put,
        ),
        (rf"{_BEGIN}{_THING}{_MUST} (?:be {_STORED}|return) (?P<at>{_AT})\b", _goes),
        (rf"{_BEGIN}{_THING}(?:wants? to|had better) be\b", _should_be),
        (
            rf"{_BEGIN}{_THING}(?:must|should|shall|may|can|had better|is to|are to) not"
            r" (?:stay|remain|be left|be kept)(?= (?:on|open|running|up|down|closed|shut)\b)",
            _not_left,
        ),
        (
            r"\b(?P<goes>goe?s?|belongs?)(?: back)?(?: up| down| over| out| away| inside)+ "
            rf"(?P<at>(?:in|on|into|onto|to) (?P<place>(?:{THE} )?(?:\w+ )??\w+)){_END}",
            _goes_to,
        ),
        (
            rf"^(?:just |only )?(?:the )?(?P<number>{'|'.join(NUMBERS)}|a|an|a single) "
            rf"(?P<thing>(?:\w+ ){{1,2}}?)(?P<at>(?:in|on) (?:{THE} )?(?:\w+ )??\w+) "
            r"(?:(?:is|are|will be|would be) (?:enough|plenty|sufficient|all (?:i|we) need)"
            rf"|will do|would do|will suffice){_END}",
            _enough,
        ),
        (
            r"(?:^|(?<=[,.;] ))(?:so )?(?:i|we) (?:(?:no longer (?:need|want|require)) "
            rf"(?P<thing>{THE} (?:\w+ ){{1,3}}?)(?P<state>on|running|open|going))(?: now)?{_END}",
            _not_so,
        ),
        (
            r"(?:^|(?<=[,.;] ))(?:so )?(?:i|we) do not (?:need|want|require) "
            rf"(?P<thing>{THE} (?:\w+ ){{1,3}}?)(?P<state>on|running|open|going) "
            rf"(?:any ?more|any ?long(?:er)?|now){_END}",
            _not_so,
        ),
        (
            rf"\b(?:let go of|put down|set down|lay down|drop|release) {_HELD}"
            rf"(?: (?:,|and) (?:i|we) (?:want|need) {_HANDS} (?:to be )?(?:empty|free))?{_END}",
            _emptied,
        ),
        (
            rf"\b(?:(?:empty|free(?: up)?) {_HANDS}|(?:i|we) (?:want|need) {_HANDS} (?:to be )?"
            rf"(?:empty|free)|{_HANDS} (?:should be|must be|needs? to be)"
            rf" (?:empty|free)|make sure {_HANDS} (?:is|are) "
            rf"(?:empty|free)){_END}",
            _emptied,
        ),
        (r"(?P<thing>\b(?:\w+ ))(?P<be>is|are|be) hanging(?= (?:in|on|from)\b)", _hung),
        (
            rf"^(?:i think )?{_THING}would be better off (?P<at>in|on|inside)\b",
            lambda found, known: f"{found['thing']}belongs {found['at']}",
        ),
        (
            rf"^{_THING}(?:is|are) not going to (?P<verb>\w+) (?:itself|themselves){_END}",
            _not_by_itself,
        ),
        (
            rf"^(?:could|can|may) (?P<place>(?:{THE} )?(?:\w+ )??\w+(?: \d+)?) (?:please )?have "
            r"(?=(?:an?|the|some|one|two|another) )",
            _could_have,
        ),
        (
            rf"^(?P<place>{THE} (?:\w+ )??\w+) is where {_THING}"
            rf"(?:belongs?|goe?s?|lives?|should (?:be|go)){_END}",
            _where_it_belongs,
        ),
        (
            rf"{_BEGIN}nothing (?:but|except) (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) "
            r"(?:should|must|may|is to) (?:stay|be|remain|be left) "
            rf"(?:in|on) (?P<place>{THE} (?:\w+ )??\w+){_END}",
            _nothing_but,
        ),
        (
            rf"\bdo not (?P<verb>\w+) (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)"
            rf"(?P<at>in|on|into|onto|to) {THE} (?P<old>(?:\w+ )??\w+) but "
            rf"(?P<to>in|on|into|onto|to) (?P<anew>{THE} (?:\w+ )??\w+){_END}",
            _but_there,
        ),
        (
            r"^(?:is it possible for|(?:is there )?any (?:chance|way)(?: that| of| for)?) "
            rf"(?P<thing>{THE} (?:\w+ ){{1,3}}?)(?:to|could|can|might) (?P<be>be|go)"
            r"(?= (?:back )?(?:in|on|into|onto|to|away|put|inside)\b| \w{3,}ed\b)",
            _any_chance,
        ),
        (
            r"^(?:i|we) (?:(?:was|am|were|are) wondering|wonder) (?:if|whether) "
            rf"(?P<thing>{THE} (?:\w+ ){{1,3}}?)(?:might|could|may|can|should) be (?P<done>\w+)\b",
            _wondered,
        ),
        (rf"^(?P<who>i|we) would (?:much |really )?prefer (?:to have )?(?={THE} )", _preferred),
    )
)
