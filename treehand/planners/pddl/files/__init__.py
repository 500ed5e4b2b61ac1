"""PDDL files as data: their words, their parts, and the checks of their names."""

__all__: list[str] = []
