"""Client of a served robot: the surface of `treehand.Robot` over HTTP."""

__all__: list[str] = []
