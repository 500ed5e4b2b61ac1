"""Commands about past runs."""

__all__: list[str] = []
