"""Files whose paths people give, and files that only their owner reads."""

__all__: list[str] = []
