"""Questions about the world: their shapes, what they name, and the words of answers."""

__all__: list[str] = []
