"""Detectors of a deployment at work, and the choice of their thresholds."""

__all__: list[str] = []
