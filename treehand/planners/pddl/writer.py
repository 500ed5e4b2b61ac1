"""Planning problems written as PDDL, for other planners and validators.

The exclusive groups of a domain become effects on every other fact of the group; typical durations
become action costs. Unknown facts are left out, so PDDL takes them for false. Failures, limits and
capacities cannot be expressed in PDDL and are left out too.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from treehand.core.errors import InputError
from treehand.core.files.new_files import make_folder
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.pddl.library import PDDLWriter, up
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    SkillModel,
)


def write_pddl(problem: PlanningProblem, goal: Formula, folder: Path) -> None:
    """Write ``domain.pddl`` and ``problem.pddl`` into a folder.

    Objects and skills keep their names; a type called like one of them gets ``_type`` appended.

    Args:
        problem: Action models, objects and beliefs; facts not known to be true are left out.
        goal: Formula to be true at the end.
        folder: Output folder; made if it is missing.

    Raises:
        InputError: If the folder cannot be written to.
    """
    writer = PDDLWriter(_Writing(problem).problem(goal))
    make_folder(folder)
    try:
        writer.write_domain(str(folder / "domain.pddl"))
        writer.write_problem(str(folder / "problem.pddl"))
    except OSError as error:
        raise InputError.of("unwritable-file", f"cannot write to '{folder}': {error}") from error


class _Writing:
    """Translation of one planning problem to `unified_planning`."""

    def __init__(self, planning: PlanningProblem) -> None:
        domain, scene = planning.domain, planning.scene
        self._domain = domain
        self._facts = planning.facts
        self._types: dict[str, Any] = {}
        self._taken = {*scene.objects, *domain.skills, *domain.predicates}
        for name in domain.types:
            self._type(name)
        self._fluents = {
            name: up.Fluent(
                name, up.BoolType(), **{p: self._types[kind] for p, kind in model.params.items()}
            )
            for name, model in domain.predicates.items()
        }
        self._objects = {
            name: up.Object(name, self._types[model.type]) for name, model in scene.objects.items()
        }

    def _type(self, name: str) -> Any:
        if name not in self._types:
            parent = self._domain.types[name]
            said = f"{name}_type" if name in self._taken else name
            self._types[name] = up.UserType(said, self._type(parent) if parent else None)
        return self._types[name]

    def problem(self, goal: Formula) -> Any:
        """Return the problem as a problem of `unified_planning`."""
        problem = up.Problem(self._domain.domain)
        for fluent in self._fluents.values():
            problem.add_fluent(fluent, default_initial_value=False)
        problem.add_objects(self._objects.values())
        actions = {name: self._action(name, model) for name, model in self._domain.skills.items()}
        problem.add_actions(actions.values())
        costs = {
            action: up.Real(up.Fraction(self._domain.skills[name].duration).limit_denominator(1000))
            for name, action in actions.items()
        }
        problem.add_quality_metric(up.MinimizeActionCosts(costs))
        for fact in self._all_facts():
            if self._facts.value(fact):
                problem.set_initial_value(self._atom(fact, {}), True)
        problem.add_goal(self._formula(goal, {}))
        return problem

    def _all_facts(self) -> list[Fact]:
        return [
            Fact(name, terms)
            for name, model in self._domain.predicates.items()
            for terms in itertools.product(*map(self._facts.objects, model.params.values()))
        ]

    def _action(self, name: str, model: SkillModel) -> Any:
        action = up.InstantaneousAction(
            name, **{p: self._types[kind] for p, kind in model.params.items()}
        )
        scope = {p: action.parameter(p) for p in model.params}
        for need in model.preconditions:
            action.add_precondition(self._formula(need, scope))
        for effect in (*model.side_effects, *model.effects):
            if effect.positive and "_" not in effect.fact.terms:
                self._make_others_false(action, effect.fact, scope)
        for effect in (*model.side_effects, *model.effects):
            self._effect(action, effect, scope)
        return action

    def _effect(self, action: Any, effect: Atom, scope: dict[str, Any]) -> None:
        inner, variables = dict(scope), []
        terms = list(effect.fact.terms)
        kinds = self._domain.predicates[effect.fact.predicate].params.values()
        for index, (term, kind) in enumerate(zip(terms, kinds, strict=True)):
            if term == "_":
                terms[index] = f"other_{index}"
                inner[terms[index]] = up.Variable(terms[index], self._types[kind])
                variables.append(inner[terms[index]])
        atom = self._atom(Fact(effect.fact.predicate, tuple(terms)), inner)
        action.add_effect(atom, effect.positive, forall=variables)

    def _make_others_false(self, action: Any, fact: Fact, scope: dict[str, Any]) -> None:
        """Add the effects that make the other facts of an exclusive group false."""
        for group in self._domain.exclusive:
            for own in group.facts:
                if own.predicate != fact.predicate:
                    continue
                shared = {o: t for o, t in zip(own.terms, fact.terms, strict=True) if o != "_"}
                for pattern in group.facts:
                    self._make_false(action, pattern, shared, fact, scope)

    def _make_false(
        self,
        action: Any,
        pattern: Fact,
        shared: dict[str, str],
        fact: Fact,
        scope: dict[str, Any],
    ) -> None:
        inner, variables = dict(scope), []
        kinds = self._domain.predicates[pattern.predicate].params.values()
        terms: list[str] = []
        for index, (term, kind) in enumerate(zip(pattern.terms, kinds, strict=True)):
            if term in shared:
                terms.append(shared[term])
                continue
            name = f"other_{index}"
            inner[name] = up.Variable(name, self._types[kind])
            variables.append(inner[name])
            terms.append(name)
        if pattern.predicate == fact.predicate and not variables:
            return
        atom = self._atom(Fact(pattern.predicate, tuple(terms)), inner)
        action.add_effect(atom, False, forall=variables)  # what is also added is true afterwards

    def _term(self, name: str, scope: dict[str, Any]) -> Any:
        return scope[name] if name in scope else self._objects[name]

    def _atom(self, fact: Fact, scope: dict[str, Any]) -> Any:
        return self._fluents[fact.predicate](*(self._term(term, scope) for term in fact.terms))

    def _formula(self, formula: Formula, scope: dict[str, Any]) -> Any:
        if isinstance(formula, Atom):
            atom = self._atom(formula.fact, scope)
            return atom if formula.positive else up.Not(atom)
        if isinstance(formula, Negation):
            return up.Not(self._formula(formula.part, scope))
        if isinstance(formula, AllOf):
            return up.And(*(self._formula(part, scope) for part in formula.parts))
        if isinstance(formula, AnyOf):
            return up.Or(*(self._formula(part, scope) for part in formula.parts))
        if isinstance(formula, Forall | Exists):
            return self._quantified(formula, scope)
        assert isinstance(formula, Count), "goals and needs have no entries"
        return self._counted(formula, scope)

    def _quantified(self, formula: Forall | Exists, scope: dict[str, Any]) -> Any:
        variable = up.Variable(formula.variable, self._types[formula.type])
        inner = {**scope, formula.variable: variable}
        excluded = [up.Equals(variable, self._term(name, scope)) for name in formula.excluded]
        where = up.And(self._formula(formula.where, inner), *map(up.Not, excluded))
        body = self._formula(formula.body, inner)
        if isinstance(formula, Forall):
            return up.Forall(up.Implies(where, body), variable)
        return up.Exists(up.And(where, body), variable)

    def _counted(self, formula: Count, scope: dict[str, Any]) -> Any:
        names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
        said = [
            self._formula(formula.where.substitute({formula.variable: n}), scope) for n in names
        ]
        number = min(formula.number, len(said) + 1)  # itertools reserves memory for so many
        least = up.Or(*(up.And(*some) for some in itertools.combinations(said, number)))
        more = up.Or(*(up.And(*some) for some in itertools.combinations(said, number + 1)))
        if formula.sign == ">=":
            return least
        return up.Not(more) if formula.sign == "<=" else up.And(least, up.Not(more))
