"""Commands about the installation."""

__all__: list[str] = []
