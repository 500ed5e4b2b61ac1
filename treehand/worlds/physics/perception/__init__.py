"""Perception of the physics kitchen: cameras, detectors, tracker."""

__all__: list[str] = []
