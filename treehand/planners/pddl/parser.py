"""PDDL files read as a planning problem and a goal.

Supported: STRIPS, typing, negative and disjunctive preconditions, equality, quantifiers, action
costs, constants. Facts that a PDDL file does not list are false. Conditional effects, numbers and
time are refused with a message.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.core.spans import Span
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.pddl.library import PDDLReader
from treehand.planners.pddl.names import Names
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Call,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    Negation,
    Percept,
    PredicateModel,
    Scene,
    SkillModel,
)
from treehand.skills.domain.model import ObjectModel

ROOT_TYPE = "object"
EQUAL = "equal_to"
"""The predicate that stands for ``=``."""
_TRUE = AllOf(())
_FALSE = AnyOf(())

_PLACES = (
    re.compile(r"\(line:(?P<line>\d+), col:(?P<column>\d+)\)"),
    re.compile(r"line: (?P<line>\d+), col:? (?P<column>\d+)"),
)

_COMMENT = re.compile(r";[^\n]*")
_UNSUPPORTED_WORDS = {
    ":derived": "derived predicates",
    ":durative-action": "actions that take time",
    ":process": "processes",
    ":event": "events",
    ":constraints": "constraints on plans",
    "either": "types that are one of several",
    "when": "conditional effects",
}
_UNSUPPORTED = re.compile(
    r"[\s(](?P<what>:derived|:durative-action|:process|:event|:constraints|either|when)[\s()]",
    re.IGNORECASE,
)
_SUPPORTED = "there may be types, negation, disjunction, equality, quantifiers, action costs"
_WHERE = re.compile(r"\s*(?:\(at char|found at line|Error (?:in expression )?from line|From line)")


@dataclass(frozen=True)
class PddlProblem:
    """A PDDL problem as planning problem, goal and costs."""

    planning: PlanningProblem
    goal: Formula
    cost: Callable[[Call], float]
    """Returns the cost of a call, in the unit of the file; 1 where the file has no metric."""
    names: Names

    def action(self, call: Call) -> str:
        """Return a call in PDDL syntax: ``(drive t1 l1 l2)``."""
        arguments = (self.names.theirs("object", name) for name in call.arguments)
        return f"({' '.join((self.names.theirs('skill', call.name), *arguments))})"


def read_pddl(domain: Path, problem: Path) -> PddlProblem:
    """Return the problem that two PDDL files describe.

    Raises:
        InputError: With file, line and column, if a file is wrong or uses what is not supported.
    """
    texts = []
    for path in (domain, problem):
        try:
            texts.append(read_plain(path).decode("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise InputError.of("unreadable-file", f"cannot read '{path}': {why}") from error
    for path, text in zip((domain, problem), texts, strict=True):
        _require_supported(path, text)
    _require_same_domain(problem, *texts)
    read = _read(domain, problem, *texts)
    return _Translation(read, domain, problem).result()


def _require_supported(path: Path, text: str) -> None:
    """Raise `InputError` at the first feature that is not supported."""
    plain = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    match = _UNSUPPORTED.search(plain)
    if match:
        what = match["what"].lower()
        raise InputError.of(
            "unsupported-pddl",
            f"'{what}' ({_UNSUPPORTED_WORDS[what]}) is not supported",
            span=_span(path, text, match.start("what")),
            hint=_SUPPORTED,
        )


def _require_same_domain(problem: Path, domain_text: str, problem_text: str) -> None:
    defined = re.search(r"\(\s*domain\s+([^\s()]+)", domain_text, re.IGNORECASE)
    wanted = re.search(r"\(\s*:domain\s+([^\s()]+)", problem_text, re.IGNORECASE)
    if defined and wanted and defined[1].lower() != wanted[1].lower():
        message = f"the problem is of the domain '{wanted[1]}', the domain file's is '{defined[1]}'"
        raise InputError.of(
            "wrong-pddl", message, span=_span(problem, problem_text, wanted.start(1))
        )


def _span(path: Path, text: str, offset: int) -> Span:
    before = text[:offset]
    return Span(str(path), before.count("\n") + 1, offset - before.rfind("\n"))


def _read(domain: Path, problem: Path, domain_text: str, problem_text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the reader's own code
        try:
            PDDLReader().parse_problem_string(domain_text)
        except Exception as error:  # the reader raises whatever its parser met
            raise _wrong(domain, error) from error
        try:
            return PDDLReader().parse_problem_string(domain_text, problem_text)
        except Exception as error:
            raise _wrong(problem, error) from error


def _wrong(path: Path, error: Exception) -> InputError:
    text = " ".join(str(error).split())
    span = Span(str(path), 1, 1)
    for pattern in _PLACES:
        match = pattern.search(text)
        if match:
            span = Span(str(path), int(match["line"]), int(match["column"]))
            break
    what = _WHERE.split(text)
    if isinstance(error, KeyError):
        what = [f"unknown type {text}"]
    if isinstance(error, AssertionError) and not text:
        what = ["it cannot be read; an unbound variable?"]
    hint = "the file is read by unified_planning; its words are quoted"
    return InputError.of("wrong-pddl", what[0] or type(error).__name__, span=span, hint=hint)


class _Translation:
    """Translation of one problem of `unified_planning`."""

    def __init__(self, read: Any, domain: Path, problem: Path) -> None:
        self._read = read
        self._domain = domain
        self._problem = problem
        self._names = Names()
        self._names.take("type", [ROOT_TYPE])
        self._names.take("type", (kind.name for kind in read.user_types))
        self._names.take("predicate", [EQUAL])
        self._fluents = [f for f in read.fluents if f.type.is_bool_type()]
        self._names.take("predicate", (fluent.name for fluent in self._fluents))
        self._names.take("skill", (action.name for action in read.actions))
        self._names.take("object", (thing.name for thing in read.all_objects))
        self._has_equality = False

    def result(self) -> PddlProblem:
        """Return the translated problem."""
        self._require_plain()
        skills = {self._names.ours("skill", a.name): self._skill(a) for a in self._read.actions}
        parts = tuple(self._formula(goal, {}, self._problem) for goal in self._read.goals)
        goal = parts[0] if len(parts) == 1 else AllOf(parts)
        predicates = {
            self._names.ours("predicate", f.name): self._predicate(f) for f in self._fluents
        }
        if self._has_equality:
            both = {"left": ROOT_TYPE, "right": ROOT_TYPE}
            predicates[EQUAL] = PredicateModel(params=both, known_by="given")
        name = re.sub(r"[^a-z0-9_]", "_", (self._read.name or "problem").lower())
        name = name if re.match(r"[a-z_]", name) else f"n_{name}"
        domain = Domain(domain=name, types=self._types(), predicates=predicates, skills=skills)
        objects = {
            self._names.ours("object", thing.name): ObjectModel(type=self._type(thing.type))
            for thing in self._read.all_objects
        }
        scene = Scene(scene=name, domain=name, objects=objects)
        vocabulary = domain.vocabulary({n: model.type for n, model in objects.items()})
        facts = Facts(vocabulary)
        facts.observe(Percept(fact, True, str(self._problem), 0.0) for fact in self._start(objects))
        return PddlProblem(PlanningProblem(domain, scene, facts), goal, self._cost(), self._names)

    def _require_plain(self) -> None:
        kind = self._read.kind
        refused = {
            "conditional effects": kind.has_conditional_effects(),
            "durative actions": kind.has_continuous_time() or kind.has_discrete_time(),
            "derived predicates": bool(getattr(self._read, "axioms", ())),
            "trajectory constraints": bool(self._read.trajectory_constraints),
        }
        for what, is_used in refused.items():
            if is_used:
                raise self._unsupported(what, self._domain)

    def _unsupported(self, what: str, path: Path) -> InputError:
        span = Span(str(path), 1, 1)
        return InputError.of(
            "unsupported-pddl", f"{what}: not supported", span=span, hint=_SUPPORTED
        )

    def _types(self) -> dict[str, str | None]:
        types: dict[str, str | None] = {ROOT_TYPE: None}
        for kind in self._read.user_types:
            ours = self._names.ours("type", kind.name)
            if ours != ROOT_TYPE:
                types[ours] = self._type(kind.father) if kind.father else ROOT_TYPE
        return types

    def _type(self, kind: Any) -> str:
        return self._names.ours("type", kind.name)

    def _predicate(self, fluent: Any) -> PredicateModel:
        params = {
            _variable(p.name, number): self._type(p.type)
            for number, p in enumerate(fluent.signature)
        }
        return PredicateModel(params=params, default=False)

    def _skill(self, action: Any) -> SkillModel:
        scope = {p.name: _variable(p.name, number) for number, p in enumerate(action.parameters)}
        params = {scope[p.name]: self._type(p.type) for p in action.parameters}
        needs = tuple(self._formula(part, scope, self._domain) for part in action.preconditions)
        effects: list[Atom] = []
        for effect in action.effects:
            if effect.is_increase():
                continue  # of a cost that no metric asks for: numbers decide nothing here
            if not effect.fluent.type.is_bool_type() or not effect.value.is_bool_constant():
                raise self._unsupported(f"an effect of '{action.name}' on a number", self._domain)
            inner = dict(scope)
            for variable in effect.forall:
                inner[variable.name] = _variable(variable.name, len(inner))
            atom = self._formula(effect.fluent, inner, self._domain)
            assert isinstance(atom, Atom)
            change = Atom(atom.fact, effect.value.is_true())
            effects.extend(self._for_all(change, [(inner[v.name], v.type) for v in effect.forall]))
        return SkillModel(
            params=params,
            preconditions=needs,
            effects=tuple(effect for effect in effects if effect.positive),
            # What is both deleted and added is true afterwards, so deleting is no promise.
            side_effects=tuple(effect for effect in effects if not effect.positive),
            duration=1.0,
        )

    def _for_all(self, change: Atom, heads: list[tuple[str, Any]]) -> Iterator[Atom]:
        """Yield a universal effect object by object."""
        things = [[thing.name for thing in self._read.objects(kind)] for _, kind in heads]
        for chosen in itertools.product(*things):
            names = (self._names.ours("object", name) for name in chosen)
            yield change.substitute(
                {variable: name for (variable, _), name in zip(heads, names, strict=True)}
            )

    def _formula(self, node: Any, scope: dict[str, str], path: Path) -> Formula:
        """Return an expression as a formula, over the variables in scope."""
        if node.is_bool_constant():
            return _TRUE if node.is_true() else _FALSE
        if node.is_fluent_exp():
            if not node.type.is_bool_type():
                raise self._unsupported(f"'{node}', a number", path)
            terms = tuple(self._term(arg, scope, path) for arg in node.args)
            return Atom(Fact(self._names.ours("predicate", node.fluent().name), terms))
        if node.is_equals():
            self._has_equality = True
            left, right = (self._term(arg, scope, path) for arg in node.args)
            return Atom(Fact(EQUAL, (left, right)))
        if node.is_not():
            part = self._formula(node.arg(0), scope, path)
            return Atom(part.fact, not part.positive) if isinstance(part, Atom) else Negation(part)
        if node.is_and() or node.is_or():
            parts = tuple(self._formula(arg, scope, path) for arg in node.args)
            return AllOf(parts) if node.is_and() else AnyOf(parts)
        if node.is_implies():
            condition, then = (self._formula(arg, scope, path) for arg in node.args)
            return AnyOf((Negation(condition), then))
        if node.is_forall() or node.is_exists():
            inner = dict(scope)
            heads: list[tuple[str, str]] = []
            for variable in node.variables():
                inner[variable.name] = _variable(variable.name, len(inner))
                heads.append((inner[variable.name], self._type(variable.type)))
            formula = self._formula(node.arg(0), inner, path)
            quantified = Forall if node.is_forall() else Exists
            for name, kind in reversed(heads):
                formula = quantified(name, kind, (), _TRUE, formula)
            return formula
        raise self._unsupported(f"'{node}'", path)

    def _term(self, node: Any, scope: dict[str, str], path: Path) -> str:
        if node.is_object_exp():
            return self._names.ours("object", node.object().name)
        if node.is_parameter_exp():
            return scope[node.parameter().name]
        if node.is_variable_exp():
            return scope[node.variable().name]
        raise self._unsupported(f"'{node}'", path)

    def _start(self, objects: dict[str, ObjectModel]) -> Iterator[Fact]:
        for node, value in self._read.explicit_initial_values.items():
            if node.type.is_bool_type() and value.is_true():
                atom = self._formula(node, {}, self._problem)
                assert isinstance(atom, Atom)
                yield atom.fact
        if self._has_equality:
            for name in objects:
                yield Fact(EQUAL, (name, name))

    def _cost(self) -> Callable[[Call], float]:
        metrics = self._read.quality_metrics
        if not metrics or metrics[0].is_minimize_sequential_plan_length():
            return lambda call: 1.0
        if len(metrics) > 1 or not metrics[0].is_minimize_action_costs():
            raise self._unsupported(f"the metric '{metrics[0]}'", self._problem)
        priced = {
            self._names.ours("skill", action.name): (action, metrics[0].get_action_cost(action))
            for action in self._read.actions
        }

        def cost(call: Call) -> float:
            action, expression = priced[call.name]
            if expression is None:
                return 0.0
            things = (self._names.theirs("object", name) for name in call.arguments)
            names = (parameter.name for parameter in action.parameters)
            value = self._number(expression, dict(zip(names, things, strict=True)))
            if value < 0:
                said = f"({action.name} {' '.join(map(self._theirs, call.arguments))})"
                message = f"the cost of '{said}' is {value:g}; it must not be negative"
                raise InputError.of("wrong-pddl", message, span=Span(str(self._problem), 1, 1))
            return value

        return cost

    def _theirs(self, name: str) -> str:
        return self._names.theirs("object", name)

    def _number(self, node: Any, binding: dict[str, str]) -> float:
        """Return the value of an expression over constant numbers."""
        if node.is_constant():
            return float(Fraction(node.constant_value()))
        if node.is_plus():
            return sum(self._number(arg, binding) for arg in node.args)
        if node.is_times():
            product = 1.0
            for arg in node.args:
                product *= self._number(arg, binding)
            return product
        if node.is_fluent_exp():
            things = [
                self._read.object(binding[arg.parameter().name])
                if arg.is_parameter_exp()
                else arg.object()
                for arg in node.args
            ]
            value = self._read.initial_value(node.fluent()(*things))
            if value is None:
                said = f"({node.fluent().name} {' '.join(thing.name for thing in things)})"
                hint = f"add (= {said} …) to ':init'"
                message = f"the cost '{said}' has no value"
                span = Span(str(self._problem), 1, 1)
                raise InputError.of("wrong-pddl", message, span=span, hint=hint)
            return float(Fraction(value.constant_value()))
        raise self._unsupported(f"the cost '{node}'", self._domain)


def _variable(name: str, number: int) -> str:
    """Return a variable name that no object of the file can have."""
    return f"v{number}_{re.sub(r'[^a-z0-9_]', '_', name.lower())}"
