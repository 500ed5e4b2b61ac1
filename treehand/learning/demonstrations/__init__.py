"""Demonstrations: runs of a simulated robot, recorded as episodes of a dataset."""

__all__: list[str] = []
