"""Export: tree files as XML of BehaviorTree.CPP."""

__all__: list[str] = []
