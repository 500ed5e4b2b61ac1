"""`treehand.yaml` and its bindings, resolved into values."""

__all__: list[str] = []
