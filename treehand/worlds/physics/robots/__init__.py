"""Robots of the physics kitchen: a folder each, with ``NAME.robot.yaml`` and its MJCF."""

__all__: list[str] = []
