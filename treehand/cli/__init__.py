"""The command line, and the pytest plug-in. Nothing is re-exported here."""

__all__: list[str] = []
