"""Commands that run scenarios."""

__all__: list[str] = []
