"""Cameras, detectors and the tracker of the physics kitchen."""

__all__: list[str] = []
