"""PDDL files as a planning problem and a goal.

Supported: STRIPS, typing with ``either``, negation, disjunction, equality, quantifiers, conditional
effects, derived predicates, constants, action costs. Facts that a file does not list are false.
Numbers and time are refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path

from treehand.core.errors import Finding, InputError
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.pddl.condition_grounder import ConditionGrounder
from treehand.planners.pddl.conditional_effects import cases_of, is_changed
from treehand.planners.pddl.files.checking import PddlChecker
from treehand.planners.pddl.files.parser import parse_domain, parse_problem
from treehand.planners.pddl.files.s_expressions import Group, Word, wrong
from treehand.planners.pddl.files.syntax import ROOT_TYPE, DomainSyntax, ProblemSyntax
from treehand.planners.pddl.formulas import EQUAL, FormulaTranslation
from treehand.planners.pddl.names import Names, plain
from treehand.planners.pddl.problem import PddlAction, PddlProblem
from treehand.skills.domain import (
    Atom,
    Call,
    Domain,
    Fact,
    Facts,
    Formula,
    Percept,
    PredicateModel,
    Scene,
    SkillModel,
)
from treehand.skills.domain.model import ObjectModel

UNKNOWN_COST = 1e9
"""Cost of an action whose cost has no value at the start."""


def read_pddl(domain: Path, problem: Path, deadline: Deadline = NO_DEADLINE) -> PddlProblem:
    """Return the problem that two PDDL files describe.

    Args:
        domain: Domain file.
        problem: Problem file.
        deadline: End of the time for reading and planning.

    Raises:
        InputError: With file, line and column, if a file is wrong or uses what is not supported.
        OutOfLimits: If the deadline is over.
    """
    read, asked = parse_domain(domain, deadline), parse_problem(problem, deadline)
    checker = PddlChecker(read, asked, deadline)
    warnings = checker.check()
    return _Translation(read, asked, checker, deadline).result(str(problem), tuple(warnings))


class _Translation:
    """Translation of one problem.

    Args:
        domain: Its domain.
        problem: The problem.
        checked: Types and objects of both.
        deadline: End of the time for it.
    """

    def __init__(
        self,
        domain: DomainSyntax,
        problem: ProblemSyntax,
        checked: PddlChecker,
        deadline: Deadline,
    ) -> None:
        self._deadline = deadline
        self._domain = domain
        self._problem = problem
        self._types = types = checked.types
        self._things = objects = checked.objects
        self._ill_typed = checked.widened
        self._names = Names()
        self._names.take("type", [ROOT_TYPE, *types.parents])
        self._names.take("predicate", [EQUAL, *domain.predicates])
        self._names.take("object", objects)
        self._theirs = self._names.theirs("object")
        self._actions: dict[str, PddlAction] = {}
        self._left_out = {"=", *checked.undeclared, *(axiom.name.text for axiom in domain.axioms)}
        self._start = frozenset(
            (atom.name.text, *(term.text for term in atom.terms)) for atom in problem.init
        )
        changing = is_changed(tuple(domain.actions.values()))
        self._into = FormulaTranslation(self._names, types, objects)
        self._grounder = ConditionGrounder(
            self._into, self._start, changing, domain.axioms, deadline
        )
        self._derived = {axiom.name.text for axiom in domain.axioms}

    def result(self, source: str, warnings: tuple[Finding, ...]) -> PddlProblem:
        """Return the translated problem.

        Args:
            source: Where the start facts come from.
            warnings: What is odd about the files.
        """
        skills = dict(self._skills())
        asked = self._problem
        goal = self._grounder.ground(asked.goal, {}, "the goal", asked.goal_span)
        predicates = dict(self._predicates())
        name = plain(self._domain.name.text)
        name = name if name[0].isalpha() or name[0] == "_" else f"n_{name}"
        types = {
            self._names.ours("type", kind): parent and self._names.ours("type", parent)
            for kind, parent in self._types.tree().items()
        }
        domain = Domain(domain=name, types=types, predicates=predicates, skills=skills)
        objects = {
            self._names.ours("object", thing): ObjectModel(type=self._names.ours("type", kind))
            for thing, kind in self._things.items()
        }
        scene = Scene(scene=name, domain=name, objects=objects)
        vocabulary = domain.vocabulary({n: model.type for n, model in objects.items()})
        facts = Facts(vocabulary)
        true = self._deadline.over(self._facts())
        facts.observe(Percept(fact, True, source, 0.0) for fact in true)
        planning = PlanningProblem(domain, scene, facts)
        return PddlProblem(
            planning, goal, self._cost, self._stated_cost, self._actions, self._theirs, warnings
        )

    def _predicates(self) -> Iterator[tuple[str, PredicateModel]]:
        wider = self._widened()
        for name, signature in self._domain.predicates.items():
            if name in self._derived:
                continue
            params = {
                self._names.variable(one.name, number): wider[name][number]
                for number, one in enumerate(signature.parameters)
            }
            yield self._names.ours("predicate", name), PredicateModel(params=params, default=False)
        if self._into.has_equality:
            both = {"left": ROOT_TYPE, "right": ROOT_TYPE}
            yield EQUAL, PredicateModel(params=both, known_by="given")
        for ours in self._into.memberships:
            yield ours, PredicateModel(params={"it": ROOT_TYPE}, default=False)

    def _widened(self) -> dict[str, list[str]]:
        """Return the types of every predicate's arguments, above all that the files give it."""
        everything = self._names.ours("type", ROOT_TYPE)
        found = {
            name: [
                self._names.ours("type", self._types.covering(one.kinds)[0])
                for one in signature.parameters
            ]
            for name, signature in self._domain.predicates.items()
        }
        for name, place in self._ill_typed - {("=", 0), ("=", 1)}:
            found[name][place] = everything
        return found

    def _skills(self) -> Iterator[tuple[str, SkillModel]]:
        for action in self._domain.actions.values():
            scope, heads, narrowing = self._into.heads(action.parameters, {})
            for case in cases_of(action, self._into, self._grounder, scope):
                fixed = case.arguments
                said = "_".join((action.name.text, *(fixed or ())))
                name = self._names.free("skill", said)
                self._names.take("skill", [name])
                self._actions[name] = PddlAction(action.name.text, fixed)
                params = dict(heads) if fixed is None else {}
                needs = (*narrowing, *case.needs) if fixed is None else case.needs
                yield name, _skill(params, needs, case.effects)

    def _facts(self) -> Iterator[Fact]:
        for name, *terms in self._start:
            if name not in self._left_out and all(term in self._things for term in terms):
                arguments = tuple(self._names.ours("object", term) for term in terms)
                yield Fact(self._names.ours("predicate", name), arguments)
        for thing, kind in self._things.items():
            ours = self._names.ours("object", thing)
            if self._into.has_equality:
                yield Fact(EQUAL, (ours, ours))
            for predicate, kinds in self._into.memberships.items():
                if self._types.is_kind(kind, kinds):
                    yield Fact(predicate, (ours,))

    def _cost(self, call: Call) -> float:
        """Return the cost of a call; one without a value is too dear to be of use."""
        try:
            return self._stated_cost(call)
        except InputError:
            return UNKNOWN_COST

    def _stated_cost(self, call: Call) -> float:
        """Return the cost of a call, in the unit of the file; raises `InputError`."""
        if not self._problem.has_metric:
            return 1.0
        done = self._actions[call.name]
        action = self._domain.actions[done.name]
        if action.cost is None:
            return 0.0
        things = done.arguments or tuple(self._theirs[one] for one in call.arguments)
        names = (parameter.name for parameter in action.parameters)
        return self._number(action.cost, dict(zip(names, things, strict=True)))

    def _number(self, amount: Word | Group, given: Mapping[str, str]) -> float:
        """Return the value of an amount, over values that never change."""
        if isinstance(amount, Group) and amount.head in ("+", "*"):
            parts = [self._number(part, given) for part in amount.rest]
            return sum(parts) if amount.head == "+" else prod(parts)
        if isinstance(amount, Word) and amount.text not in self._domain.functions:
            return float(amount.text)
        words = (amount,) if isinstance(amount, Word) else amount.items
        key = tuple(given.get(w.text, w.text) for w in words if isinstance(w, Word))
        value = self._problem.values.get(key)
        if value is None:
            said = f"({' '.join(key)})"
            message, hint = f"the cost '{said}' has no value", f"add '(= {said} …)' to ':init'"
            raise wrong(message, self._problem.init_span, hint)
        return value


def _skill(
    params: dict[str, str], needs: tuple[Formula, ...], effects: tuple[Atom, ...]
) -> SkillModel:
    return SkillModel(
        params=params,
        preconditions=needs,
        effects=tuple(effect for effect in effects if effect.positive),
        # What is both deleted and added is true afterwards, so deleting is no promise.
        side_effects=tuple(effect for effect in effects if not effect.positive),
        duration=1.0,
    )
