"""Which skills can bring a literal about, and for which types of things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from treehand.skills.domain import Atom, Domain, Formula, SkillModel, Vocabulary

Scope = Mapping[str, str]
"""Variable name to type name."""


@dataclass(frozen=True)
class Achiever:
    """A skill with the effect that matches a wanted literal."""

    name: str
    model: SkillModel
    effect: Atom


class Achievers:
    """The skills of a domain, looked up by what they achieve.

    Args:
        domain: Action models.
        vocabulary: Types and objects.
    """

    def __init__(self, domain: Domain, vocabulary: Vocabulary) -> None:
        self._domain = domain
        self._vocabulary = vocabulary

    def fitting(self, atom: Atom, scope: Scope) -> list[Achiever]:
        """Return the skills that bring a literal about.

        What cannot be undone only if nothing else does.
        """
        ways = [way for way in self.all(atom) if self.fit(way, atom, scope)]
        return [way for way in ways if not way.model.irreversible] or ways

    def all(self, atom: Atom) -> Iterator[Achiever]:
        """Yield every skill with an effect of that predicate and sign, whatever it takes."""
        for name, model in self._domain.skills.items():
            for effect in model.effects:
                same = effect.fact.predicate == atom.fact.predicate
                if same and effect.positive == atom.positive:
                    yield Achiever(name, model, effect)

    def fit(self, way: Achiever, atom: Atom, scope: Scope) -> bool:
        """Return whether a way takes the things that the literal is about."""
        for term, wanted in zip(way.effect.fact.terms, atom.fact.terms, strict=True):
            kind = way.model.params.get(term)
            if kind is None:
                if term != wanted:
                    return False
            elif not self._vocabulary.is_a(self.kind_of(wanted, scope), kind):
                return False
        return True

    def why_none(self, atom: Atom, scope: Scope) -> str:
        """Return why nothing brings a literal about, for people."""
        others = sorted({way.name for way in self.all(atom)})
        if not others:
            return "no skill brings that about"
        given = ", ".join(f"{t} is a {self.kind_of(t, scope)}" for t in atom.fact.terms)
        known = "; ".join(str(self._domain.signature(name)) for name in others)
        return f"{given}, and the skills for that take other things: {known}"

    def kinds(self, atom: Atom, ways: Sequence[Achiever]) -> tuple[str, ...]:
        """Return, for each argument, the narrowest type that any of the ways asks for."""
        kinds: list[str] = []
        declared = self._domain.predicates[atom.fact.predicate].params.values()
        for number, widest in enumerate(declared):
            narrowest = widest
            for way in ways:
                kind = way.model.params.get(way.effect.fact.terms[number])
                if kind is not None and self._vocabulary.is_a(kind, narrowest):
                    narrowest = kind
            kinds.append(narrowest)
        return tuple(kinds)

    def kind_of(self, term: str, scope: Scope) -> str:
        """Return the type of a variable or an object; empty if it has none."""
        return scope.get(term) or self._vocabulary.object_types.get(term, "")

    def rest_on_luck(self, way: Achiever, atom: Atom, given: Set[Formula]) -> bool:
        """Return whether a way needs something that nothing brings about and nobody promises."""
        binding = dict(zip(way.effect.fact.terms, atom.fact.terms, strict=True))
        needs = (part.substitute(binding) for part in way.model.preconditions)
        return any(
            isinstance(need, Atom) and need not in given and not any(self.all(need))
            for need in needs
        )
