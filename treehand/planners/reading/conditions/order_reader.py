"""Orders of time: "wash the mug before you open the fridge", "… until it is clean"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from treehand.planners.goals.conditional_parts import conjunction
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.requirements.requirement import Precedence, opposite
from treehand.planners.goals.requirements.time_limits import AMOUNT, UNIT
from treehand.planners.reading.conditions.stated_conditions import AskBack, State
from treehand.skills.domain import Domain, Facts, Formula, conjuncts

Read = Goal | Question | Refusal
ReadPiece = Callable[[str, Facts], Read]

_UNTIL = re.compile(r"(?: ,)? (?:until|till) (?P<condition>.+)")
_NOT_BEFORE = re.compile(
    r"(?P<main>.+?)(?: ,)? (?P<mark>only after|only once|only when|not before|not until|before"
    r"|by the time(?: that)?|after) (?P<condition>.+)"
)
_LEADING_ORDER = re.compile(
    r"(?:and |then )?(?P<mark>before|by the time(?: that)?|after|until|till) (?P<rest>.+)"
)
CANNOT = "which a goal cannot hold"
_LONGEST_CONDITION = 9
"""Most words of "before …" that no pause ends."""


class OrderReader:
    """Reads sentences that put one thing before another.

    Args:
        domain: Facts that exclude each other.
        read: Reads a piece that asks for something.
        state: Reads a piece that states something.
        unclear: Asks which thing is meant by a piece that states something.
    """

    def __init__(self, domain: Domain, read: ReadPiece, state: State, unclear: AskBack) -> None:
        self._domain = domain
        self._read = read
        self._state = state
        self._unclear = unclear

    def until(self, piece: str, facts: Facts) -> Read | None:
        """Read "keep the fridge closed until the mug is in the sink"."""
        match = _UNTIL.search(piece)
        if match is None:
            return None
        read = self._read(piece[: match.start()], facts)
        if not isinstance(read, Goal):
            return read
        first = self._state(match["condition"], facts)
        if first is None:
            return self._unclear(match["condition"], facts) or not_told("until", match["condition"])
        if read.never:
            rules = tuple(Precedence(one, first) for one in read.never)
            return Goal(text="", requirements=(*read.requirements, *rules))
        if set(conjuncts(read.formula)) & set(conjuncts(first)):
            return read  # "wash the mug until it is clean"
        why = f"'until {match['condition']}' would repeat an action, {CANNOT}"
        return Question(f"{why}; say what shall be so in the end", said=piece, construct=why)

    def leading(self, piece: str, facts: Facts) -> Read | None:
        """Read "before you open the fridge, wash the mug"."""
        match = _LEADING_ORDER.fullmatch(piece)
        if match is None:
            return None
        if " , " not in match["rest"]:
            return self._leading_without_pause(match["mark"], match["rest"].split(), facts)
        condition, main = match["rest"].split(" , ", 1)
        self._state(condition, facts)  # what it names is what "it" means in the other part
        return self.ordered(f"{main} {match['mark']} {condition}", facts)

    def _leading_without_pause(self, mark: str, words: Sequence[str], facts: Facts) -> Read | None:
        """Read "before opening the fridge wash the mug"; None if it has no two such parts."""
        for index in range(2, min(len(words) - 1, _LONGEST_CONDITION)):
            condition, main = " ".join(words[:index]), " ".join(words[index:])
            if self._state(condition, facts) is not None:
                read = self.ordered(f"{main} {mark} {condition}", facts)
                if isinstance(read, Goal):
                    return read
        return None

    def ordered(self, piece: str, facts: Facts) -> Read | None:
        """Read "open the fridge only after the mug is in the sink", "… before it gets dirty"."""
        match = _NOT_BEFORE.fullmatch(piece)
        if match is None:
            return None
        mark, condition = match["mark"], match["condition"]
        main = match["main"].removesuffix(" not").strip(" ,")
        read = self._read(main, facts)
        if not isinstance(read, Goal):
            return read
        is_done = re.match(r"(?:you |i |we )?(?:\w+ing|you \w+|i \w+|we \w+)\b", condition)
        stated = self._state(condition, facts)
        is_timed = re.search(rf"\b{AMOUNT} (?:{UNIT})\b", condition) is not None
        if stated is None and (unclear := self._unclear(condition, facts)) is not None:
            return unclear
        if stated is None and mark == "before" and not read.never and not is_timed:
            return read  # "before it spoils": it is done at once
        if stated is None:
            return not_told(mark, condition)
        if mark.startswith(("before", "by the time")) and not read.never:
            return _before(read, stated, is_wanted=is_done is not None)
        if read.never:
            rules = tuple(Precedence(one, stated) for one in read.never)
            return Goal(text="", requirements=(*read.requirements, *rules))
        if is_done is not None and mark == "after":
            both = conjunction((*conjuncts(stated), *conjuncts(read.formula)))
            is_kept = Exclusions(self._domain, facts).conflict(both) is None
            formula = both if is_kept else read.formula
            return read.model_copy(update={"before": (*read.before, stated), "formula": formula})
        rule = Precedence(read.formula, stated)
        return read.model_copy(update={"requirements": (*read.requirements, rule)})


def _before(read: Goal, later: Formula, *, is_wanted: bool) -> Goal:
    """Return the goal of "MAIN before LATER"; what the person will have done is wanted, too."""
    if is_wanted:
        parts = [*conjuncts(read.formula), *conjuncts(later)]
        against = set(conjuncts(opposite(later)))
        kept = tuple(part for part in dict.fromkeys(parts) if part not in against)
        formula = conjunction(kept)
        return read.model_copy(update={"before": (*read.before, read.formula), "formula": formula})
    rule = Precedence(later, read.formula)
    return read.model_copy(update={"requirements": (*read.requirements, rule)})


def not_told(mark: str, condition: str) -> Question:
    """Return the question about a moment that nothing tells."""
    why = f"'{mark} {condition}' is a moment that nothing here tells, {CANNOT}"
    return Question(f"{why}; say it of the things that I know", said=condition, construct=why)
