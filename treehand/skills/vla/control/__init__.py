"""Control loop of a policy: observations, inference, action chunks, limits, commands."""

__all__: list[str] = []
