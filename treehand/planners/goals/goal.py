"""Goals as data, and formulas in words."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from treehand.planners.goals.conditional_parts import NOTHING, ConditionalField, ConditionalPart
from treehand.planners.goals.manner import Manner
from treehand.planners.goals.requirements.requirement import Requirement, RequirementField, Response
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Count,
    Domain,
    Facts,
    Forall,
    Formula,
    FormulaField,
    Negation,
    QuantifierBindings,
    Seconds,
    conjuncts,
    positive_form,
    write_duration,
)


class Goal(BaseModel):
    """Formula to be true at the end, with an order, constraints and a time limit on the way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    """The person's words."""
    formula: FormulaField = AllOf(())
    """Formula to be true at the end, with its quantifiers."""
    before: tuple[FormulaField, ...] = ()
    """Formulas to be made true once, one after the other, before `formula`."""
    never: tuple[FormulaField, ...] = ()
    """Constraints: formulas that must not become true; a violation latches a stop."""
    cases: tuple[ConditionalField, ...] = ()
    """Parts that are wanted only if a condition is true, which is decided by looking."""
    requirements: tuple[RequirementField, ...] = ()
    """Requirements on the way; a run that breaks one goes on, and is no success."""
    within_s: Seconds | None = None
    """Time limit from the start of the run, in seconds; then the robot comes to rest."""
    manner: Manner | None = None
    """Manner that limits speed and grip force while a run is for the goal; None for the usual."""
    words: str = ""
    """The goal as it was read, in words."""
    parts: tuple[str, ...] = ()
    """The same, one phrase for each part; empty if `words` is not made from the formula."""

    @property
    def digest(self) -> str:
        """Return the fingerprint of what is asked for, without its words: 16 hex digits."""
        asked = [str(self.formula), *map(str, self.before), "never", *map(str, self.never)]
        asked += [*map(str, self.cases), *map(str, self.requirements)]
        asked += [self.manner.value] if self.manner is not None else []
        text = json.dumps([*asked, self.within_s])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def guard(self, facts: Facts) -> Formula | None:
        """Return the condition of the tree's guard; None if there is none.

        The guard covers the constraints known to be kept now. The run checks all of them, also
        those that are unknown now, and stops if one is violated.
        """
        known = [formula for formula in self.never if formula.holds(facts) is False]
        parts = tuple(positive_form(Negation(formula)) for formula in known)
        return None if not parts else parts[0] if len(parts) == 1 else AllOf(parts)

    def literals(self) -> tuple[str, ...]:
        """Return the parts of the goal in the text syntax."""
        wanted = (str(part) for part in conjuncts(self.formula))
        return (*wanted, *map(str, self.cases), *map(str, self.requirements))

    @property
    def is_empty(self) -> bool:
        """Return True if it asks for nothing in the end."""
        return not conjuncts(self.formula) and not self.cases

    def undecided(self, bindings: QuantifierBindings) -> tuple[ConditionalPart, ...]:
        """Return the conditional parts whose condition was not decided yet."""
        return tuple(one for one in self.cases if bindings.decision(one.condition) is None)

    def decided(self, bindings: QuantifierBindings) -> Goal:
        """Return the goal with the branches of the decided conditions among its parts."""
        parts = self.parts_wanted(bindings)
        formula = parts[0] if len(parts) == 1 else AllOf(parts)
        return self.model_copy(update={"formula": formula, "cases": self.undecided(bindings)})

    def parts_wanted(self, bindings: QuantifierBindings) -> tuple[Formula, ...]:
        """Return the parts of the formula and of the branches that are decided."""
        return tuple(dict.fromkeys(self._wanted(bindings)))

    def _wanted(self, bindings: QuantifierBindings) -> Iterator[Formula]:
        yield from conjuncts(self.formula)
        for one in self.cases:
            value = bindings.decision(one.condition)
            if value is not None:
                yield from conjuncts(one.branch(value=value))

    def endings(self) -> Iterator[Formula]:
        """Yield every formula that may be wanted in the end, one for each choice of branches."""
        options = [(one.then, one.otherwise) for one in self.cases]
        for chosen in itertools.product(*options):
            yield (
                AllOf(tuple(conjuncts(AllOf((self.formula, *chosen)))))
                if chosen
                else (self.formula)
            )

    def track(self, facts: Facts, bindings: QuantifierBindings) -> None:
        """Bind the objects that match an "all …" now; they stay bound after they stop matching."""
        for part in self._wanted(bindings):
            if isinstance(part, Forall):
                bindings.update(part, facts)

    def unknown(self, facts: Facts) -> tuple[str, ...]:
        """Return the objects for which it is unknown if an "all …" of the goal covers them."""
        names: dict[str, None] = {}
        for part in conjuncts(self.formula):
            if isinstance(part, Forall):
                for name, value in part.candidates(facts):
                    if value is None:
                        names[name] = None
        return tuple(names)

    def empty_parts(self, facts: Facts, bindings: QuantifierBindings) -> tuple[Forall, ...]:
        """Return the "all …" parts that no object is known to match."""
        parts = (part for part in self.parts_wanted(bindings) if isinstance(part, Forall))
        return tuple(part for part in parts if not bindings.update(part, facts))

    def instances(
        self, facts: Facts, bindings: QuantifierBindings
    ) -> Iterator[tuple[Formula, Formula]]:
        """Yield (part, ground instance) for each object that the part is bound to now."""
        for part in (*self.parts_wanted(bindings), *self.open_parts(bindings)):
            if isinstance(part, Forall):
                for name in bindings.update(part, facts):
                    yield part, part.body.substitute({part.variable: name})
            else:
                yield part, part

    def open_parts(self, bindings: QuantifierBindings) -> Iterator[Formula]:
        """Yield the parts whose condition is open, as they would be if it were decided now."""
        return (one.unfolded for one in self.undecided(bindings))

    def is_reached(self, facts: Facts, bindings: QuantifierBindings) -> bool | None:
        """Return True if the goal holds for every object ever bound; None if unknown."""
        return AllOf(tuple(instance for _, instance in self.instances(facts, bindings))).holds(
            facts
        )

    def is_begun_by(self, facts: Facts) -> bool:
        """Return True if every formula of `before` holds now; the past is not known."""
        return all(formula.holds(facts) is True for formula in self.before)

    def without(
        self,
        dropped: Sequence[tuple[Formula, Formula]],
        facts: Facts,
        bindings: QuantifierBindings,
    ) -> Goal:
        """Return the goal without some of its ground instances.

        Args:
            dropped: Pairs of a part and its instance.
            facts: Beliefs.
            bindings: Objects bound by each quantifier so far.
        """
        parts: list[Formula] = []
        for part in conjuncts(self.formula):
            gone = [instance for of, instance in dropped if of is part]
            if isinstance(part, Forall) and gone:
                names = tuple(
                    name
                    for name in bindings.update(part, facts)
                    if part.body.substitute({part.variable: name}) in gone
                )
                excluded = (*part.excluded, *names)
                parts.append(Forall(part.variable, part.type, excluded, part.where, part.body))
            elif not gone:
                parts.append(part)
        return self.model_copy(update={"formula": AllOf(tuple(parts))})


