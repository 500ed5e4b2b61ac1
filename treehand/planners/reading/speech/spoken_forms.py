"""Spoken forms of orders, brought into the grammar's: a thing in front, a noun for the verb.

Each pattern is about a construction, whatever its nouns and verbs are; these have to be words of
the place, so that nothing else is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.absence_forms import ABSENCE_FORMS
from treehand.planners.reading.speech.contents_forms import CONTENTS_FORMS
from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.list_forms import LIST_FORMS
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.speech.needs_forms import BEGIN, NEEDS_FORMS, WORK, worked
from treehand.planners.reading.speech.place_forms import PLACE_FORMS
from treehand.planners.reading.speech.state_forms import STATE_FORMS
from treehand.planners.reading.words.english import gerund_of, is_same_as_base, past_of
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    POSSESSIVES,
)
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_SMALL = ("small", "little", "wee", "tiny", "mini", "smaller", "short")
_BIG = ("big", "large", "huge", "giant", "massive", "bigger", "larger", "long")
_PLAIN_SIZES = frozenset({"small", "little", "big", "large", "short", "long"})
_ALIKE = {word: group for group in (_SMALL, _BIG) for word in group}
"""Words for a size, one of which may tell things apart here."""
_END = r"(?= [,.;!?:]| and\b| then\b|$)"
"""End of a clause."""
_AWAY = r"(?:keep|stay)(?: well| right| far)? (?:away from|clear of)"
_MORE_WORK = f"{WORK[:-1]}+"
_TELLING = frozenset({"tell", "show", "find", "see", "check", "know", "say", "look"})
_COMPARED = re.compile(r"(?P<stem>\w{2,}?)(?P<end>er|est)$")


def _kept_away(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash the mug and never go to the stove" for "stay away from the stove and wash …"."""
    is_place = known.is_place(found["place"].split()[-1]) and known.asks("go")
    return f"{found['main']} and never go to {found['place']}" if is_place else None


def _all_but(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "remove everything but the glass from the table" for "leave only the glass …"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things)) and known.is_place(found["place"])
    if not is_told or not known.asks("remove"):
        return None
    return f"remove everything but {found['thing']} from {found['the']}{found['place']}"


def _that_is_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash everything that is dirty" for "wash what is dirty"."""
    is_order = known.asks(found["verb"]) and found["verb"] not in _TELLING
    is_state = known.is_said(found["state"]) and not known.names(found["state"])
    return (
        f"{found['verb']}{found['away'] or ''} everything that is {found['state']}"
        if (is_order and is_state)
        else None
    )


