"""Speech acts: orders, wishes, reports, questions, corrections, refusals, stops, social lines."""

__all__: list[str] = []
