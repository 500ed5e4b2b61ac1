"""Runs plans: run loop, recovery, journal, console, command line.

Nothing is re-exported here, so that ``treehand --help`` loads neither the engine nor the planner;
import from `treehand.orchestrator.sessions.robot` (a goal from words to its end) and
`treehand.orchestrator.config.deployment`.
"""

__all__: list[str] = []
