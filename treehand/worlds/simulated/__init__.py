"""Parts that simulated worlds share."""

__all__: list[str] = []
