"""Proposals of parameters from past runs: failure probabilities, retries, thresholds.

Of every share that is looked at, Wilson's interval is computed so that all of them together cover
95 % (Bonferroni). A row is proposed only where the interval excludes the value in use. That says
that the value does not fit the runs; if another one is better is for the shadow evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.evidence.calibration import LabelledScore, calibrate
from treehand.orchestrator.improving.learned_parameters import (
    LearnedPrior,
    LearnedRetry,
    LearnedThreshold,
    RunEvidence,
)
from treehand.orchestrator.improving.past_runs import PastRuns, UsedRun, ranges
from treehand.planners import Experience, SkillRecord
from treehand.planners.rollout.odds import PRIOR_ATTEMPTS
from treehand.planners.synthesis.goal_retry import LASTING
from treehand.skills import FailureCode
from treehand.skills.domain import SkillModel

LEAST_N = 10
"""Least number of cases that a row rests on."""
ERROR = 0.05
"""Chance that any of the intervals misses its share."""
WORTH_RETRYING = 0.5
"""Share of further attempts that succeed from which on a failure is worth another attempt."""
NOT_WORTH_RETRYING = 0.1
"""Share of further attempts that succeed below which a failure is not worth one."""
LEFT = 0.01
"""Share of the failures that may be left after all attempts."""
MOST_ATTEMPTS = 10
"""Most attempts that are proposed."""


@dataclass(frozen=True)
class FinetuneSet:
    """Runs from which a policy can learn what it fails at."""

    skill: str
    runs: tuple[str, ...]
    """Runs in which an attempt failed."""
    evidence: RunEvidence
    """Successes among the attempts at the skill."""


@dataclass(frozen=True)
class Proposals:
    """Rows that past runs speak for; a person decides."""

    priors: tuple[LearnedPrior, ...] = ()
    retries: tuple[LearnedRetry, ...] = ()
    thresholds: tuple[LearnedThreshold, ...] = ()
    sets: tuple[FinetuneSet, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return True if there is nothing to promote."""
        return not (self.priors or self.retries or self.thresholds)

    def only(self, names: Sequence[str]) -> Proposals:
        """Return the rows about some skills and detectors; all of them without names."""
        if not names:
            return self
        return Proposals(
            tuple(one for one in self.priors if one.skill in names),
            tuple(one for one in self.retries if one.skill in names),
            tuple(one for one in self.thresholds if one.detector in names),
            tuple(one for one in self.sets if one.skill in names),
        )


def propose(past: PastRuns, deployment: Deployment) -> Proposals:
    """Return the rows that runs speak for.

    Args:
        past: The runs.
        deployment: The deployment that they were made with.
    """
    total = sum((one.experience for one in past.used), Experience())
    interval = _Intervals(_looked_at(total))
    return Proposals(
        tuple(_priors(past.used, total, deployment, interval)),
        tuple(_retries(past.used, total, deployment, interval)),
        tuple(_thresholds(past.used, deployment)),
        tuple(_sets(past.used, total, deployment, interval)),
    )


class _Intervals:
    """Wilson's intervals that cover together.

    Args:
        count: Number of shares that are looked at.
    """

    def __init__(self, count: int) -> None:
        self._z = NormalDist().inv_cdf(1.0 - ERROR / (2.0 * max(count, 1)))

    def of(self, count: int, n: int) -> tuple[float, float]:
        """Return the interval of a share (Wilson 1927)."""
        z2 = self._z**2
        middle = (count + z2 / 2.0) / (n + z2)
        half = self._z * math.sqrt(count * (n - count) / n + z2 / 4.0) / (n + z2)
        return max(0.0, middle - half), min(1.0, middle + half)

    def evidence(self, count: int, n: int, runs: Sequence[str]) -> RunEvidence:
        """Return a share with its interval and its runs."""
        low, high = self.of(count, n)
        return RunEvidence(
            count=count, n=n, low=round(low, 4), high=round(high, 4), runs=ranges(runs)
        )


