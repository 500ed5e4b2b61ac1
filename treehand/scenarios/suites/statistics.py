"""Pass rates, and comparisons of two ways of doing the same: what the numbers can bear.

scipy computes; this module says what is computed of what. It comes with `treehand[test]`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from treehand.core.errors import MissingExtra

try:
    from scipy import stats
except ImportError:  # said when a number is asked for
    stats = None

CONFIDENCE = 0.95


def require_statistics() -> None:
    """Raise `MissingExtra` if there is nothing to compute with."""
    if stats is None:
        raise MissingExtra("scipy", "test")


class Rate(BaseModel):
    """A share of runs, with its interval."""

    model_config = ConfigDict(frozen=True)

    passed: int
    n: int
    low: float
    """Lower end of the 95 % interval (Wilson 1927, the score interval)."""
    high: float
    """Upper end."""
    is_sequential: bool = False
    """True if the number of runs depended on their results; the interval then covers less."""

    @classmethod
    def of(cls, passed: int, n: int, *, is_sequential: bool = False) -> Rate:
        """Return the rate of `passed` in `n` runs; raises `MissingExtra` without scipy."""
        require_statistics()
        interval = stats.binomtest(passed, n).proportion_ci(CONFIDENCE, method="wilson")
        return cls(
            passed=passed,
            n=n,
            low=float(interval.low),
            high=float(interval.high),
            is_sequential=is_sequential,
        )

    def __str__(self) -> str:
        text = f"{self.passed}/{self.n} ({self.passed / self.n:.1%}"
        interval = f"95 % interval {self.low:.1%} to {self.high:.1%}"
        stopped = "; stopped early, so this is not a fixed-n interval" if self.is_sequential else ""
        return f"{text}, {interval}{stopped})"


class Sprt:
    """Wald's sequential probability ratio test of a pass rate.

    Args:
        wanted: The rate that is to be shown.
        margin: A rate lower by this is to be found out.
        alpha: Chance of failing a scenario that has the wanted rate.
        beta: Chance of passing one that is lower by the margin.

    Source:
        Wald 1945, Sequential Tests of Statistical Hypotheses, Ann. Math. Statist. 16(2), §3.
    """

    def __init__(
        self, wanted: float, margin: float, *, alpha: float = 0.05, beta: float = 0.05
    ) -> None:
        if not 0 < wanted - margin < wanted < 1:
            raise ValueError(f"0 < wanted - margin < wanted < 1 is needed, got {wanted}, {margin}")
        low = wanted - margin
        self._pass = math.log(wanted / low)
        self._fail = math.log((1 - wanted) / (1 - low))
        self._accept = math.log((1 - alpha) / beta)
        self._reject = math.log(alpha / (1 - beta))
        self._sum = 0.0

    def take(self, has_passed: bool) -> Literal["accept", "reject"] | None:
        """Take one run in; return the decision once there is one."""
        self._sum += self._pass if has_passed else self._fail
        if self._sum >= self._accept:
            return "accept"
        return "reject" if self._sum <= self._reject else None


class PassRateComparison(BaseModel):
    """Two ways of doing the same, on the same seeds."""

    model_config = ConfigDict(frozen=True)

    a: Rate
    b: Rate
    both: int
    only_a: int
    """Seeds on which A passed and B did not."""
    only_b: int
    neither: int
    p_value: float
    """Exact McNemar test on the seeds where they differ, two-sided."""
    time_difference_s: float
    """Median run time of B minus A, over the seeds on which both passed."""
    time_low_s: float
    """Lower end of its 95 % interval (paired bootstrap, 2,000 resamples, percentiles)."""
    time_high_s: float

    def words(self) -> str:
        """Return the verdict on the comparison, in words."""
        if self.only_a + self.only_b == 0:
            return "no seed tells them apart"
        if self.p_value >= 0.05:
            return f"no difference is shown (p = {self.p_value:.3f})"
        better = "A" if self.only_a > self.only_b else "B"
        return f"{better} passes more often (p = {self.p_value:.2g})"


def compare(
    a: Sequence[tuple[bool, float]], b: Sequence[tuple[bool, float]], *, seed: int = 0
) -> PassRateComparison:
    """Return the comparison of paired runs.

    Args:
        a: For each seed: whether it passed, and its run time in seconds.
        b: The same seeds in the same order.
        seed: Of the bootstrap.

    Raises:
        ValueError: If there are not equally many, or none.
        MissingExtra: Without scipy.

    Source:
        McNemar 1947; exact form: a two-sided binomial test of the discordant pairs.
    """
    require_statistics()
    pairs = list(zip(a, b, strict=True))
    if not pairs:
        raise ValueError("nothing to compare")
    only_a = sum(x[0] and not y[0] for x, y in pairs)
    only_b = sum(y[0] and not x[0] for x, y in pairs)
    both = [(x[1], y[1]) for x, y in pairs if x[0] and y[0]]
    differing = only_a + only_b
    p_value = float(stats.binomtest(only_a, differing).pvalue) if differing else 1.0
    middle, low, high = _time_difference([y - x for x, y in both], seed)
    return PassRateComparison(
        a=Rate.of(sum(x[0] for x, _ in pairs), len(pairs)),
        b=Rate.of(sum(y[0] for _, y in pairs), len(pairs)),
        both=len(both),
        only_a=only_a,
        only_b=only_b,
        neither=len(pairs) - len(both) - differing,
        p_value=p_value,
        time_difference_s=middle,
        time_low_s=low,
        time_high_s=high,
    )


def _time_difference(differences: list[float], seed: int) -> tuple[float, float, float]:
    """Return median and interval of paired differences; not a number where there are too few."""
    if len(differences) < 2 or len(set(differences)) == 1:
        middle = differences[0] if differences else math.nan
        return middle, middle, middle
    middle = float(np.median(differences))
    result = stats.bootstrap(
        (differences,), np.median, n_resamples=2000, rng=seed, method="percentile"
    )
    return middle, float(result.confidence_interval.low), float(result.confidence_interval.high)
