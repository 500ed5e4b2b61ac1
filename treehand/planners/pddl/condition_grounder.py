"""Conditions of PDDL without quantifiers, derived predicates, and what never changes.

A derived predicate is replaced by its axioms. Where it rests on itself, as ``above`` in a stack of
blocks, a derivation that needs the atom that it derives is left out: the rest says the same, since
no shortest derivation needs its own end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from treehand.core.errors import InputError
from treehand.core.spans import Span
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.pddl.files.syntax import (
    ActionSyntax,
    AtomSyntax,
    AxiomSyntax,
    Condition,
    JoinedSyntax,
    QuantifiedSyntax,
    TypedName,
    atoms_of,
)
from treehand.planners.pddl.formulas import FALSE, TRUE, FormulaTranslation, negated
from treehand.skills.domain import AllOf, AnyOf, Atom, Fact, Formula

MAX_INSTANCES = 100_000
"""Most instances of the quantifiers of one condition that what never changes does not decide."""
MAX_TRIES = 500_000
"""Most objects that are put in for variables in one condition."""
MAX_DERIVED = 1_000
"""Most atoms of derived predicates that one condition is written with."""


@dataclass
class _Effort:
    """Counts of the work on one condition."""

    what: str
    """Condition, in words."""
    span: Span
    deadline: Deadline
    tries: int = 0
    instances: int = 0
    derived: int = 0
    open: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Derived atoms that are being replaced, with their depth."""
    cut: int = 1_000_000
    """Depth of the outermost derived atom that was met again since the last one was done."""

    def count(self, *, tries: int = 0, instances: int = 0, derived: int = 0) -> None:
        """Count some work.

        Raises:
            InputError: If it is too much.
            OutOfLimits: If the deadline is over.
        """
        self.deadline.check()
        self.tries += tries
        self.instances += instances
        self.derived += derived
        if self.derived > MAX_DERIVED:
            why = f"derived predicates make {self.what} longer than {MAX_DERIVED:,} atoms"
        elif self.instances > MAX_INSTANCES:
            why = f"{self.what} has more than {MAX_INSTANCES:,} instances"
        elif self.tries > MAX_TRIES:
            why = f"{self.what} has more than {MAX_TRIES:,} instances to look at"
        else:
            return
        raise InputError.of("unsupported-pddl", why, span=self.span)


