"""Spoken forms about what is needed: "is crying out for a wipe", "let some light in"."""

from __future__ import annotations

import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.english import gerund_of
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, QUESTION_WORDS
from treehand.planners.reading.words.spoken_words import SpokenWords

BEGIN = r"(?:^|(?<=[,.;:!?] )|(?<=\band )|(?<=\bso )|(?<=\bbut )|(?<=\bthen ))"
"""Beginning of a clause."""
WORK = r"(?:(?:quick|good|proper|thorough|nice|bit of a|little|decent|serious|real|once) )*"
"""Words before a noun for work: "a quick wipe"."""
_DONE = r"(?= [,.;!?:]| and\b| then\b| please\b| thanks\b|$)"
"""End of a clause, or the thanks after it."""
_LACKING = (
    r"(?:wants?(?= an? )|(?:needs?|wants?)(?= (?:some |an? (?:\w+ )?\w+ (?:down|up|out|off"
    r"|over)\b))"
    r"|could (?:do with|use|really do with)|calls? for|looks? like (?:it needs|they need)"
    r"|(?:is|are) (?:in (?:\w+ )?need of|crying out for|begging for|screaming for|desperate for"
    r"|overdue(?: for)?|due(?: for)?|ready for|long overdue|asking for))"
)
_FIRST = r"(?:^|(?<=[,.;:!?] )|(?<=\bso ))"
_LISTED = rf"(?:{THE} )?(?:(?!and\b)\w+ ){{1,4}}?(?:and (?:{THE} )?(?:\w+ ){{1,3}}?)?"
"""Things at the beginning of a clause, which may be joined."""
_USED = {
    **dict.fromkeys(("cloth", "sponge", "rag"), "wipe"),
    **dict.fromkeys(("broom", "brush"), "sweep"),
    **dict.fromkeys(("hoover", "vacuum"), "vacuum"),
    "duster": "dust",
    "mop": "mop",
}
"""Verbs for a tool that is run over a place."""


