"""Suites of scenarios: selection, verdicts and statistics."""

__all__: list[str] = []
