"""Python source that is read and not run: declarations, classes and their members."""

__all__: list[str] = []
