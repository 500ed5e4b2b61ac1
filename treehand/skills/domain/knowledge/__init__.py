"""Knowledge of a run: beliefs with source and time, percepts, bindings, truth values."""

__all__: list[str] = []