class ConditionGrounder:
    """Instances of conditions, simplified by the facts that never change.

    Args:
        into: Translation of atoms and names.
        start: Facts at the start, as predicate and arguments in the names of the file.
        changing: Predicates that an action changes.
        axioms: Axioms of the domain.
        deadline: End of the time for it.
    """

    def __init__(
        self,
        into: FormulaTranslation,
        start: frozenset[tuple[str, ...]],
        changing: frozenset[str],
        axioms: Sequence[AxiomSyntax],
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self._deadline = deadline
        self._into = into
        self._start = start
        self._changing = changing
        self._axioms: dict[str, list[AxiomSyntax]] = {}
        for axiom in axioms:
            self._axioms.setdefault(axiom.name.text, []).append(axiom)
        self._derived: dict[tuple[str, ...], Formula] = {}

    def rests_on_axioms(self, condition: Condition) -> bool:
        """Return True if a condition names a derived predicate."""
        return any(atom.name.text in self._axioms for atom in atoms_of(condition))

    def instances(self, action: ActionSyntax) -> Iterator[dict[str, str]]:
        """Yield what the parameters of an action may stand for, as the start facts allow.

        Args:
            action: The action; conditions on what never changes narrow its instances.

        Raises:
            InputError: If there are too many.
        """
        fixed = [one for one in _parts(action.precondition, "and") if self._is_fixed(one)]
        effort = _Effort(f"the action '{action.name.text}'", action.name.span, self._deadline)
        yield from self._choices(action.parameters, {}, fixed, TRUE, effort)

    def ground(
        self, condition: Condition, given: Mapping[str, str], what: str, span: Span
    ) -> Formula:
        """Return a condition without quantifiers, and without what never changes.

        Args:
            condition: The condition.
            given: Variable to object, both in the names of the file.
            what: Its name in messages.
            span: Its position.

        Raises:
            InputError: If it is too long.
        """
        return self._ground(condition, given, _Effort(what, span, self._deadline))

    def _ground(self, condition: Condition, given: Mapping[str, str], effort: _Effort) -> Formula:
        if isinstance(condition, AtomSyntax):
            return self._atom(condition, given, effort)
        if isinstance(condition, QuantifiedSyntax):
            return self._quantified(condition, given, effort)
        parts = (self._ground(part, given, effort) for part in condition.parts)
        if condition.how == "not":
            return negated(next(iter(parts)))
        return _joined(parts, is_all=condition.how == "and")

    def _quantified(
        self, condition: QuantifiedSyntax, given: Mapping[str, str], effort: _Effort
    ) -> Formula:
        is_all = condition.how == "forall"
        variables, body = _merged(condition)
        parts = _parts(body, "or" if is_all else "and")
        fixed = [part for part in parts if self._is_fixed(part)]
        rest = [part for part in parts if part not in fixed]

        def instances() -> Iterator[Formula]:
            open_value = FALSE if is_all else TRUE
            for chosen in self._choices(variables, dict(given), fixed, open_value, effort):
                effort.count(instances=1)
                inner = (self._ground(part, chosen, effort) for part in rest)
                yield _joined(inner, is_all=not is_all)

        return _joined(instances(), is_all=is_all)

    def _is_fixed(self, condition: Condition) -> bool:
        if isinstance(condition, QuantifiedSyntax):
            return False
        if isinstance(condition, JoinedSyntax):
            return all(map(self._is_fixed, condition.parts))
        name = condition.name.text
        return name not in self._changing and name not in self._axioms

    def _choices(
        self,
        variables: Sequence[TypedName],
        given: dict[str, str],
        fixed: Sequence[Condition],
        value: Formula,
        effort: _Effort,
    ) -> Iterator[dict[str, str]]:
        """Yield objects for variables with which all fixed conditions have a value."""
        if not variables:
            if all(self._ground(condition, given, effort) == value for condition in fixed):
                yield given
            return
        first, *others = variables
        free = {one.name for one in others}
        ready = [c for c in fixed if not free & {t.text for a in atoms_of(c) for t in a.terms}]
        later = [c for c in fixed if c not in ready]
        for thing in self._into.things(first):
            effort.count(tries=1)
            inner = {**given, first.name: thing}
            if all(self._ground(condition, inner, effort) == value for condition in ready):
                yield from self._choices(others, inner, later, value, effort)

    def _atom(self, atom: AtomSyntax, given: Mapping[str, str], effort: _Effort) -> Formula:
        name = atom.name.text
        terms = tuple(given.get(term.text, term.text) for term in atom.terms)
        if name == "=":
            return TRUE if terms[0] == terms[1] else FALSE
        if name in self._axioms:
            return self._replaced((name, *terms), effort)
        if name not in self._changing:
            return TRUE if (name, *terms) in self._start else FALSE
        return Atom(
            Fact(self._into.predicate_name(name), tuple(map(self._into.object_name, terms)))
        )

    def _replaced(self, key: tuple[str, ...], effort: _Effort) -> Formula:
        """Return the condition on which a derived atom is true."""
        known = self._derived.get(key)
        if known is not None:
            return known
        if key in effort.open:
            effort.cut = min(effort.cut, effort.open[key])
            return FALSE
        effort.count(derived=1)
        depth, around = len(effort.open), effort.cut
        effort.open[key], effort.cut = depth, 1_000_000
        derived = _joined(
            (self._body(one, key, effort) for one in self._axioms[key[0]]), is_all=False
        )
        del effort.open[key]
        if effort.cut >= depth:  # else it is only what holds within the atoms around it
            self._derived[key] = derived
            effort.cut = around
        else:
            effort.cut = min(effort.cut, around)
        return derived

    def _body(self, axiom: AxiomSyntax, key: tuple[str, ...], effort: _Effort) -> Formula:
        given = {one.name: thing for one, thing in zip(axiom.parameters, key[1:], strict=True)}
        is_meant = all(given[one.name] in self._into.things(one) for one in axiom.parameters)
        return self._ground(axiom.condition, given, effort) if is_meant else FALSE


def _merged(condition: QuantifiedSyntax) -> tuple[list[TypedName], Condition]:
    """Return the variables of quantifiers of one kind that stand in each other, and their body."""
    variables, body = list(condition.variables), condition.body
    while isinstance(body, QuantifiedSyntax) and body.how == condition.how:
        if {one.name for one in variables} & {one.name for one in body.variables}:
            break
        variables += body.variables
        body = body.body
    return variables, body


def _parts(condition: Condition, how: str) -> list[Condition]:
    """Return the conditions that "and" or "or" joins to a condition."""
    if not isinstance(condition, JoinedSyntax):
        return [condition]
    if condition.how == how:
        return [one for part in condition.parts for one in _parts(part, how)]
    inner = condition.parts[0] if condition.how == "not" else None
    if not isinstance(inner, JoinedSyntax) or inner.how == how:
        return [condition]
    if inner.how == "not":
        return _parts(inner.parts[0], how)
    return [one for part in inner.parts for one in _parts(JoinedSyntax("not", (part,)), how)]


def _joined(parts: Iterable[Formula], *, is_all: bool) -> Formula:
    """Return some formulas joined by "and" or "or", without those that decide nothing."""
    neutral, deciding = (TRUE, FALSE) if is_all else (FALSE, TRUE)
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == deciding:
            return deciding
        if part != neutral:
            kept[part] = None
    if len(kept) == 1:
        return next(iter(kept))
    return AllOf(tuple(kept)) if is_all else AnyOf(tuple(kept))
