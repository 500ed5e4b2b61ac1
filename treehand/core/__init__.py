"""Errors, spans, clocks, events, keyed randomness and revisions."""

__all__: list[str] = []
