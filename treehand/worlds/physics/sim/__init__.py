"""Stepped MuJoCo simulation, and the monitor of its physics."""

__all__: list[str] = []
