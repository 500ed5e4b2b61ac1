"""Rights of viewers: codes, tokens, the controller's lease, the checks of every request."""

__all__: list[str] = []
