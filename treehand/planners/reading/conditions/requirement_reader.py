"""Phrases of requirements: durations, bounded responses, orders and bounds on numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

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
from treehand.planners.reading.words.english import base_of
from treehand.skills.domain import AllOf, Count, Exists, Facts, Formula, conjuncts

Read = Goal | Question | Refusal
ReadPiece = Callable[[str, Facts], Read]
AskBack = Callable[[str, Facts], Question | None]
StatePiece = Callable[[str, Facts], Formula | None]

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
_UNTIL = re.compile(r"(?: ,)? (?:until|till) (?P<condition>.+)")
_NOT_BEFORE = re.compile(
    r"(?P<main>.+?)(?: ,)? (?P<mark>only after|only once|only when|not before|not until|before"
    r"|by the time(?: that)?|after) (?P<condition>.+)"
)
_LEADING_ORDER = re.compile(
    r"(?:and |then )?(?P<mark>before|by the time(?: that)?|after|until|till) (?P<rest>.+)"
)
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
_ONE_OF = re.compile(
    r"(?:either|any|some|at least one|(?:any )?one)(?: one)?(?: of)?(?: (?:the|my|those|these))?"
    r" (?P<noun>(?!of\b|or\b)(?:(?!is\b|are\b|or\b|in\b|on\b)\w+ )+)(?:is|are) (?P<state>.+)"
)
_CANNOT = "which a goal cannot hold"


def plain_statement(said: str) -> Iterator[str]:
    """Yield the forms of a statement that the grammar may read.

    "There is a dirty plate on the table" becomes "a dirty plate is on the table".
    """
    said = re.sub(r"\b(?:gets|becomes|turns|has become|has been|stays|remains)\b", "is", said)
    said = re.sub(r"\b(?:get|become|have been|stay|remain)\b", "are", said)
    said = re.sub(r"\b(?:still|already|currently|now|ever|being|right now)\b ?", "", said).strip()
    said = re.sub(r"^either(?: of)?(?: the)? (\w+?)s? (?=is |are )", r"any \1 ", said)
    words = said.split()
    if words[:1] in (["is"], ["are"]):  # as a question
        for index in range(2, len(words)):
            yield " ".join((*words[1:index], words[0], *words[index:]))
    match = re.fullmatch(r"there (?:is|are) (something|anything|nothing|one) (.+)", said)
    if match is not None:
        yield f"{'nothing' if match[1] == 'nothing' else 'a thing'} is {match[2]}"
        return
    match = re.fullmatch(
        r"there (is|are) (not )?(?:(no|any|some) )?(.+?) (in|on|inside|at) (.+)", said
    )
    if match is not None:
        be, denied, quantity, thing, where, place = match.groups()
        thing = thing if thing.split()[0] in ("a", "an", "the") else f"a {thing.removesuffix('s')}"
        no = " not" if denied or quantity == "no" else ""
        if not no:
            yield f"{thing} {be.replace('are', 'is')} {where} {place}"
            yield f"the {thing.split(' ', 1)[1]} is {where} {place}"
        else:
            yield f"the {thing.split(' ', 1)[1]} is not {where} {place}"
    yield said
    match = re.fullmatch(r"(?:you|i|we) (?:see|find|notice|have) (a|an|any) (\w+) (\w+)", said)
    if match is not None:
        yield f"a {match[3]} is {match[2]}"
    match = re.fullmatch(r"(?:there (?:is|are)|of) (?:a|an|any|some) (\w+) (\w+)", said)
    if match is not None:
        yield f"a {match[2].removesuffix('s')} is {match[1]}"
    match = re.fullmatch(r"(?:you|i|we) (?:are |have |had )?(.+)", said)
    if match is not None:
        yield match[1]
        verb, _, rest = match[1].partition(" ")
        yield f"{base_of(verb)} {rest}".strip()
    match = re.fullmatch(r"(?:you|i|we|somebody|someone) (?:have )?left (.+) (\w+)", said)
    if match is not None:
        yield f"{match[1]} is {match[2]}"
    match = re.fullmatch(r"(?:any )?one of the (\w+?)s (?:is|are) (.+)", said)
    if match is not None:
        yield f"a {match[1]} is {match[2]}"
    match = re.fullmatch(r"(.+) (?:is|are) (?:empty|clear|cleared|bare|free)", said)
    if match is not None:
        yield f"nothing is on {match[1]}"
        yield f"nothing is in {match[1]}"
    match = re.fullmatch(r"(.+) (?:is|are) (?:opened|closed|shut)", said)
    if match is not None:
        yield re.sub(r"opened$", "open", said)
    match = re.fullmatch(r"(.+) (?:is|are) in (?:your|the) (?:hand|hands|gripper)", said)
    if match is not None:
        yield f"the robot holds {match[1]}"
        yield f"hold {match[1]}"
    match = re.fullmatch(r"(.+) is (?:switched|turned) (on|off)", said)
    if match is not None:
        yield f"{match[1]} is {match[2]}"


def one_of_them(said: str) -> str:
    """Return "a mug is dirty" for "either mug is dirty", "any of the mugs are dirty"."""
    match = _ONE_OF.fullmatch(said)
    if match is None:
        return said
    *rest, noun = match["noun"].split()
    return f"a {' '.join((*rest, _singular(noun)))} is {match['state']}"


def merged(first: Goal, other: Goal, *, is_later: bool) -> Goal | str:
    """Return the goal of two pieces; a text if a goal cannot hold both.

    Args:
        first: The goal of the piece before.
        other: The goal of the piece after.
        is_later: True if the second one is to come after the first one.
    """
    if is_later and first.cases:
        return f"something after a condition is an order of branches, {_CANNOT}"
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
        read: Reads a piece that asks for something.
        state: Reads a piece that states something.
        unclear: Asks which thing is meant by a piece that states something.
    """

    def __init__(self, read: ReadPiece, state: StatePiece, unclear: AskBack) -> None:
        self._unclear = unclear
        self._read = read
        self._state = state

    def read(self, piece: str, facts: Facts) -> Read | None:
        """Return the goal of a sentence with a requirement; None if it has none."""
        problem: Read | None = None
        for attempt in (
            self._within,
            self._one_by_one,
            self._duration,
            self._most,
            self._until,
            self._leading_order,
            self._ordered,
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
            return self._unclear(match["trigger"], facts) or _not_told("within", match["trigger"])
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
        said = f"{lead} a {_singular(noun)}".strip()
        formula = self._state(_as_statement(said), facts) or self._state(said, facts)
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

    def _until(self, piece: str, facts: Facts) -> Read | None:
        """Read "keep the fridge closed until the mug is in the sink"."""
        match = _UNTIL.search(piece)
        if match is None:
            return None
        read = self._read(piece[: match.start()], facts)
        if not isinstance(read, Goal):
            return read
        first = self._state(match["condition"], facts)
        if first is None:
            return self._unclear(match["condition"], facts) or _not_told(
                "until", match["condition"]
            )
        if read.never:
            rules = tuple(Precedence(one, first) for one in read.never)
            return Goal(text="", requirements=(*read.requirements, *rules))
        if set(conjuncts(read.formula)) & set(conjuncts(first)):
            return read  # "wash the mug until it is clean"
        why = f"'until {match['condition']}' would repeat an action, {_CANNOT}"
        return Question(f"{why}; say what shall be so in the end", said=piece, construct=why)

    def _leading_order(self, piece: str, facts: Facts) -> Read | None:
        """Read "before you open the fridge, wash the mug"."""
        match = _LEADING_ORDER.fullmatch(piece)
        if match is None or " , " not in match["rest"]:
            return None
        condition, main = match["rest"].split(" , ", 1)
        self._state(condition, facts)  # what it names is what "it" means in the other part
        return self._ordered(f"{main} {match['mark']} {condition}", facts)

    def _ordered(self, piece: str, facts: Facts) -> Read | None:
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
            return _not_told(mark, condition)
        if mark.startswith(("before", "by the time")) and not read.never:
            return _before(read, stated, is_wanted=is_done is not None)
        if read.never:
            rules = tuple(Precedence(one, stated) for one in read.never)
            return Goal(text="", requirements=(*read.requirements, *rules))
        if is_done is not None and mark == "after":
            return read.model_copy(update={"before": (*read.before, stated)})
        rule = Precedence(read.formula, stated)
        return read.model_copy(update={"requirements": (*read.requirements, rule)})

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


def _singular(words: str) -> str:
    head, _, tail = words.partition(" ")
    head = re.sub(r"(?:(?<=sh)|(?<=ss)|(?<=x)|(?<=ch))es$|(?<!s)s$", "", head)
    return f"{head} {tail}".strip()


def _as_statement(said: str) -> str:
    """Return "have a door open" as "a door is open", "a door may be open" as "a door is open"."""
    said = re.sub(r"^(?:do |you )?(?:have|keep|leave) (a \w+(?: \w+)*?) (\w+)$", r"\1 is \2", said)
    said = re.sub(r"\b(?:may|must|should|can|shall) be\b", "is", said)
    match = re.fullmatch(r"(a \w+) (open|closed|on|off|dirty|clean)", said)
    return f"{match[1]} is {match[2]}" if match else said


def _not_told(mark: str, condition: str) -> Question:
    why = f"'{mark} {condition}' is a moment that nothing here tells, {_CANNOT}"
    return Question(f"{why}; say it of the things that I know", said=condition, construct=why)
