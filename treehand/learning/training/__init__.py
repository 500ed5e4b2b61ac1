"""Training of the reference model on datasets: warm starts, validation, resumption, a ledger."""

__all__: list[str] = []
