"""Phrases of requirements: durations, bounded responses, orders and bounds on numbers."""

from __future__ import annotations

import re

from treehand.planners.goals.conditional_parts import conjunction
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.goals.requirements.requirement import (
    MAX_STEPS,
    Precedence,
    Requirement,
    Response,
    ResponseBound,
    opposite,
)
from treehand.planners.goals.requirements.time_limits import (
    AMOUNT,
    MAX_S,
    UNIT,
    number_of,
    seconds_of,
)
from treehand.planners.reading.conditions.order_reader import (
    CANNOT,
    OrderReader,
    Read,
    ReadPiece,
    not_told,
)
from treehand.planners.reading.conditions.stated_conditions import AskBack, State
from treehand.planners.reading.conditions.statement_forms import as_statement, singular_of
from treehand.skills.domain import AllOf, Count, Domain, Exists, Facts, Formula, conjuncts

_LONGER = (
    r"(?:for )?(?:any )?(?:longer than|more than|over|no longer than|no more than|at most|up to"
    r"|a maximum of|(?:not|never) (?:longer|more) than)"
)
_DURATION = re.compile(
    rf"(?: ,)? {_LONGER} (?P<number>{AMOUNT}) ?(?P<unit>{UNIT})?\b(?: at a time)?"
)
_WITHIN = re.compile(
    rf"(?:^|,? )within (?P<number>{AMOUNT}|zero) ?(?P<unit>\w+)?"
    r" (?:of|after) (?P<trigger>[^,]+?)(?: ,|$)"
)
_ODD_UNIT = re.compile(rf"longer than (?P<number>{AMOUNT}|zero) (?P<unit>\w+)")
_MOST = re.compile(
    r"(?P<before>.*?)\b(?P<most>at most|no more than|only(?= one)"
    rf"|(?:not|never)(?P<verb>(?: \w+){{0,2}}?) (?:more than|over)) (?P<number>{AMOUNT})"
    r"(?: of the)? (?P<rest>.+)"
)
_AT_A_TIME = re.compile(r"(?: ,)? (?:at a time|at once|at the same time|together|simultaneously)\b")
_ONE_BY_ONE = re.compile(
    r"(?: ,)? (?:(?:with |and )?(?:(?:no|not|never) more than |only |at most |just )?"
    r"one (?:(?:thing|item|piece|object) )?(?:at a time|at once)"
    r"|one by one|one after (?:the other|another)|separately|singly)\b"
)
_SOME_AT_ONCE = re.compile(
    r"(?: ,)? (?:and |but |with )*(?:at most|(?:no|not|never) more than|only|just|up to)"
    rf" (?P<number>{AMOUNT})(?: of (?:them|those))? (?:at a time|at once|at the same time)\b"
)


def merged(first: Goal, other: Goal, *, is_later: bool) -> Goal | str:
    """Return the goal of two pieces; a text if a goal cannot hold both.

    Args:
        first: The goal of the piece before.
        other: The goal of the piece after.
        is_later: True if the second one is to come after the first one.
    """
    if is_later and first.cases:
        return f"something after a condition is an order of branches, {CANNOT}"
    parts = [*conjuncts(first.formula), *conjuncts(other.formula)]
    before = [*first.before, *other.before]
    if is_later and conjuncts(first.formula):
        before = [*first.before, first.formula, *other.before]
    parts = list(dict.fromkeys(parts))
    against = {opposite(part) for part in conjuncts(other.formula)}
    if is_later:  # what the second piece undoes was wanted for a while only
        parts = [part for part in parts if part not in against]
    return Goal(
        text="",
        formula=parts[0] if len(parts) == 1 else AllOf(tuple(parts)),
        before=tuple(before),
        never=tuple(dict.fromkeys([*first.never, *other.never])),
        cases=tuple(dict.fromkeys([*first.cases, *other.cases])),
        requirements=tuple(dict.fromkeys([*first.requirements, *other.requirements])),
    )