def _handed_out(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "bring" for "hand out the documents:" before who gets which."""
    return "bring " if known.asks("bring") else None


def _given(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "sweep the bench" for "give the bench a good sweeping"."""
    return worked(found, known)


def _made_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "hang the coat up" for "get the coat hung up", with what is done to it after that."""
    verb, things = past_of(found["done"]), found["thing"].split()
    is_named = any(map(known.names, things)) and not set(things) & {",", ".", "and", "to", "so"}
    if verb is None or not is_named or not known.asks(verb):
        return None
    if found["more"] is None:
        return None if known.is_said(found["done"]) else f"{verb} {found['thing']}"
    after = past_of(found["more"]) or (found["more"] if is_same_as_base(found["more"]) else None)
    if after is None or not known.asks(after):
        return f"{verb} {found['thing']} and {found['more']}"
    them = "it" if singular(things[-1]) == things[-1] else "them"
    return f"{verb} {found['thing']} and {after} {them}"


def _not_left(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the milk away" for "do not leave the milk out"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = bool(things) and all(map(known.names, things))
    return f"put {found['thing']}away" if is_named and known.asks("put") else None


def _emptied(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "empty the sink" for "have the sink empty"."""
    is_place = known.is_place(found["thing"].split()[-1]) and known.asks("empty")
    return f"empty {found['thing']}" if is_place else None


def _made_and_put(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "fold the towel and put it into" for "get the towel folded and into"."""
    verb, things = past_of(found["done"]), found["thing"].split()
    is_asked = verb is not None and known.asks(verb) and known.asks("put")
    if not is_asked or not known.names(things[-1]):
        return None
    return f"{verb} {found['thing']}and put it {found['to']}"


def _no_after(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return nothing for "after" at the end of a clause that is the second of an order."""
    before = found.string[: found.start()].split()
    return "" if {"and", "then"} & set(before) and known.names(before[-1]) else None


def _everything_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "everything that is dirty" for "everything dirty", "anything dirty goes …"."""
    state = found["state"] or found["any"]
    is_state = known.is_said(state) and not known.names(state) and state not in FUNCTION_WORDS
    return f"everything that is {state}" if is_state and not known.asks(state) else None


def _on_side(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the left burner" for "the burner on the left", where something is called so."""
    is_told = known.names(found["side"]) and known.names(found["thing"])
    return f"the {found['side']} {found['thing']}" if is_told else None


def _wanted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "I need the bolt on the bench" for "the bolt I need on the bench"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = bool(things) and all(map(known.names, things))
    return f"{found['want']} {found['thing']} {found['to']}" if is_named else None


def _each_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "every mug that is dirty" for "whichever mug is dirty"."""
    thing = found["thing"]
    if not known.names(thing) or not known.is_said(found["state"]):
        return None
    return f"every {thing} that is {found['state']}"


def _no_purpose(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return nothing for "for signing" at the end of an order."""
    verb = gerund_of(found["verb"])
    is_known = known.is_said(found["verb"]) or known.names(found["verb"])
    return None if verb is None or is_known else ""


def _no_idle_adverb(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "is" for "is still", "is currently"."""
    return f"{found['be']} "


def _find(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the order of "no idea where the glass is, find it"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    if not things or not all(map(known.names, things)):
        return None
    rest = found["rest"]
    return re.sub(r"\b(?:it|them)\b", found["thing"], rest, count=1) if rest else None


def _looked_at(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "close the window if it is open" for "check the window and close it if …"."""
    is_task = " " not in found["look"] and known.asks(found["look"])
    return None if is_task else _find(found, known)


def _washing_up(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash the dishes" for "do the washing up"."""
    return "wash the dishes" if known.asks("wash") and known.names("dishes") else None


def _placed(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the toys belong in the box" without "put them in"."""
    return found["placed"]


def _switched(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn off the lamps" for "lamps off with you", "off with both lamps"."""
    words = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = (not words or all(map(known.names, words))) and known.asks("turn")
    return f"turn {found['state']} {found['thing']}" if is_told else None


def _goes(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the cheese goes" for "the cheese wants to go"."""
    words = found["thing"].split()
    things = [word for word in words if word not in FUNCTION_WORDS]
    is_told = bool(words) and all(map(known.names, things))
    is_one = bool(things) or words in (["that"], ["this"], ["it"], ["they"], ["those"])
    goes = "go" if found["want"] in ("want", "need") else "goes"
    return f"{found['thing']}{goes}" if is_told and is_one else None


def _minded(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "close" for "mind you close", "be sure you close"."""
    return found["verb"] if known.asks(found["verb"]) else None


def _rather(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "want the drawer closed" for "would rather have the drawer closed"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things)) and known.is_said(found["state"])
    return f"want {found['thing']}{found['state']}" if is_told else None


def _all_of_these(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put everything on the table in the sink" for "whatever is on it, put it …"."""
    is_told = known.is_place(found["place"]) if found["place"] else known.is_said(found["state"])
    verb = next(word for word in found["rest"].split() if word not in FUNCTION_WORDS)
    if not is_told or not known.asks(verb):
        return None
    at = re.sub(r"^left ", "", found["at"])
    return re.sub(r"\b(?:it|them|that)\b", f"everything that is {at}", found["rest"], count=1)


def _all_in_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put all the plates in the sink" for "all the plates, put them in the sink"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things))
    if not is_told or not known.asks(found["rest"].split()[0]):
        return None
    return re.sub(r"\b(?:it|them|those)\b", found["thing"], found["rest"], count=1)


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = CONTENTS_FORMS + tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"{BEGIN}(?:(?:i have )?no (?:idea|clue)|(?:i am )?not sure|i (?:can|could) not "
            r"(?:find|see|remember)|i do not (?:know|remember|see)|i have (?:lost|forgotten)|dunno"
            r"|(?:god|who|heaven|goodness) knows) where (?P<thing>(?:\w+ ){1,4}?)(?:is|are|went|go)"
            r"(?: gone)?(?: ,| so| but| and)+ (?P<rest>(?:please )?\w+ (?:it|them)\b.*)",
            _find,
        ),
        (r"\bwash up(?= [,.;!?]|$)", _washing_up),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:\w+ ){{1,4}}?(?:and (?:{THE} )?(?:\w+ ){{1,3}}?)?)"
            r"(?:(?:needs?|wants?|could (?:do with|use)|(?:is|are) due|deserves?|requires?)"
            rf"(?: for)? (?:an?|some|another) {WORK}|(?:want|(?:is|are) due for|deserves?) )"
            r"(?P<verb>\w+ing)(?: too)?(?= [,.;!?:]| then\b|$)",
            worked,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)(?:needs?|wants?) (?P<verb>\w+ing)"
            r"(?= (?:back )?(?:in|on|into|onto|to|at|away|out)\b)",
            worked,
        ),
        (
            rf"\b(?:get|have|want|need) (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)(?P<done>\w+) and "
            r"(?P<to>(?:back )?(?:into|in|onto|on) )",
            _made_and_put,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:(?!to )\w+ ){{0,4}}?)"
            r"(?P<want>wants?|needs?|ought|could do with) (?:to (?:go|come|be put)|going|being put)"
            r"(?= (?:back )?(?:in|on|into|onto|to|inside|away|over)\b)",
            _goes,
        ),
        (
            rf"{BEGIN}(?:could )?(?P<thing>{THE} (?:(?!should|must|could)\w+ ){{1,3}}?)"
            rf"(?:(?:should|must|could) )?(?:gets? an? {WORK}|(?:wants?|needs?) an? {_MORE_WORK})"
            rf"(?P<verb>\w+){_END}",
            worked,
        ),
        (
            rf"\bdo not (?:just )?leave (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) (?:lying |standing "
            rf"|sitting )*(?:in|on|at) {THE} (?:\w+ ){{0,2}}?\w+(?: ,| and| but)+ "
            r"(?P<rest>(?:please )?\w+ (?:it|them)\b.*)",
            _find,
        ),
        (
            r"\b(?P<mind>mind(?: that)? you|be sure you|you (?:make|be) sure(?: that)? you) "
            r"(?P<verb>\w+)",
            _minded,
        ),
        (
            r"\bwould (?:much )?(?:rather|sooner|prefer) (?:to )?(?:have )?"
            r"(?P<thing>(?:the|my|our) (?:\w+ ){1,3}?)"
            r"(?:(?:was|were|is|be|stayed) )?(?P<state>\w+)(?= [,.;]|$)",
            _rather,
        ),
        (
            r"^(?P<thing>(?:whatever|anything|everything|all)(?: that)?(?: is)? "
            rf"(?P<at>(?:left )?(?:in|on|at) (?:{THE} )?(?:\w+ )?(?P<place>\w+)|(?P<state>\w+))) ,"
            r" (?P<rest>(?:please |just |can you |could you )*\w+ (?:it|them|that)\b.*)$",
            _all_of_these,
        ),
        (
            rf"^(?P<thing>(?:all|both|every)(?: (?:of )?{THE})? \w+(?: \w+)?) ,"
            r" (?P<rest>\w+ (?:it|them|those)\b.*)$",
            _all_in_place,
        ),
        (r"\bup and running\b", lambda found, known: "running"),
        (rf"(?<=\w) after(?:wards?)?{_END}", _no_after),
        (
            rf"{BEGIN}(?:please )?do not (?:just )?leave (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)"
            rf"(?:lying |standing |sitting )?(?:out|around|about){_END}",
            _not_left,
        ),
        (
            r"\b(?:is|are) (?:needed|wanted|required) (?=(?:on|in|at|by) )",
            lambda found, known: "should be ",
        ),
        (
            r"\beverything (?P<state>\w+)(?= (?:in|into|on|onto|goes|belongs|should|to|needs)\b)"
            r"|^anything (?P<any>\w+)(?= (?:goes|belongs|should|must|needs|has to)\b)",
            _everything_so,
        ),
        (
            rf"\bgive (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)an? {WORK}(?P<verb>\w+)"
            rf"(?: down| over| up| out| off)?{_END}",
            _given,
        ),
        (
            r"(?:\b(?:i|we) (?:would |really |just )*(?=want|need|like))?"
            rf"\b(?:get|have|want|need|like) (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)"
            r"(?P<done>\w+)(?: and (?:then )?(?P<more>\w+))?"
            r"(?= (?:up|on|in|into|onto|away|out|back|down|and|off|to|please|for)\b|$| [,.])",
            _made_so,
        ),
        (
            r"(?:\b(?:i|we) (?:would |really |just )*(?=want|need|like))?"
            r"\b(?:get|have|want|need|like|make) "
            rf"(?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)(?:empty|clear|free){_END}",
            _emptied,
        ),
        (rf"\b{THE} (?P<thing>\w+) (?:on|to) the (?P<side>left|right)\b", _on_side),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)(?P<want>(?:i|we) (?:need|want"
            r"|would like|would love))(?: (?:it|them))? (?P<to>(?:on|in|at|into|onto|by|back|off"
            r"|closed|shut|open|clean)\b)",
            _wanted,
        ),
        (
            r"\b(?:whichever|whatever|any) (?P<thing>\w+) (?:is|are) (?P<state>\w+)\b(?! ,)",
            _each_so,
        ),
        (rf" for (?P<verb>\w+ing){_END}", _no_purpose),
        (
            r"\b(?P<be>(?:that|whatever|what) (?:is|are)) "
            r"(?:still |currently |left |lying |standing )+(?=(?:on|in|at) )",
            _no_idle_adverb,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:(?:all|both) )?(?:the )?(?:\w+ )?(?:lights|lamps)) out{_END}",
            lambda found, known: f"turn off {found['thing']}" if known.names("lights") else None,
        ),
        (
            rf"\b(?P<look>check|inspect|look at|have a look at|examine) (?P<thing>{THE} "
            r"(?:\w+ ){1,3}?)and (?P<rest>\w+ (?:it|them)\b.*)",
            _looked_at,
        ),
        (
            r"\b(?:leave|keep) (?:only|just|nothing but) "
            rf"(?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) (?:on|in) (?P<the>{THE} )"
            rf"(?P<place>\w+){_END}",
            _all_but,
        ),
        (
            rf"\b(?:i|we) (?:only|just) want (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) left (?:on|in)"
            rf" (?P<the>{THE} )(?P<place>\w+){_END}",
            _all_but,
        ),
        (
            rf"{BEGIN}(?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) "
            rf"(?:should|must|has to|needs to|ought to) be "
            r"(?:empty|clear|emptied|cleared)(?= [,.;!?]|$)",
            _emptied,
        ),
        (
            r"\b(?P<verb>\w+)(?P<away> away| up| off)? what is (?P<state>\w+)"
            rf"{_END}",
            _that_is_so,
        ),
        (
            r"^(?:hand out|deal out|give out|pass out|distribute) [^,.:]+ : (?=[^.]+ to )",
            _handed_out,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)"
            r"(?:(?:needs?|has|have|wants?|ought) to|should|must) be (?P<done>\w+)"
            r"(?: and (?:then )?(?P<more>\w+))?"
            r"(?= (?:up|on|in|into|onto|away|out|back|down|and|off|to|please|for)\b|$| [,.])",
            _made_so,
        ),
        (r"\b(?P<state>off|on) with (?P<thing>(?:both|all|them)\b[^,.]*)$", _switched),
        (
            r"(?P<placed>\b(?:belongs?|lives?|goe?s?) (?:back )?(?:in|on|into|onto|at) [^,]+?)"
            r" (?:,|so|and) (?:please )?(?:put|pop|stick|get|place|bring|drop|take) (?:it|them)"
            r"(?: back)?(?: in| on| there| away| in there| up there| over there)?$",
            _placed,
        ),
        (
            r"\btake (?P<thing>(?:\w+ ){1,4}?)(?:along )?with (?:you|me|us) "
            r"(?P<to>(?:in|into|to) )",
            lambda found, known: f"bring {found['thing']}{found['to']}",
        ),
        (
            rf"^(?:please )?{_AWAY} (?P<place>(?:\w+ ){{1,4}}?\w+)(?: ,| and| but| then)+ "
            rf"(?P<main>(?!(?:{THE}|an?|it|them)\b).+)$",
            _kept_away,
        ),
        (
            rf"^(?P<main>.+?)(?: ,| and| but)+ (?:please )?{_AWAY} (?P<place>(?:\w+ ){{1,4}}?\w+)$",
            _kept_away,
        ),
        (r"\bboth of (?=(?:the|my|our|these|those) )", lambda found, known: "both "),
    )
)

