"""The calls that can ever begin, if no fact were ever taken back: what a problem is grounded to.

The facts that can be reached and the calls that need only such are found together, as a logic
program is evaluated: each new fact is joined with the facts known so far into calls, which give new
facts (semi-naive evaluation; "Concise finite-domain representations for PDDL planning tasks",
Helmert 2009). The facts that bind the most variables are joined first, through an index for each
pattern of bound arguments. What is no positive atom narrows nothing unless it is static.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Atom, Call, Fact, Formula, SkillModel, conjuncts
from treehand.skills.model_limits import beyond_limits

Terms = tuple[str, ...]
Check = Callable[[Sequence[str]], bool]
"""A static precondition, given the arguments of a call."""


@dataclass(frozen=True)
class _Pattern:
    """An atom of an action model: a predicate and, for each argument, a parameter or an object."""

    predicate: str
    slots: tuple[int | str, ...]
    """Numbers of parameters, and names of objects."""

    def terms(self, arguments: Sequence[str]) -> Terms:
        """Return the terms of the atom in a call."""
        return tuple(arguments[one] if isinstance(one, int) else one for one in self.slots)


@dataclass(frozen=True)
class _Join:
    """One step in which parameters are bound, and what is checked then."""

    pattern: _Pattern | None
    """Facts that bind them; None if they may be any objects of their type."""
    given: tuple[int, ...]
    """Arguments of the pattern that are bound before."""
    binds: tuple[tuple[int, int], ...]
    """Arguments of the pattern and parameters that they bind; without pattern, the parameter."""
    checks: tuple[Check, ...]


@dataclass
class _Model:
    """An action model, prepared for joins."""

    name: str
    kinds: list[Set[str]]
    """Objects of the type of each parameter."""
    patterns: list[_Pattern]
    checks: list[tuple[frozenset[int], Check]]
    """Static preconditions that are no positive atoms, each with the parameters it names."""
    adds: list[_Pattern]
    found: dict[Terms, None] = field(default_factory=dict)


class ReachableCalls:
    """Finds the calls that can ever begin.

    Args:
        problem: Action models, objects with their limits, beliefs.
        changing: Predicates that some skill changes.
    """

    def __init__(self, problem: PlanningProblem, changing: Set[str]) -> None:
        self._problem = problem
        self._facts = problem.facts
        self._changing = changing
        self._index: dict[tuple[str, tuple[int, ...]], dict[Terms, list[Terms]]] = {}
        self._positions: dict[str, list[tuple[int, ...]]] = defaultdict(list)
        """Patterns of bound arguments for which a predicate has an index."""

    def calls(self, *, with_irreversible: bool) -> Iterator[Call]:
        """Yield the calls in the order of their skills and objects.

        Args:
            with_irreversible: True to use irreversible skills.
        """
        models = [
            self._prepared(name, model)
            for name, model in self._problem.domain.skills.items()
            if with_irreversible or not model.irreversible
        ]
        self._explore(models)
        places = {name: place for place, name in enumerate(self._problem.vocabulary.object_types)}
        for model in models:
            ordered = sorted(model.found, key=lambda terms: [places[term] for term in terms])
            for arguments in ordered:
                yield Call(model.name, arguments)

    def _prepared(self, name: str, model: SkillModel) -> _Model:
        numbers = {param: number for number, param in enumerate(model.params)}
        kinds: list[Set[str]] = [set(self._facts.objects(kind)) for kind in model.params.values()]
        prepared = _Model(name, kinds, [], [], [])
        for need in (part for whole in model.preconditions for part in conjuncts(whole)):
            if isinstance(need, Atom) and self._is_relation(need):
                prepared.patterns.append(_pattern(need, numbers))
            elif not any(atom.fact.predicate in self._changing for atom in need.atoms()):
                named = {term for atom in need.atoms() for term in atom.fact.terms}
                due = frozenset(numbers[term] for term in named & numbers.keys())
                prepared.checks.append((due, self._check(need, numbers)))
        for effect in (*model.side_effects, *model.effects):
            if effect.positive and "_" not in effect.fact.terms:
                prepared.adds.append(_pattern(effect, numbers))
        return prepared

    def _is_relation(self, atom: Atom) -> bool:
        """Return True if the atom is true for facts only that are known or made."""
        is_listed = not self._facts.vocabulary.default(atom.fact.predicate)
        return atom.positive and is_listed and "_" not in atom.fact.terms

    def _check(self, need: Formula, numbers: dict[str, int]) -> Check:
        """Return a static precondition as a function of the arguments."""
        facts = self._facts
        if isinstance(need, Atom):
            pattern, positive = _pattern(need, numbers), need.positive
            known: dict[Terms, bool] = {}

            def look_up(arguments: Sequence[str]) -> bool:
                terms = pattern.terms(arguments)
                holds = known.get(terms)
                if holds is None:
                    value = facts.value(Fact(pattern.predicate, terms))
                    holds = known[terms] = value is positive
                return holds

            return look_up

        def evaluate(arguments: Sequence[str]) -> bool:
            binding = {name: arguments[number] for name, number in numbers.items()}
            return bool(need.substitute(binding).holds(facts))

        return evaluate

    def _explore(self, models: Sequence[_Model]) -> None:
        """Fill in the calls of all models."""
        changing, deadline = self._changing, self._problem.deadline
        triggers: dict[str, list[tuple[_Model, _Pattern, list[_Join]]]] = defaultdict(list)
        at_once: list[tuple[_Model, list[_Join]]] = []
        for model in models:
            moving = [one for one in model.patterns if one.predicate in changing]
            for pattern in moving:
                joins = self._joins(model, pattern)
                triggers[pattern.predicate].append((model, pattern, joins))
            if not moving:
                at_once.append((model, self._joins(model, None)))
        waiting: deque[Fact] = deque()
        for fact in self._facts.true_facts():
            if fact.predicate in changing:
                waiting.append(fact)
            else:
                self._insert(fact)
        reached = set(waiting)
        for model, joins in at_once:
            self._extend(model, joins, 0, [""] * len(model.kinds), waiting, reached)
        while waiting:
            deadline.check()
            fact = waiting.popleft()
            self._insert(fact)
            for model, pattern, joins in triggers.get(fact.predicate, ()):
                arguments = _unified(model, pattern, fact.terms)
                if arguments is not None:
                    self._extend(model, joins, 0, arguments, waiting, reached)

    def _joins(self, model: _Model, first: _Pattern | None) -> list[_Join]:
        """Return the steps that bind all parameters once the ones of the first atom are bound."""
        bound = {one for one in first.slots if isinstance(one, int)} if first else set()
        left = [one for one in model.patterns if one is not first]
        checks = list(model.checks)

        def due() -> tuple[Check, ...]:
            ready = tuple(check for names, check in checks if names <= bound)
            checks[:] = [one for one in checks if not one[0] <= bound]
            return ready

        joins = [_Join(None, (), (), due())]
        while left:
            pattern = max(left, key=lambda one: self._closeness(one, bound))
            left.remove(pattern)
            given = tuple(
                place
                for place, one in enumerate(pattern.slots)
                if isinstance(one, str) or one in bound
            )
            binds = tuple(
                (place, one)
                for place, one in enumerate(pattern.slots)
                if isinstance(one, int) and one not in bound
            )
            bound.update(one for _, one in binds)
            if given not in self._positions[pattern.predicate]:
                self._positions[pattern.predicate].append(given)
                self._index[pattern.predicate, given] = {}
            joins.append(_Join(pattern, given, binds, due()))
        for number in range(len(model.kinds)):
            if number not in bound:
                bound.add(number)
                joins.append(_Join(None, (), ((0, number),), due()))
        return joins

    def _closeness(self, pattern: _Pattern, bound: Set[int]) -> tuple[int, int, bool]:
        """Return a measure of how few facts an atom is joined with; the greatest is the fewest."""
        free = {one for one in pattern.slots if isinstance(one, int) and one not in bound}
        return -len(free), len(pattern.slots), pattern.predicate not in self._changing

    def _insert(self, fact: Fact) -> None:
        terms = fact.terms
        for given in self._positions.get(fact.predicate, ()):
            key = tuple([terms[place] for place in given])
            self._index[fact.predicate, given].setdefault(key, []).append(terms)

    def _extend(
        self,
        model: _Model,
        joins: Sequence[_Join],
        number: int,
        arguments: list[str],
        waiting: deque[Fact],
        reached: set[Fact],
    ) -> None:
        """Bind the parameters that are left in every way, and note the calls and their facts."""
        if number == len(joins):
            self._note(model, tuple(arguments), waiting, reached)
            return
        join = joins[number]
        for _ in self._bindings(model, join, arguments):
            if all(check(arguments) for check in join.checks):
                self._extend(model, joins, number + 1, arguments, waiting, reached)

    def _bindings(self, model: _Model, join: _Join, arguments: list[str]) -> Iterator[None]:
        """Bind the parameters of one step in every way, in place."""
        if join.pattern is None:
            if not join.binds:
                yield
                return
            ((_, parameter),) = join.binds
            for thing in model.kinds[parameter]:
                arguments[parameter] = thing
                yield
            return
        pattern, kinds = join.pattern, model.kinds
        slots = [pattern.slots[place] for place in join.given]
        key = tuple([arguments[one] if isinstance(one, int) else one for one in slots])
        for terms in self._index[pattern.predicate, join.given].get(key, ()):
            for place, parameter in join.binds:
                value = arguments[parameter] = terms[place]
                if value not in kinds[parameter]:
                    break
            else:
                if all(arguments[one] == terms[place] for place, one in join.binds):
                    yield

    def _note(
        self, model: _Model, arguments: Terms, waiting: deque[Fact], reached: set[Fact]
    ) -> None:
        """Note a call, and the facts that it makes true."""
        if arguments in model.found:
            return
        declared = self._problem.domain.skills[model.name]
        if beyond_limits(declared, Call(model.name, arguments), self._problem.scene):
            return
        model.found[arguments] = None
        for pattern in model.adds:
            fact = Fact(pattern.predicate, pattern.terms(arguments))
            if fact not in reached:
                reached.add(fact)
                waiting.append(fact)


def _pattern(atom: Atom, numbers: dict[str, int]) -> _Pattern:
    return _Pattern(atom.fact.predicate, tuple(numbers.get(term, term) for term in atom.fact.terms))


def _unified(model: _Model, pattern: _Pattern, terms: Terms) -> list[str] | None:
    """Return the arguments with which an atom is a fact; None if there are none."""
    arguments = [""] * len(model.kinds)
    for one, term in zip(pattern.slots, terms, strict=True):
        if isinstance(one, str):
            if one != term:
                return None
        elif arguments[one] not in ("", term) or term not in model.kinds[one]:
            return None
        else:
            arguments[one] = term
    return arguments
