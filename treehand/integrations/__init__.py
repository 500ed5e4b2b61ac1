"""Guests of other frameworks: tools of language model agents."""

__all__: list[str] = []
