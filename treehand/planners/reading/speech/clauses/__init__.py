"""Clauses that are said without what joins or ends them."""

__all__: list[str] = []
