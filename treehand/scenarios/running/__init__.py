"""Runs of scenarios: cases, what is recorded of them, and where they run."""

__all__: list[str] = []
