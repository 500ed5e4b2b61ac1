"""The documentation, and what makes its generated pages."""

__all__: list[str] = []
