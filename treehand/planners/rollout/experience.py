"""Outcomes of a robot's own runs, by skill."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from treehand.skills import FailureCode


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
    cured: dict[FailureCode, int] = {}
    """Number of those that succeeded."""

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
            cured=_sum(self.cured, other.cured),
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
