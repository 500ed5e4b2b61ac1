"""Commands that plan, run and stop."""

__all__: list[str] = []
