"""Trees of other systems: BehaviorTree.CPP and Nav2."""

__all__: list[str] = []
