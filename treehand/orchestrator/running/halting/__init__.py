"""Ends of motion in a run: requests to stop, the robot at rest, gates that are closed."""

__all__: list[str] = []
