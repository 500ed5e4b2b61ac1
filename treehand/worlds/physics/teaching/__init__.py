"""Reactive teachers of the physics kitchen: they know the truth, and label any state."""

__all__: list[str] = []
