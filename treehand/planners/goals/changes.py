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
    Fact,
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
    before = [_without(part, names, facts) for part in goal.before]
    earlier = tuple(part for part in before if part is not None)
    return _of(goal.model_copy(update={"before": earlier}), parts, domain)


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


def some_of(goal: Goal, number: int, domain: Domain) -> Goal | None:
    """Return a goal of "all …" for some of them: "one is enough"; None for any other goal."""
    parts = list(conjuncts(goal.formula))
    if len(parts) != 1 or not isinstance(parts[0], Forall) or number < 1:
        return None
    whole = parts[0]
    if number > 1 and whole.where != AllOf(()):
        return None
    head = (whole.variable, whole.type, whole.excluded)
    fewer: Formula = Count(*head, whole.body, ">=", number)
    if number == 1:
        fewer = Exists(*head, whole.where, whole.body)
    return _of(goal, [fewer], domain)


def chosen(goal: Goal, names: Collection[str], facts: Facts, domain: Domain) -> Goal | None:
    """Return a goal of "a …" or "all … that are …" for some objects of the type, as named."""
    parts: list[Formula] = []
    has_any = False
    for part in conjuncts(goal.formula):
        kinds = facts.objects(part.type) if isinstance(part, Forall | Exists) else ()
        if isinstance(part, Forall | Exists) and names and set(names) <= set(kinds):
            has_any = True
            parts += [part.body.substitute({part.variable: name}) for name in names]
        else:
            parts.append(part)
    return _of(goal, parts, domain) if has_any else None


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


def things_of(goal: Goal, facts: Facts) -> tuple[str, ...]:
    """Return the objects that the parts of a goal are about: the first term of each literal."""
    return _terms(goal, facts, 0)


def places_of(goal: Goal, facts: Facts) -> tuple[str, ...]:
    """Return the objects that the things of a goal are brought to: the last of two terms."""
    return _terms(goal, facts, 1)


def by_name(goal: Goal, facts: Facts) -> Formula:
    """Return the formula of a goal with the names of the objects that qualify now."""
    parts = conjuncts(goal.formula)
    return AllOf(tuple(dict.fromkeys(a for part in parts for a in _spelled_out(part, facts))))


def _terms(goal: Goal, facts: Facts, index: int) -> tuple[str, ...]:
    known = facts.vocabulary.object_types
    found = (
        atom.fact.terms[index]
        for part in conjuncts(goal.formula)
        for atom in _spelled_out(part, facts)
        if atom.positive or index == 0
        if len(atom.fact.terms) > index
    )
    return tuple(dict.fromkeys(name for name in found if name in known))


def _spelled_out(part: Formula, facts: Facts) -> Iterator[Atom]:
    """Yield the literals of a part, those of an "all …" for the objects that qualify now."""
    if isinstance(part, Forall):
        for name in part.qualified(facts):
            yield from _spelled_out(part.body.substitute({part.variable: name}), facts)
    else:
        yield from part.atoms()


def replaced(
    goal: Goal, old: Collection[str], new: Collection[str], facts: Facts, domain: Domain
) -> Goal | None:
    """Return a goal with other objects in place of some; None if its literals do not admit them.

    "Put the mug and the bowl in the sink" with the glass for the mug: the glass and the bowl.
    """
    parts: list[Formula] = []
    instead: list[Formula] = []
    for part in conjuncts(goal.formula):
        atoms = [*_spelled_out(part, facts)]
        about = [atom for atom in atoms if set(atom.fact.terms) & set(old)]
        left = _without(part, old, facts) if about else part
        if left is not None:
            parts.append(left)
        for atom in about:
            gone = next(term for term in atom.fact.terms if term in old)
            at = atom.fact.terms.index(gone)
            for name in new:
                terms = (*atom.fact.terms[:at], name, *atom.fact.terms[at + 1 :])
                one = Atom(Fact(atom.fact.predicate, terms), atom.positive)
                if not any(True for _ in facts.vocabulary.check(one, {})):
                    instead.append(one)
    if not instead or not new:
        return None
    return _of(goal, list(dict.fromkeys((*parts, *instead))), domain)


def same_for(goal: Goal, names: Collection[str], facts: Facts, domain: Domain) -> Goal | None:
    """Return a goal that asks for more objects what it asks for one; None if that cannot be.

    Of several objects the last one that the goal names counts, with all that is asked for it.
    """
    things = [one for one in things_of(goal, facts) if one not in names]
    more: list[Formula] = []
    for name in names:
        for thing in reversed(things):
            alone = [
                atom
                for part in conjuncts(goal.formula)
                for atom in _spelled_out(part, facts)
                if atom.fact.terms[:1] == (thing,)
            ]
            like = [
                Atom(Fact(a.fact.predicate, (name, *a.fact.terms[1:])), a.positive) for a in alone
            ]
            if like and not any(m for one in like for m in facts.vocabulary.check(one, {})):
                more += like
                break
        else:
            return None
    parts = list(dict.fromkeys((*conjuncts(goal.formula), *more)))
    return _of(goal, parts, domain) if more else None


def with_places_swapped(goal: Goal, domain: Domain) -> Goal | None:
    """Return a goal whose two things have each other's places; None unless it places two."""
    parts = list(conjuncts(goal.formula))
    placed = [one for one in parts if isinstance(one, Atom) and len(one.fact.terms) == 2]
    if len(placed) != 2 or not all(one.positive for one in placed):
        return None
    (thing, place), (other, there) = (one.fact.terms for one in placed)
    if thing == other or place == there:
        return None
    swapped = {
        placed[0]: Atom(Fact(placed[1].fact.predicate, (thing, there))),
        placed[1]: Atom(Fact(placed[0].fact.predicate, (other, place))),
    }
    return _of(
        goal,
        [swapped[one] if isinstance(one, Atom) and one in swapped else one for one in parts],
        domain,
    )


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
        "manner": change.manner or goal.manner,
        "cases": tuple(dict.fromkeys([*goal.cases, *change.cases])),
        "requirements": tuple(dict.fromkeys([*goal.requirements, *change.requirements])),
    }
    return _of(goal.model_copy(update=changes), parts, domain)


def sparing_denied(part: Formula, denied: Iterable[Formula], facts: Facts) -> Formula | None:
    """Return an "all …" without the objects that must not become so; any other part as it is.

    "Wash the dishes but don't wash the pan" is about the other dishes.

    Args:
        part: What is asked for.
        denied: Formulas that must be true, "not clean(pan)".
        facts: Beliefs, with the objects.

    Returns:
        The part; None if it is about no other object.
    """
    if not isinstance(part, Forall):
        return part
    wanted = [atom for one in denied for atom in _atoms(one, facts)]
    return _agreeing(part, wanted, facts, facts.vocabulary)


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
