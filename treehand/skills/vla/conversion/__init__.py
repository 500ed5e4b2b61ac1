"""Conversion of actions between the convention of a policy and that of a robot."""

__all__: list[str] = []
