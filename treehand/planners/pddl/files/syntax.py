"""A PDDL domain and problem as data, with the position of every name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from treehand.core.spans import Span
from treehand.planners.pddl.files.s_expressions import Group, Word

ROOT_TYPE = "object"


@dataclass(frozen=True)
class TypedName:
    """A name or variable with the types that it may be of."""

    name: str
    types: tuple[Word, ...]
    """One, or several for ``(either …)``; none for any object."""
    span: Span

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the names of its types."""
        return tuple(word.text for word in self.types) or (ROOT_TYPE,)


@dataclass(frozen=True)
class AtomSyntax:
    """A predicate over variables and objects; ``=`` is one."""

    name: Word
    terms: tuple[Word, ...]


@dataclass(frozen=True)
class JoinedSyntax:
    """Conditions joined by ``and``, ``or`` or ``not``; ``imply`` is written with the other two."""

    how: Literal["and", "or", "not"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class QuantifiedSyntax:
    """A condition over all objects, or over some object."""

    how: Literal["forall", "exists"]
    variables: tuple[TypedName, ...]
    body: Condition


Condition = AtomSyntax | JoinedSyntax | QuantifiedSyntax
TRUE = JoinedSyntax("and", ())


@dataclass(frozen=True)
class EffectSyntax:
    """One literal that an action makes true, for all objects of some variables, on a condition."""

    variables: tuple[TypedName, ...]
    condition: Condition
    atom: AtomSyntax
    is_positive: bool


@dataclass(frozen=True)
class ActionSyntax:
    """An action."""

    name: Word
    parameters: tuple[TypedName, ...]
    precondition: Condition
    effects: tuple[EffectSyntax, ...]
    cost: Word | Group | None
    """Amount by which it raises ``total-cost``; None if it does not."""
    raised: tuple[AtomSyntax, ...]
    """Functions that it raises; nothing may read them, so only the total cost counts."""


@dataclass(frozen=True)
class AxiomSyntax:
    """An axiom: a derived predicate is true of whatever meets a condition."""

    name: Word
    parameters: tuple[TypedName, ...]
    condition: Condition


@dataclass(frozen=True)
class SignatureSyntax:
    """A predicate or function with its parameters."""

    name: Word
    parameters: tuple[TypedName, ...]


@dataclass
class DomainSyntax:
    """Contents of a domain file."""

    name: Word
    requirements: list[Word] = field(default_factory=list)
    types: list[TypedName] = field(default_factory=list)
    constants: list[TypedName] = field(default_factory=list)
    predicates: dict[str, SignatureSyntax] = field(default_factory=dict)
    functions: dict[str, SignatureSyntax] = field(default_factory=dict)
    actions: dict[str, ActionSyntax] = field(default_factory=dict)
    axioms: list[AxiomSyntax] = field(default_factory=list)


@dataclass
class ProblemSyntax:
    """Contents of a problem file."""

    name: Word
    domain: Word
    init_span: Span
    goal_span: Span
    requirements: list[Word] = field(default_factory=list)
    objects: list[TypedName] = field(default_factory=list)
    init: list[AtomSyntax] = field(default_factory=list)
    values: dict[tuple[str, ...], float] = field(default_factory=dict)
    """Value of a function by its name and arguments."""
    value_spans: dict[tuple[str, ...], Span] = field(default_factory=dict)
    goal: Condition = TRUE
    has_metric: bool = False
    """True if ``total-cost`` is to be minimized; else every action costs 1."""


def atoms_of(condition: Condition) -> Iterator[AtomSyntax]:
    """Yield the atoms of a condition."""
    if isinstance(condition, AtomSyntax):
        yield condition
    elif isinstance(condition, JoinedSyntax):
        for part in condition.parts:
            yield from atoms_of(part)
    else:
        yield from atoms_of(condition.body)
