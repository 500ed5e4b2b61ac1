"""Reading of goals by a model, held to the words of the person."""

__all__: list[str] = []
