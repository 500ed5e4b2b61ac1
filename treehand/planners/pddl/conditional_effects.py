"""Actions whose effects depend on the state, as several actions without such effects.

An action with ``(when C E)`` becomes two: one needs C and does E, one needs that C is false. Where
an action has many conditions, its instances are made first: most conditions of an instance are
decided by facts that never change.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from treehand.core.errors import InputError
from treehand.planners.pddl.condition_grounder import ConditionGrounder
from treehand.planners.pddl.files.syntax import ActionSyntax, Condition, EffectSyntax, JoinedSyntax
from treehand.planners.pddl.formulas import FALSE, TRUE, FormulaTranslation, Scope, negated
from treehand.skills.domain import AllOf, Atom, Formula

MAX_LIFTED = 3
"""Most conditions of an action that is not split into its instances first."""
MAX_DECIDED = 14
"""Most conditions of one instance that the state decides."""
MAX_ACTIONS = 50_000
"""Most actions that one action is split into."""


@dataclass(frozen=True)
class ActionCase:
    """An action in the states in which the same of its conditions hold."""

    arguments: tuple[str, ...] | None
    """Objects that it is for, in the names of the file; None if it has parameters."""
    needs: tuple[Formula, ...]
    effects: tuple[Atom, ...]


@dataclass(frozen=True)
class _Conditional:
    condition: Formula
    effect: Atom


def cases_of(
    action: ActionSyntax, into: FormulaTranslation, grounder: ConditionGrounder, scope: Scope
) -> Iterator[ActionCase]:
    """Yield the cases of an action.

    Args:
        action: The action.
        into: Translation of its conditions.
        grounder: Makes the instances of its conditions.
        scope: Variables of its parameters.

    Raises:
        InputError: If there are too many.
    """
    conditions = [action.precondition, *(effect.condition for effect in action.effects)]
    is_derived = any(map(grounder.rests_on_axioms, conditions))
    if not is_derived and all(
        not effect.variables and effect.condition == JoinedSyntax("and", ())
        for effect in action.effects
    ):
        effects = tuple(_literal(effect, into, scope) for effect in action.effects)
        yield ActionCase(None, _needs(action.precondition, into, scope), effects)
        return
    if not is_derived:
        lifted = [
            _conditional(into.formula(effect.condition, inner), _literal(effect, into, inner))
            for effect in action.effects
            for inner in _lifted_scopes(effect, into, scope)
        ]
        if len(_undecided(lifted)) <= MAX_LIFTED:
            needs = _needs(action.precondition, into, scope)
            yield from _cases(None, needs, lifted)
            return
    yield from _ground_cases(action, into, grounder)


def _ground_cases(
    action: ActionSyntax, into: FormulaTranslation, grounder: ConditionGrounder
) -> Iterator[ActionCase]:
    number = 0
    what = f"the action '{action.name.text}'"
    for given in grounder.instances(action):
        needs = (grounder.ground(action.precondition, given, what, action.name.span),)
        if needs == (FALSE,):
            continue
        parts = list(_instances(action, into, grounder, given))
        if len(_undecided(parts)) > MAX_DECIDED:
            raise _too_many(action, f"an instance depends on {len(_undecided(parts))} conditions")
        for case in _cases(tuple(given.values()), needs, parts):
            number += 1
            if number > MAX_ACTIONS:
                raise _too_many(action, f"it has more than {MAX_ACTIONS:,} cases")
            yield case


def _too_many(action: ActionSyntax, why: str) -> InputError:
    what = f"the conditional effects of '{action.name.text}' are too many to read: {why}"
    return InputError.of("unsupported-pddl", what, span=action.name.span)


def _needs(condition: Condition, into: FormulaTranslation, scope: Scope) -> tuple[Formula, ...]:
    parts = (
        condition.parts if isinstance(condition, JoinedSyntax) and condition.how == "and" else None
    )
    if parts is None:
        return (into.formula(condition, scope),)
    return tuple(into.formula(part, scope) for part in parts)


def _literal(effect: EffectSyntax, into: FormulaTranslation, scope: Scope) -> Atom:
    return Atom(into.atom(effect.atom, scope).fact, effect.is_positive)


def _lifted_scopes(effect: EffectSyntax, into: FormulaTranslation, scope: Scope) -> Iterator[Scope]:
    """Yield the scope of an effect for each object that its own variables may stand for."""
    for chosen in itertools.product(*map(into.things, effect.variables)):
        names = zip(effect.variables, chosen, strict=True)
        yield {**scope, **{one.name: into.object_name(thing) for one, thing in names}}


def _instances(
    action: ActionSyntax,
    into: FormulaTranslation,
    grounder: ConditionGrounder,
    given: Mapping[str, str],
) -> Iterator[_Conditional]:
    what = f"the action '{action.name.text}'"
    for effect in action.effects:
        for chosen in itertools.product(*map(into.things, effect.variables)):
            names = zip(effect.variables, chosen, strict=True)
            inner = {**given, **{one.name: thing for one, thing in names}}
            condition = grounder.ground(effect.condition, inner, what, action.name.span)
            if condition != FALSE:
                scope = {name: into.object_name(thing) for name, thing in inner.items()}
                yield _conditional(condition, _literal(effect, into, scope))


def _conditional(condition: Formula, effect: Atom) -> _Conditional:
    """Return an effect with its condition, less what makes no difference.

    To delete a fact where it is true is to delete it.
    """
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    kept = tuple(part for part in parts if part != negated(effect))
    return _Conditional(kept[0] if len(kept) == 1 else AllOf(kept), effect)


def _undecided(parts: Sequence[_Conditional]) -> list[Formula]:
    """Return the conditions that decide, each once; a condition and its opposite are one."""
    found: dict[Formula, None] = {}
    for part in parts:
        if part.condition != TRUE and negated(part.condition) not in found:
            found[part.condition] = None
    return list(found)


def _cases(
    arguments: tuple[str, ...] | None, needs: tuple[Formula, ...], parts: Sequence[_Conditional]
) -> Iterator[ActionCase]:
    deciding = _undecided(parts)
    for values in itertools.product((True, False), repeat=len(deciding)):
        holds = dict(zip(deciding, values, strict=True))
        done = [
            part.effect
            for part in parts
            if part.condition == TRUE
            or holds.get(part.condition, not holds.get(negated(part.condition), True))
        ]
        known = (one if value else negated(one) for one, value in holds.items())
        yield ActionCase(arguments, (*needs, *known), tuple(dict.fromkeys(done)))


def is_changed(actions: Sequence[ActionSyntax]) -> frozenset[str]:
    """Return the predicates that some action changes."""
    return frozenset(effect.atom.name.text for action in actions for effect in action.effects)
