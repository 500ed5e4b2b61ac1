"""Hazard rules on one scene: goals, plans and words that are refused, confirmed or mentioned."""

__all__: list[str] = []
