"""Formulas by the facts that they are about, to look at few of them when facts change."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.core.literals import Fact
from treehand.skills.domain.language.formulas import AllOf, AnyOf, Atom, Formula, Negation
from treehand.skills.domain.vocabulary import Vocabulary


class FormulaIndex:
    """Looks up the formulas whose truth values a change of facts may change.

    Args:
        formulas: The formulas.
        vocabulary: Objects, and exclusive groups of facts.
    """

    def __init__(self, formulas: Iterable[Formula], vocabulary: Vocabulary) -> None:
        self.formulas = tuple(formulas)
        self._vocabulary = vocabulary
        self._by_key: dict[object, list[int]] = {}
        self._quantified: list[int] = []
        for number, formula in enumerate(self.formulas):
            keys = keys_of(formula, vocabulary)
            if keys is None:
                self._quantified.append(number)
            for key in keys or ():
                self._by_key.setdefault(key, []).append(number)

    def about(self, changed: Iterable[Fact]) -> list[Formula]:
        """Return the formulas that a change of facts may make true or false, in their order."""
        if not self.formulas:
            return []
        numbers = set(self._quantified)
        for fact in changed:
            for key in (fact, *self._vocabulary.groups(fact)):
                numbers.update(self._by_key.get(key, ()))
        return [self.formulas[number] for number in sorted(numbers)]


def keys_of(formula: Formula, vocabulary: Vocabulary) -> tuple[object, ...] | None:
    """Return the facts, and their exclusive groups, that a ground formula depends on.

    None for a formula with quantifiers or blackboard keys, which may depend on any.
    """
    if not _is_ground(formula, vocabulary):
        return None
    keys: dict[object, None] = {}
    for atom in formula.atoms():
        keys.update(dict.fromkeys((atom.fact, *vocabulary.groups(atom.fact))))
    return tuple(keys)


def _is_ground(formula: Formula, vocabulary: Vocabulary) -> bool:
    if isinstance(formula, AllOf | AnyOf):
        return all(_is_ground(part, vocabulary) for part in formula.parts)
    if isinstance(formula, Negation):
        return _is_ground(formula.part, vocabulary)
    known = vocabulary.object_types
    return isinstance(formula, Atom) and all(term in known for term in formula.fact.terms)
