"""The served robot: proposals, approvals, runs, questions, and the feed of its events."""

__all__: list[str] = []
