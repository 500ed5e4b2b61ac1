"""Goals as one line of text: formulas, conditions and requirements, with ``;`` between them.

    in(red_mug, sink); never is_open(fridge)
    first clean(pan); on(pan, table); within 5 min
    if is_open(fridge) then not is_open(fridge) else on(milk, table)
    on(milk, table); never is_open(fridge) for 20 s; whenever holding(milk) then … within 2 steps

    in(glass, cupboard); carefully

``first`` parts come true one after the other before the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from treehand.core.literals import SyntaxFault
from treehand.planners.goals.conditional_parts import (
    ConditionalPart,
    check_count,
    parse_conditionals,
)
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.manner import Manner
from treehand.planners.goals.requirements.requirement import (
    ClauseText,
    Requirement,
    parse_requirement,
)
from treehand.skills.domain import MAX_FORMULA, AllOf, Formula, conjuncts, write_duration

_BEGINNING = re.compile(
    r"\s*(?:(?:if|first|never|whenever)\s+)?\(*\s*"
    r"(?:(?:not|forall|exists|count)\s.*[(>]|(?:if\s+)?(?:not\s+)?[a-z_]+\()",
    re.DOTALL,
)
"""Beginning of a text that is a goal in this syntax, and no words."""
_LIMIT = re.compile(r"\s*within\s+[0-9][^();]*")


def is_goal_text(text: str) -> bool:
    """Return True if a text is in this syntax."""
    if ";" in text and _LIMIT.fullmatch(text.split(";", 1)[0]):
        return is_goal_text(text.split(";", 1)[1])
    return _BEGINNING.match(text) is not None


def has_clauses(text: str) -> bool:
    """Return True if a text is a goal of clauses, whose times are its own, not one formula."""
    is_clause = _first_word(text) in ("if", "first", "never", "whenever", "within")
    return is_goal_text(text) and (is_clause or ";" in text)


def parse_goal(text: str) -> Goal:
    """Return the goal that a text spells, without words.

    Raises:
        SyntaxFault: If the text is none; it has the column and a hint.
    """
    if len(text) > MAX_FORMULA:
        hint = "say it with a quantifier: forall d in dish -> …"
        raise SyntaxFault(f"a goal has at most {MAX_FORMULA:,} characters", MAX_FORMULA, hint)
    formulas: list[Formula] = []
    before: list[Formula] = []
    never: list[Formula] = []
    cases: list[ConditionalPart] = []
    requirements: list[Requirement] = []
    within_s: float | None = None
    manner: Manner | None = None
    for clause in _clauses(text):
        word = _first_word(clause.text)
        if word == "if":
            cases.extend(parse_conditionals(clause))
        elif word == "first":
            clause.begins("first")
            before.append(clause.formula())
        elif word == "within":
            if within_s is not None:
                raise SyntaxFault("a goal has one time limit", clause.at, "keep one 'within'")
            clause.begins("within")
            within_s = clause.amount().within_s
        elif clause.text.strip() in [*Manner]:
            manner = Manner(clause.text.strip())
        elif word == "whenever" or (word == "never" and _is_requirement(clause)):
            requirements.append(_requirement(clause))
        elif word == "never":
            clause.begins("never")
            never.append(clause.formula())
        else:
            formulas.extend(conjuncts(clause.formula()))
    check_count(cases)
    return Goal(
        text=text,
        formula=formulas[0] if len(formulas) == 1 else AllOf(tuple(formulas)),
        before=tuple(before),
        never=tuple(never),
        cases=tuple(cases),
        requirements=tuple(requirements),
        within_s=within_s,
        manner=manner,
    )


def write_goal(goal: Goal) -> str:
    """Return a goal in this syntax; `parse_goal` reads it back."""
    parts = [f"first {formula}" for formula in goal.before]
    parts += [str(goal.formula)] if conjuncts(goal.formula) else []
    parts += [str(one) for one in goal.cases]
    parts += [f"never {formula}" for formula in goal.never]
    parts += [str(one) for one in goal.requirements]
    parts += [f"within {write_duration(goal.within_s)}"] if goal.within_s is not None else []
    parts += [goal.manner.value] if goal.manner is not None else []
    return "; ".join(parts)


def _clauses(text: str) -> Iterator[ClauseText]:
    at = 0
    for piece in text.split(";"):
        if not piece.strip():
            hint = "write a formula, 'if …', 'first …', 'never …', 'within 20 s' or 'carefully'"
            raise SyntaxFault("a part of the goal is empty", at, hint)
        yield ClauseText(piece, at)
        at += len(piece) + 1


def _first_word(text: str) -> str:
    match = re.match(r"\s*([a-z]+)\b(?!\()", text)
    return match[1] if match else ""


def _is_requirement(clause: ClauseText) -> bool:
    return any(clause.cut_last(word)[1] is not None for word in ("until", "for"))


def _requirement(clause: ClauseText) -> Requirement:
    try:
        return parse_requirement(clause.text)
    except SyntaxFault as fault:
        raise SyntaxFault(fault.message, clause.at + fault.column, fault.hint) from fault


def formulas_of(goal: Goal) -> Iterator[Formula]:
    """Yield every formula that a goal is made of."""
    yield from (goal.formula, *goal.before, *goal.never)
    for part in (*goal.cases, *goal.requirements):
        yield from part.formulas()
