"""Nodes that read and write the blackboard."""

__all__: list[str] = []
