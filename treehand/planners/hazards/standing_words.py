"""Words that give a standing order, lift one, or ask which there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from treehand.planners.reading.words.english import base_of, can_be_verb

_LEAD = (
    r"(?:(?:please|robot|and|but|hey|ok|okay|listen|remember|from now on|in future|always remember|"
    r"whatever (?:you do|happens)|in no case|"
    r"i want you to|i would like you to|make sure (?:that )?you|make sure to|see that you|you|"
    r"you (?:must|should|shall|may|can|will|are to)|must|should|shall|may|can|will)[ ,:]+)*"
)
_FORBID = re.compile(
    rf"{_LEAD}(?:never(?: ever)?|(?:do not|dont|don't|must not|mustn't|not) ever|"
    r"(?:do not|dont|don't)[ ,]+under any circumstances|under no circumstances"
    r"|(?:do not|dont|don't) you (?:ever|dare)(?: ever)?|(?:are|is) (?:not|never) (?:allowed )?to"
    r"|aren't (?:allowed )?to|may not|must not|mustn't|mustnt|are forbidden to|it is forbidden to"
    r"|i forbid you to)[ ,]+(?P<rest>.+?)(?:,? ever| again| please| any ?more)*"
)
_DENIED = re.compile(
    rf"{_LEAD}(?:do not|dont|don't|should not|shouldn't|had better not|better not|can not|cannot"
    r"|can't|i(?:'d| would) (?:rather|prefer(?: it if)?) you (?:did not|didn't|do not|don't)"
    r"|i (?:do not|don't) want you to|i (?:do not|don't) want you|avoid)[ ,]+(?P<rest>.+?)"
    r"(?:,? (?:please|now|(?:just )?yet|for now|at the moment|right now|this time"
    r"|today|either|thanks|thank you|any ?more|okay|ok))*"
)
_AND_NOT = re.compile(r"\s*(?:,|\b(?:and|or)\b)\s+(?=(?:do not|dont|don['’]t)\b)", re.IGNORECASE)
_OFF_LIMITS = re.compile(
    rf"{_LEAD}(?:(?:keep|stay|get) (?:away|clear|off|out)(?: from| of)?|(?:keep your )?hands off"
    r"|keep your hands (?:off|away from)|(?:do not|dont|don't) go near) (?P<thing>.+?)"
    r"|(?P<subject>(?:the|my|that|this) .+?) (?:is|are) (?:off[ -]limits|taboo|forbidden"
    r"|not to be touched|none of your business)(?: to you| for you)?"
)
_NONE_THERE = re.compile(
    rf"{_LEAD}no (?!more\\b)(?P<what>.+?) (?P<where>(?:in|on|into|onto) (?:the|my) .+?)"
    r"(?P<ever>,? (?:ever|at any time|at all))?(?:,? please)*"
)
_ALWAYS = re.compile(
    rf"{_LEAD}always[ ,]+(?P<rest>(?:close|shut|lock|turn|switch|put) "
    r"(?:(?!\b(?:after|when|if|while|before|once|until)\b).)+?)(?: again| please"
    r"| (?:after|when|once) (?:you are|you have) (?:done|finished|through|ready)"
    r"| after (?:use|using (?:it|them))| behind you| afterwards)*"
)
_KEEP_FROM_NOW = re.compile(
    r"(?:please )?(?:from now on|in future|always)[ ,]+(?:please )?(?:keep|leave) (?P<thing>.+)"
    r" (?P<state>open|closed|shut|on|off|empty|clean|up|down)"
)
_FROM_NOW = re.compile(
    r"(?:please )?(?:from now on|in future|as a rule)[ ,]+(?:please )?"
    r"(?:do not|dont|don't) (?P<rest>.+)"
)
_DOING = r"(?P<verb>\w+ing) (?P<rest>.+?)(?: ever| again| please| any ?more)*"
_NO_MORE = re.compile(
    rf"{_LEAD}(?:(?:from now on|in future|as a rule)[ ,]+(?:please )?(?:stop|no more)"
    rf"|no more|quit|cease|give up) {_DOING}"
)
_REFRAIN = re.compile(rf"{_LEAD}(?:refrain from|abstain from|avoid|keep from) {_DOING}")
_STOP_DOING = re.compile(rf"(?:please |and |ok |okay |now |robot )*stop {_DOING}")
_ALLOW = re.compile(
    r"(?:(?:please|now|ok|okay|all right|alright|fine|well|good|then|so|yes|actually)[ ,]+)*"
    r"(?:you (?:may|can|might|are allowed to|are free to)|"
    r"feel free to|(?:it is|it's|its) (?:ok|okay|fine|all right|alright|allowed|no problem)"
    r"(?: now| again)?(?: for you)? to|i allow you to|i do not mind if you)(?: now)? (?P<rest>.+?)"
    r"(?P<again>(?: again| now| after all| any ?more| please)*)"
)
_FORGET = re.compile(
    r"(?:please )?(?:forget|lift|cancel|revoke|scrap)(?: about)?"
    r"(?: the| that| my| your)?"
    r"(?P<order>(?: last| standing)*(?: orders?| rules?| ban| prohibition)?)"
    r"(?: number)?(?: (?P<number>\d+))?"
    r"(?P<rest>(?: (?:about|that|with|for|not to|on|of) .+| (?:never|not) .+)?)(?: again| please)*"
)
_LIST = re.compile(
    r"(?:please )?(?:what|which|show|list|tell me)(?: me)?(?: are| is)?(?: the| my| your| all)*"
    r"(?: standing)? (?:orders?|rules|bans)"
    r"(?: (?:are there|do you (?:have|keep)|are in force|in force|did i give you))?"
)


@dataclass(frozen=True)
class StandingWords:
    """Words about standing orders."""

    kind: Literal["forbid", "end", "keep", "allow", "forget", "list"]
    rest: str = ""
    """Words for the act that is forbidden or allowed, or for the things of the lifted order."""
    number: int | None = None
    """Number of the order that is lifted."""
    is_last: bool = False
    """True if the last order is lifted: "forget that"."""
    is_all: bool = False
    """True if every order is lifted: "forget all orders"."""


def standing_words(text: str) -> StandingWords | None:
    """Return the meaning of a text about standing orders; None if it is about none."""
    plain = " ".join(text.casefold().replace("’", "'").strip(" .!?\"'").split())
    if _LIST.fullmatch(plain):
        return StandingWords("list")
    for pattern in (_FORBID, _FROM_NOW):
        found = pattern.fullmatch(plain)
        if found and found["rest"] != "mind" and not found["rest"].startswith("mind "):
            return StandingWords("forbid", found["rest"].strip(" ,"))
    found = _ALWAYS.fullmatch(plain)
    if found:
        return StandingWords("end", found["rest"])
    found = _NO_MORE.fullmatch(plain)
    if found:
        return StandingWords("forbid", _done(found))
    found = _KEEP_FROM_NOW.fullmatch(plain)
    if found:
        return StandingWords("keep", f"keep {found['thing']} {found['state']}")
    found = _NONE_THERE.fullmatch(plain)
    if found and found["ever"]:
        return StandingWords("forbid", f"put {found['what']} {found['where']}")
    found = _ALLOW.fullmatch(plain)
    if found:
        return StandingWords("allow", found["rest"].strip(" ,"))
    found = _FORGET.fullmatch(plain) or re.fullmatch(
        r"(?:please )?forget (?:about )?(?P<rest>that|(?:all|every)(?: of)?(?: the| my| your)?"
        r"(?: standing)? (?:orders?|rules?))(?P<order>)(?P<number>\d+)?",
        plain,
    )
    if found is None:
        return None
    return _lifted(found["order"], found["rest"].strip(), found["number"])


def denials(text: str) -> tuple[str, ...]:
    """Return the parts of "don't wash the pan and don't clear the table"; one for other texts."""
    parts = tuple(_AND_NOT.split(text))
    return parts if all(map(denied_acts, parts)) else (text,)


def denied_acts(text: str) -> tuple[str, ...]:
    """Return the acts that words forbid and ask for no other: "please don't open the fridge".

    Args:
        text: The person's words.

    Returns:
        Ways to say the act; none if the text forbids nothing.
    """
    plain = " ".join(text.casefold().replace("’", "'").strip(" .!\"'").split())
    found = _DENIED.fullmatch(plain)
    if found:
        return (found["rest"].strip(" ,"),)
    found = _NONE_THERE.fullmatch(plain)
    if found:
        return (f"put {found['what']} {found['where']}",)
    found = _REFRAIN.fullmatch(plain)
    if found:
        return (_done(found),)
    found = _OFF_LIMITS.fullmatch(plain)
    thing = (found["thing"] or found["subject"]) if found else ""
    return (f"touch {thing}", f"use {thing}", f"go to {thing}") if thing else ()


def stopped_doing(text: str) -> str:
    """Return the act of "stop putting plates in the sink"; empty for any other text."""
    plain = " ".join(text.casefold().strip(" .!").split())
    found = _STOP_DOING.fullmatch(plain)
    return _done(found) if found else ""


def _done(found: re.Match[str]) -> str:
    """Return "put plates in the sink" of "putting plates in the sink"."""
    verb = base_of(found["verb"])
    if verb[-2:-1] == verb[-1:] and can_be_verb(verb[:-1]):  # put, not putt
        verb = verb[:-1]
    return f"{verb} {found['rest'].strip(' ,')}"


def _lifted(order: str, rest: str, number: str | None) -> StandingWords:
    for word in ("about ", "that ", "with ", "for ", "on ", "of "):
        rest = rest.removeprefix(word)
    is_all = rest.startswith(("all", "every")) or order.strip() in ("orders", "standing orders")
    is_last = rest in ("", "that") and number is None and not is_all
    said = "" if is_last or is_all else rest
    return StandingWords("forget", said, int(number) if number else None, is_last, is_all)
