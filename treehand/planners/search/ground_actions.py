"""Ground actions: the calls that are possible in a planning problem, and their outcomes."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search.reachable_calls import ReachableCalls
from treehand.skills.domain import (
    Atom,
    Call,
    Fact,
    Formula,
    SkillModel,
)
from treehand.trees import changing_predicates


class GroundActions:
    """The calls that are possible in a planning problem, with the facts that they change.

    Args:
        problem: Action models, objects with their limits, beliefs.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._domain = domain = problem.domain
        self._facts = problem.facts
        self._vocabulary = problem.vocabulary
        self.changing = changing_predicates(domain, problem.facts)
        """Predicates that some skill changes."""
        self._lost = {
            effect.fact.predicate
            for model in domain.skills.values()
            for effect in (*model.effects, *model.side_effects)
            if not effect.positive
        }
        self._outcomes: dict[Call, dict[Fact, bool | None]] = {}
        self.in_group: dict[object, list[Fact]] = defaultdict(list)
        """Exclusive group to its facts."""
        for fact in self._all_facts():
            for group in self._vocabulary.groups(fact):
                self.in_group[group].append(fact)

    def calls(self, *, with_irreversible: bool) -> Iterator[Call]:
        """Yield the calls within their skills' limits that can ever begin."""
        reachable = ReachableCalls(self._problem, self.changing)
        return reachable.calls(with_irreversible=with_irreversible)

    def outcome(self, call: Call) -> dict[Fact, bool | None]:
        """Return the values of facts after a call: true, false, or (None) no longer true."""
        outcome = self._outcomes.get(call)
        if outcome is None:
            outcome = self._outcomes[call] = {}
            model = self._domain.skills[call.name]
            binding = binding_of(model, call)
            for effect in (*model.side_effects, *model.effects):
                outcome.update(self._consequences(effect.substitute(binding)))
        return outcome

    def _consequences(self, atom: Atom) -> Iterator[tuple[Fact, bool | None]]:
        """Yield the values of facts after a literal became true."""
        if "_" in atom.fact.terms:
            kinds = self._domain.predicates[atom.fact.predicate].params.values()
            choices = (
                self._facts.objects(kind) if term == "_" else (term,)
                for term, kind in zip(atom.fact.terms, kinds, strict=True)
            )
            for terms in itertools.product(*choices):
                yield Fact(atom.fact.predicate, terms), None
            return
        if atom.positive:
            for group in self._vocabulary.groups(atom.fact):
                for other in self.in_group[group]:
                    if other != atom.fact:
                        yield other, False
        yield atom.fact, atom.positive

    def is_static(self, formula: Formula) -> bool:
        """Return True if no skill changes a predicate of the formula."""
        return not any(atom.fact.predicate in self.changing for atom in formula.atoms())

    def _all_facts(self) -> Iterator[Fact]:
        for name in sorted(self.changing):
            kinds = self._domain.predicates[name].params.values()
            for terms in itertools.product(*map(self._facts.objects, kinds)):
                yield Fact(name, terms)

    def shared_group(self, facts: Iterable[Fact]) -> object | None:
        """Return an exclusive group that all the facts belong to; None if there is none."""
        groups = [dict.fromkeys(self._vocabulary.groups(fact)) for fact in facts]
        return next((group for group in groups[0] if all(group in some for some in groups)), None)

    def is_one_always_true(self, group: object) -> bool:
        """Return True if a fact of a group is true now and no skill only makes one false."""
        facts = self.in_group[group]
        names = {fact.predicate for fact in facts}
        return not names & self._lost and any(self._facts.value(fact) for fact in facts)


def number_of_calls(problem: PlanningProblem) -> int:
    """Return the number of calls of all skills, by the types of their parameters."""
    objects = problem.facts.objects
    return sum(
        math.prod(len(objects(kind)) for kind in model.params.values())
        for model in problem.domain.skills.values()
    )


def binding_of(model: SkillModel, call: Call) -> dict[str, str]:
    """Return the arguments of a call by parameter."""
    return dict(zip(model.params, call.arguments, strict=True))
