"""Vocabulary of a scene: types, predicates, objects, and mutually exclusive facts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from treehand.core.errors import near
from treehand.core.literals import Fact
from treehand.skills.domain.language.comparison import Comparison
from treehand.skills.domain.language.formulas import Atom, Count, Exists, Forall, Formula, Negation


@dataclass(frozen=True)
class Signature:
    """Name and parameters of a predicate or skill; each parameter has a name and a type."""

    name: str
    parameters: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}: {kind}' for name, kind in self.parameters)})"


@dataclass(frozen=True)
class Mismatch:
    """An unknown name, wrong arity or wrong type; the caller knows its position."""

    code: str
    word: str
    """Name at fault, to point at."""
    message: str
    hint: str


MAX_EVALUATIONS = 1_000_000
"""Most facts that one evaluation of a formula may look at."""
Pattern = tuple[str, tuple[str, ...]]
"""Predicate and terms of one member of an exclusive group; ``_`` matches anything."""


class FactBits(dict[Fact, int]):
    """One bit for every fact that was ever observed with a vocabulary, whatever thread asks."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._facts: list[Fact] = []

    def __missing__(self, fact: Fact) -> int:
        with self._lock:
            if fact not in self:
                self[fact] = 1 << len(self._facts)
                self._facts.append(fact)
            return self[fact]

    def facts(self, bits: int) -> Iterator[Fact]:
        """Yield the facts of some bits."""
        while bits:
            low = bits & -bits
            yield self._facts[low.bit_length() - 1]
            bits ^= low


