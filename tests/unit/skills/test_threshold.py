"""Thresholds of detectors: hysteresis, hold, unknown."""

import pytest

from treehand.core.literals import Fact
from treehand.skills import ScoreThreshold

FACT = Fact("held", ("cup",))


@pytest.mark.parametrize(
    ("scores", "decisions"),
    [
        ([0.7, 0.5, 0.3], [True, True, False]),
        ([0.5, 0.3, 0.5, 0.6], [None, False, False, True]),
        ([None, 0.9, None, 0.5], [None, True, None, True]),
        ([0.45, 0.55], [None, None]),
    ],
)
def test_within_the_band_a_decision_stays_and_unknown_stays_unknown(scores, decisions):
    threshold = ScoreThreshold(0.5, hysteresis=0.2)
    assert [threshold.decide(FACT, score, 0.0) for score in scores] == decisions


def test_a_new_decision_must_be_held():
    threshold = ScoreThreshold(0.5, hold_s=1.0)
    told = [threshold.decide(FACT, score, t) for t, score in ((0.0, 0.9), (0.5, 0.1), (0.6, 0.9))]
    assert told == [None, None, None]
    assert threshold.next_s() == 1.6
    assert threshold.decide(FACT, 0.9, 1.6) is True
    assert threshold.next_s() is None
