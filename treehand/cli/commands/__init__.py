"""The commands of `treehand`, one file each."""

__all__: list[str] = []
