"""The latched stop and the watchdog."""

__all__: list[str] = []
