"""Strata of the axioms of a PDDL domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.pddl.files.syntax import AtomSyntax, AxiomSyntax, Condition, JoinedSyntax


def unstratified(axioms: Sequence[AxiomSyntax]) -> list[str]:
    """Return the derived predicates that rest on their own opposite."""
    rests_on: dict[str, set[str]] = {axiom.name.text: set() for axiom in axioms}
    opposites: set[tuple[str, str]] = set()
    for axiom in axioms:
        for name, is_positive in _signed(axiom.condition, is_positive=True):
            if name in rests_on:
                rests_on[axiom.name.text].add(name)
                if not is_positive:
                    opposites.add((axiom.name.text, name))
    return sorted({name for name, other in opposites if name in _reached(other, rests_on)})


def _reached(name: str, rests_on: dict[str, set[str]]) -> set[str]:
    """Return a predicate with all that it rests on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += rests_on[one]
    return found


def _signed(condition: Condition, *, is_positive: bool) -> Iterator[tuple[str, bool]]:
    """Yield the predicates of a condition, each with True unless it is negated."""
    if isinstance(condition, AtomSyntax):
        yield condition.name.text, is_positive
    elif isinstance(condition, JoinedSyntax):
        sign = is_positive if condition.how != "not" else not is_positive
        for part in condition.parts:
            yield from _signed(part, is_positive=sign)
    else:
        yield from _signed(condition.body, is_positive=is_positive)
