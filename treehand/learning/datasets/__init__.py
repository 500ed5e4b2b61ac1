"""Datasets of robot episodes on disk, in the layout of LeRobotDataset v3.0."""

__all__: list[str] = []
