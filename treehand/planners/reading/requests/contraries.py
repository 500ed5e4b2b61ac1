"""Goals that ask for the opposite of what was read, which are never offered beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.skills.domain import Atom, Exists, Facts, Forall, Formula, conjuncts


def is_contrary(formula: Formula, said: Sequence[Formula], facts: Facts) -> bool:
    """Return True if a goal wants a thing off that some words want on, or the reverse.

    Args:
        formula: The goal.
        said: What the words ask for.
        facts: Beliefs, which tell the things of each kind.
    """
    wanted = {state for one in said for state in _states(one, facts)}
    return any((name, terms, not so) in wanted for name, terms, so in _states(formula, facts))


def _states(formula: Formula, facts: Facts) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield the predicates of one thing that a goal wants so or not so, for each thing."""
    for part in conjuncts(formula):
        match part:
            case Atom() if len(part.fact.terms) == 1:
                yield part.fact.predicate, part.fact.terms, part.positive
            case Forall() | Exists():
                for name in facts.objects(part.type):
                    if name not in part.excluded:
                        yield from _states(part.body.substitute({part.variable: name}), facts)
