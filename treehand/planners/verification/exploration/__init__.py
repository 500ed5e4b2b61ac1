"""All runs of a tree: their states, and what hypotheses change in them."""

__all__: list[str] = []
