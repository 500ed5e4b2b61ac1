"""Requirements on the way to a goal: rules, orders that stand, limits of time, their watch."""

__all__: list[str] = []
