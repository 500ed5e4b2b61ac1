"""Engines: where the runs of scenarios, campaigns and benchmarks are made."""

__all__: list[str] = []
