"""From tree data to nodes, and from a running tree back to data."""

__all__: list[str] = []