def _looked_at(total: Experience) -> int:
    """Return the number of shares: a failure rate and a rate of cures for each skill and code."""
    return sum(len(one.failures) + len(one.repeats) + 1 for one in total.skills.values())


def _runs(used: Sequence[UsedRun], skill: str, has: Callable[[SkillRecord], bool]) -> list[str]:
    """Return the runs whose record of a skill has something."""
    records = ((one.run, one.experience.skills.get(skill)) for one in used)
    return [run for run, record in records if record is not None and has(record)]


def _repeating(used: Sequence[UsedRun], skill: str, codes: Sequence[FailureCode]) -> list[str]:
    """Return the runs in which attempts at a skill followed failures with some codes."""
    return _runs(used, skill, lambda one: any(code in one.repeats for code in codes))


def _has_priors(deployment: Deployment) -> bool:
    """Return True if the domain has failure probabilities, and they are about this world."""
    priors = deployment.domain.priors
    if priors is not None:
        return deployment.site_name in ("", priors.world)
    models = deployment.domain.skills.values()
    return any(one.probability for model in models for one in model.failures.values())


def _priors(
    used: Sequence[UsedRun], total: Experience, deployment: Deployment, interval: _Intervals
) -> Iterator[LearnedPrior]:
    """Yield the failure probabilities that lie outside of their intervals.

    Where the domain's probabilities do not count (another world, a policy), none is proposed: there
    the runs themselves are the estimate.
    """
    if not _has_priors(deployment):
        return
    for name, record in sorted(total.skills.items()):
        model = deployment.domain.skills.get(name)
        n = record.fresh
        if model is None or name in deployment.foreign_skills or n < LEAST_N:
            continue
        for code in sorted({*model.failures, *record.failures}):
            failure = model.failures.get(code)
            if failure is not None and failure.only_for:
                continue  # the attempts at other objects do not count
            was = failure.probability if failure is not None else 0.0
            count = record.failures.get(code, 0)
            low, high = interval.of(count, n)
            if low <= was <= high:
                continue
            learned = (PRIOR_ATTEMPTS * was + count) / (PRIOR_ATTEMPTS + n)
            runs = _runs(used, name, lambda one: one.fresh > 0)
            evidence = interval.evidence(count, n, runs)
            probability = round(learned, 4)
            yield LearnedPrior(
                skill=name, code=code, probability=probability, was=was, evidence=evidence
            )


def _retries(
    used: Sequence[UsedRun], total: Experience, deployment: Deployment, interval: _Intervals
) -> Iterator[LearnedRetry]:
    for name, record in sorted(total.skills.items()):
        model = deployment.domain.skills.get(name)
        if model is None or model.irreversible:
            continue
        added, dropped = _changed_codes(model, record, interval)
        was = model.retry.on if model.retry is not None else ()
        codes = tuple(code for code in (*was, *added) if code not in dropped)
        if not codes:
            continue
        n = sum(record.repeats.get(code, 0) for code in codes)
        present = model.retry.attempts if model.retry is not None else 1
        attempts = _attempts(record, codes, max(present, 2), interval) if n else present
        if codes == was and attempts == present:
            continue
        about = dropped if dropped and not added and attempts == present else codes
        cured = sum(record.cured.get(code, 0) for code in about)
        n = sum(record.repeats.get(code, 0) for code in about)
        runs = _repeating(used, name, about)
        yield LearnedRetry(
            skill=name,
            attempts=attempts,
            codes=codes,
            was_attempts=present,
            was_codes=was,
            reason=_reason(added, dropped, present, attempts),
            evidence=interval.evidence(cured, n, runs),
        )


def _changed_codes(
    model: SkillModel, record: SkillRecord, interval: _Intervals
) -> tuple[tuple[FailureCode, ...], tuple[FailureCode, ...]]:
    """Return the failure codes that another attempt cures, and those that none does."""
    present = model.retry.on if model.retry is not None else ()
    added, dropped = [], []
    for code, n in sorted(record.repeats.items()):
        if n < LEAST_N or code in LASTING:
            continue
        low, high = interval.of(record.cured.get(code, 0), n)
        if code not in present and low > WORTH_RETRYING:
            added.append(code)
        if code in present and high < NOT_WORTH_RETRYING:
            dropped.append(code)
    return tuple(added), tuple(dropped)


