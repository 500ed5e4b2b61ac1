"""Success probability and duration of plans, from action models and from experience.

An attempt at a skill succeeds or fails with one code. The domain file gives prior probabilities of
the codes. Outcomes of the robot's own runs update them as in the posterior mean of a Dirichlet
distribution, with the file counting as `PRIOR_ATTEMPTS` attempts (Gelman et al., Bayesian Data
Analysis, §3.4). Only attempts that do not follow a failure of the same call count for that; the
others show how far failures persist. Retries of a step are computed code by code.

There are two estimates. One takes attempts as independent. In the other a failure persists: with
the probability `persistence` the next attempt fails for the same cause, whatever it is; else it is
an attempt like any other. This is the beta factor for common causes (Fleming 1975; NUREG/CR-4780
takes 0.1 where nothing is known), here from one attempt to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from treehand.planners.rollout.rollout import Rollout, Step
from treehand.skills import FailureCode
from treehand.skills.domain import Domain, RetryModel

PRIOR_ATTEMPTS = 20
"""Number of attempts that weigh as much as the domain file."""
PERSISTENCE = 0.1
"""Prior probability that a failure persists."""
PRIOR_REPEATS = 10
"""Number of repeated attempts that weigh as much as `PERSISTENCE`."""
_NEGLIGIBLE = 1e-12
_SHOWN = 3
"""Number of weakest steps that are named."""


class SkillRecord(BaseModel):
    """Outcomes of one skill's attempts, without those that were halted.

    An attempt is *fresh* unless it came right after a failed attempt at the same call.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    successes: int = 0
    """Number of successes among all attempts."""
    successes_s: float = 0.0
    """Total duration of the successes, in seconds."""
    fresh: int = 0
    """Number of fresh attempts, failed or not."""
    failures: dict[FailureCode, int] = {}
    """Number of failures of fresh attempts, by code."""
    repeats: dict[FailureCode, int] = {}
    """Number of attempts that were not fresh, by the code of the failure before."""
    again: dict[FailureCode, int] = {}
    """Number of those that failed with the same code again."""

    @property
    def attempts(self) -> int:
        """Return the number of attempts."""
        return self.fresh + sum(self.repeats.values())

    def __add__(self, other: SkillRecord) -> SkillRecord:
        return SkillRecord(
            successes=self.successes + other.successes,
            successes_s=self.successes_s + other.successes_s,
            fresh=self.fresh + other.fresh,
            failures=_sum(self.failures, other.failures),
            repeats=_sum(self.repeats, other.repeats),
            again=_sum(self.again, other.again),
        )


def _sum(
    one: Mapping[FailureCode, int], other: Mapping[FailureCode, int]
) -> dict[FailureCode, int]:
    return {code: one.get(code, 0) + other.get(code, 0) for code in {**one, **other}}


class Experience(BaseModel):
    """Outcomes of a robot's own runs, by skill."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: int = 0
    skills: dict[str, SkillRecord] = {}

    def __add__(self, other: Experience) -> Experience:
        names = {**self.skills, **other.skills}
        none = SkillRecord()
        skills = {n: self.skills.get(n, none) + other.skills.get(n, none) for n in names}
        return Experience(runs=self.runs + other.runs, skills=skills)


class WeakStep(BaseModel):
    """A step that may fail in spite of its retries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str
    code: FailureCode
    """The likeliest failure code."""
    probability: float
    """Probability that it fails after all retries, with any code."""


class Estimates(BaseModel):
    """Estimated duration and success probability of a plan, without interference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_s: float
    """Duration of the rollout, in seconds, without failures."""
    expected_duration_s: float | None = None
    """Expected duration in seconds, with failures, their persistence and the retries."""
    success_probability: float
    """Success probability with the tree's retries, for independent attempts."""
    correlated_probability: float | None = None
    """Success probability with the tree's retries, for failures that persist."""
    first_try_probability: float
    """Success probability without retries."""
    persistence: float = 0.0
    """Probability that a failure persists."""
    runs: int = 0
    """Number of this robot's runs behind the estimate; 0 if the domain file alone is."""
    attempts: int = 0
    """Number of attempts at the plan's skills in those runs."""
    weakest: tuple[WeakStep, ...] = ()
    """Steps with the highest probability of failure, the highest first."""