def worked(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash the mug" for "the mug wants a wash", "… is due a washing"."""
    verb = gerund_of(found["verb"]) or found["verb"]
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = bool(things) and all(map(known.names, things))
    particle = found.groupdict().get("particle") or ""
    is_told = is_named and known.asks(verb)
    return f"{verb} {found['thing'].strip()}{particle}" if is_told else None


def _made_clean(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "clean the pan" for "the pan is filthy, sort it out"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    verb = next(filter(known.asks, ("clean", "wash", "wipe", "dust")), None)
    is_told = verb is not None and bool(things) and all(map(known.names, things))
    return f"{verb} {found['thing'].strip()}" if is_told else None


def _tool_used(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wipe the counter" for "run a cloth over the counter"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = all(map(known.names, things)) and (things or found["thing"] in ("it", "them"))
    verb = _USED[found["tool"]]
    return f"{verb} {found['thing']}" if is_named and known.asks(verb) else None


def _gone_over(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "clean the table" for "give the table a quick once-over"."""
    thing = found["one"] or found["thing"].strip()
    things = [word for word in thing.split() if word not in FUNCTION_WORDS]
    return f"clean {thing}" if all(map(known.names, things)) and known.asks("clean") else None


def _thirsty(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "water the fern" for "the fern needs water"."""
    words = found["thing"].split()
    things = [word for word in words if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things)) and known.asks("water")
    is_told = is_told and words[0] not in QUESTION_WORDS
    return f"water {found['thing'].strip()}" if is_told else None


def _up_or_down(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the blind up" for "the blind should go up"."""
    names = FUNCTION_WORDS - {"left", "right"}
    words = [word for word in found["thing"].split() if word not in names]
    is_told = bool(words) and all(map(known.names, words))
    return f"{found['thing']}{found['state']}" if is_told else None


def _light_shut_out(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "lower the blinds" for "block out the sun"."""
    if known.names("blind") and known.asks("lower"):
        return "lower the blinds"
    return "close the curtains" if known.names("curtains") and known.asks("close") else None


def _light_let_in(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "raise the left blind" for "let some light in on the left"."""
    side = f"{found['side']} " if found["side"] else ""
    if known.names("blind") and known.asks("raise"):
        return f"raise the {side}{'blind' if side else 'blinds'}"
    is_told = known.names("curtains") and known.asks("open")
    return f"open the {side}curtains" if is_told else None


def _air_let_in(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "open the window" for "let some fresh air in"."""
    return "open the window" if known.names("window") and known.asks("open") else None


def _let_down(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "lower the blinds" for "close the blinds", where they are lowered and raised."""
    verb = "raise" if found["verb"] == "open" else "lower"
    is_named = known.names(found["thing"].split()[-1])
    return f"{verb} {found['thing']}" if is_named and known.asks(verb) else None


NEEDS_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"{_FIRST}(?P<thing>{_LISTED})(?:needs?|wants?) (?P<verb>"
            rf"(?!doing)\w+ing)"
            rf"(?P<particle> (?:on|off|up|down|out|away|back))?{_DONE}",
            worked,
        ),
        (
            rf"{_FIRST}(?P<thing>{_LISTED}){_LACKING} (?:an?|some|another|its) "
            rf"{WORK}(?P<verb>\w+)(?: down| up| out| off| over)?(?: too)?(?= [,.;!?:]| then\b|$)",
            worked,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )(?:\w+ ){{1,3}}?)(?:is|are|looks?) (?:(?:so|really|all"
            rf"|very"
            r"|a bit|too|absolutely|pretty|quite) )*(?:dirty|filthy|grubby|mucky|dusty|sticky"
            r"|greasy"
            r"|messy|a mess|a state|disgusting)(?: ,| so| and)+ (?:please |can you |could you )*"
            r"(?:sort|see to|deal with|take care of|do something about|fix|get)"
            rf" (?:it|that|them)(?: out| sorted| seen to| done)?{_DONE}",
            _made_clean,
        ),
        (
            rf"{BEGIN}(?:give (?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)an? {WORK}"
            r"(?:once over|going over|do over|seeing to)|give (?P<one>it|them) an? once over)"
            rf"{_DONE}",
            _gone_over,
        ),
        (
            rf"\b(?:run|pass|take|swish|get) (?:{THE} |an? )?(?:\w+ )??(?P<tool>cloth|sponge|rag"
            r"|duster|mop|broom|brush|hoover|vacuum)(?: round| around| over| across)+ "
            rf"(?P<thing>(?:{THE} )?(?:\w+ ){{0,2}}?\w+){_DONE}",
            _tool_used,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:{THE} )?(?:\w+ ){{1,3}}?)(?:needs?|wants?|could (?:do with"
            rf"|use)) "
            rf"(?:some |an? |its |more )?(?:water|drink|watering)(?: badly)?{_DONE}",
            _thirsty,
        ),
        (
            rf"{BEGIN}(?P<thing>(?:(?:{THE}|both|all) )?(?:\w+ ){{1,3}}?)(?:should go|must go|can"
            rf" go"
            rf"|could go|needs? to go|wants? to go|goes?|wants? to be|has to go) (?P<state>up|down)"
            rf"{_DONE}",
            _up_or_down,
        ),
        (
            rf"{BEGIN}(?:block|shut|keep)(?: out)? (?:the |that |this )?(?:sun|light|glare|sunlight"
            rf"|daylight)(?: out)?{_DONE}",
            _light_shut_out,
        ),
        (
            rf"{BEGIN}let (?:(?:in|some|the|a bit of|a little|more|natural) )*(?:light|sun|daylight"
            r"|sunlight|sunshine)(?: in| inside)?(?: (?:on|from|at) the (?P<side>left|right)"
            rf"(?: hand)?(?: side)?)?{_DONE}",
            _light_let_in,
        ),
        (
            rf"{BEGIN}let (?:(?:in|some|the|a bit of|a little|more|fresh) )*(?:air|breeze)"
            rf"(?: in| inside)?{_DONE}",
            _air_let_in,
        ),
        (
            rf"\b(?P<verb>open|close|shut|draw|drop)(?P<up> up)? (?P<thing>(?:(?:both|all) )?"
            rf"(?:{THE} )?(?:\w+ )??(?:blinds?|shutters?|shades?)){_DONE}",
            _let_down,
        ),
    )
)
