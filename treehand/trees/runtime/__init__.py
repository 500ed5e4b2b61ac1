"""State that the nodes of one run share."""

__all__: list[str] = []