class RequirementReader:
    """Reads sentences with requirements on the way.

    Args:
        domain: Facts that exclude each other.
        read: Reads a piece that asks for something.
        state: Reads a piece that states something.
        unclear: Asks which thing is meant by a piece that states something.
    """

    def __init__(self, domain: Domain, read: ReadPiece, state: State, unclear: AskBack) -> None:
        self._unclear = unclear
        self._read = read
        self._state = state
        self._orders = OrderReader(domain, read, state, unclear)

    def read(self, piece: str, facts: Facts) -> Read | None:
        """Return the goal of a sentence with a requirement; None if it has none."""
        problem: Read | None = None
        for attempt in (
            self._within,
            self._one_by_one,
            self._duration,
            self._most,
            self._orders.until,
            self._orders.leading,
            self._orders.ordered,
        ):
            read = attempt(piece, facts)
            if isinstance(read, Goal | Refusal):
                return read
            problem = problem or read
        return problem

    def _within(self, piece: str, facts: Facts) -> Read | None:
        """Read "close the fridge within two steps of opening it"."""
        match = _WITHIN.search(piece)
        if match is None:
            return None
        main = (piece[: match.start()] + " " + piece[match.end() :]).strip(" ,")
        bound = bound_of(match["number"], match["unit"])
        if isinstance(bound, Question):
            return bound
        trigger = None
        if not main:
            return None
        before = ""
        if match.start() == 0:
            trigger = self._state(match["trigger"], facts)
        elif " and " in main:
            first, _, last = main.rpartition(" and ")
            before, main = first, last
            rest = self._read(before, facts)
            if not isinstance(rest, Goal):
                before, main = "", f"{first} and {last}"
        then = self._read(main, facts)
        if not isinstance(then, Goal):
            return then
        trigger = trigger or self._state(match["trigger"], facts)
        if trigger is None:
            return self._unclear(match["trigger"], facts) or not_told("within", match["trigger"])
        rule = Response(trigger, then.formula, bound)
        goal = then.model_copy(update={"requirements": (*then.requirements, rule)})
        return self._with_rest(before, goal, facts)

    def _duration(self, piece: str, facts: Facts) -> Read | None:
        """Read "do not leave the fridge open for longer than 20 seconds"."""
        match = _DURATION.search(piece)
        odd = _ODD_UNIT.search(piece)
        if odd is not None and (match is None or match["unit"] is None):
            bound = bound_of(odd["number"], odd["unit"])
            return bound if isinstance(bound, Question) else None
        if match is None or (match["unit"] is None and piece[match.end() :].strip(" ,.")):
            return None
        bound = bound_of(match["number"], match["unit"])
        if isinstance(bound, Question):
            return bound
        rest = f"{piece[: match.start()]} {piece[match.end() :]}".strip(" ,")
        before, main = _last_clause(rest, piece[: match.start()])
        read = self._held(main, facts)
        if not isinstance(read, tuple):
            return read
        whole = self._read(main, facts)
        if isinstance(whole, Goal) and whole.never == read:  # "put it there without …"
            against = {part for one in read for part in conjuncts(opposite(one))}
            kept = tuple(part for part in conjuncts(whole.formula) if part not in against)
            wanted = Goal(text="", formula=conjunction(kept), before=whole.before)
        else:
            wanted = Goal(text="")
        rules: list[Requirement] = [Response(one, opposite(one), bound) for one in read]
        ending = conjunction(tuple(opposite(one) for one in read))
        limited = Goal(text="", formula=ending, requirements=tuple(rules))
        both = merged(wanted, limited, is_later=False)
        limited = both if isinstance(both, Goal) else limited
        return self._with_rest(before, limited, facts)

    def _held(self, main: str, facts: Facts) -> tuple[Formula, ...] | Read:
        """Return the formulas that a piece keeps, forbids or states."""
        main = re.sub(r"^(?:make sure|ensure|see to it|take care)(?: that)? ", "", main)
        out = re.fullmatch(r"(?:do not|never) leave (?P<thing>.+) (?:out|around|about)", main)
        if out is not None:
            away = self._read(f"put {out['thing']} away", facts)
            return (opposite(away.formula),) if isinstance(away, Goal) else away
        main = re.sub(
            r"\b(?:let|have|leave|keep) (.+) (?:be|stay|remain|stand|standing) (\w+)$",
            r"\1 is \2",
            main,
        )
        main = re.sub(r"^(?:do not|never) (?=.* is \w+$)", "", main)
        if re.search(r"\b(?:is|are) (?:not|never)\b", main):  # "it is not open for longer than …"
            return self._held(re.sub(r"\b(is|are) (?:not|never)\b", r"\1", main), facts)
        modal = r"\b(?:must|may|should|can|shall)(?: not| never)? (?:be|stay|remain)\b"
        stated = self._state(re.sub(modal, "is", main), facts)
        read = self._read(main, facts)
        if isinstance(read, Goal) and read.never:
            return read.never
        if stated is not None:
            return (stated,)
        plain = re.sub(r"^(?:do not|never|not) ", "", main)
        if plain != main:
            return self._held(plain, facts)
        return (read.formula,) if isinstance(read, Goal) else read

    def _most(self, piece: str, facts: Facts) -> Read | None:
        """Read "open at most one cupboard at a time" as a bound on the number."""
        match = _MOST.fullmatch(piece)
        if match is None:
            return None
        number = number_of(match["number"])
        rest = _AT_A_TIME.sub("", match["rest"]).strip(" ,")
        noun = re.sub(r"^(\w+?)s\b", r"\1", rest) if number == 1 else rest
        lead = f"{match['before']}{match['verb'] or ''}".strip(" ,")
        before, lead = _last_clause(lead, lead)
        lead = re.sub(r"^(?:with|and|but)\b ?", "", lead)
        said = f"{lead} a {singular_of(noun)}".strip()
        formula = self._state(as_statement(said), facts) or self._state(said, facts)
        if formula is None:
            read = self._read(said, facts)
            formula = read.formula if isinstance(read, Goal) else None
        if not isinstance(formula, Exists) or not number.is_integer():
            if _AT_A_TIME.search(match["rest"]) is None:
                return None
            why = f"'{match['most']} {match['number']} {match['rest']}' bounds nothing that I know"
            return Question(why, said=piece, construct=why)
        where = conjunction((*conjuncts(formula.where), *conjuncts(formula.body)))
        many = int(number) + 1
        count = Count(formula.variable, formula.type, formula.excluded, where, ">=", many)
        return self._with_rest(before, Goal(text="", never=(count,)), facts)

    def _one_by_one(self, piece: str, facts: Facts) -> Read | None:
        """Read "bring the plates one at a time" as a bound on what is held."""
        some = _SOME_AT_ONCE.search(piece)
        match = some or _ONE_BY_ONE.search(piece)
        if match is None:
            return None
        most = number_of(some["number"]) if some is not None else 1
        main = f"{piece[: match.start()]} {piece[match.end() :]}".strip(" ,")
        read = self._read(main, facts)
        if not isinstance(read, Goal):
            return read
        for words in ("hold a thing", "pick up a thing", "carry a thing"):
            formula = self._state(words, facts)
            if isinstance(formula, Exists):
                many = int(most) + 1
                held = Count(formula.variable, formula.type, (), formula.body, ">=", many)
                return read.model_copy(update={"never": (*read.never, held)})
        return read  # nothing can be held here, so that more than one never is

    def _with_rest(self, before: str, goal: Goal, facts: Facts) -> Read:
        """Return a goal together with that of the words before it."""
        if not before:
            return goal
        read = self._read(before, facts)
        if not isinstance(read, Goal):
            return read
        both = merged(read, goal, is_later=False)
        assert isinstance(both, Goal), "nothing comes later here"
        return both


