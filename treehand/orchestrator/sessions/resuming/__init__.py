"""Resuming of an interrupted run, in the deployment that it had."""

__all__: list[str] = []
