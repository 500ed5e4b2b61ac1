"""Endpoints: clients, capabilities, responses, errors; recorded answers."""

__all__: list[str] = []