class Vocabulary:
    """Types, predicates and objects of one domain and scene.

    Args:
        types: Type name to parent; None for a root.
        predicates: Predicate name to its signature.
        objects: Object name to type, in the scene's order.
        exclusive: Groups of patterns. At most one instance of a group is true for equal values of
            the variables that the patterns share.
        defaults: Predicate to the truth value of an unobserved fact; unknown if absent.
    """

    def __init__(
        self,
        types: Mapping[str, str | None],
        predicates: Mapping[str, Signature],
        objects: Mapping[str, str],
        *,
        exclusive: Iterable[Iterable[Pattern]] = (),
        defaults: Mapping[str, bool] | None = None,
    ) -> None:
        self.types = dict(types)
        self.predicates = dict(predicates)
        self.object_types = dict(objects)
        self._exclusive = tuple(tuple(group) for group in exclusive)
        self._defaults = dict(defaults or {})
        self._kinship: dict[tuple[str, str], bool] = {}
        self._objects: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, int] = {}
        """Object to its place in the scene's order, once that is asked for."""
        self._groups: dict[Fact, tuple[object, ...]] = {}
        self._related: dict[str, frozenset[str]] = {}
        self.bits = FactBits()
        """Numbers of facts, so that beliefs of several runs can be compared as bit sets."""
        for group in self._exclusive:
            names = frozenset(name for name, _ in group)
            for name in names:
                self._related[name] = self._related.get(name, frozenset()) | names

    def among(self, names: Container[str]) -> Vocabulary:
        """Return the vocabulary with only some of its objects."""
        objects = {name: kind for name, kind in self.object_types.items() if name in names}
        twin = Vocabulary(
            self.types,
            self.predicates,
            objects,
            exclusive=self._exclusive,
            defaults=self._defaults,
        )
        twin._groups, twin._kinship = self._groups, self._kinship
        return twin

    def _walk_up(self, name: str) -> Iterator[str]:
        seen: set[str] = set()
        current: str | None = name
        while current is not None and current not in seen:
            seen.add(current)
            yield current
            current = self.types.get(current)

    def is_a(self, type_name: str, ancestor: str) -> bool:
        """Return True if `type_name` is `ancestor` or one of its subtypes."""
        known = self._kinship.get((type_name, ancestor))
        if known is None:
            known = type_name in self.types and ancestor in self._walk_up(type_name)
            self._kinship[type_name, ancestor] = known
        return known

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included, in the scene's order."""
        known = self._objects.get(type_name)
        if known is None:
            known = tuple(
                name for name, kind in self.object_types.items() if self.is_a(kind, type_name)
            )
            self._objects[type_name] = known
        return known

    def is_of(self, name: str, type_name: str) -> bool:
        """Return True if an object is of a type, or of one of its subtypes."""
        kind = self.object_types.get(name)
        return kind is not None and self.is_a(kind, type_name)

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return objects in the scene's order."""
        if not self._places:
            self._places = {name: place for place, name in enumerate(self.object_types)}
        return tuple(sorted(names, key=self._places.__getitem__))

    def default(self, predicate: str) -> bool | None:
        """Return the truth value of an unobserved fact of a predicate; None if unknown."""
        return self._defaults.get(predicate)

    def groups(self, fact: Fact) -> tuple[object, ...]:
        """Return the keys of the exclusive groups that `fact` (ground or not) belongs to."""
        known = self._groups.get(fact)
        if known is None:
            known = tuple(self._groups_of(fact))
            self._groups[fact] = known
        return known

    def related(self, predicate: str) -> frozenset[str]:
        """Return the predicates that share an exclusive group with `predicate`, and itself."""
        return self._related.get(predicate, frozenset({predicate}))

    def _groups_of(self, fact: Fact) -> Iterator[object]:
        for number, group in enumerate(self._exclusive):
            for predicate, terms in group:
                if predicate == fact.predicate and len(terms) == len(fact.terms):
                    shared = sorted(
                        (name, term)
                        for name, term in zip(terms, fact.terms, strict=True)
                        if name != "_"
                    )
                    yield (number, *shared)

    def check(self, formula: Formula, scope: Mapping[str, str]) -> Iterator[Mismatch]:
        """Yield the mismatches of names, arities and types in `formula`, or that it is too large.

        Args:
            formula: The formula.
            scope: Variable name to type name.
        """
        yield from self._check_names(formula, scope)
        if self.evaluations(formula) > MAX_EVALUATIONS:
            message = f"one evaluation of this formula looks at more than {MAX_EVALUATIONS:,} facts"
            yield Mismatch("too-large", "", message, "nest fewer quantifiers")

    def evaluations(self, formula: Formula) -> int:
        """Return the number of facts and comparisons that one evaluation of a formula may read."""
        if isinstance(formula, Negation):
            return self.evaluations(formula.part)
        if isinstance(formula, Forall | Exists | Count):
            inner = self.evaluations(formula.where)
            inner += 0 if isinstance(formula, Count) else self.evaluations(formula.body)
            return max(1, len(self.objects(formula.type))) * inner
        if isinstance(formula, Atom | Comparison):
            return 1
        return sum(self.evaluations(part) for part in formula.parts)

    def _check_names(self, formula: Formula, scope: Mapping[str, str]) -> Iterator[Mismatch]:
        if isinstance(formula, Atom):
            signature = self.predicates.get(formula.fact.predicate)
            if signature is None:
                yield self.unknown_predicate(formula.fact.predicate)
            else:
                yield from self.check_arguments("predicate", signature, formula.fact.terms, scope)
        elif isinstance(formula, Comparison):
            return  # which entries there are is the tree's affair
        elif isinstance(formula, Negation):
            yield from self._check_names(formula.part, scope)
        elif isinstance(formula, Forall | Exists | Count):
            yield from self.check_quantifier(formula, scope)
        else:
            for part in formula.parts:
                yield from self._check_names(part, scope)

    def check_quantifier(
        self, formula: Forall | Exists | Count, scope: Mapping[str, str]
    ) -> Iterator[Mismatch]:
        """Yield the mismatches in a quantified formula."""
        yield from self.check_head(formula.type, formula.excluded, scope)
        inner = {**scope, formula.variable: formula.type}
        if formula.type in self.types:
            yield from self._check_names(formula.where, inner)
            if not isinstance(formula, Count):
                yield from self._check_names(formula.body, inner)

    def check_head(
        self, type_name: str, excluded: Iterable[str], scope: Mapping[str, str]
    ) -> Iterator[Mismatch]:
        """Yield the mismatches in the type and the exceptions of a quantifier."""
        if type_name not in self.types:
            hint = near(type_name, self.types, what="known types")
            yield Mismatch("unknown-type", type_name, f"unknown type '{type_name}'", hint)
        for name in excluded:
            if name not in scope and name not in self.object_types:
                yield self._unknown_object(name)

    def check_arguments(
        self, what: str, signature: Signature, terms: tuple[str, ...], scope: Mapping[str, str]
    ) -> Iterator[Mismatch]:
        """Yield the mismatches in the arguments of a predicate, skill or subtree."""
        wanted = len(signature.parameters)
        if len(terms) != wanted:
            message = (
                f"{what} '{signature.name}' takes {wanted} argument{'s' * (wanted != 1)}, "
                f"got {len(terms)}"
            )
            yield Mismatch("wrong-arity", signature.name, message, f"write {signature}")
            return
        for term, (parameter, kind) in zip(terms, signature.parameters, strict=True):
            actual = scope.get(term) or self.object_types.get(term)
            if actual is None:
                yield self._unknown_object(term, kind, scope)
            elif not self.is_a(actual, kind):
                known = [name for name in self.objects(kind) if name not in scope]
                known += [name for name, of in scope.items() if self.is_a(of, kind)]
                message = (
                    f"'{parameter}' of {what} '{signature.name}' wants a {kind}, "
                    f"but '{term}' is a {actual}"
                )
                hint = near(term, known, what=f"objects of type {kind}")
                yield Mismatch("wrong-type", term, message, hint)

    def unknown_predicate(self, name: str) -> Mismatch:
        """Return the mismatch of a name that no predicate has."""
        hint = near(name, self.predicates, what="known predicates")
        return Mismatch("unknown-predicate", name, f"unknown predicate '{name}'", hint)

    def _unknown_object(
        self, name: str, kind: str | None = None, scope: Mapping[str, str] | None = None
    ) -> Mismatch:
        names = list(self.objects(kind)) if kind else list(self.object_types)
        names += [n for n, of in (scope or {}).items() if kind is None or self.is_a(of, kind)]
        what = f"each {kind}" if kind else "known objects"
        return Mismatch(
            "unknown-object", name, f"unknown object '{name}'", near(name, names, what=what)
        )
