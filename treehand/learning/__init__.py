"""Learning from runs: demonstrations as datasets, training, evaluation of policies."""

__all__: list[str] = []
