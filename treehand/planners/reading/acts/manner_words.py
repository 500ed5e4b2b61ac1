"""Words for the manner of an order: "carefully put …", "… and be gentle with it"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from treehand.planners.goals.manner import HALF, Manner
from treehand.planners.reading.acts.limit_words import limit_of

_PARTS = {
    "DEGREE": r"(?:(?:very|really|extra|quite|so|super|extremely|ever so|nice and|as|more|a bit"
    r"|a little|a bit more|a little more) )?",
    "CAREFUL": r"(?:carefully|gently|softly|delicately|cautiously|gingerly)",
    "SLOW": r"(?:slowly|unhurriedly|(?<=nice and )slow)",
    "AS": r"(?: as (?:possible|you can|ever you can))?",
    "HARMING": r"(?:spilling|dropping|breaking|damaging|scratching|smashing|cracking|chipping)",
    "WHAT": r"(?: (?:it|them|that|those|this|these|any|any of it|any of them|anything|a drop"
    r"|a single drop|(?:the|a|an|any|my|our|your) (?!or\b|and\b|while\b)[^,.;]+?))?",
    "CARE": r"(?:with (?:great |extra |the utmost |due |a lot of |lots of |some |more )?"
    r"(?:care|caution))",
}
_PATTERNS = (
    (Manner.CAREFULLY, r"<DEGREE><CAREFUL><AS>"),
    (Manner.CAREFULLY, r"<CARE>"),
    (Manner.CAREFULLY, r"without <HARMING><WHAT>(?=$| ?[,.;]| and | then | but )"),
    (Manner.SLOWLY, r"<DEGREE><SLOW><AS>|at (?:a )?(?:low|slow|half) (?:speed|pace)"),
)
_PAUSE = re.compile(r"\s*(?:[,.;]|\b(?:(?<!nice )and|but|then)\b)\s*")
_DENIED = re.compile(r"(?:n['’]?t|\b(?:not|never|no|how|too|less))(?: (?:so|that|too))?$")
_ENDS = re.compile(
    r"^(?:\s*(?:[,.;]|\band\b|\bbut\b|\bthen\b))+\s*|(?:\s*(?:,|;|\band\b|\bbut\b))+$"
)


@dataclass(frozen=True)
class SaidManner:
    """A text without the words for its manner."""

    rest: str
    manner: Manner | None = None
    thing: str = ""
    """Words for the thing that care was asked for: "the glass"; empty if none was named."""


def manner_of(text: str) -> SaidManner:
    """Return a text without the words for its manner, and the manner.

    A text that says nothing else keeps its words: it sets a limit, and is no order.

    Args:
        text: The person's words.
    """
    rest, manners, thing = _without_clauses(text)
    for manner, pattern in _patterns():
        found = pattern.search(rest)
        while found is not None and not _DENIED.search(rest[: found.start()].rstrip().lower()):
            rest = _joined(rest[: found.start()], rest[found.end() :])
            manners.append(manner)
            found = pattern.search(rest)
    if not manners or not re.search(r"\w", rest):
        return SaidManner(text)
    chosen = Manner.CAREFULLY if Manner.CAREFULLY in manners else Manner.SLOWLY
    return SaidManner(rest, chosen, thing)


def _without_clauses(text: str) -> tuple[str, list[Manner], str]:
    """Return a text without clauses like "be careful with it", their manners and their thing."""
    kept, manners, thing, begin = "", [], "", 0
    for pause in (*_PAUSE.finditer(text), None):
        end = pause.start() if pause is not None else len(text)
        clause, mark = text[begin:end], pause.group() if pause is not None else ""
        limit = limit_of(clause) if clause.strip() else None
        if limit is not None and limit.speed == HALF:
            manners.append(Manner.SLOWLY if limit.force is None else Manner.CAREFULLY)
            thing = limit.thing or thing
        else:
            kept += clause + mark
        begin = end + len(mark)
    return (_trimmed(kept), manners, thing) if manners else (text, manners, "")


def _joined(before: str, after: str) -> str:
    """Return the rest of a text around words that were taken out of it."""
    if re.search(r"[,;]\s*$", before) and re.match(r"\s*[,;.]", after):
        before = re.sub(r"[,;]\s*$", "", before)
    return _trimmed(f"{before.rstrip()} {after.lstrip()}")


def _trimmed(text: str) -> str:
    """Return a text without conjunctions and marks in front, and without them at the end."""
    return _ENDS.sub("", " ".join(text.split())).strip()


@cache
def _patterns() -> tuple[tuple[Manner, re.Pattern[str]], ...]:
    """Return the patterns with their parts filled in."""
    found: list[tuple[Manner, re.Pattern[str]]] = []
    for manner, pattern in _PATTERNS:
        for name, part in _PARTS.items():
            pattern = pattern.replace(f"<{name}>", part)
        found.append((manner, re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE)))
    return tuple(found)
