"""Changes of a goal while it is pursued: objects left out, another goal added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from treehand.planners.goals.goal import Goal, in_words
from treehand.skills.domain import (
    AllOf,
    Atom,
    Count,
    Domain,
    Exists,
    Facts,
    Forall,
    Formula,
    Quantifier,
    Vocabulary,
    conjuncts,
)


def leave_out(goal: Goal, names: Collection[str], facts: Facts, domain: Domain) -> Goal:
    """Return a goal without some objects.

    An "all …" goes on for the other objects; a part about one of them alone is dropped.
    """
    parts = [
        changed
        for part in conjuncts(goal.formula)
        if (changed := _without(part, names, facts)) is not None
    ]
    return _of(goal, parts, domain)


def keep_only(goal: Goal, names: Collection[str], facts: Facts, domain: Domain) -> Goal | None:
    """Return a goal about some of its objects alone; None if they are not all and no more."""
    about = {
        term
        for part in conjuncts(goal.formula)
        for atom in _atoms(part, facts)
        for term in atom.fact.terms[:1]
    }
    others = about - {*names}
    if not names or not others or not {*names} <= about:
        return None
    left = leave_out(goal, others, facts, domain)
    told = [
        part.body.substitute({part.variable: next(iter(part.qualified(facts)))})
        if isinstance(part, Forall) and len(tuple(part.qualified(facts))) == 1
        else part
        for part in conjuncts(left.formula)
    ]
    return _of(left, told, domain)


def take_in(goal: Goal, names: Collection[str], domain: Domain) -> Goal | None:
    """Return a goal that is about objects again which it left out; None if it left none out."""
    parts = conjuncts(goal.formula)
    taken = [
        replace(part, excluded=tuple(one for one in part.excluded if one not in names))
        if isinstance(part, Quantifier)
        else part
        for part in parts
    ]
    return _of(goal, taken, domain) if names and tuple(taken) != tuple(parts) else None


def _without(part: Formula, names: Collection[str], facts: Facts) -> Formula | None:
    if not isinstance(part, Quantifier):
        return None if _mentions(part, names) else part
    if any(_mentions(inner, names) for inner in (part.where, *_bodies(part))):
        return None
    more = [n for n in facts.objects(part.type) if n in names and n not in part.excluded]
    excluded = (*part.excluded, *more)
    left = set(facts.objects(part.type)) - set(excluded)
    if not more:
        return part
    if len(left) < (part.number if isinstance(part, Count) else 1):
        return None
    return replace(part, excluded=excluded)


def _bodies(part: Quantifier) -> tuple[Formula, ...]:
    return (part.body,) if isinstance(part, Forall | Exists) else ()


def _mentions(formula: Formula, names: Collection[str]) -> bool:
    return any(term in names for atom in formula.atoms() for term in atom.fact.terms)


def changed_goal(goal: Goal, change: Goal, facts: Facts, domain: Domain) -> Goal:
    """Return a goal with another one added; where the two conflict, the other one wins.

    "clean the kitchen", then "actually put the red mug in the sink": the red mug is excluded from
    the dishes that go into the dishwasher.
    """
    vocabulary = facts.vocabulary
    wanted = [atom for part in conjuncts(change.formula) for atom in _atoms(part, facts)]
    parts: list[Formula] = []
    for part in conjuncts(goal.formula):
        kept = _agreeing(part, wanted, facts, vocabulary)
        if kept is not None:
            parts.append(kept)
    parts.extend(part for part in conjuncts(change.formula) if part not in parts)
    constraints = [one for one in goal.never if not set(one.atoms()) & set(wanted)]
    never = tuple(dict.fromkeys([*constraints, *change.never]))
    changes = {
        "never": never,
        "within_s": change.within_s or goal.within_s,
        "cases": tuple(dict.fromkeys([*goal.cases, *change.cases])),
        "requirements": tuple(dict.fromkeys([*goal.requirements, *change.requirements])),
    }
    return _of(goal.model_copy(update=changes), parts, domain)


def _agreeing(
    part: Formula, wanted: Iterable[Atom], facts: Facts, vocabulary: Vocabulary
) -> Formula | None:
    """Return the part without the objects for which it conflicts with the wanted literals."""
    wanted = tuple(wanted)
    if isinstance(part, Forall):
        against = [
            name
            for name in facts.objects(part.type)
            if name not in part.excluded
            and _conflict(part.body.substitute({part.variable: name}), wanted, vocabulary)
        ]
        return _without(part, against, facts) if against else part
    return None if _conflict(part, wanted, vocabulary) else part


def _conflict(formula: Formula, wanted: Iterable[Atom], vocabulary: Vocabulary) -> bool:
    return any(_exclude(atom, other, vocabulary) for atom in formula.atoms() for other in wanted)


def _exclude(one: Atom, other: Atom, vocabulary: Vocabulary) -> bool:
    if one.fact == other.fact:
        return one.positive != other.positive
    if not (one.positive and other.positive):
        return False
    return bool(set(vocabulary.groups(one.fact)) & set(vocabulary.groups(other.fact)))


def _atoms(part: Formula, facts: Facts) -> Iterator[Atom]:
    if isinstance(part, Forall):
        for name in facts.objects(part.type):
            if name not in part.excluded:
                yield from part.body.substitute({part.variable: name}).atoms()
    else:
        yield from part.atoms()


def _of(goal: Goal, parts: list[Formula], domain: Domain) -> Goal:
    formula = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
    return in_words(goal.model_copy(update={"formula": formula}), domain)


@dataclass(frozen=True)
class Difference:
    """Parts that two goals do not share, in words."""

    gone: tuple[str, ...]
    """Parts of the first goal only."""
    new: tuple[str, ...]
    """Parts of the second goal only."""

    @property
    def is_empty(self) -> bool:
        """Return True if the two goals have the same parts."""
        return not self.gone and not self.new


def difference(before: Goal, after: Goal, domain: Domain) -> Difference:
    """Return the parts that a change has removed from a goal and added to it."""
    old = in_words(before, domain).parts
    new = in_words(after, domain).parts
    return Difference(
        gone=tuple(part for part in old if part not in new),
        new=tuple(part for part in new if part not in old),
    )