_ALL_FORMS = (*ABSENCE_FORMS, *STATE_FORMS, *LIST_FORMS, *PLACE_FORMS, *_FORMS, *NEEDS_FORMS)


def in_other_words(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with constructions of speech in the form of the grammar's.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    around = ["the", *tokens, ""]
    plain = [_positive(around[index : index + 3], known) for index in range(len(tokens))]
    text = " ".join(plain)
    return with_forms(text, _ALL_FORMS, known).split()


def _positive(around: Sequence[str], known: SpokenWords) -> str:
    """Return "long" for "longer" and "longest", where things are told apart as long ones."""
    before, word, after = around
    found = _COMPARED.search(word)
    alike = _ALIKE.get(word)
    is_one = before in ARTICLES - {"a"} | POSSESSIVES | DEMONSTRATIVES | {",", ".", "and", "with"}
    if alike is not None and is_one and not known.tells_apart(word):
        plain = word if word in _PLAIN_SIZES else alike[0]
        return next(filter(known.tells_apart, alike), plain)  # "the little parcel"
    is_other = before == "no" or after == "than" or word in FUNCTION_WORDS
    if found is None or is_other or known.names(word) or known.asks(word):
        return word
    stem = found["stem"]
    doubled = stem[:-1] if stem[-1:] == stem[-2:-1] else stem
    other = [stem, f"{stem}e", doubled, f"{stem[:-1]}y" if stem.endswith("i") else stem]
    return next((one for one in other if known.tells_apart(one)), word)
