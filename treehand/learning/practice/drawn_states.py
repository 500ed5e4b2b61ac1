"""Random states of drawn worlds, on and beside the ways of the teachers."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehand.core.errors import InputError
from treehand.learning.demonstrations.annotation import in_words
from treehand.learning.evaluation.calls import expanded
from treehand.learning.practice.teaching_world import lesson_plan, teaching_world
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import LabelledState
from treehand.skills.domain import Call
from treehand.skills.vla.contract.spec import PolicySpec

LESSON_N = 4
"""Greatest number of states from one lesson, which varies its world once."""
IDLE_N = 3
"""Turns of every pattern without a state after which a world has no more."""


@dataclass(frozen=True)
class Gathering:
    """States that are gathered."""

    patterns: tuple[Call, ...]
    """Calls that take turns; ``*`` stands for every object in turn. A call that is impossible in a
    drawn world gives its turn to the next one."""
    seeds: Sequence[int]
    """Seed of each drawn world."""
    states_n: int
    """States of each world."""


class CallTurns:
    """The calls that a pattern stands for, again and again.

    Args:
        pattern: A call whose arguments may be ``*``.
        deployment: Its objects.

    Raises:
        InputError: If there is no such skill, or it has another number of arguments.
    """

    def __init__(self, pattern: Call, deployment: Deployment) -> None:
        self.calls = expanded(pattern, deployment)
        self._left = itertools.cycle(self.calls)

    def next(self) -> Call:
        """Return the next call."""
        return next(self._left)


def drawn_states(
    deployments: Sequence[Deployment], spec: PolicySpec, plan: Gathering
) -> Iterator[tuple[str, LabelledState]]:
    """Yield instruction and state of every lesson.

    Args:
        deployments: Worlds that teach, which take turns.
        spec: Inputs and outputs of the model.
        plan: Calls, seeds and number of states; the calls share the states of a world.

    Raises:
        InputError: If a world teaches no such skill, or no call is possible in any world.
        MissingExtra: If a world cannot draw here.
    """
    turns = [CallTurns(one, deployments[0]) for one in plan.patterns]
    is_possible = False
    for number, seed in enumerate(plan.seeds):
        for one in _of_world(deployments[number % len(deployments)], spec, plan, turns, seed):
            is_possible = True
            yield one
        gc.collect()  # a world is large, and its parts know each other
    if not is_possible:
        calls = ", ".join(map(str, plan.patterns))
        hint = "name another call, or another preset"
        raise InputError.of("no-examples", f"{calls}: possible in no world", hint=hint)


def _of_world(
    deployment: Deployment, spec: PolicySpec, plan: Gathering, turns: list[CallTurns], seed: int
) -> Iterator[tuple[str, LabelledState]]:
    with teaching_world(deployment, seed) as (_, world):
        unknown = [one.name for one in plan.patterns if one.name not in world.taught]
        if unknown:
            hint = f"taught: {', '.join(world.taught)}"
            raise InputError.of("no-teacher", f"nobody teaches '{unknown[0]}'", hint=hint)
        left_n, idle_n = plan.states_n, 0
        while left_n and idle_n < IDLE_N * len(turns):
            call = turns[0].next()
            turns.append(turns.pop(0))
            count = 0
            try:
                for one in world.lessons(lesson_plan(spec, call, min(left_n, LESSON_N))):
                    yield in_words(call, deployment.domain), one
                    count += 1
            except ValueError:
                pass  # impossible in this world
            left_n -= count
            idle_n = 0 if count else idle_n + 1
