"""Conditions and requirements of a goal that contradict themselves or what is wanted."""

from __future__ import annotations

from treehand.planners.goals.goal import Goal, say
from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.goals.requirements.requirement import Precedence, opposite
from treehand.skills.domain import Domain, Facts, conjuncts


def contradiction(goal: Goal, facts: Facts, domain: Domain) -> str:
    """Return why no run can keep a goal's conditions and requirements; empty if one may.

    Args:
        goal: The goal.
        facts: Beliefs; they decide which objects an "all …" is about.
        domain: Phrases and mutexes.
    """
    exclusions = Exclusions(domain, facts)
    for part in goal.cases:
        conflict = exclusions.conflict(part.condition)
        if conflict is not None:
            return f"the condition '{part.condition}' can never be so: {conflict.why}"
    wanted = set(conjuncts(goal.formula))
    for one in goal.requirements:
        if isinstance(one, Precedence):
            if one.first == one.later or one.first == opposite(one.later):
                return f"'{one}' contradicts itself"
            continue
        if one.is_duration and set(conjuncts(one.trigger)) <= wanted:
            said = say(one.trigger, domain)
            return f"{said} in the end, and not for longer than {one.bound}: that is contradictory"
        conflict = exclusions.conflict(one.trigger)
        if conflict is not None:
            return f"'{one.trigger}' can never be so: {conflict.why}"
    return ""
