"""Verification of trees: every declared failure is tried in simulation."""

__all__: list[str] = []
