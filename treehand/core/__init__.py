"""Errors, spans, clocks, literals, events, keyed randomness and revisions."""

__all__: list[str] = []
