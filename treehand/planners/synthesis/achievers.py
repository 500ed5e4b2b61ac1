"""Achievers: the skills with an effect that matches a literal, by the types of their arguments."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from treehand.skills.domain import (
    Atom,
    Domain,
    Exists,
    Forall,
    Formula,
    SkillModel,
    Vocabulary,
    conjuncts,
)

Scope = Mapping[str, str]
"""Variable name to type name."""


@dataclass(frozen=True)
class Achiever:
    """A skill with one of its effects, which matches the wanted literal."""

    name: str
    model: SkillModel
    effect: Atom


class Achievers:
    """The skills of a domain, looked up by their effects.

    Args:
        domain: Action models.
        vocabulary: Types and objects.
    """

    def __init__(self, domain: Domain, vocabulary: Vocabulary) -> None:
        self._domain = domain
        self._vocabulary = vocabulary

    def fitting(self, atom: Atom, scope: Scope) -> list[Achiever]:
        """Return the achievers of a literal; irreversible ones only if there are no others."""
        fitting = [one for one in self.all(atom) if self.fit(one, atom, scope)]
        return [one for one in fitting if not one.model.irreversible] or fitting

    def all(self, atom: Atom) -> Iterator[Achiever]:
        """Yield every skill with an effect of that predicate and sign, for any argument types."""
        for name, model in self._domain.skills.items():
            for effect in model.effects:
                same = effect.fact.predicate == atom.fact.predicate
                if same and effect.positive == atom.positive:
                    yield Achiever(name, model, effect)

    def fit(self, achiever: Achiever, atom: Atom, scope: Scope) -> bool:
        """Return True if an achiever accepts the types of the literal's terms."""
        for term, wanted in zip(achiever.effect.fact.terms, atom.fact.terms, strict=True):
            kind = achiever.model.params.get(term)
            if kind is None:
                if term != wanted:
                    return False
            elif not self._vocabulary.is_a(self.kind_of(wanted, scope), kind):
                return False
        return True

    def why_none(self, atom: Atom, scope: Scope) -> str:
        """Return the reason why no skill achieves a literal, as a sentence."""
        others = sorted({one.name for one in self.all(atom)})
        if not others:
            return "no skill brings that about"
        given = ", ".join(f"{t} is a {self.kind_of(t, scope)}" for t in atom.fact.terms)
        known = "; ".join(str(self._domain.signature(name)) for name in others)
        return f"{given}, and the skills for that take other things: {known}"

    def kinds(self, atom: Atom, achievers: Sequence[Achiever]) -> tuple[str, ...]:
        """Return the narrowest type that an achiever accepts, for each term."""
        kinds: list[str] = []
        declared = self._domain.predicates[atom.fact.predicate].params.values()
        for number, widest in enumerate(declared):
            narrowest = widest
            for one in achievers:
                kind = one.model.params.get(one.effect.fact.terms[number])
                if kind is not None and self._vocabulary.is_a(kind, narrowest):
                    narrowest = kind
            kinds.append(narrowest)
        return tuple(kinds)

    def kind_of(self, term: str, scope: Scope) -> str:
        """Return the type of a variable or an object; empty if it has none."""
        return scope.get(term) or self._vocabulary.object_types.get(term, "")

    def need_unreachable(self, achiever: Achiever, atom: Atom, given: Set[Formula]) -> bool:
        """Return True if an achiever needs a literal that is not given and has no achiever."""
        binding = dict(zip(achiever.effect.fact.terms, atom.fact.terms, strict=True))
        needs = (part.substitute(binding) for part in achiever.model.preconditions)
        return any(
            isinstance(need, Atom) and need not in given and not any(self.all(need))
            for need in needs
        )

    def depend_on_subtype(self, formula: Forall, scope: Scope) -> bool:
        """Return True if every achiever for the type needs a literal that no skill achieves.

        Then a subtype may have achievers of its own: rubbish can be thrown away, whole or broken.
        """
        if not self.subtypes(formula.type):
            return False
        inner = {**scope, formula.variable: formula.type}
        body: Formula = formula.body
        nested: list[list[tuple[str, str]]] = []
        while isinstance(body, Forall | Exists):
            kinds = self.subtypes(body.type) or [body.type]
            nested.append([(body.variable, kind) for kind in kinds])
            body = body.body
        if not isinstance(body, Atom) or formula.variable not in body.fact.terms:
            return False
        given = set(conjuncts(formula.where))
        for choice in itertools.product(*nested):
            kinds_now = {**inner, **dict(choice)}
            fitting = self.fitting(body, kinds_now)
            others = [one for one in self.all(body) if not self.fit(one, body, kinds_now)]
            are_stuck = all(self.need_unreachable(one, body, given) for one in fitting)
            if fitting and others and are_stuck:
                return True
        return False

    def subtypes(self, kind: str) -> list[str]:
        """Return the direct subtypes of a type that have objects."""
        below = [name for name, parent in self._vocabulary.types.items() if parent == kind]
        return [name for name in below if self._vocabulary.objects(name)]
