"""Contract of policies: protocol, inputs and outputs, checkpoint folder."""

__all__: list[str] = []
