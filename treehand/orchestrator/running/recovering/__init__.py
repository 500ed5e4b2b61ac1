"""Recovery of a run above its tree: which level comes next, and what it does."""

__all__: list[str] = []
