"""The node classes of compiled trees."""

__all__: list[str] = []
