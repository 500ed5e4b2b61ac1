"""Feasibility check: rollouts of a tree with every choice of arguments.

The tree checker looks at names and structure. This check finds, for one initial state, steps whose
precondition never holds when their turn comes, and steps that undo what a later step needs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.rollout.rollout import RefusedStep, Rollout, Step
from treehand.planners.rollout.simulation import STEPS, simulate
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Domain, Facts, Formula
from treehand.trees import TreeSpec

MAX_CHOICES = 64
"""Most choices of arguments that are simulated."""


@dataclass
class _TreePosition:
    """Outcomes of the calls at one position of the tree's file, over all rollouts."""

    began: int = 0
    """Number of steps that began."""
    refused: list[tuple[RefusedStep, tuple[Step, ...]]] = field(default_factory=list)
    """Refusals that made the tree fail, each with the steps before it."""


def check_feasibility(tree: TreeSpec, problem: PlanningProblem) -> list[Finding]:
    """Return the steps that cannot begin, and make the tree fail, whatever its arguments.

    Args:
        tree: A tree in which `check_tree` has found no error.
        problem: Where the tree starts; unknown preconditions count as false.
    """
    places: dict[Span, _TreePosition] = {}
    for arguments in choices(tree, problem.facts, MAX_CHOICES):
        _add(simulate(tree, arguments, problem, most_steps=STEPS), places)
    never = [(span, place) for span, place in places.items() if place.refused and not place.began]
    return [
        finding
        for span, place in sorted(never, key=lambda item: item[0])
        for finding in _findings(span, place, problem)
    ]


def choices(tree: TreeSpec, facts: Facts, most: int) -> Iterator[dict[str, str]]:
    """Yield every choice of arguments for a tree's parameters, or a random sample of them.

    Args:
        tree: The tree.
        facts: Objects of each type.
        most: Size of the sample, which is the same every time.
    """
    options = [facts.objects(kind) for kind in tree.params.values()]
    count = math.prod(map(len, options))
    numbers: Sequence[int] = range(count)
    if count > most:
        numbers = sorted(random.Random(0).sample(numbers, most))
    for number in numbers:
        chosen: dict[str, str] = {}
        for name, names in zip(reversed(tree.params), reversed(options), strict=True):
            number, index = divmod(number, len(names))
            chosen[name] = names[index]
        yield {name: chosen[name] for name in tree.params}


def count_of_choices(tree: TreeSpec, facts: Facts) -> int:
    """Return the number of choices of arguments for a tree's parameters."""
    return math.prod(len(facts.objects(kind)) for kind in tree.params.values())


def _add(rollout: Rollout, places: dict[Span, _TreePosition]) -> None:
    for step in rollout.steps:
        if step.span is not None:
            places.setdefault(step.span, _TreePosition()).began += 1
    failure = rollout.failure
    if failure is None or failure.code is not FailureCode.PRECONDITION_FALSE:
        return
    deciding = [refusal for refusal in rollout.refusals if refusal.call == failure.call]
    for refusal in deciding[-1:]:
        if refusal.span is not None:
            before = rollout.steps[: refusal.after]
            places.setdefault(refusal.span, _TreePosition()).refused.append((refusal, before))


def _findings(span: Span, place: _TreePosition, problem: PlanningProblem) -> Iterator[Finding]:
    refusal, before = min(place.refused, key=lambda item: len(item[1]))
    trace = ", ".join([*(str(step.call) for step in before), str(refusal.call)])
    undone = _undone(refusal, before, problem)
    if undone is not None:
        achiever, undoer, needed = undone
        message = f"'{undoer.call}' undoes '{needed}', which '{refusal.call}' needs later"
        hint = f"'{achiever}' made it true; shortest trace: {trace}"
        yield Finding("effect-undone", message, undoer.span or span, hint)
    else:
        message = f"'{refusal.call}' can never begin here: {refusal.reason}"
        yield Finding("impossible-step", message, span, f"shortest trace: {trace}")


def _undone(
    refusal: RefusedStep, before: Sequence[Step], problem: PlanningProblem
) -> tuple[str, Step, Formula] | None:
    """Return the call that achieved a precondition, the step that undid it, and the precondition.

    None if no precondition of the refused call held before.
    """
    model = problem.domain.skills[refusal.call.name]
    binding = dict(zip(model.params, refusal.call.arguments, strict=True))
    states = _states(before, problem)
    for condition in model.preconditions:
        needed = condition.substitute(binding)
        held = [needed.holds(state) is True for state in states]
        if held[-1] or True not in held:
            continue
        last = len(held) - 1 - held[::-1].index(True)  # the last state in which it held
        first = held.index(True)
        achiever = str(before[first - 1].call) if first else "the start"
        return achiever, before[last], needed
    return None


def _states(before: Sequence[Step], problem: PlanningProblem) -> list[Facts]:
    """Return the facts predicted at the start and after each step."""
    states = [problem.facts.copy()]
    for step in before:
        state = states[-1].copy()
        for atom in _effects(step.call, problem.domain):
            state.predict(atom, str(step.call), 0.0)
        states.append(state)
    return states


def _effects(call: Call, domain: Domain) -> Iterator[Atom]:
    model = domain.skills.get(call.name)
    if model is not None:
        binding = dict(zip(model.params, call.arguments, strict=True))
        for atom in (*model.side_effects, *model.effects):
            yield atom.substitute(binding)
