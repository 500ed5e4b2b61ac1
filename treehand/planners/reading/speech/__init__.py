"""Spoken words brought into the form of written ones: without slips, fillers and frames."""

__all__: list[str] = []
