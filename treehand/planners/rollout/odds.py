"""Failure probabilities and durations of skills, from priors and from experience.

An attempt at a skill succeeds or fails with one code. The domain file gives prior probabilities of
the codes, for the world that they were measured in. Outcomes of the robot's own runs update them as
in the posterior mean of a Dirichlet distribution, with the file counting as `PRIOR_ATTEMPTS`
attempts (Gelman et al., Bayesian Data Analysis, §3.4). Only attempts that do not follow a failure
of the same call count for that; the others show how far failures persist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from treehand.planners.rollout.experience import Experience, SkillRecord
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Domain, ObjectModel

PRIOR_ATTEMPTS = 20
"""Number of attempts that weigh as much as the domain file."""
PERSISTENCE = 0.1
"""Prior probability that a failure persists."""
PRIOR_REPEATS = 10
"""Number of repeated attempts that weigh as much as `PERSISTENCE`."""
_FEW = 20
"""Fresh attempts of a skill that its estimate can rest on without priors."""


@dataclass(frozen=True)
class RunSite:
    """Where a plan is to run: what decides if priors apply."""

    world: str = ""
    """Name of the world; empty if any will do."""
    foreign: frozenset[str] = frozenset()
    """Skills that something else than the world serves, such as a policy."""
    objects: Mapping[str, ObjectModel] = field(default_factory=dict)
    """The scene's objects, with their properties."""


class Odds:
    """Failure probabilities and durations of skills.

    Args:
        domain: The action models.
        experience: Outcomes of the robot's own runs.
        place: Where the skills run.
    """

    def __init__(
        self, domain: Domain, experience: Experience | None = None, place: RunSite | None = None
    ) -> None:
        self.domain = domain
        self.experience = experience or Experience()
        self._place = place or RunSite()

    def failures(self, call: Call) -> dict[FailureCode, float]:
        """Return the probability of each failure code for a fresh attempt at a call.

        Experience is counted by skill. Codes that are only for some objects keep their prior.
        """
        rates = self._rates(call.name)
        model = self.domain.skills.get(call.name)
        if model is None:
            return rates
        possible = model.failures_of(call.arguments, self._place.objects)
        for code, failure in model.failures.items():
            if failure.only_for:
                rates.pop(code, None)
                if code in possible and self._has_priors(call.name):
                    rates[code] = failure.probability
        return rates

    def _rates(self, skill: str) -> dict[FailureCode, float]:
        """Return the probability of each failure code for a fresh attempt at a skill."""
        model, record = self.domain.skills.get(skill), self._record(skill)
        has_priors = model is not None and self._has_priors(skill)
        declared = model.failures.items() if model is not None and has_priors else ()
        priors = {code: failure.probability for code, failure in declared}
        weight = (PRIOR_ATTEMPTS if has_priors else 0) + record.fresh
        return {
            code: (PRIOR_ATTEMPTS * priors.get(code, 0.0) + record.failures.get(code, 0)) / weight
            for code in {**priors, **record.failures}
        }

    def lacking(self, skills: Iterable[str]) -> str:
        """Return why there are no probabilities for some skills, in words; empty if there are."""
        unknown = [name for name in skills if not self._is_known(name)]
        if not unknown:
            return ""
        names, priors = ", ".join(sorted(unknown)), self.domain.priors
        foreign = [name for name in unknown if name in self._place.foreign]
        if priors is not None and foreign:
            why = f"another implementation than that of world '{priors.world}' serves it"
        elif priors is not None and not self._is_described:
            why = (
                f"the priors of the domain describe world '{priors.world}', not "
                f"'{self._place.world}'"
            )
        else:
            why = "the domain gives no failure probabilities"
        return f"{why}, and {_FEW} runs or more of this robot are missing for {names}"

    def source(self) -> str:
        """Return the source of the probabilities, in words."""
        priors = self.domain.priors
        said = f" (measured in world '{priors.world}')" if priors and self._is_described else ""
        runs = self.experience.runs
        said_runs = f"{runs} run{'' if runs == 1 else 's'} of this robot"
        own = f" and {said_runs}" if runs else ""
        return f"priors of the domain{said}{own}" if self._has_any else said_runs

    def _record(self, skill: str) -> SkillRecord:
        return self.experience.skills.get(skill, SkillRecord())

    @property
    def _is_described(self) -> bool:
        """Return True if the priors of the domain are about this world, or about any."""
        priors = self.domain.priors
        return priors is None or not self._place.world or priors.world == self._place.world

    @cached_property
    def _has_any(self) -> bool:
        """Return True if the domain gives failure probabilities that apply here."""
        models = self.domain.skills.values()
        return self._is_described and (
            self.domain.priors is not None
            or any(one.probability for model in models for one in model.failures.values())
        )

    def _has_priors(self, skill: str) -> bool:
        return self._has_any and skill not in self._place.foreign

    def _is_known(self, skill: str) -> bool:
        return self._has_priors(skill) or self._record(skill).fresh >= _FEW

    def duration_s(self, skill: str) -> float:
        """Return the duration of a successful attempt, in seconds."""
        model = self.domain.skills.get(skill)
        typical_s = model.duration if model else 0.0
        record = self._record(skill)
        weight = PRIOR_ATTEMPTS + record.successes
        return (PRIOR_ATTEMPTS * typical_s + record.successes_s) / weight

    @cached_property
    def persistence(self) -> float:
        """Return the probability that a failure persists, from repeats beyond chance."""
        repeats = again = by_chance = 0.0
        for name, record in self.experience.skills.items():
            chances = self._rates(name)
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
