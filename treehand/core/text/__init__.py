"""Text from outside: what may be shown, and how."""

__all__: list[str] = []