def _attempts(
    record: SkillRecord, codes: Sequence[FailureCode], present: int, interval: _Intervals
) -> int:
    """Return the attempts after which few failures are left; never fewer than now.

    More are proposed only if also the upper end of the interval says that the present ones leave
    too many.
    """
    n = sum(record.repeats.get(code, 0) for code in codes)
    cured = sum(record.cured.get(code, 0) for code in codes)
    if n < LEAST_N or not cured:
        return present
    _, high = interval.of(cured, n)
    if _needed(high) <= present:
        return present
    return min(_needed(cured / n), MOST_ATTEMPTS)


def _needed(cures: float) -> int:
    """Return the attempts that leave a share of `LEFT`, if each further one cures a share."""
    return 2 if cures >= 1.0 else 1 + math.ceil(math.log(LEFT) / math.log(1.0 - cures))


def _reason(
    added: Sequence[FailureCode], dropped: Sequence[FailureCode], present: int, attempts: int
) -> str:
    parts = [f"another attempt cures {code.value}" for code in added]
    parts += [f"another attempt does not cure {code.value}" for code in dropped]
    if attempts > present:
        parts.append(f"{present} leave more than {LEFT:.0%} of the failures")
    return "; ".join(parts)


def _thresholds(used: Sequence[UsedRun], deployment: Deployment) -> Iterator[LearnedThreshold]:
    """Yield thresholds that are better on held-out runs than those in use.

    A threshold is chosen from every second run, and judged by the others.
    """
    for name, detector in sorted(deployment.detectors.items()):
        with_scores = [one for one in used if one.scores.get(name)]
        chosen_from = [score for one in with_scores[0::2] for score in one.scores[name]]
        judged = [score for one in with_scores[1::2] for score in one.scores[name]]
        present = detector.threshold
        made = calibrate(name, chosen_from, unlabelled=0, thresholds=(present,))
        if made.chosen is None or not judged or made.chosen.threshold == present:
            continue
        learned = made.chosen.threshold
        before = [_is_wrong(one, present) for one in judged]
        after = [_is_wrong(one, learned) for one in judged]
        if sum(after) >= sum(before):
            continue
        pairs = list(zip(before, after, strict=True))
        interval = _Intervals(1)
        right = len(after) - sum(after)
        yield LearnedThreshold(
            detector=name,
            threshold=learned,
            was=present,
            wrong_before=sum(before),
            wrong=sum(after),
            p_value=round(_mcnemar(pairs), 6),
            evidence=interval.evidence(right, len(after), [one.run for one in with_scores]),
        )


def _is_wrong(score: LabelledScore, threshold: float) -> bool:
    return (score.score >= threshold) is not score.is_true


def _mcnemar(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Return the exact two-sided p-value of the pairs that differ (McNemar 1947)."""
    first = sum(a and not b for a, b in pairs)
    differing = sum(a is not b for a, b in pairs)
    fewer = min(first, differing - first)
    tail = sum(math.comb(differing, k) for k in range(fewer + 1)) / 2.0**differing
    return min(1.0, 2.0 * tail)


def _sets(
    used: Sequence[UsedRun], total: Experience, deployment: Deployment, interval: _Intervals
) -> Iterator[FinetuneSet]:
    """Yield the runs in which a skill that a policy serves failed."""
    for name in sorted(deployment.policies):
        record = total.skills.get(name, SkillRecord())
        if record.attempts == record.successes:
            continue
        runs = _runs(used, name, lambda one: one.attempts > one.successes)
        evidence = interval.evidence(record.successes, record.attempts, runs)
        yield FinetuneSet(name, tuple(runs), evidence)
