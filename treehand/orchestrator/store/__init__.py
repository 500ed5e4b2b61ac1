"""Journals, workspaces and the ledger on disk."""

__all__: list[str] = []
