"""Conditions and requirements in words, put together from pieces that the grammar reads."""

__all__: list[str] = []
