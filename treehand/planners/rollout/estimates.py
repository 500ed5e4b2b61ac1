"""What a plan is expected to take: chances and times, from action models and from experience.

An attempt at a skill succeeds or fails with one code. How likely each code is comes from the
domain file; what a robot's own runs say is weighed against that as in the posterior mean of a
Dirichlet distribution, with the file counting as `PRIOR_ATTEMPTS` attempts (Gelman et al., Bayesian
Data Analysis, §3.4). Only attempts that do not follow a failure of the same call count for that;
the others show how far failures persist. A step's retries are followed code by code.

Two estimates are given. One takes attempts as independent. The other lets a failure persist: with
the probability `persistence` the next attempt fails for the same cause, whatever it is; else it is
an attempt like any other. That is the idea of the beta factor for common causes (Fleming 1975;
NUREG/CR-4780 takes 0.1 where nothing is known), here from one attempt to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from treehand.planners.rollout.rollout import Rollout, Step
from treehand.skills import FailureCode
from treehand.skills.domain import Domain, RetryModel

PRIOR_ATTEMPTS = 20
"""As many attempts as this weigh as much as the domain file."""
PERSISTENCE = 0.1
"""How often a failure persists where nothing is known."""
PRIOR_REPEATS = 10
"""As many repeated attempts as this weigh as much as `PERSISTENCE`."""
_NEGLIGIBLE = 1e-12
_SHOWN = 3
"""So many of the weakest steps are named."""


class SkillRecord(BaseModel):
    """What became of one skill's attempts; those that were halted are not among them.

    An attempt is *fresh* unless it came right after one of the same call that had failed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    successes: int = 0
    """Of all attempts."""
    successes_s: float = 0.0
    """How long those took, together."""
    fresh: int = 0
    """Fresh attempts, however they ended."""
    failures: dict[FailureCode, int] = {}
    """How fresh attempts failed."""
    repeats: dict[FailureCode, int] = {}
    """Attempts that were not fresh, by how the one before had failed."""
    again: dict[FailureCode, int] = {}
    """Those of them that failed so again."""

    @property
    def attempts(self) -> int:
        """Return how many there were."""
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
    """What a robot's own runs say of its skills."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: int = 0
    skills: dict[str, SkillRecord] = {}

    def __add__(self, other: Experience) -> Experience:
        names = {**self.skills, **other.skills}
        none = SkillRecord()
        skills = {n: self.skills.get(n, none) + other.skills.get(n, none) for n in names}
        return Experience(runs=self.runs + other.runs, skills=skills)


class WeakStep(BaseModel):
    """A step that may fail for good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str
    code: FailureCode
    """The likeliest reason."""
    probability: float
    """That it fails for good, for any reason."""


class Estimates(BaseModel):
    """What a plan is expected to take, if nobody interferes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_s: float
    """Of the imagined run, without failures."""
    expected_duration_s: float | None = None
    """With the failures to be expected, as far as they persist, and the retries they cost."""
    success_probability: float
    """With the retries in the tree, attempts taken as independent."""
    correlated_probability: float | None = None
    """The same, with failures that persist."""
    first_try_probability: float
    """Without any retry."""
    persistence: float = 0.0
    """How often a failure is taken to persist, from 0 to 1."""
    runs: int = 0
    """How many runs of this robot are behind this; 0 if it is from the domain file alone."""
    attempts: int = 0
    """How many attempts at the plan's skills those runs hold."""
    weakest: tuple[WeakStep, ...] = ()
    """The steps likeliest to fail for good, the worst first."""


class Odds:
    """How likely each skill fails and how long it takes.

    Args:
        domain: The action models.
        experience: What the robot's own runs say.
    """

    def __init__(self, domain: Domain, experience: Experience | None = None) -> None:
        self.domain = domain
        self.experience = experience or Experience()

    def failures(self, skill: str) -> dict[FailureCode, float]:
        """Return how likely a fresh attempt fails with each code."""
        model = self.domain.skills.get(skill)
        record = self.experience.skills.get(skill, SkillRecord())
        priors = {c: f.probability for c, f in model.failures.items()} if model else {}
        weight = PRIOR_ATTEMPTS + record.fresh
        return {
            code: (PRIOR_ATTEMPTS * priors.get(code, 0.0) + record.failures.get(code, 0)) / weight
            for code in {**priors, **record.failures}
        }

    def duration_s(self, skill: str) -> float:
        """Return how long a successful attempt takes."""
        model = self.domain.skills.get(skill)
        typical_s = model.duration if model else 0.0
        record = self.experience.skills.get(skill, SkillRecord())
        weight = PRIOR_ATTEMPTS + record.successes
        return (PRIOR_ATTEMPTS * typical_s + record.successes_s) / weight

    @cached_property
    def persistence(self) -> float:
        """Return how often a failure persists: repeats that failed again, but for chance."""
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
        """Return the domain with durations as they were."""
        if not self.experience.skills:
            return self.domain
        skills = {
            name: model.model_copy(update={"duration": self.duration_s(name)})
            for name, model in self.domain.skills.items()
        }
        return self.domain.model_copy(update={"skills": skills})


class Chances:
    """What becomes of one step, its retries included.

    Args:
        failures: How likely one attempt fails with each code.
        step: The step, with how often it is tried after each of them.
        persists: How likely a failure persists in the next attempt.
    """

    def __init__(self, failures: Mapping[FailureCode, float], step: Step, persists: float) -> None:
        self.repeats: list[float] = []
        """How likely there is a second attempt, a third, and so on."""
        self.lost: dict[FailureCode, float] = {}
        """How likely it fails for good, by the last attempt's code."""
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
    """Return what a plan is expected to take.

    A failed attempt is taken to last as long as a successful one.

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
    """Return how long there is between a failed attempt, counted from 0, and the next."""
    if retry is None:
        return 0.0
    first_s = odds.duration_s(retry.first.name) if retry.first is not None else 0.0
    return retry.backoff * 2.0 ** min(number, retry.attempts) + first_s
