"""Parts that the simulated worlds share."""

__all__: list[str] = []
