"""End of a search at its limit."""


class OutOfEffort(Exception):
    """The search ended at its limit before it was decided."""