def in_words(goal: Goal, domain: Domain) -> Goal:
    """Return a goal with `words` and `parts` for its formula, its order and its limits."""
    parts = [say(part, domain) for part in conjuncts(goal.formula)]
    parts += [f"before the rest: {say(first, domain)}" for first in goal.before]
    parts += [f"never on the way: {say(forbidden, domain)}" for forbidden in goal.never]
    parts += [say_conditional(one, domain) for one in goal.cases]
    parts += [say_requirement(one, domain) for one in goal.requirements]
    if goal.within_s is not None:
        parts.append(f"within {write_duration(goal.within_s)}")
    if goal.manner is not None:
        parts.append(goal.manner.words)
    return goal.model_copy(update={"words": "; ".join(parts), "parts": tuple(parts)})


def say_conditional(part: ConditionalPart, domain: Domain) -> str:
    """Return a conditional part in words, with both of its branches."""
    otherwise = say(part.otherwise, domain) if part.otherwise != NOTHING else "nothing"
    return f"if {say(part.condition, domain)}: {say(part.then, domain)}; otherwise: {otherwise}"


def say_requirement(one: Requirement, domain: Domain) -> str:
    """Return a requirement in words."""
    if not isinstance(one, Response):
        return f"not before {say(one.first, domain)}: {say(one.later, domain)}"
    trigger, response = say(one.trigger, domain), say(one.response, domain)
    if one.is_duration:
        return f"never for longer than {one.bound}: {trigger}"
    within = f"within {one.bound}" if str(one.bound) else "before the end"
    return f"whenever {trigger}, {within}: {response}"


def say(formula: Formula, domain: Domain) -> str:
    """Return a formula in words, from the phrases of the domain."""
    if isinstance(formula, Atom):
        return _say_atom(formula, domain)
    if isinstance(formula, Comparison):
        return str(formula)
    if isinstance(formula, Negation):
        return f"it is not so that {say(formula.part, domain)}"
    if isinstance(formula, AllOf):
        return " and ".join(say(part, domain) for part in formula.parts) or "nothing"
    if isinstance(formula, AnyOf):
        return " or ".join(say(part, domain) for part in formula.parts)
    it = {formula.variable: "it"}
    noun = _spoken(formula.type)
    if formula.excluded:
        noun += f" except {' and '.join(map(_spoken, formula.excluded))}"
    where = say(formula.where.substitute(it), domain) if formula.where != AllOf(()) else ""
    if isinstance(formula, Count):
        sign = {">=": "at least", "<=": "at most", "==": "exactly"}[formula.sign]
        return f"for {sign} {formula.number} of {noun}: {where}"
    if where:
        noun += f" that {where.removeprefix('it ')}" if where.startswith("it ") else f", if {where}"
    many = "every" if isinstance(formula, Forall) else "some"
    return f"for {many} {noun}: {say(formula.body.substitute(it), domain)}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _say_atom(atom: Atom, domain: Domain) -> str:
    model = domain.predicates.get(atom.fact.predicate)
    if model is None or len(model.params) != len(atom.fact.terms):
        return str(atom)
    template = model.say if atom.positive else model.say_not
    if not template:
        template = model.say.replace(" is ", " is not ", 1) if model.say else str(atom)
        if template == model.say:
            template = f"not: {model.say}"
    for name, term in zip(model.params, atom.fact.terms, strict=True):
        template = template.replace("{" + name + "}", _spoken(term))
    return template
