"""Benchmarks: tasks with policies and controls, run over seeds, with their records and figures."""

__all__: list[str] = []
