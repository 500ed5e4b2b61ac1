"""Reference VLA model in torch, and its training."""

__all__: list[str] = []
