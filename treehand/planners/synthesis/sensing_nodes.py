"""Nodes that make facts observable which a skill needs and nobody has observed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.synthesis.achievers import Achievers, Scope
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills.domain import AllOf, Atom, Exists, Formula, Quantifier
from treehand.trees import NodeSpec


class SensingChainer(Protocol):
    """Achieves the conditions under which perception tells facts."""

    def achieve(self, formula: Formula, scope: Scope, *, is_goal: bool = False) -> NodeSpec:
        """Return a node that achieves a formula; raises `Unreachable` if no skill does."""
        ...


class SensingNodes:
    """Makes the nodes after which perception tells a fact, by the ``known_when`` of its predicate.

    A skill whose effect is that condition reveals the fact: opening a drawer shows what lies in it,
    if ``in(item, place)`` is ``known_when: is_open(place)``.

    Args:
        problem: Predicates with their conditions.
        achievers: Types and their subtypes.
        chainer: Achieves the conditions.
    """

    def __init__(
        self, problem: PlanningProblem, achievers: Achievers, chainer: SensingChainer
    ) -> None:
        self._domain = problem.domain
        self._achievers = achievers
        self._chainer = chainer

    def check(self, need: Atom, scope: Scope) -> NodeSpec:
        """Return the check of a literal that no skill achieves, after a look at it if one helps."""
        shows = self._known_when(need)
        if shows is None:
            return NodeSpec(check=need)
        try:
            look = self._chainer.achieve(shows, scope)
        except Unreachable:
            return NodeSpec(check=need)
        seen = NodeSpec(sequence=(look, NodeSpec(check=need)))
        return NodeSpec(fallback=(NodeSpec(check=need), seen))

    def search(self, wanted: Quantifier, scope: Scope) -> NodeSpec | None:
        """Return a node that looks at one object after the other until one matches a literal.

        Objects of which the literal is known to be false are left out.

        Args:
            wanted: Variable, its type, and the literal.
            scope: Types of the other variables.

        Returns:
            The node; None if the literal shows by itself, or nothing makes it observable.
        """
        assert isinstance(wanted.where, Atom), "objects are chosen by one literal"
        shows = self._known_when(wanted.where)
        if shows is None:
            return None
        some = NodeSpec(
            check=Exists(wanted.variable, wanted.type, wanted.excluded, AllOf(()), wanted.where)
        )
        if wanted.variable not in shows.fact.terms:
            try:
                look = self._chainer.achieve(shows, scope)
            except Unreachable:
                return None
            return NodeSpec(fallback=(some, NodeSpec(sequence=(look, some))))
        looks = tuple(self._looks(wanted, shows, some, scope))
        return NodeSpec(fallback=(some, *looks)) if looks else None

    def look_at_each(self, wanted: Quantifier, scope: Scope) -> NodeSpec | None:
        """Return a node that looks until an object matches or none is left; it succeeds anyhow.

        Args:
            wanted: Variable, its type, and the literal.
            scope: Types of the other variables.

        Returns:
            The node; None if a look at the single objects shows nothing about the literal.
        """
        assert isinstance(wanted.where, Atom), "objects are chosen by one literal"
        shows = self._known_when(wanted.where)
        if shows is None or wanted.variable not in shows.fact.terms:
            return None
        search = self.search(wanted, scope)
        return search.model_copy(update={"optional": True}) if search is not None else None

    def _looks(
        self, wanted: Quantifier, shows: Atom, some: NodeSpec, scope: Scope
    ) -> Iterator[NodeSpec]:
        """Yield the loops over the objects of a type, or of those subtypes that can be shown."""
        try:
            look = self._chainer.achieve(shows, {**scope, wanted.variable: wanted.type})
        except Unreachable:
            for kind in self._achievers.subtypes(wanted.type):
                part = Quantifier(wanted.variable, kind, wanted.excluded, wanted.where)
                yield from self._looks(part, shows, some, scope)
            return
        head = Quantifier(wanted.variable, wanted.type, wanted.excluded)
        assert isinstance(wanted.where, Atom)
        not_there = Atom(wanted.where.fact, positive=not wanted.where.positive)
        each = NodeSpec(sequence=(look.model_copy(update={"unless": not_there}), some))
        yield NodeSpec(for_each=head, each=each, mode="any")

    def _known_when(self, literal: Atom) -> Atom | None:
        """Return the literal under which perception tells a fact; None if it always does."""
        model = self._domain.predicates[literal.fact.predicate]
        if model.known_when is None:
            return None
        return model.known_when.substitute(dict(zip(model.params, literal.fact.terms, strict=True)))