class Odds:
    """Failure probabilities and durations of skills.

    Args:
        domain: The action models.
        experience: Outcomes of the robot's own runs.
    """

    def __init__(self, domain: Domain, experience: Experience | None = None) -> None:
        self.domain = domain
        self.experience = experience or Experience()

    def failures(self, skill: str) -> dict[FailureCode, float]:
        """Return the probability of each failure code for a fresh attempt."""
        model = self.domain.skills.get(skill)
        record = self.experience.skills.get(skill, SkillRecord())
        priors = {c: f.probability for c, f in model.failures.items()} if model else {}
        weight = PRIOR_ATTEMPTS + record.fresh
        return {
            code: (PRIOR_ATTEMPTS * priors.get(code, 0.0) + record.failures.get(code, 0)) / weight
            for code in {**priors, **record.failures}
        }

    def duration_s(self, skill: str) -> float:
        """Return the duration of a successful attempt, in seconds."""
        model = self.domain.skills.get(skill)
        typical_s = model.duration if model else 0.0
        record = self.experience.skills.get(skill, SkillRecord())
        weight = PRIOR_ATTEMPTS + record.successes
        return (PRIOR_ATTEMPTS * typical_s + record.successes_s) / weight

    @cached_property
    def persistence(self) -> float:
        """Return the probability that a failure persists, from repeats beyond chance."""
        repeats = again = by_chance = 0.0
        for name, record in self.experience.skills.items():
            chances = self.failures(name)
            for code, number in record.repeats.items():
                repeats += number
                again += record.again.get(code, 0)
                by_chance += number * chances.get(code, 0.0)
        weight = PRIOR_REPEATS + repeats - by_chance
        return min(1.0, max(0.0, (PRIOR_REPEATS * PERSISTENCE + again - by_chance) / weight))

    @cached_property
    def timed(self) -> Domain:
        """Return the domain with the durations of `duration_s`."""
        if not self.experience.skills:
            return self.domain
        skills = {
            name: model.model_copy(update={"duration": self.duration_s(name)})
            for name, model in self.domain.skills.items()
        }
        return self.domain.model_copy(update={"skills": skills})


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
        self.first_try = 1.0 - sum(failures.values())


def estimate(rollout: Rollout, odds: Odds) -> Estimates:
    """Return the estimates of a plan; a failed attempt counts as long as a successful one.

    Args:
        rollout: The plan, simulated without failures and with `Odds.timed`.
        odds: Failure probabilities and durations of each skill.
    """
    first_try = independent = correlated = 1.0
    more_s = 0.0
    weak: list[WeakStep] = []
    failures = {name: odds.failures(name) for name in _skills(rollout.steps)}
    for step in rollout.steps:
        name = step.call.name
        alone = Chances(failures[name], step, 0.0)
        together = Chances(failures[name], step, odds.persistence)
        first_try *= alone.first_try
        independent *= alone.success
        correlated *= together.success
        each_s = odds.duration_s(name)
        retry = model.retry if (model := odds.domain.skills.get(name)) else None
        for number, probability in enumerate(together.repeats):
            more_s += probability * (each_s + _pause_s(retry, number, odds))
        if together.lost:
            worst = max(together.lost, key=together.lost.__getitem__)
            lost = 1.0 - together.success
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
        attempts=sum(records[name].attempts for name in failures if name in records),
        weakest=tuple(weak[:_SHOWN]),
    )


def _skills(steps: Iterable[Step]) -> list[str]:
    return list(dict.fromkeys(step.call.name for step in steps))


def _pause_s(retry: RetryModel | None, number: int, odds: Odds) -> float:
    """Return the pause after a failed attempt (numbered from 0), in seconds."""
    if retry is None:
        return 0.0
    first_s = odds.duration_s(retry.first.name) if retry.first is not None else 0.0
    return retry.backoff * 2.0 ** min(number, retry.attempts) + first_s
