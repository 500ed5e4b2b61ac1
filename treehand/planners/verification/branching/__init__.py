"""One run of a tree in which every end of a step may be chosen, and what is proven of it."""

__all__: list[str] = []
