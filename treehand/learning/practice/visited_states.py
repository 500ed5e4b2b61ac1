"""States that a policy comes to by itself, labelled by the teacher.

A policy that only ever saw the teacher's way, and states drawn beside it, does not know where its
own errors lead. After Ross, Gordon and Bagnell, "A Reduction of Imitation Learning and Structured
Prediction to No-Regret Online Learning" (DAgger), AISTATS 2011.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from treehand.core.errors import InputError
from treehand.learning.demonstrations.annotation import in_words
from treehand.learning.evaluation.attempting import attempt
from treehand.learning.evaluation.contenders import Contender, deployed
from treehand.learning.practice.drawn_states import CallTurns, Gathering
from treehand.learning.practice.teaching_world import lesson_plan, teaching_world
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills import LabelledState, Moment, Recordable
from treehand.skills.domain import Call
from treehand.skills.vla.contract.spec import PolicySpec

EVERY_S = 0.1
"""Run time between two moments that are kept."""


def visited_states(
    checkpoint: Path,
    drawn: Sequence[DeploymentOverrides],
    spec: PolicySpec,
    plan: Gathering,
) -> Iterator[tuple[str, LabelledState]]:
    """Yield instruction and state of moments of the policy's attempts.

    The kitchen is varied before each attempt, and the arm begins anywhere. Calls that are
    impossible in a world are left out.

    Args:
        checkpoint: Folder of the policy.
        drawn: Worlds that teach, which take turns.
        spec: Its inputs and outputs.
        plan: Calls, seeds and number of states; each world has one call.

    Raises:
        InputError: If a world teaches nothing, or the policy does not fit its robot.
        MissingExtra: If a world cannot draw here.
    """
    policy = Contender("practised", checkpoint)
    skills = dict.fromkeys(one.name for one in plan.patterns)
    with ExitStack() as stack:
        served = [
            {name: stack.enter_context(deployed(policy, one, name)) for name in skills}
            for one in drawn
        ]
        turns = [CallTurns(one, served[0][one.name]) for one in plan.patterns]
        for number, seed in enumerate(plan.seeds):
            call = turns[number % len(turns)].next()
            deployment = served[number % len(served)][call.name]
            yield from _of_attempt(deployment, spec, call, seed, plan.states_n)
            gc.collect()  # a world is large, and its parts know each other


def _of_attempt(
    deployment: Deployment, spec: PolicySpec, call: Call, seed: int, count: int
) -> Iterator[tuple[str, LabelledState]]:
    with teaching_world(deployment, seed) as (robot, world):
        if not isinstance(world, Recordable):
            message = f"world '{deployment.kind.name}' records no motion"
            raise InputError.of("no-teacher", message, hint="practise in kitchen-physics")
        try:
            world.vary(call)
        except ValueError:
            return  # impossible in this world
        robot.look()
        moments: list[Moment] = []

        def keep(moment: Moment) -> None:
            if not moments or moment.time_s >= moments[-1].time_s + EVERY_S - 1e-9:
                moments.append(moment)

        world.record(keep)
        done = attempt(robot, deployment, call)
        if done is None:
            return
        end_s = done.begun_s + done.sim_s
        tried = [one for one in moments if done.begun_s <= one.time_s <= end_s]
        words = in_words(call, deployment.domain)
        try:
            for one in world.corrections(lesson_plan(spec, call, count), tried):
                yield words, one
        except ValueError:
            return  # the teacher knows no way from there
