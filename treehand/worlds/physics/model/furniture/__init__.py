"""Furniture of the physics kitchen as bodies, joints and shapes, kind by kind."""

__all__: list[str] = []
