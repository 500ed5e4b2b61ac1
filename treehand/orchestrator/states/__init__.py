"""Dense states of runs: a robot's motion and its commands, of every control period, in a file."""

__all__: list[str] = []
