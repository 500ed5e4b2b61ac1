"""Disjunctive normal form of formulas over the literals of a planning problem."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search.ground_actions import GroundActions
from treehand.planners.search.literals import Case, Literal, LiteralSign
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    positive_form,
)

MAX_CASES = 256
"""Most cases of a formula."""


class TooManyCases(Exception):
    """A formula has more cases than are written out."""


class DisjunctiveForm:
    """Writes formulas as the cases (sets of literals) in which they hold.

    Args:
        problem: Objects and beliefs; static predicates are evaluated.
        actions: Predicates that change, and exclusive groups.
    """

    def __init__(self, problem: PlanningProblem, actions: GroundActions) -> None:
        self._facts = problem.facts
        self._vocabulary = problem.vocabulary
        self._actions = actions

    def cases(self, formula: Formula) -> tuple[Case, ...]:
        """Return the disjunctive normal form of a formula without free variables.

        Args:
            formula: Formula with negations at its atoms only.

        Raises:
            TooManyCases: If it has more than `MAX_CASES` cases.
        """
        if isinstance(formula, Atom):
            return self._cases_of_atom(formula)
        if isinstance(formula, AllOf):
            if all(isinstance(part, Atom) for part in formula.parts):
                return self._cases_of_literals(formula.parts)
            return self._product(self.cases(part) for part in formula.parts)
        if isinstance(formula, AnyOf):
            return _distinct(case for part in formula.parts for case in self.cases(part))
        if isinstance(formula, Forall):
            return self._cases_of_all(formula)
        if isinstance(formula, Exists):
            names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
            said = (
                AllOf((formula.where, formula.body)).substitute({formula.variable: name})
                for name in names
            )
            return _distinct(case for part in said for case in self.cases(positive_form(part)))
        if isinstance(formula, Count):
            return self._cases_of_count(formula)
        assert not isinstance(formula, Comparison), "goals and needs have no entries"
        return self.cases(positive_form(formula))

    def _cases_of_atom(self, atom: Atom) -> tuple[Case, ...]:
        if atom.fact.predicate not in self._actions.changing:
            return (frozenset(),) if atom.holds(self._facts) else ()
        held = LiteralSign.TRUE if atom.positive else LiteralSign.FALSE
        return (frozenset({Literal(atom.fact, held)}),)

    def _cases_of_literals(self, parts: Iterable[Formula]) -> tuple[Case, ...]:
        """Return the cases of a conjunction of atoms: at most one."""
        case: Case = frozenset()
        for part in parts:
            assert isinstance(part, Atom)
            those = self._cases_of_atom(part)
            if not those:
                return ()
            case |= those[0]
        return () if self.contradicts(case, case) else (case,)

    def _cases_of_all(self, formula: Forall) -> tuple[Case, ...]:
        """Return the cases of a "forall".

        Where the filter matches at most one object (the place of an object), there is one case for
        each object that it can match, instead of every combination.
        """
        filters: dict[str, Fact] = {}
        bodies: dict[str, Formula] = {}
        for name in self._facts.objects(formula.type):
            if name in formula.excluded:
                continue
            where = positive_form(formula.where.substitute({formula.variable: name}))
            body = positive_form(formula.body.substitute({formula.variable: name}))
            against = positive_form(Negation(where))
            if against == body:  # "what is on the desk is not on it": there is one way
                bodies[name] = body
            elif self._actions.is_static(where):
                if where.holds(self._facts):
                    bodies[name] = body
            elif isinstance(where, Atom) and where.positive:
                filters[name], bodies[name] = where.fact, body
            else:
                bodies[name] = AnyOf((against, body))
        always = self._product(self.cases(bodies[name]) for name in bodies if name not in filters)
        if not filters:
            return always
        shared = self._actions.shared_group(filters.values())
        if shared is None:
            parts = (
                (frozenset({Literal(fact, LiteralSign.NOT_TRUE)}), *self.cases(bodies[name]))
                for name, fact in filters.items()
            )
            return self._product((always, *parts))
        one = [
            case | {Literal(fact, LiteralSign.TRUE)}
            for name, fact in filters.items()
            for case in self.cases(bodies[name])
        ]
        if self._actions.is_one_always_true(shared):
            others = [
                fact for fact in self._actions.in_group[shared] if fact not in filters.values()
            ]
            one += [frozenset({Literal(fact, LiteralSign.TRUE)}) for fact in others]
        else:
            one.append(frozenset(Literal(fact, LiteralSign.NOT_TRUE) for fact in filters.values()))
        return self._product((always, one))

    def _cases_of_count(self, formula: Count) -> tuple[Case, ...]:
        names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
        said = {n: positive_form(formula.where.substitute({formula.variable: n})) for n in names}
        if formula.sign == "<=":
            opposite = [_opposite(part) for part in said.values()]
            return self._at_least(opposite, len(names) - formula.number)
        if formula.sign == "==":
            raise TooManyCases(str(formula))
        return self._at_least(list(said.values()), formula.number)

    def _at_least(self, parts: Sequence[Formula], number: int) -> tuple[Case, ...]:
        if number > len(parts):  # itertools reserves memory for so many parts
            return ()
        chosen = itertools.combinations(parts, max(number, 0))
        return _distinct(case for some in chosen for case in self.cases(AllOf(some)))

    def _product(self, parts: Iterable[Iterable[Case]]) -> tuple[Case, ...]:
        cases: tuple[Case, ...] = (frozenset(),)
        for part in parts:
            choices = tuple(part)
            cases = _distinct(
                both
                for one in cases
                for other in choices
                if not self.contradicts(both := one | other, other)
            )
        return cases

    def contradicts(self, case: Case, new: Case) -> bool:
        """Return True if a case holds a fact both ways, or two facts that exclude each other.

        Args:
            case: All literals of the case.
            new: Those that were added to a consistent case.
        """
        for literal in new:
            if literal.held is not LiteralSign.TRUE:
                if Literal(literal.fact, LiteralSign.TRUE) in case:
                    return True
                continue
            opposites = (
                Literal(literal.fact, LiteralSign.FALSE),
                Literal(literal.fact, LiteralSign.NOT_TRUE),
            )
            if any(opposite in case for opposite in opposites):
                return True
            groups = set(self._vocabulary.groups(literal.fact))
            if not groups:
                continue
            others = (one.fact for one in case if one.held is LiteralSign.TRUE)
            for other in others:
                if other != literal.fact and groups & set(self._vocabulary.groups(other)):
                    return True
        return False


def _opposite(formula: Formula) -> Formula:
    return positive_form(Negation(formula))


def _distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases that no other one is a part of; raises `TooManyCases`."""
    found = list(itertools.islice(dict.fromkeys(cases), MAX_CASES + 1))
    if len(found) > MAX_CASES:
        raise TooManyCases(f"more than {MAX_CASES} ways")
    return tuple(case for case in found if not any(other < case for other in found))
