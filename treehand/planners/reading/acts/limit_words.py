"""Words for limits on speed and care: "slow down", "be careful with the glass", "normal speed"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from treehand.planners.goals.manner import GENTLE, HALF
from treehand.planners.reading.acts.preamble import without_preamble
from treehand.planners.reading.words.tokens import marked_tokens

LEAST = 0.1


@dataclass(frozen=True)
class SaidLimit:
    """A limit that a person asks for, or lifts."""

    speed: float | None = None
    """Share of the usual speed, 0.1 to 1; None: it stays as it is."""
    force: float | None = None
    """Share of the usual limits on grip force, 0.1 to 1; None: it stays as it is."""
    thing: str = ""
    """Words for the thing that it is for; empty for everything."""
    is_further: bool = False
    """True for "slow down": the speed that is left becomes slower still if it is limited."""
    is_all: bool = False
    """True if every limit is lifted."""


_PATTERNS = r"""
SLOW (<GO>|do it |do that |take it )*(slower|slowly|slow)<MORE>
SLOW slow (down|it down|yourself down|it)<MORE>
SLOW more slowly|not (so|that|too) (fast|quick|quickly)
SLOW (that is|you are|it is) (too|so) (fast|quick)
SLOW (reduce|lower|decrease|drop|cut) (your|the) (speed|pace)
SLOW less speed|take your time|no (hurry|rush)
SLOW do not (rush|hurry|go so fast|move so fast|be so fast)|easy( does it)?|steady
SHARE (go |move |drive |work |run )?(at |with |use |to )?(?P<share><SHARE>) (<OF>)*(speed|pace)
SHARE (reduce|lower|set|limit|cap) (your |the )?(speed|pace) (to|at) (?P<share><SHARE>)
CARE <CAREFUL><MORE>
CARE <CAREFUL> (when you .*?)?(with|about|around|near|for|holding|carrying) (?P<thing>.+)
CARE (handle|treat) (?P<thing>.+?) <GENTLY>
CARE (<GENTLY> )(with|around|near) (?P<thing>.+)
CARE (mind|(watch|look) (out|it) <FOR>) (?P<thing><NOUN>)
CARE (do not|never) (squeeze|crush|grip|press) (?P<thing>.+?)( too hard| so hard| too much| hard)?
CARE <GENTLY>|(use )?(less|little) (force|pressure)|not (so|too) (hard|rough|tight)
FAST (<GO>)*(faster|quicker|quickly|fast)<AGAIN>
FAST (you (can|may) )?(go |move |drive |work )+(fast|faster|quicker|normally|at normal speed)<AGAIN>
FAST (at |with |use |go at |back to |return to )*(the )?(normal|full|usual|regular|top) (speed|pace)
FAST (be|make it) (quick|quicker|fast|faster)<AGAIN>|quick|chop chop
FAST speed (up|it up)<AGAIN>|hurry( up)?|normal speed<AGAIN>|as fast as (before|usual|you can)
FAST (go |you can go |now )?back to (normal|usual|the usual|how it was)( speed)?
FAST (not so|do not be so|you are too|that is too) (slow|slowly)|too slow|full speed( ahead)?
UNCARE <NO_NEED> (so |that |too |very )?<CAREFUL_WORD>( with| about| around)? ?(?P<thing>.*?)<MORE>
UNCARE <NO_NEED> (go |move |be )?(so |that )?(slow|slowly|slower)<MORE>
UNCARE (be|go) (normal|as usual|as before)( with (?P<thing>.+))?
NONE (remove|lift|drop|clear|forget|cancel|end|no more) (all |the |your |any )*limits?.*
NONE no limits
"""
_PARTS = {
    "FOR": "(for|with|around)",
    "NOUN": "(the|my|our|your|that|this|these|those|all) .+",
    "GO": "go |move |drive |work |be |a bit |a little |even |still |much |far |a lot |way ",
    "MORE": "( please| now| next time| from now on| down| a bit| a little| for now| anymore"
    "| any more| any longer)*",
    "AGAIN": "( again| now| please| next time| from now on)*",
    "SHARE": "half|a half|one half|a third|a quarter|a tenth|[0-9]{1,3}( percent| per cent)?",
    "OF": "of |the |your |normal |usual |full |maximum |max |top ",
    "CAREFUL": "((be|go|please be|do be) )?(more |very |extra |a bit |a little |really )*"
    "(careful|gentle|cautious|take (good |great |extra )?care|gently|carefully)",
    "CAREFUL_WORD": "(careful|gentle|cautious|carefully|gently)",
    "GENTLY": "(very |more |really )?(gently|with care|carefully|softly|with (great |extra )?care)",
    "NO_NEED": "(no need to (be)?|you (do not|need not) (have to |need to )?(be)?|do not be"
    "|you can be less|be less|less|enough of being)",
}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns with their parts filled in."""
    found: list[tuple[str, re.Pattern[str]]] = []
    for line in _PATTERNS.strip().splitlines():
        kind, _, pattern = line.partition(" ")
        for name, part in _PARTS.items():
            pattern = pattern.replace(f"<{name}>", part)
        found.append((kind, re.compile(f"({pattern})")))
    return tuple(found)


_LEAD = re.compile(
    r"^((please|can|could|would|will|you|just|now|and|but|so|ok|okay|hey|robot|kindly) )+"
)
_SHARES = {"half": 0.5, "a half": 0.5, "one half": 0.5, "a third": 1 / 3, "a quarter": 0.25}
_MOST_WORDS = 16
"""Most words of a line about limits."""


def limit_of(text: str) -> SaidLimit | None:
    """Return the limit that a line sets or lifts; None if it does neither.

    Args:
        text: The person's words.
    """
    marked = marked_tokens(text.replace("%", " percent"))
    words = [token for token in marked if token.isalnum()]
    parted = [token if token.isalnum() else "," for token in marked]
    core = without_preamble(parted, objects=False)
    first = core[: core.index(",")] if "," in core else core
    is_asked = text.rstrip().endswith("?") and "you" not in words
    if not words or len(words) > _MOST_WORDS or is_asked:
        return None
    whole, begun = " ".join(word for word in core if word != ","), " ".join(first)
    for said in dict.fromkeys((begun, _LEAD.sub("", begun), whole, _LEAD.sub("", whole))):
        for kind, pattern in _patterns():
            found = pattern.fullmatch(said)
            if found is not None:
                named = found.groupdict()
                return _limit(kind, (named.get("thing") or "").strip(), named.get("share") or "")
    return None


def _limit(kind: str, thing: str, share: str) -> SaidLimit | None:
    match kind:
        case "SLOW":
            return SaidLimit(speed=HALF, is_further=True)
        case "CARE":
            return SaidLimit(speed=HALF, force=GENTLE, thing=thing)
        case "FAST":
            return SaidLimit(speed=1.0)
        case "UNCARE":
            return SaidLimit(speed=1.0, force=1.0, thing=thing)
        case "NONE":
            return SaidLimit(is_all=True)
    return SaidLimit(speed=_share(share))


def _share(said: str) -> float:
    if said in _SHARES:
        return _SHARES[said]
    number = said.split()[0]
    percent = float(number) if number.isdecimal() else 10.0
    return min(max(percent / 100.0, LEAST), 1.0)
