"""The pipeline from words to a finished run."""

__all__: list[str] = []
