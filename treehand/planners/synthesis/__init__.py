"""Synthesis of trees for goals by backward chaining."""

__all__: list[str] = []