def only_forbidding(goal: Goal) -> Goal:
    """Return a goal that only forbids with what is forbidden as not so in the end."""
    forbidden = [*goal.never]
    for one in goal.requirements:
        if isinstance(one, Precedence):
            forbidden.append(one.later)
    return goal.model_copy(update={"formula": conjunction(tuple(map(opposite, forbidden)))})


def bound_of(number: str, unit: str | None) -> ResponseBound | Question:
    """Return the bound that words name; a question if it is none."""
    value = number_of(number) if number != "zero" else 0.0
    if unit is None:
        why = f"'{number}' has no unit"
        return Question(f"{why}: seconds, minutes or steps?", said=number, construct=why)
    if unit.rstrip("s") in ("step", "action", "move"):
        if value.is_integer() and 1 <= value <= MAX_STEPS:
            return ResponseBound(steps=int(value))
        why = f"'{number} {unit}' is no number of steps from 1 to {MAX_STEPS}"
        return Question(why, said=number, construct=why)
    if re.fullmatch(UNIT, unit) is None:
        why = f"'{unit}' is no unit that I know"
        return Question(f"{why}: seconds, minutes or steps?", said=number, construct=why)
    seconds = seconds_of(number, unit) if value else 0.0
    if 0.0 < seconds <= MAX_S:
        return ResponseBound(within_s=seconds)
    why = f"'{number} {unit}' cannot be kept: a duration is above 0 and at most {MAX_S / 3600:g} h"
    return Question(why, said=number, construct=why)


def _last_clause(rest: str, head: str) -> tuple[str, str]:
    """Return the words before the last clause of a text, and that clause with what follows.

    Args:
        rest: The text.
        head: The beginning of it that ends with the last clause.
    """
    joints = [
        *re.finditer(
            r" (?:,|and|but)(?: and| but)? (?=do not|never|keep|leave|at most|not|without)", head
        )
    ]
    if not joints:
        joints = [*re.finditer(r" , (?:and |but )?", head)]
    if not joints:
        return "", rest
    return rest[: joints[-1].start()].strip(" ,"), rest[joints[-1].end() :].strip(" ,")
