"""From a goal to a tree by backward chaining."""

__all__: list[str] = []
