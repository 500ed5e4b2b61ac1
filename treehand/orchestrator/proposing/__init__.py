"""From words to a proposed plan: the reader of a goal, and what it has learned and must keep."""

__all__: list[str] = []
