"""Runs a tree in the imagination with every choice of arguments, and says what cannot work.

The checker of trees looks at names and shape; this looks at meaning in one world: a step whose
precondition never holds when its turn comes, and a step that undoes what a later one needs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from treehand.core.errors import Finding
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Domain, Facts, Formula
from treehand.core.spans import Span
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.trees import TreeSpec
from treehand.planners.rollout.rollout import Refusal, Rollout, Step, simulate

MAX_CHOICES = 64
"""Most choices of arguments that are tried."""


@dataclass
class _TreePosition:
    """What became of the steps that one place in the file calls."""

    began: int = 0
    refused: list[tuple[Refusal, tuple[Step, ...]]] = field(default_factory=list)
    """With the steps before."""


def check_feasibility(tree: TreeSpec, problem: PlanningProblem) -> list[Finding]:
    """Return the steps that cannot begin, and bring a sound tree down, whatever its arguments.

    Args:
        tree: The tree, found sound by `check_tree`.
        problem: Where the tree starts; what is unknown counts as not holding.
    """
    places: dict[Span, _TreePosition] = {}
    for arguments in choices(tree, problem.facts, MAX_CHOICES):
        _take_in(simulate(tree, arguments, problem), places)
    never = [(span, place) for span, place in places.items() if place.refused and not place.began]
    return [
        finding
        for span, place in sorted(never, key=lambda item: item[0])
        for finding in _findings(span, place, problem)
    ]


def choices(tree: TreeSpec, facts: Facts, most: int) -> Iterator[dict[str, str]]:
    """Yield arguments for a tree's parameters: all, or so many of them drawn at random.

    The draw is the same every time.
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
    """Return how many choices of arguments a tree's parameters have."""
    return math.prod(len(facts.objects(kind)) for kind in tree.params.values())


def _take_in(simulation: Rollout, places: dict[Span, _TreePosition]) -> None:
    for step in simulation.steps:
        if step.span is not None:
            places.setdefault(step.span, _TreePosition()).began += 1
    failure = simulation.failure
    if failure is None or failure.code is not FailureCode.PRECONDITION_FALSE:
        return
    deciding = [refusal for refusal in simulation.refusals if refusal.call == failure.call]
    for refusal in deciding[-1:]:
        if refusal.span is not None:
            before = simulation.steps[: refusal.after]
            places.setdefault(refusal.span, _TreePosition()).refused.append((refusal, before))


def _findings(span: Span, place: _TreePosition, problem: PlanningProblem) -> Iterator[Finding]:
    refusal, before = min(place.refused, key=lambda item: len(item[1]))
    story = ", ".join([*(str(step.call) for step in before), str(refusal.call)])
    undone = _undone(refusal, before, problem)
    if undone is not None:
        maker, undoer, needed = undone
        message = f"'{undoer.call}' undoes '{needed}', which '{refusal.call}' needs later"
        hint = f"'{maker}' made it true; shortest story: {story}"
        yield Finding("effect-undone", message, undoer.span or span, hint)
    else:
        message = f"'{refusal.call}' can never begin here: {refusal.reason}"
        yield Finding("impossible-step", message, span, f"shortest story: {story}")


def _undone(
    refusal: Refusal, before: Sequence[Step], problem: PlanningProblem
) -> tuple[str, Step, Formula] | None:
    """Return who made true what a refused step needs, which step undid it, and what it is."""
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
        maker = str(before[first - 1].call) if first else "the start"
        return maker, before[last], needed
    return None


def _states(before: Sequence[Step], problem: PlanningProblem) -> list[Facts]:
    """Return what is predicted at the start and after each step."""
    states = [problem.facts.copy()]
    for step in before:
        state = states[-1].copy()
        for atom in _effects(step.call, problem.domain):
            state.imagine(atom, str(step.call), 0.0)
        states.append(state)
    return states


def _effects(call: Call, domain: Domain) -> Iterator[Atom]:
    model = domain.skills.get(call.name)
    if model is not None:
        binding = dict(zip(model.params, call.arguments, strict=True))
        for atom in (*model.side_effects, *model.effects):
            yield atom.substitute(binding)
