"""Budgets: how long, how often and with how much memory a run may try."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from treehand.core.errors import InputError
from treehand.documents.reader import Located
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import Seconds


class Budgets(Located):
    """Budgets of a run; it gives up when one is used up."""

    replans: Annotated[int, Field(ge=0)] = 5
    """New plans before a person is asked."""
    revisions: Annotated[int, Field(ge=0)] = 2
    """Number of other goals that a language model is asked for when no plan reaches the goal."""
    run_time: Seconds | None = None
    """Run time, on the run's clock. Left out, it follows the plan: 10 times what it takes, an hour
    at least."""
    activations_per_call: Annotated[int, Field(ge=1)] | None = None
    """Activations of one and the same call by one tree; more is no progress. Left out, it follows
    the plan: 25 more than 3 times as often as in the plan."""
    activations: Annotated[int, Field(ge=1)] | None = None
    """Skill activations in all. Left out, it follows the plan: 5 times its steps, 2,000 at
    least."""
    planning_time: Seconds = 30.0
    """Longest time for one planning call, on the wall's clock: then nothing is decided."""
    planning_memory: Annotated[float, Field(gt=0)] = 4096.0
    """Most memory of this process while it plans, in MiB."""
    success: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Target success probability; sets retry counts. Left out, the domain's retries are used."""

    def with_overrides(self, given: DeploymentOverrides) -> Budgets:
        """Return the budgets with those of the overrides that are given.

        Raises:
            InputError: If a limit is no positive number, or `success` no probability.
        """
        if given.success is not None:
            require_probability(given.success)
        for option, value in (("--max-seconds", given.max_s), ("--max-memory", given.max_mib)):
            if value is not None and not (math.isfinite(value) and value > 0):
                message = f"{option} must be a number above 0, got {value:g}"
                raise InputError.of("wrong-limit", message, hint=f"for example {option} 20")
        named = {
            "success": given.success,
            "planning_time": given.max_s,
            "planning_memory": given.max_mib,
        }
        update = {name: value for name, value in named.items() if value is not None}
        return self.model_copy(update=update) if update else self


def require_speed(speed: float) -> None:
    """Raise `InputError` unless time can pass at a speed."""
    if not (math.isfinite(speed) and speed > 0):
        message = f"--speed must be a number above 0, got {speed:g}"
        raise InputError.of("wrong-speed", message, hint="1 is real time")


def require_probability(success: float) -> None:
    """Raise `InputError` unless plans can be wanted to succeed so often."""
    if not 0.0 < success < 1.0:
        message = f"--success must be a probability between 0 and 1, got {success:g}"
        raise InputError.of("wrong-success", message, hint="for example --success 0.99")
