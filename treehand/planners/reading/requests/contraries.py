"""Goals that ask for the opposite of what was said, or for far more; they are never offered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.function_words import word_set
from treehand.skills.domain import Atom, Exists, Facts, Forall, Formula, conjuncts

_RESTRICTING = frozenset(
    (pronoun, verb) for pronoun in ("that", "which", "who") for verb in ("is", "are", "was", "were")
)
State = tuple[str, bool]
"""A predicate of one thing, and whether it is to be so."""
_SETTING = word_set(
    "keep keeps kept keeping leave leaves leaving stay stays staying remain remains"
    " turn switch flip click power swing slide pull push pop"
)
"""Verbs with which a state is to stay, or to become, what is said beside them."""

_RAISING = word_set("turn crank power fire")
"""Verbs with which "up" asks for more of what a thing does, and never for less."""


def wanted_states(words: Sequence[str], lexicon: Lexicon) -> frozenset[State]:
    """Return the states that words ask for: that a thing is off, for "keep the press off".

    Args:
        words: The words, folded.
        lexicon: The words for states.
    """
    if _SETTING.isdisjoint(words):
        return frozenset()
    is_raised = not _RAISING.isdisjoint(words)
    told = ("on" if word == "up" and is_raised else word for word in words)
    atoms = (atom for word in told for atom in lexicon.states(word))
    return frozenset((atom.fact.predicate, atom.positive) for atom in atoms)


def is_opposed(formula: Formula, wanted: Set[State], facts: Facts) -> bool:
    """Return True if a goal wants the opposite of a state that is asked for.

    Args:
        formula: The goal.
        wanted: The states; one that is asked for both ways counts for none.
        facts: Beliefs, which tell the things of each kind.
    """
    states = {(name, so) for name, _, so in _states(formula, facts)}
    return any((name, not so) in wanted and (name, so) not in wanted for name, so in states)


def is_wider(formula: Formula, words: Sequence[str]) -> bool:
    """Return True for a goal about everything where words restrict it: "all that is on the roof".

    Args:
        formula: The goal.
        words: The words, folded.
    """
    is_restricted = not _RESTRICTING.isdisjoint(pairwise(words))
    every = [part for part in conjuncts(formula) if isinstance(part, Forall)]
    return is_restricted and bool(every) and not any(conjuncts(part.where) for part in every)


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
