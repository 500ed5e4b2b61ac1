"""Dialogs with the person, each with at most one open question."""

__all__: list[str] = []
