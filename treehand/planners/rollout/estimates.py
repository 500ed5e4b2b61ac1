"""Success probability and duration of plans, from action models and from experience.

`odds` has the failure probabilities of one attempt. Retries of a step are computed code by code. A
failure that no attempt of the tree cures ends the plan, unless the goal can be reached all the
same; a broken glass, for example, does not go into the dishwasher any more.

There are two estimates. One takes attempts as independent. In the other a failure persists: with
the probability `persistence` the next attempt fails for the same cause, whatever it is; else it is
an attempt like any other. This is the beta factor for common causes (Fleming 1975; NUREG/CR-4780
takes 0.1 where nothing is known), here from one attempt to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from treehand.planners.rollout.odds import Odds
from treehand.planners.rollout.rollout import Rollout, Step
from treehand.skills import FailureCode
from treehand.skills.domain import Call, RetryModel

_NEGLIGIBLE = 1e-12
_SHOWN = 3
"""Number of weakest steps that are named."""


class WeakStep(BaseModel):
    """A step that may fail in spite of its retries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str
    code: FailureCode
    """The likeliest failure code."""
    probability: float
    """Probability that it fails after all retries, with any code."""


class Estimates(BaseModel):
    """Estimated duration and success probability of a plan, without interference.

    The probabilities are None if nothing is known that they could rest on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_s: float
    """Duration of the rollout, in seconds, without failures."""
    expected_duration_s: float | None = None
    """Expected duration in seconds, with failures, their persistence and the retries."""
    success_probability: float | None = None
    """Success probability with the tree's retries, for independent attempts."""
    correlated_probability: float | None = None
    """Success probability with the tree's retries, for failures that persist."""
    first_try_probability: float | None = None
    """Success probability without retries."""
    persistence: float = 0.0
    """Probability that a failure persists."""
    runs: int = 0
    """Number of this robot's runs behind the estimate; 0 if the domain file alone is."""
    attempts: int = 0
    """Number of attempts at the plan's skills in those runs."""
    weakest: tuple[WeakStep, ...] = ()
    """Steps with the highest probability of failure, the highest first."""
    basis: str = ""
    """Source of the probabilities, or the reason why there are none; empty in older journals."""


class Chances:
    """Outcome probabilities of one step with its retries.

    Args:
        failures: Probability of each failure code for one attempt.
        step: The step, with the attempts allowed for each code.
        persists: Probability that a failure persists in the next attempt.
    """

    def __init__(self, failures: Mapping[FailureCode, float], step: Step, persists: float) -> None:
        self.repeats: list[float] = []
        """Probability of a second attempt, a third, and so on."""
        self.lost: dict[FailureCode, float] = {}
        """Probability of failure after all retries, by the code of the last attempt."""
        now = dict(failures)
        number = 1
        while now:
            allowed = {c: p for c, p in now.items() if step.attempts.get(c, 1) > number}
            for code, probability in now.items():
                if code not in allowed:
                    self.lost[code] = self.lost.get(code, 0.0) + probability
            again = sum(allowed.values())
            if again < _NEGLIGIBLE:
                break
            self.repeats.append(again)
            afresh = {code: (1.0 - persists) * again * p for code, p in failures.items()}
            now = {c: afresh[c] + persists * allowed.get(c, 0.0) for c in failures}
            number += 1
        self.success = 1.0 - sum(self.lost.values())


class Consequences(Protocol):
    """Consequences of failures for a plan."""

    def are_absorbed(self, step: Step, code: FailureCode, *, after: int) -> bool:
        """Return True if the tree goes on with another alternative after a failure of a step.

        Args:
            step: The step.
            code: Code of its failure.
            after: Number of steps before it.
        """
        ...

    def leave_reachable(self, call: Call, code: FailureCode) -> bool:
        """Return True if the goal can be reached after a failure that no attempt cures."""
        ...


def estimate(rollout: Rollout, odds: Odds, consequences: Consequences) -> Estimates:
    """Return the estimates of a plan; a failed attempt counts as long as a successful one.

    Args:
        rollout: The plan, simulated without failures and with `Odds.timed`.
        odds: Failure probabilities and durations of each skill.
        consequences: Consequences of failures for the plan.
    """
    names = _skills(rollout.steps)
    lacking = odds.lacking(names)
    if lacking:
        return Estimates(duration_s=rollout.duration_s, basis=lacking)
    first_try = independent = correlated = 1.0
    more_s = 0.0
    weak: list[WeakStep] = []
    for after, step in enumerate(rollout.steps):
        failures = odds.failures(step.call)
        alone = Chances(failures, step, 0.0)
        together = Chances(failures, step, odds.persistence)
        each_s = odds.duration_s(step.call.name)
        model = odds.domain.skills.get(step.call.name)
        retry = model.retry if model is not None else None
        for number, probability in enumerate(together.repeats):
            more_s += probability * (each_s + _pause_s(retry, number, odds))
        harmful = {
            code
            for code, probability in failures.items()
            if probability > 0.0 and not consequences.are_absorbed(step, code, after=after)
        }
        first_try *= 1.0 - sum(failures[code] for code in harmful)
        harmful = {c for c in harmful if not consequences.leave_reachable(step.call, c)}
        lost = sum(p for code, p in together.lost.items() if code in harmful)
        independent *= 1.0 - sum(p for code, p in alone.lost.items() if code in harmful)
        correlated *= 1.0 - lost
        if lost > 0.0:
            worst = max(harmful & together.lost.keys(), key=together.lost.__getitem__)
            weak.append(WeakStep(call=str(step.call), code=worst, probability=lost))
    weak.sort(key=lambda one: -one.probability)
    records = odds.experience.skills
    return Estimates(
        duration_s=rollout.duration_s,
        expected_duration_s=rollout.duration_s + more_s,
        success_probability=independent,
        correlated_probability=correlated,
        first_try_probability=first_try,
        persistence=odds.persistence,
        runs=odds.experience.runs,
        attempts=sum(records[name].attempts for name in names if name in records),
        weakest=tuple(weak[:_SHOWN]),
        basis=odds.source(),
    )


def _skills(steps: Iterable[Step]) -> list[str]:
    return list(dict.fromkeys(step.call.name for step in steps))


def _pause_s(retry: RetryModel | None, number: int, odds: Odds) -> float:
    """Return the pause after a failed attempt (numbered from 0), in seconds."""
    if retry is None:
        return 0.0
    first = retry.first[number % len(retry.first)] if retry.first else None
    first_s = odds.duration_s(first.name) if first is not None else 0.0
    return retry.backoff * 2.0 ** min(number, retry.attempts) + first_s
