"""Choice of a detector's threshold from journals: ROC, chosen point, drift."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treehand.core.events import DetectorScored, Event, FactChange, FactsChanged, SkillEnded
from treehand.core.literals import Fact, Observation

WITHIN_S = 10.0
"""Longest run time from a score to the later fact that labels it, in seconds."""
LEAST_OF_EACH = 5
"""Least number of true and of false facts that a threshold is chosen from."""
DRIFT_Z = 1.96
"""Difference of two shares of errors, in standard errors, that counts as drift (5 %)."""


@dataclass(frozen=True)
class LabelledScore:
    """A score, and if its fact was true."""

    run: str
    t_s: float
    fact: Fact
    score: float
    is_true: bool
    by: str
    """Source of the label: ``truth``, or the source of the later fact."""


@dataclass(frozen=True)
class RocPoint:
    """One threshold with its rates of errors."""

    threshold: float
    true_positives: float
    """Share of the true facts whose score reaches the threshold."""
    false_positives: float
    """Share of the false facts whose score reaches it."""


@dataclass(frozen=True)
class Drift:
    """Errors at the present threshold, of earlier and later scores."""

    earlier: float
    later: float
    z: float
    """Difference in standard errors."""

    @property
    def is_found(self) -> bool:
        """Return True if the shares differ by more than chance explains."""
        return abs(self.z) > DRIFT_Z


@dataclass(frozen=True)
class Calibration:
    """Threshold that past runs speak for, with its evidence."""

    detector: str
    runs: int
    labels: dict[str, int]
    """Source of labels to their number."""
    unlabelled: int
    """Scores that nothing tells the truth about."""
    trues: int
    falses: int
    needed_of_each: int
    """Least number of true and of false facts with a label that a threshold is chosen from."""
    present: float | None
    """Threshold that the runs were made with; None if they differ."""
    area: float | None
    """Area under the ROC curve; 0.5 is chance."""
    curve: tuple[RocPoint, ...]
    chosen: RocPoint | None
    """Threshold that is chosen; None if there are too few of either kind."""
    drift: Drift | None
    """None if there are too few scores."""

    @property
    def missing(self) -> dict[str, int]:
        """Return the number of facts that a threshold still needs, true and false."""
        counts = {"true": self.trues, "false": self.falses}
        needed = self.needed_of_each
        return {kind: needed - count for kind, count in counts.items() if count < needed}


def labelled_scores(
    events: Sequence[Event], detector: str, run: str, *, within_s: float = WITHIN_S
) -> tuple[list[LabelledScore], int, list[float]]:
    """Return a run's labelled scores, the number of others, and the thresholds.

    The label is the truth where the world knew it; else the first later observation of the fact by
    something else than a detector or a memory: a belief that changed, or a skill's evidence.
    """
    found: list[LabelledScore] = []
    unlabelled, thresholds = 0, []
    for index, event in enumerate(events):
        if not isinstance(event, DetectorScored) or event.detector != detector:
            continue
        thresholds.append(event.threshold)
        label = (event.truth, "truth") if event.truth is not None else None
        label = label or _later(events[index + 1 :], event, within_s)
        if label is None:
            unlabelled += 1
        else:
            is_true, by = label
            found.append(LabelledScore(run, event.t_s, event.fact, event.score, bool(is_true), by))
    return found, unlabelled, thresholds


def calibrate(
    detector: str,
    scores: Sequence[LabelledScore],
    *,
    unlabelled: int,
    thresholds: Iterable[float],
    most_false: float | None = None,
) -> Calibration:
    """Return the threshold that labelled scores speak for.

    Args:
        detector: Name of the detector.
        scores: Scores with labels, oldest first.
        unlabelled: Number of scores without a label.
        thresholds: Thresholds that the runs were made with.
        most_false: Greatest share of false positives; if left out, the greatest difference of true
            and false positives is chosen (Youden's J).
    """
    trues = sorted(one.score for one in scores if one.is_true)
    falses = sorted(one.score for one in scores if not one.is_true)
    labels: dict[str, int] = {}
    for one in scores:
        labels[one.by] = labels.get(one.by, 0) + 1
    known = set(thresholds)
    present = known.pop() if len(known) == 1 else None
    is_enough = min(len(trues), len(falses)) >= LEAST_OF_EACH
    curve = _curve(trues, falses) if trues and falses else ()
    return Calibration(
        detector=detector,
        runs=len({one.run for one in scores}),
        labels=labels,
        unlabelled=unlabelled,
        trues=len(trues),
        falses=len(falses),
        needed_of_each=LEAST_OF_EACH,
        present=present,
        area=_area(trues, falses) if trues and falses else None,
        curve=curve,
        chosen=_chosen(curve, most_false) if is_enough else None,
        drift=_drift(scores, present),
    )


def _later(
    events: Sequence[Event], scored: DetectorScored, within_s: float
) -> tuple[bool, str] | None:
    for event in events:
        if event.t_s > scored.t_s + within_s:
            return None
        seen: Sequence[FactChange | Observation] = ()
        if isinstance(event, FactsChanged):
            seen = event.changes
        elif isinstance(event, SkillEnded):
            seen = event.evidence
        for one in seen:
            is_other = not one.source.startswith(("detector ", "memory"))
            if one.fact == scored.fact and one.value is not None and is_other:
                return one.value, one.source
    return None


def _curve(trues: Sequence[float], falses: Sequence[float]) -> tuple[RocPoint, ...]:
    """Return the points between neighbouring scores, from the lowest threshold on."""
    scores = sorted({*trues, *falses})
    between = [(low + high) / 2 for low, high in itertools.pairwise(scores)]
    ends = [0.0, *between, min(1.0, scores[-1] + 1e-6)]
    return tuple(
        RocPoint(
            round(at, 4),
            sum(score >= at for score in trues) / len(trues),
            sum(score >= at for score in falses) / len(falses),
        )
        for at in ends
    )


def _area(trues: Sequence[float], falses: Sequence[float]) -> float:
    """Return the share of pairs in which the true fact has the higher score; ties count half."""
    wins = sum((t > f) + 0.5 * (t == f) for t in trues for f in falses)
    return wins / (len(trues) * len(falses))


def _chosen(curve: Sequence[RocPoint], most_false: float | None) -> RocPoint:
    if most_false is not None:
        allowed = [point for point in curve if point.false_positives <= most_false]
        return max(allowed or curve[-1:], key=lambda one: (one.true_positives, -one.threshold))
    best = max(one.true_positives - one.false_positives for one in curve)
    equal = [one for one in curve if one.true_positives - one.false_positives >= best - 1e-12]
    return equal[len(equal) // 2]


def _drift(scores: Sequence[LabelledScore], present: float | None) -> Drift | None:
    """Return the errors of the first and the second half; None with fewer than five in each."""
    half = len(scores) // 2
    if present is None or half < LEAST_OF_EACH:
        return None
    wrong = [(one.score >= present) is not one.is_true for one in scores]
    earlier, later = sum(wrong[:half]) / half, sum(wrong[half:]) / (len(wrong) - half)
    share = sum(wrong) / len(wrong)
    error = math.sqrt(share * (1 - share) * (1 / half + 1 / (len(wrong) - half)))
    return Drift(earlier, later, (later - earlier) / error if error else 0.0)
