"""Grounding: a planning problem written out object by object.

Beliefs have three values, so a fact can give up to three atoms: it is believed true, it is believed
false (``not f``), it is not believed true (``unless f``, the meaning of a filter that does not
match). Only those that some precondition or goal needs become atoms. Static predicates are
evaluated and give none.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search.capacities import Capacity, capacities_of
from treehand.planners.search.disjunctive_form import MAX_CASES, DisjunctiveForm, TooManyCases
from treehand.planners.search.ground_actions import GroundActions, binding_of
from treehand.planners.search.ground_problem import GroundProblem, GroundProblemBuilder
from treehand.planners.search.literals import Case, Literal, LiteralSign
from treehand.skills.domain import (
    AllOf,
    Atom,
    Call,
    Fact,
    Formula,
    conjuncts,
    positive_form,
)


@dataclass(frozen=True)
class Grounded:
    """A ground problem with the meaning of its names."""

    problem: GroundProblem
    goals: tuple[int, ...]
    """Alternative sets of goal atoms."""
    calls: Mapping[str, Call]
    """Operator name to skill call."""
    literals: Mapping[str, Literal]
    """Atom name to literal; atoms that count objects have none."""

    def formula(self, mask: int) -> Formula:
        """Return the formula of a set of atoms, as far as a tree can check it."""
        parts = [
            Atom(literal.fact, literal.held is LiteralSign.TRUE)
            for literal in map(self.literals.get, self.problem.names(mask))
            if literal is not None and literal.held is not LiteralSign.NOT_TRUE
        ]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


class Grounder:
    """Writes a planning problem out object by object.

    Args:
        problem: Action models, objects with their limits and capacities, beliefs.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._domain = problem.domain
        self._facts = problem.facts
        self._actions = GroundActions(problem)
        self._needs: dict[str, Formula] = {}
        """Skill to its preconditions that can change."""
        self.form = DisjunctiveForm(problem, self._actions)
        """Writes formulas in disjunctive normal form."""

    def ground(
        self,
        goal: Formula,
        *,
        cost: Callable[[Call], float] | None = None,
        with_irreversible: bool = True,
        does_count: bool = True,
        never: Sequence[Formula] = (),
    ) -> Grounded:
        """Return the ground problem of reaching a goal from the beliefs.

        Args:
            goal: Formula to be true at the end.
            cost: Returns the cost of a call; its typical duration in seconds if left out.
            with_irreversible: True to use irreversible steps.
            does_count: True to count the objects at places with little room left. In any case a
                plan must respect the capacities.
            never: Formulas that must not become true: a step that makes a part of one true needs
                another part to be known to be false. Formulas with too many cases are left out, so
                the caller has to check the plan.

        Raises:
            TooManyCases: If the goal, or a precondition, has too many cases.
        """
        goals = self.form.cases(positive_form(goal))
        meant = [{one.fact for one in case if one.held is LiteralSign.TRUE} for case in goals]
        capacities = capacities_of(self._problem, meant)
        if not does_count:
            capacities = tuple(replace(place, is_counted=False) for place in capacities)
        goals = tuple(
            case
            for case, facts in zip(goals, meant, strict=True)
            if all(len(facts & place.facts) <= place.capacity for place in capacities)
        )
        violations = self._violations(never)
        deadline = self._problem.deadline
        steps = [
            (call, split)
            for call in deadline.over(self._actions.calls(with_irreversible=with_irreversible))
            for case in self._cases_of_call(call)
            for split in self._known_there(call, case, capacities)
            for split in self._safe_cases(call, split, violations)
        ]
        wanted = {literal for _, case in steps for literal in case}
        wanted.update(literal for case in goals for literal in case)
        wanted.update(
            Literal(fact, LiteralSign.TRUE) for place in capacities for fact in place.facts
        )
        names = {literal: str(literal) for literal in wanted}
        by_fact: dict[Fact, list[Literal]] = defaultdict(list)
        for literal in wanted:
            by_fact[literal.fact].append(literal)
        builder = GroundProblemBuilder()
        calls: dict[str, Call] = {}
        changes = {c: self._changes(c, by_fact, names) for c, _ in deadline.over(steps)}
        limits = {
            place: builder.mask(
                sorted(names[Literal(fact, LiteralSign.TRUE)] for fact in place.facts)
            )
            for place in capacities
        }
        for call, case in deadline.over(steps):
            price = cost(call) if cost else self._domain.skills[call.name].duration
            adds, deletes = changes[call]
            needs = sorted(names[literal] for literal in case)
            fills = [place for place in capacities if self._moved(call, case, place) > 0]
            limited = [(limits[one], one.capacity) for one in fills]
            for before, after in self._levels(call, case, capacities):
                name = f"{call}#{len(calls)}"
                calls[name] = call
                builder.add(
                    name, [*needs, *before], [*adds, *after], [*deletes, *before], price, limited
                )
        masks = tuple(builder.mask(sorted(names[literal] for literal in case)) for case in goals)
        start = sorted(names[literal] for literal in wanted if self._holds(literal))
        start += [place.start() for place in capacities if place.is_counted]
        literals = {name: literal for literal, name in names.items()}
        return Grounded(builder.problem(start, deadline), masks, calls, literals)

    def _violations(self, never: Sequence[Formula]) -> list[Case]:
        """Return the cases in which a constraint is violated."""
        violations: list[Case] = []
        for formula in never:
            with contextlib.suppress(TooManyCases):
                violations.extend(self.form.cases(positive_form(formula)))
        return violations

    def _safe_cases(self, call: Call, case: Case, violations: Sequence[Case]) -> Iterator[Case]:
        """Yield the preconditions under which a step violates no constraint."""
        outcome = self._actions.outcome(call) if violations else {}
        cases = [case]
        for violation in violations:
            made = {one for one in violation if one.comes_true(outcome)}
            rest = violation - made
            if not made or any(one.fact in outcome for one in rest):
                continue
            opposites = [frozenset({one.against()}) for one in sorted(rest)]
            if len(cases) * len(opposites) > MAX_CASES:
                opposites = opposites[:1]  # more than is needed, and as safe
            cases = [
                safe
                for needs in cases
                for opposite in opposites
                if not self.form.contradicts(safe := needs | opposite, opposite)
            ]
        yield from dict.fromkeys(cases)

    def _holds(self, literal: Literal) -> bool:
        value = self._facts.value(literal.fact)
        if literal.held is LiteralSign.NOT_TRUE:
            return not value
        return value is (literal.held is LiteralSign.TRUE)

    def _cases_of_call(self, call: Call) -> tuple[Case, ...]:
        needs = self._needs.get(call.name)
        if needs is None:
            needs = self._needs[call.name] = self._changing_needs(call.name)
        binding = binding_of(self._domain.skills[call.name], call)
        remedies = [one.remedy for one in self._problem.blockages if one.call == call]
        declared = needs.substitute(binding)
        if not remedies:
            return self.form.cases(declared)
        return self.form.cases(positive_form(AllOf((declared, *remedies))))

    def _changing_needs(self, name: str) -> Formula:
        """Return the preconditions of a skill that are not decided by what never changes."""
        parts = [
            part
            for whole in self._domain.skills[name].preconditions
            for part in conjuncts(whole)
            if not self._actions.is_static(part)
        ]
        return positive_form(AllOf(tuple(parts)))

    def _known_there(self, call: Call, case: Case, capacities: Sequence[Capacity]) -> list[Case]:
        """Return a case split until it decides where each object was that the call moves."""
        cases = [case]
        for place in capacities:
            if place.is_counted:
                for fact in filter(place.facts.__contains__, self._actions.outcome(call)):
                    cases = [split for one in cases for split in self._decided(one, fact)]
        return cases

    def _decided(self, case: Case, fact: Fact) -> Iterator[Case]:
        for held in (LiteralSign.TRUE, LiteralSign.NOT_TRUE):
            literal = Literal(fact, held)
            split = case | {literal}
            if literal in case:
                yield case
                return
            if not self.form.contradicts(case | {literal}, split):
                yield split

    def _levels(
        self, call: Call, case: Case, capacities: Sequence[Capacity]
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Yield every combination of levels of the counted places before and after a call."""
        changes = [
            (place, self._moved(call, case, place)) for place in capacities if place.is_counted
        ]
        steps = [tuple(place.steps(change)) for place, change in changes if change]
        for chosen in itertools.product(*steps):
            yield [before for before, _ in chosen], [after for _, after in chosen]

    def _moved(self, call: Call, case: Case, place: Capacity) -> int:
        """Return the change of the number of objects at a place by a call."""
        outcome = self._actions.outcome(call)
        return sum(
            bool(outcome[fact]) - (Literal(fact, LiteralSign.TRUE) in case)
            for fact in outcome.keys() & place.facts
        )

    def _changes(
        self,
        call: Call,
        by_fact: Mapping[Fact, Sequence[Literal]],
        names: Mapping[Literal, str],
    ) -> tuple[list[str], list[str]]:
        """Return the atoms that a call makes true, and those that it makes false."""
        outcome = self._actions.outcome(call)
        touched = (literal for fact in outcome for literal in by_fact.get(fact, ()))
        becomes = {literal: literal.comes_true(outcome) for literal in touched}
        adds = sorted(names[literal] for literal, value in becomes.items() if value)
        return adds, sorted(names[literal] for literal, value in becomes.items() if not value)
