"""Errors, spans, clocks, literals, events, files, text, keyed randomness, revisions."""

__all__: list[str] = []
