"""Protocol of Groot2: messages, the tree as its document, hooks."""

__all__: list[str] = []
