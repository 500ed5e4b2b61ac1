"""Practice: a policy learns from a teacher that labels random states, in measured rounds."""

__all__: list[str] = []
