"""The format of BehaviorTree.CPP: its XML, built-in nodes, scripts and names."""

__all__: list[str] = []
