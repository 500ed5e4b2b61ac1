"""Commands for authors of trees, domains, skills and worlds."""

__all__: list[str] = []
