"""Names of a PDDL domain and problem: declared, of the right number of arguments, of fitting types.

What makes a file meaningless is an error. What other planners pass over is a warning: they read a
fact whose argument has the wrong type, and no action can use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treehand.core.errors import Finding, InputError, in_line_order, near
from treehand.core.spans import Span
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.pddl.files.axioms import unstratified
from treehand.planners.pddl.files.condition_parser import TOTAL_COST, atom_of
from treehand.planners.pddl.files.oddities import oddities
from treehand.planners.pddl.files.s_expressions import Group, Word
from treehand.planners.pddl.files.syntax import (
    ROOT_TYPE,
    ActionSyntax,
    AtomSyntax,
    Condition,
    DomainSyntax,
    JoinedSyntax,
    ProblemSyntax,
    QuantifiedSyntax,
    SignatureSyntax,
    TypedName,
)
from treehand.planners.pddl.files.type_graph import TypeGraph

REQUIREMENTS = frozenset(
    ":" + name
    for name in [
        "strips",
        "typing",
        "equality",
        "negative-preconditions",
        "disjunctive-preconditions",
        "adl",
        "existential-preconditions",
        "universal-preconditions",
        "quantified-preconditions",
        "preferences",
        "conditional-effects",
        "action-costs",
        "fluents",
        "numeric-fluents",
        "object-fluents",
        "goal-utilities",
        "durative-actions",
        "duration-inequalities",
        "continuous-effects",
        "timed-initial-literals",
        "time",
        "derived-predicates",
        "domain-axioms",
        "constraints",
        "timed-effects",
        "action-expansions",
        "dag-expansions",
        "subgoal-through-axioms",
        "safety-constraints",
        "expression-evaluation",
        "open-world",
        "true-negation",
        "ucpop",
        "foreach-expansions",
    ]
)
"""Requirements of PDDL 1.2 to 3.1."""
Scope = Mapping[str, tuple[str, ...]]
"""Variable to the types that it may be of."""


class PddlChecker:
    """Findings about the names of a domain and a problem.

    Args:
        domain: The domain.
        problem: The problem.
        deadline: End of the time for it.

    Raises:
        InputError: If a type is a kind of itself.
    """

    def __init__(
        self, domain: DomainSyntax, problem: ProblemSyntax, deadline: Deadline = NO_DEADLINE
    ) -> None:
        self._deadline = deadline
        self._domain = domain
        self._problem = problem
        self._findings: dict[tuple[Span | None, str], Finding] = {}
        self.types = TypeGraph(domain.types)
        self.objects: dict[str, str] = {}
        """Object or constant to its type."""
        self._late: dict[str, str] = {}
        """Things that only the problem declares, while the domain is checked."""
        self.widened: set[tuple[str, int]] = set()
        """Predicate and index of an argument that is not always of the declared type."""
        self.undeclared: set[str] = set()
        """Predicates of start facts that the domain does not declare."""

    def check(self) -> list[Finding]:
        """Return the warnings.

        Raises:
            InputError: With all errors, if there are any.
            OutOfLimits: If the deadline is over.
        """
        domain, problem = self._domain, self._problem
        if domain.name.text != problem.domain.text:
            self._error(
                f"the problem is of the domain '{problem.domain.text}', the domain file's is "
                f"'{domain.name.text}'",
                problem.domain.span,
            )
        for word in (*domain.requirements, *problem.requirements):
            if word.text not in REQUIREMENTS:
                hint = near(word.text, REQUIREMENTS, what="requirements")
                self._warn(f"'{word.text}' is no requirement of PDDL", word.span, hint)
        for signature in (*domain.predicates.values(), *domain.functions.values()):
            for one in signature.parameters:
                self._require_types(one)
        self._things(domain.constants)
        constants = dict(self.objects)
        self._things(problem.objects)
        every = self.objects
        self.objects = constants
        self._late = every
        for action in domain.actions.values():
            self._action(action)
        self._axioms()
        self.objects, self._late = every, {}
        for atom in self._deadline.over(problem.init):
            self._atom(atom, {}, at_start=True)
        self._values()
        self._condition(problem.goal, {})
        findings = in_line_order([*self._findings.values(), *oddities(domain, problem)])
        errors = [one for one in findings if one.severity == "error"]
        if errors:
            raise InputError(errors)
        return findings

    def _error(self, message: str, span: Span, hint: str | None = None) -> None:
        self._findings[span, message] = Finding("wrong-pddl", message, span=span, hint=hint)

    def _warn(self, message: str, span: Span, hint: str | None = None) -> None:
        self._findings[span, message] = Finding(
            "odd-pddl", message, span=span, hint=hint, severity="warning"
        )

    def _heads(self, heads: Sequence[TypedName]) -> None:
        seen: set[str] = set()
        for one in heads:
            if one.name in seen:
                self._error(f"the variable '{one.name}' is declared twice", one.span)
            seen.add(one.name)
            self._require_types(one)

    def _require_types(self, one: TypedName) -> None:
        for word in one.types:
            if word.text not in self.types:
                hint = near(word.text, self.types.parents, what="types")
                self._warn(f"the type '{word.text}' is not declared", word.span, hint)
                self.types.add(word.text)

    def _things(self, things: Sequence[TypedName]) -> None:
        for one in things:
            self._require_types(one)
            if len(one.types) > 1:
                self._error(f"'{one.name}' is of several types", one.span, "give it one type")
            kind = one.kinds[0]
            before = self.objects.setdefault(one.name, kind)
            if before == kind:
                continue
            if self.types.is_kind(kind, [before]):
                self.objects[one.name] = kind
            else:
                what = f"'{one.name}' is declared as '{before}' and again as '{kind}'"
                self._warn(what, one.span, f"it is taken for '{before}'")

    def _action(self, action: ActionSyntax) -> None:
        self._heads(action.parameters)
        scope = {one.name: one.kinds for one in action.parameters}
        self._condition(action.precondition, scope)
        for effect in action.effects:
            self._heads(effect.variables)
            inner = scope | {one.name: one.kinds for one in effect.variables}
            self._condition(effect.condition, inner)
            self._atom(effect.atom, inner)
        for function in action.raised:
            self._function(function)
        if action.cost is not None:
            self._amount(action.cost, scope)

    def _axioms(self) -> None:
        derived = {axiom.name.text: axiom for axiom in self._domain.axioms}
        for axiom in self._domain.axioms:
            self._heads(axiom.parameters)
            scope = {one.name: one.kinds for one in axiom.parameters}
            terms = tuple(Word(one.name, one.span) for one in axiom.parameters)
            self._atom(AtomSyntax(axiom.name, terms), scope)
            self._condition(axiom.condition, scope)
        for action in self._domain.actions.values():
            for effect in action.effects:
                if effect.atom.name.text in derived:
                    what = f"'{effect.atom.name.text}' is derived; an action cannot change it"
                    self._error(what, effect.atom.name.span)
        for atom in self._problem.init:
            if atom.name.text in derived:
                what = f"'{atom.name.text}' is derived; the fact is left out"
                self._warn(what, atom.name.span)
        for name in unstratified(self._domain.axioms):
            what = f"'{name}' is derived from its own opposite"
            self._error(what, derived[name].name.span, "such axioms have no one meaning")

    def _condition(self, condition: Condition, scope: Scope) -> None:
        if isinstance(condition, AtomSyntax):
            self._atom(condition, scope)
        elif isinstance(condition, JoinedSyntax):
            for part in condition.parts:
                self._condition(part, scope)
        else:
            self._quantified(condition, scope)

    def _quantified(self, condition: QuantifiedSyntax, scope: Scope) -> None:
        self._heads(condition.variables)
        inner = {one.name: one.kinds for one in condition.variables}
        self._condition(condition.body, {**scope, **inner})

    def _atom(self, atom: AtomSyntax, scope: Scope, *, at_start: bool = False) -> None:
        name = atom.name.text
        if name == "=":
            if len(atom.terms) != 2:
                self._error(f"'=' compares 2 things, not {len(atom.terms)}", atom.name.span)
            signature: SignatureSyntax | None = None
        else:
            signature = self._domain.predicates.get(name)
            if signature is None:
                self._unknown(atom, at_start=at_start)
            elif len(atom.terms) != len(signature.parameters):
                self._error(_count(atom, signature), atom.name.span, _declared(signature))
                signature = None
        heads = signature.parameters if signature else ()
        for index, term in enumerate(atom.terms):
            wanted = heads[index].kinds if index < len(heads) else (ROOT_TYPE,)
            kinds = self._term(term, wanted, atom, scope, at_start=at_start)
            if kinds and not self.types.is_below(kinds, wanted):
                self.widened.add((name, index))

    def _unknown(self, atom: AtomSyntax, *, at_start: bool) -> None:
        name = atom.name.text
        if name in self._domain.functions:
            self._error(f"'{name}' is a function, not a predicate", atom.name.span)
            return
        hint = near(name, self._domain.predicates, what="predicates")
        message = f"the predicate '{name}' is not declared"
        if at_start:
            self.undeclared.add(name)
            self._warn(f"{message}; the fact is left out", atom.name.span, hint)
        else:
            self._error(message, atom.name.span, hint)

    def _term(
        self, term: Word, wanted: tuple[str, ...], atom: AtomSyntax, scope: Scope, *, at_start: bool
    ) -> tuple[str, ...]:
        """Return the types that a term may be of; none if it is unknown."""
        if term.text.startswith("?"):
            if term.text not in scope:
                hint = near(term.text, scope, what="variables here")
                self._error(f"the variable '{term.text}' is not declared", term.span, hint)
                return ()
            kinds = scope[term.text]
        elif term.text in self._late and term.text not in self.objects:
            message = f"'{term.text}' is no constant of the domain, only an object of the problem"
            self._warn(message, term.span, "declare it under (:constants …) of the domain")
            kinds = (self._late[term.text],)
        elif term.text not in self.objects:
            hint = near(term.text, self.objects, what="objects")
            message = f"the object '{term.text}' is not declared"
            if at_start:
                self._warn(f"{message}; the fact is left out", term.span, hint)
            else:
                self._error(message, term.span, hint)
            return ()
        else:
            kinds = (self.objects[term.text],)
        fits = self.types.may_be if term.text in scope else self.types.is_any
        if not fits(kinds, wanted):
            due = " or ".join(f"'{kind}'" for kind in wanted)
            said = " or ".join(f"'{kind}'" for kind in kinds)
            self._warn(
                f"'{term.text}' is of type {said}; '{atom.name.text}' takes {due}", term.span
            )
        return kinds

    def _values(self) -> None:
        for key, value in self._problem.values.items():
            function = self._domain.functions.get(key[0])
            span = self._problem.value_spans[key]
            if function is None:
                hint = near(key[0], self._domain.functions, what="functions")
                self._error(f"the function '{key[0]}' is not declared", span, hint)
            elif len(function.parameters) != len(key) - 1:
                told = _wrong_count(key[0], len(function.parameters), len(key) - 1)
                self._error(told, span, _declared(function))
            elif value < 0 and self._is_cost(key[0]):
                self._error(f"the cost of '({' '.join(key)})' is {value:g}; it is negative", span)

    def _is_cost(self, function: str) -> bool:
        return any(
            function in _functions_in(action.cost)
            for action in self._domain.actions.values()
            if action.cost is not None
        )

    def _amount(self, amount: Word | Group, scope: Scope) -> None:
        """Check by how much an action raises the total cost."""
        if isinstance(amount, Word):
            try:
                value = float(amount.text)
            except ValueError:
                if amount.text not in self._domain.functions:
                    self._error(f"'{amount.text}' is no number", amount.span)
                return
            if value < 0:
                self._error(f"the cost is {value:g}; it is negative", amount.span)
            return
        if amount.head in ("+", "*"):
            for part in amount.rest:
                self._amount(part, scope)
            return
        atom = atom_of(amount)
        if not self._function(atom):
            return
        if atom.name.text == TOTAL_COST:
            self._error(f"the cost of an action may not read '{TOTAL_COST}'", amount.span)
        for term in atom.terms:
            self._term(term, (ROOT_TYPE,), atom, scope, at_start=False)

    def _function(self, call: AtomSyntax) -> bool:
        """Return True if a function is declared with as many arguments; else tell it."""
        function = self._domain.functions.get(call.name.text)
        if function is None:
            hint = near(call.name.text, self._domain.functions, what="functions")
            self._error(f"the function '{call.name.text}' is not declared", call.name.span, hint)
            return False
        if len(call.terms) != len(function.parameters):
            self._error(_count(call, function), call.name.span, _declared(function))
            return False
        return True


def _functions_in(amount: Word | Group) -> set[str]:
    if isinstance(amount, Word):
        return {amount.text}
    return {amount.head}.union(*map(_functions_in, amount.rest))


def _count(atom: AtomSyntax, signature: SignatureSyntax) -> str:
    return _wrong_count(atom.name.text, len(signature.parameters), len(atom.terms))


def _declared(signature: SignatureSyntax) -> str:
    """Return the hint that shows a declaration."""
    terms = [signature.name.text, *(one.name for one in signature.parameters)]
    return f"line {signature.name.span.line} of the domain declares '({' '.join(terms)})'"


def _wrong_count(name: str, due: int, given: int) -> str:
    noun = "argument" if due == 1 else "arguments"
    return f"'{name}' takes {due} {noun}, not {given}"
