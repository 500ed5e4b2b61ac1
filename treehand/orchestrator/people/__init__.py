"""Questions to people, approvals, and what people are shown."""

__all__: list[str] = []
