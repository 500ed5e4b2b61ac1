"""Options and arguments that commands share, and their completion."""

__all__: list[str] = []
