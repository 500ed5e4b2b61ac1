"""Evidence: detectors that score a fact, and thresholds that turn scores into percepts."""

from treehand.skills.evidence.detector import (
    DetectorContext,
    EvidenceSource,
    FactRule,
    GripperScore,
    ScorerDetector,
)
from treehand.skills.evidence.threshold import ScoreThreshold

__all__ = [
    "DetectorContext",
    "EvidenceSource",
    "FactRule",
    "GripperScore",
    "ScoreThreshold",
    "ScorerDetector",
]
