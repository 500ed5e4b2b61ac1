"""Trees of BehaviorTree.CPP and Nav2: reading and writing their XML."""

__all__: list[str] = []
