"""Runs of one robot: their construction, their order, their listeners and their ends."""

__all__: list[str] = []
