"""Commands that record, train and measure policies."""

__all__: list[str] = []
